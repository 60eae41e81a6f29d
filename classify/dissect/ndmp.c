/* NDMP (version 2 to 4): storage that is backed up names its maker, product, revision, host and system. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 28 /* record mark, then six numbers */
#define MESSAGES   24

#define LAST_RECORD (1u << 31)

enum { REPLY = 1 };
enum { HOST_INFO = 0x100, SERVER_INFO = 0x108, CONNECTED = 0x502, CONNECT_OPEN = 0x900, LAST_MESSAGE = 0xf000 };

struct ndmp {
	uint8_t messages[2];
};

/* Mark; number, time, whether it replies, which message, to which, error. */
static bool take_head(struct cursor *c, uint32_t *len, uint32_t *type, uint32_t *message)
{
	*len = cursor_u32(c);
	cursor_skip(c, 8);
	*type = cursor_u32(c);
	*message = cursor_u32(c);
	cursor_skip(c, 4);
	uint32_t error = cursor_u32(c);
	bool right = *len & LAST_RECORD && *type <= REPLY && *message >= 0x100 && *message < LAST_MESSAGE && error < 64;
	*len &= ~LAST_RECORD;
	return right && cursor_ok(c) && *len >= HEAD_BYTES - 4 && *len < 0x10000;
}

/* The server speaks first: that it is connected. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[1];
	uint32_t len, type, message;
	if (cursor_left(&in->first[0]) && cursor_peek(&in->first[0], 0) != 0x80)
		return PROBE_NO;
	if (!cursor_left(&c) || (cursor_left(&c) < HEAD_BYTES && cursor_peek(&c, 0) == 0x80))
		return PROBE_MAYBE;
	return take_head(&c, &len, &type, &message) && type == 0 && message == CONNECTED ? PROBE_YES : PROBE_NO;
}

/* A text behind its length, filled up to fours. */
static struct cursor text_of(struct cursor *c)
{
	uint32_t len = cursor_u32(c);
	struct cursor text = cursor_sub(c, len);
	cursor_skip(c, (4 - len % 4) % 4);
	return text;
}

static void server_info(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor vendor = text_of(&c), product = text_of(&c), revision = text_of(&c);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "vendor", vendor);
	wire_label(&t, "product", product);
	wire_label(&t, "version", revision);
	wire_yield(x, FIELD_NDMP_SERVER, &t);
}

static void host_info(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor name = text_of(&c), system = text_of(&c), version = text_of(&c), host;
	if (!cursor_ok(&c))
		return;
	if (text_host(name, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
	wire_text_add(&t, system.at, cursor_left(&system));
	wire_text_add(&t, " ", 1);
	wire_text_add(&t, version.at, cursor_left(&version));
	if (cursor_left(&system))
		wire_yield(x, FIELD_OS_NAME, &t);
}

static void message_of(struct dissection *x, struct cursor c)
{
	uint32_t len, type, message;
	if (!take_head(&c, &len, &type, &message) || !dissection_from_server(x))
		return;
	dissection_service(x);
	if (type != REPLY || cursor_u32(&c))
		return;
	if (message == SERVER_INFO)
		server_info(x, c);
	else if (message == HOST_INFO)
		host_info(x, c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct ndmp *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES) {
		struct cursor p = *c;
		uint32_t len, type, message;
		if (!take_head(&p, &len, &type, &message) || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, 4 + (uint64_t)len, &whole))
			return;
		s->messages[x->direction]++;
		message_of(x, whole);
	}
}

const struct dissector dissector_ndmp = {
	.name = "ndmp",
	.application = "ndmp",
	.transports = TRANSPORT_TCP,
	.ports = {10000},
	.state_bytes = sizeof(struct ndmp),
	.probe = probe,
	.stream = stream,
};
