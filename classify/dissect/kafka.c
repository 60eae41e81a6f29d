/* Kafka: what a client calls its library (ApiVersions from version 3 on, KIP-511). An answer carries nothing but the
 * number of the question. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES  14
#define MOST_LENGTH   0x6400000u
#define MOST_API      90
#define MOST_VERSION  20
#define MESSAGES      60
#define API_VERSIONS  18
#define FLEXIBLE_FROM 3

struct kafka {
	uint32_t correlation;
	uint16_t messages[2];
	bool asked;
};

struct request {
	uint32_t length, correlation;
	uint16_t api, version, id_len;
};

static int request_header(struct cursor c, struct request *r)
{
	size_t have = cursor_left(&c);
	r->length = cursor_u32(&c);
	r->api = cursor_u16(&c);
	r->version = cursor_u16(&c);
	r->correlation = cursor_u32(&c);
	r->id_len = cursor_u16(&c);
	if ((have >= 4 && (r->length < HEADER_BYTES - 4 || r->length > MOST_LENGTH)) ||
	    (have >= 6 && r->api > MOST_API) || (have >= 8 && r->version > MOST_VERSION))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	if (r->id_len == 0xffff)
		r->id_len = 0;
	return r->id_len <= 256 && r->id_len + HEADER_BYTES - 4u <= r->length ? 1 : -1;
}

/* The client's name is text throughout. */
static bool readable(struct cursor c, size_t n)
{
	for (; n && c.at < c.end; n--, c.at++)
		if (*c.at < ' ' || *c.at > '~')
			return false;
	return true;
}

static enum probe probe(const struct probe_input *in)
{
	struct request r;
	struct cursor id = in->first[0], answer = in->first[1];
	int client = request_header(in->first[0], &r);
	if (client <= 0)
		return client || (!cursor_left(&id) && cursor_left(&answer) >= 8) ? PROBE_NO : PROBE_MAYBE;
	cursor_skip(&id, HEADER_BYTES);
	if (!readable(id, r.id_len))
		return PROBE_NO;
	if (cursor_left(&answer) < 8)
		return PROBE_MAYBE;
	uint32_t len = cursor_u32(&answer);
	return cursor_u32(&answer) == r.correlation && len >= 4 && len < MOST_LENGTH &&
			       (r.id_len || text_port(in, 9092))
		       ? PROBE_YES
		       : PROBE_NO;
}

/* Length plus one, as seven bits; names are short. */
static struct cursor compact(struct cursor *c)
{
	uint8_t len = cursor_u8(c);
	if (!len || len > 0x7f)
		cursor_fail(c);
	return cursor_sub(c, len ? len - 1u : 0);
}

static void client(struct dissection *x, struct kafka *s, const struct request *r, struct cursor c)
{
	struct wire_text t = {.len = 0};
	s->asked = true;
	s->correlation = r->correlation;
	if (r->api != API_VERSIONS || r->version < FLEXIBLE_FROM || !cursor_left(&c))
		return;
	cursor_skip(&c, HEADER_BYTES);
	struct cursor id = cursor_sub(&c, r->id_len);
	if (cursor_u8(&c) != 0) /* tagged fields of the header: none is known */
		return;
	struct cursor name = compact(&c), version = compact(&c);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "product", name);
	wire_label(&t, "version", version);
	wire_label(&t, "id", id);
	wire_yield(x, FIELD_KAFKA_CLIENT, &t);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, bool server, struct request *r)
{
	if (cursor_left(&c) < 8)
		return 0;
	int known = server ? 1 : request_header(c, r);
	uint32_t len = cursor_u32(&c);
	if (server)
		r->correlation = cursor_u32(&c);
	return known < 0 || len < 4 || len > MOST_LENGTH ? -1 : known ? (int64_t)len + 4 : 0;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct kafka *s = x->state;
	struct cursor whole;
	struct request r;
	bool server = dissection_from_server(x);
	while (wire_next(x, c, length(*c, server, &r), &s->messages[x->direction], MESSAGES, &whole)) {
		if (!server)
			client(x, s, &r, whole);
		else if (s->asked && s->correlation >= r.correlation)
			dissection_service(x);
	}
}

const struct dissector dissector_kafka = {
	.name = "kafka",
	.application = "kafka",
	.transports = TRANSPORT_TCP,
	.ports = {9092},
	.state_bytes = sizeof(struct kafka),
	.probe = probe,
	.stream = stream,
};
