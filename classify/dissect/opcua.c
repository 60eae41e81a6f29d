/* OPC UA over TCP (IEC 62541-6): certificates of the secure channel; where messages are readable, how applications
 * describe themselves (CreateSession, GetEndpoints, FindServers) and the server's build information when it is read. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         4840
#define HEADER_BYTES 8
#define MOST_LENGTH  0x1000000u
#define MESSAGES     200
#define RESULTS      16
#define STRINGS      16

enum { /* binary encodings (part 6, A.1) */
       BUILD_INFO = 340,
       FIND_SERVERS_RESPONSE = 425,
       GET_ENDPOINTS_RESPONSE = 431,
       CREATE_SESSION_REQUEST = 461,
       CREATE_SESSION_RESPONSE = 464,
       READ_RESPONSE = 634,
       SERVER_STATUS = 864,
};
enum { VARIANT_STRING = 12, VARIANT_EXTENSION = 22 };

struct opcua {
	uint16_t messages;
	bool said;
};

static int header(struct cursor c, uint32_t *len)
{
	static const char *const kinds[] = {"HEL", "ACK", "OPN", "MSG", "CLO", "ERR", "RHE"};
	size_t have = cursor_left(&c);
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		best = text_either(best, text_probe(c, kinds[i]));
	uint8_t chunk = cursor_peek(&c, 3);
	if (best == PROBE_NO || (have > 3 && chunk != 'F' && chunk != 'C' && chunk != 'A'))
		return -1;
	cursor_skip(&c, 4);
	*len = cursor_le32(&c);
	if (have < HEADER_BYTES)
		return 0;
	return *len >= HEADER_BYTES && *len < MOST_LENGTH ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		uint32_t len;
		int r = header(in->first[d], &len);
		if (r < 0)
			return PROBE_NO;
		if (r)
			best = PROBE_YES;
	}
	return best;
}

/* Length, or -1 for none, then the octets. */
static struct cursor string(struct cursor *c)
{
	uint32_t len = cursor_le32(c);
	return len == UINT32_MAX ? cursor_init(c->at, 0) : cursor_sub(c, len);
}

static void strings(struct cursor *c)
{
	uint32_t n = cursor_le32(c);
	if (n == UINT32_MAX)
		return;
	if (n > STRINGS)
		cursor_fail(c);
	while (n-- && cursor_ok(c))
		(void)string(c);
}

/* Steps over a node identifier; returns its number in namespace 0, else 0. */
static uint32_t node(struct cursor *c)
{
	uint8_t form = cursor_u8(c) & 0x3f;
	if (form == 0)
		return cursor_u8(c);
	uint16_t space = form == 1 ? cursor_u8(c) : cursor_le16(c);
	uint32_t id = 0;
	if (form == 1)
		id = cursor_le16(c);
	else if (form == 2)
		id = cursor_le32(c);
	else if (form == 3 || form == 5)
		(void)string(c);
	else if (form == 4)
		cursor_skip(c, 16);
	else
		cursor_fail(c);
	return space ? 0 : id;
}

/* An extension object: its type, and its body. */
static uint32_t extension(struct cursor *c, struct cursor *body)
{
	uint32_t type = node(c);
	*body = cursor_u8(c) == 1 ? string(c) : cursor_init(c->at, 0);
	return type;
}

static struct cursor localized(struct cursor *c)
{
	uint8_t mask = cursor_u8(c);
	if (mask & 1)
		(void)string(c);
	return mask & 2 ? string(c) : cursor_init(c->at, 0);
}

/* Uris of application and product, name, type, gateway, profile, urls (part 4, 7.1). */
static void application(struct dissection *x, enum field field, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor uri = string(c), product = string(c), name = localized(c);
	cursor_skip(c, 4);
	(void)string(c);
	(void)string(c);
	strings(c);
	if (!cursor_ok(c))
		return;
	wire_label(&t, "product", name);
	wire_label(&t, "uri", uri);
	wire_label(&t, "productUri", product);
	wire_yield(x, field, &t);
}

static void certificate(struct dissection *x, struct cursor c)
{
	if (cursor_ok(&c) && cursor_left(&c) > 64 && *c.at == 0x30)
		dissection_yield(x, FIELD_OPCUA_CERTIFICATE, SUBJECT_SENDER, c.at, cursor_left(&c));
}

/* Channel, policy, the sender's certificate (part 6, 6.7.2). */
static void open_channel(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 4);
	(void)string(&c);
	certificate(x, string(&c));
}

static bool request_header(struct cursor *c)
{
	struct cursor body;
	(void)node(c);
	cursor_skip(c, 16);
	(void)string(c);
	cursor_skip(c, 4);
	(void)extension(c, &body);
	return cursor_ok(c);
}

/* Diagnostics are rare; with them the rest is not read. */
static bool response_header(struct cursor *c)
{
	struct cursor body;
	cursor_skip(c, 12);
	uint32_t result = cursor_le32(c);
	uint8_t diagnostics = cursor_u8(c);
	strings(c);
	(void)extension(c, &body);
	return cursor_ok(c) && !result && !diagnostics;
}

/* The first of the endpoints, which are of one server. */
static void endpoints(struct dissection *x, struct cursor *c)
{
	uint32_t n = cursor_le32(c);
	if (!n || n == UINT32_MAX)
		return;
	(void)string(c);
	application(x, FIELD_OPCUA_SERVER, c);
}

static void build_info(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor uri = string(&c), maker = string(&c), product = string(&c), version = string(&c),
		      build = string(&c);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "vendor", maker);
	wire_label(&t, "product", product);
	wire_label(&t, "version", version);
	wire_label(&t, "build", build);
	wire_label(&t, "productUri", uri);
	wire_yield(x, FIELD_OPCUA_SERVER, &t);
}

/* Steps over a scalar that is not an extension object; false when it is of another shape. */
static bool scalar(struct cursor *c, uint8_t type)
{
	static const uint8_t sizes[] = {0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16};
	if (type == VARIANT_STRING)
		(void)string(c);
	else if (type && type < sizeof sizes)
		cursor_skip(c, sizes[type]);
	else
		return false;
	return cursor_ok(c);
}

static bool result(struct dissection *x, struct opcua *s, struct cursor *c)
{
	struct cursor body;
	uint8_t mask = cursor_u8(c), type = mask & 1 ? cursor_u8(c) : 0;
	if (type == VARIANT_EXTENSION) {
		uint32_t kind = extension(c, &body);
		if (kind == SERVER_STATUS)
			cursor_skip(&body, 20);
		if ((kind == SERVER_STATUS || kind == BUILD_INFO) && cursor_ok(c)) {
			s->said = true;
			build_info(x, body);
		}
	} else if (type && !scalar(c, type))
		return false;
	cursor_skip(c, (mask & 2 ? 4u : 0u) + (mask & 4 ? 8u : 0u) + (mask & 8 ? 8u : 0u) + (mask & 16 ? 2u : 0u) +
			       (mask & 32 ? 2u : 0u));
	return cursor_ok(c);
}

static void read_response(struct dissection *x, struct opcua *s, struct cursor *c)
{
	uint32_t n = cursor_le32(c);
	for (uint32_t i = 0; i < n && i < RESULTS && !s->said && result(x, s, c); i++)
		;
}

static void created_session(struct dissection *x, struct cursor *c)
{
	(void)node(c);
	(void)node(c);
	cursor_skip(c, 8);
	(void)string(c);
	struct cursor own = string(c);
	if (!cursor_ok(c))
		return;
	certificate(x, own);
	endpoints(x, c);
}

/* Channel, token, sequence, request, then the body with its type first. */
static void message(struct dissection *x, struct opcua *s, struct cursor c)
{
	cursor_skip(&c, 16);
	uint32_t type = node(&c);
	bool server = dissection_from_server(x);
	if (type == CREATE_SESSION_REQUEST && !server && request_header(&c)) {
		application(x, FIELD_OPCUA_CLIENT, &c);
		return;
	}
	if (!server || !response_header(&c))
		return;
	if (type == CREATE_SESSION_RESPONSE)
		created_session(x, &c);
	else if (type == GET_ENDPOINTS_RESPONSE)
		endpoints(x, &c);
	else if (type == FIND_SERVERS_RESPONSE && cursor_le32(&c))
		application(x, FIELD_OPCUA_SERVER, &c);
	else if (type == READ_RESPONSE && !s->said)
		read_response(x, s, &c);
}

static void orient(struct dissection *x, const struct cursor *c)
{
	bool client = text_starts(*c, "HEL"), server = text_starts(*c, "ACK");
	if (client || server)
		dissection_server(x, server ? x->direction : (enum flow_direction) !x->direction);
	else if (x->flow->sport == PORT && x->flow->dport != PORT)
		dissection_server(x, FLOW_FORWARD);
}

/* Of the chunk that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	uint32_t len;
	int r = header(c, &len);
	return r > 0 ? (int64_t)len : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct opcua *s = x->state;
	struct cursor begin, whole;
	for (begin = *c; wire_next(x, c, length(begin), &s->messages, MESSAGES, &whole); begin = *c) {
		orient(x, &begin);
		if (dissection_from_server(x))
			dissection_service(x);
		cursor_skip(&whole, cursor_left(&whole) ? HEADER_BYTES : 0);
		if (text_starts(begin, "OPNF"))
			open_channel(x, whole);
		else if (text_starts(begin, "MSGF"))
			message(x, s, whole);
	}
}

const struct dissector dissector_opcua = {
	.name = "opcua",
	.application = "opcua-tcp",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct opcua),
	.probe = probe,
	.stream = stream,
};
