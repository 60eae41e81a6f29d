/* BGP (RFC 4271): what both speakers say of themselves among their capabilities when a session is opened: the host's
 * name (draft-walton-bgp-hostname-capability) and the software's version (draft-abraitis-bgp-version-capability). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         179
#define MARKER_BYTES 16
#define HEAD_BYTES   19
#define MOST_ENTRIES 64
#define MOST_BYTES   4096 /* of a message */

enum { OPEN = 1, NOTIFICATION = 3, LAST_TYPE = 5, VERSION = 4 };
enum { CAPABILITIES = 2, EXTENDED = 255 };
enum { HOST_NAME = 73, SOFTWARE = 75 };

static enum probe marked(struct cursor c)
{
	static const uint8_t marker[MARKER_BYTES] = {255, 255, 255, 255, 255, 255, 255, 255,
						     255, 255, 255, 255, 255, 255, 255, 255};
	size_t n = cursor_left(&c) < MARKER_BYTES ? cursor_left(&c) : MARKER_BYTES;
	if (n && memcmp(c.at, marker, n))
		return PROBE_NO;
	return n < MARKER_BYTES ? PROBE_MAYBE : PROBE_YES;
}

/* Marker, length, type; a session is opened by both, or refused. Its middle is told by the port, too. */
static enum probe side(struct cursor c, bool usual_port)
{
	enum probe p = marked(c);
	if (p != PROBE_YES || cursor_left(&c) <= HEAD_BYTES)
		return p == PROBE_NO ? PROBE_NO : PROBE_MAYBE;
	cursor_skip(&c, MARKER_BYTES);
	uint16_t len = cursor_u16(&c);
	uint8_t type = cursor_u8(&c), version = cursor_u8(&c);
	bool begins = len > HEAD_BYTES && ((type == OPEN && version == VERSION) || type == NOTIFICATION);
	bool goes_on = usual_port && len >= HEAD_BYTES && type > OPEN && type <= LAST_TYPE;
	return len <= MOST_BYTES && (begins || goes_on) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	bool usual_port = text_port(in, PORT);
	enum probe a = side(in->first[0], usual_port), b = side(in->first[1], usual_port);
	if (usual_port && a != PROBE_NO && b != PROBE_NO)
		return a > b ? a : b; /* one side tells enough */
	return a < b ? a : b;
}

/* "FRRouting/8.4.2", "BIRD 2.13": a version is what begins with a digit behind the last mark. */
static void software(struct dissection *x, struct cursor text)
{
	struct wire_text t = {.len = 0};
	const uint8_t *mark = text.end;
	while (mark > text.at && mark[-1] != '/' && mark[-1] != ' ')
		mark--;
	bool versioned = mark > text.at && mark < text.end && *mark >= '0' && *mark <= '9';
	struct cursor product = {text.at, versioned ? mark - 1 : text.end, false};
	wire_label(&t, "product", product);
	if (versioned)
		wire_label(&t, "version", (struct cursor){mark, text.end, false});
	wire_yield(x, dissection_from_server(x) ? FIELD_BGP_SERVER : FIELD_BGP_CLIENT, &t);
}

static void host_name(struct dissection *x, struct cursor c)
{
	struct cursor name = cursor_sub(&c, cursor_u8(&c)), domain = cursor_sub(&c, cursor_u8(&c)), host;
	struct wire_text t = {.len = 0};
	if (!text_host(name, &host) || !text_own_name(host))
		return;
	wire_text_add(&t, host.at, cursor_left(&host));
	if (text_host(domain, &domain) && cursor_left(&domain)) {
		wire_text_add(&t, ".", 1);
		wire_text_add(&t, domain.at, cursor_left(&domain));
	}
	wire_yield(x, FIELD_DEVICE_NAME, &t);
}

static void capabilities(struct dissection *x, struct cursor c)
{
	for (unsigned i = 0; i < MOST_ENTRIES && cursor_left(&c) >= 2; i++) {
		uint8_t code = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (!cursor_ok(&c))
			return;
		if (code == HOST_NAME)
			host_name(x, value);
		else if (code == SOFTWARE && cursor_left(&value) > 1)
			software(x, cursor_sub(&value, cursor_u8(&value)));
	}
}

/* Version, system, hold time, identifier; then parameters, with wider lengths where there are many (RFC 9072). */
static void open_message(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 9);
	uint8_t len = cursor_u8(&c);
	bool extended = len == EXTENDED && cursor_peek(&c, 0) == EXTENDED;
	if (extended)
		cursor_skip(&c, 3);
	for (unsigned i = 0; i < MOST_ENTRIES && cursor_left(&c) >= 2; i++) {
		uint8_t type = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, extended ? cursor_u16(&c) : cursor_u8(&c));
		if (type == CAPABILITIES && cursor_ok(&c))
			capabilities(x, value);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	if (cursor_left(c) < HEAD_BYTES)
		return;
	cursor_skip(&p, MARKER_BYTES);
	uint16_t len = cursor_u16(&p);
	uint8_t type = cursor_u8(&p);
	if (marked(*c) != PROBE_YES || len < HEAD_BYTES || type > LAST_TYPE) {
		dissection_done(x);
		return;
	}
	if (!wire_message(x, c, len, &whole))
		return;
	cursor_skip(&whole, HEAD_BYTES);
	if (dissection_from_server(x))
		dissection_service(x);
	if (type == OPEN && cursor_ok(&whole))
		open_message(x, whole);
	dissection_done(x);
}

const struct dissector dissector_bgp = {
	.name = "bgp",
	.application = "bgp",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.probe = probe,
	.stream = stream,
};
