/* HTTP/2 in the clear (RFC 9113 3.3): by prior knowledge, or after an upgrade of HTTP/1.1. Reads the header blocks of
 * both sides and lets all other frames pass unseen. */
#include "classify/dissect/hpack.h"
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"

#define PREFACE       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_BYTES (sizeof PREFACE - 1)
#define FRAME_HEADER  9
#define BLOCK_BYTES   16384
#define FRAMES        20000 /* in a direction; the rest of such a connection tells nothing new */
#define FIELDS_A_TIME 128

enum frame_type { HEADERS = 1, SETTINGS = 4, TYPES = 32 };
enum frame_flag { PADDED = 0x08, PRIORITY = 0x20 };

struct http2 {
	uint16_t frames[2];
	bool begun;
	bool passed_on; /* the client is a gateway: what it asks is asked by others */
};

static const struct {
	uint8_t name; /* enum hpack_name */
	bool response;
	enum field field;
	uint16_t most;
} rows[] = {
	{HPACK_USER_AGENT, false, FIELD_HTTP_USER_AGENT, 1024},
	{HPACK_SERVER, true, FIELD_HTTP_SERVER, 1024},
	{HPACK_SET_COOKIE, true, FIELD_HTTP_SET_COOKIE, 128},
	{HPACK_VIA, true, FIELD_HTTP_VIA, 1024},
	{HPACK_WWW_AUTHENTICATE, true, FIELD_HTTP_WWW_AUTHENTICATE, 1024},
};

/* Is there a field by which gateways say that they pass a request on? What the dynamic table gives again has no name
 * here, so who has said so once is taken to be one. */
static bool passed_on(struct cursor block)
{
	struct hpack_field field;
	for (int i = 0; i < FIELDS_A_TIME && hpack_next(&block, &field); i++)
		if (field.name == HPACK_VIA || (!field.name && http_passes_on(field.spelled)))
			return true;
	return false;
}

static void tell(struct dissection *x, const struct hpack_field *f)
{
	const struct http2 *s = x->state;
	bool response = dissection_from_server(x);
	struct cursor name;
	if (!response && (f->name == HPACK_AUTHORITY || f->name == HPACK_HOST) && text_host(f->value, &name))
		text_yield(x, FIELD_HTTP_HOST, SUBJECT_RECEIVER, name, 253);
	if (!response && s->passed_on)
		return;
	if (!response && f->name == HPACK_AUTHORIZATION)
		text_authorization(x, f->value);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].name == f->name && rows[i].response == response)
			text_yield(x, rows[i].field, SUBJECT_SENDER, f->value, rows[i].most);
}

static void headers(struct dissection *x, struct cursor c, uint8_t flags)
{
	struct hpack_field field;
	uint8_t padding = flags & PADDED ? cursor_u8(&c) : 0;
	if (flags & PRIORITY)
		cursor_skip(&c, 5);
	if (!cursor_ok(&c) || padding > cursor_left(&c))
		return;
	c.end -= padding;
	if (!dissection_from_server(x))
		((struct http2 *)x->state)->passed_on |= passed_on(c);
	for (int i = 0; i < FIELDS_A_TIME && hpack_next(&c, &field); i++)
		tell(x, &field);
}

/* The client's preface; false when it is not all there. */
static bool preface(struct dissection *x, struct http2 *s, struct cursor *c)
{
	enum probe p = text_probe(*c, PREFACE);
	if (p == PROBE_MAYBE)
		return false;
	if (p == PROBE_NO)
		dissection_fail(x);
	else
		cursor_skip(c, PREFACE_BYTES);
	s->begun = true;
	return p == PROBE_YES;
}

static bool frame(struct dissection *x, struct http2 *s, struct cursor *c)
{
	struct cursor p = *c;
	if (cursor_left(&p) < FRAME_HEADER)
		return false;
	uint32_t len = cursor_u24(&p);
	uint8_t type = cursor_u8(&p), flags = cursor_u8(&p);
	cursor_skip(&p, 4);
	bool first = !s->frames[x->direction];
	if (type >= TYPES || ++s->frames[x->direction] > FRAMES || (first && type != SETTINGS)) {
		dissection_done_both(x);
		return false;
	}
	if (dissection_from_server(x))
		dissection_service(x);
	if (type != HEADERS || len > BLOCK_BYTES) {
		c->at = p.at;
		text_pass(x, c, len);
		return true;
	}
	if (cursor_left(&p) < len) {
		s->frames[x->direction]--;
		return false;
	}
	headers(x, cursor_sub(&p, len), flags);
	c->at = p.at;
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct http2 *s = x->state;
	while (!x->failed && !x->done[x->direction] && cursor_left(c)) {
		bool client = !dissection_from_server(x);
		if (!(client && !s->begun ? preface(x, s, c) : frame(x, s, c)))
			return;
	}
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], server = in->first[1];
	enum probe p = text_probe(client, PREFACE);
	/* the server begins with SETTINGS on stream 0 */
	if (cursor_left(&server) && (server.at[0] || (cursor_left(&server) > 3 && server.at[3] != SETTINGS)))
		return PROBE_NO;
	return p;
}

const struct dissector dissector_http2 = {
	.name = "http2",
	.application = "http",
	.transports = TRANSPORT_TCP,
	.ports = {80, 8080, 50051},
	.state_bytes = sizeof(struct http2),
	.probe = probe,
	.stream = stream,
};
