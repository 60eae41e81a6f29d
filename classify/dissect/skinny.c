/* Cisco's Skinny: the name a telephone registers with (its MAC is part of it). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT     2000
#define MESSAGES 40

enum { REGISTER = 0x0001, REGISTER_ACK = 0x0081, KEEP_ALIVE = 0x0000, MOST_MESSAGE = 0x0200 };

struct skinny {
	uint16_t messages[2];
};

/* Length of what follows the eight octets, version of the header, message: little-endian. */
static int header(struct cursor c, uint32_t *len, uint32_t *message)
{
	size_t have = cursor_left(&c);
	*len = cursor_le32(&c);
	uint32_t version = cursor_le32(&c);
	*message = cursor_le32(&c);
	if ((have >= 4 && (*len < 4 || *len > 4096)) || (have >= 8 && version > 0x20))
		return -1;
	if (have < 12)
		return 0;
	return *message < MOST_MESSAGE ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	uint32_t len, message;
	enum probe best = PROBE_MAYBE;
	if (!text_port(in, PORT))
		return PROBE_NO;
	for (int d = 0; d < 2; d++) {
		int r = header(in->first[d], &len, &message);
		if (r < 0)
			return PROBE_NO;
		if (r)
			best = PROBE_YES;
	}
	return best;
}

static void registration(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor name = wire_trim(cursor_sub(&c, 16));
	if (cursor_left(&name) < 4)
		return;
	for (const uint8_t *p = name.at; p < name.end; p++)
		if (*p <= ' ' || *p > '~')
			return;
	text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name, 16);
	wire_label(&t, "name", name);
	wire_yield(x, FIELD_SKINNY_DEVICE, &t);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, uint32_t *message)
{
	uint32_t len;
	int r = header(c, &len, message);
	return r > 0 ? (int64_t)len + 8 : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct skinny *s = x->state;
	struct cursor whole;
	uint32_t message;
	while (wire_next(x, c, length(*c, &message), &s->messages[x->direction], MESSAGES, &whole)) {
		cursor_skip(&whole, 12);
		if (dissection_from_server(x))
			dissection_service(x);
		else if (message == REGISTER)
			registration(x, whole);
	}
}

const struct dissector dissector_skinny = {
	.name = "skinny",
	.application = "cisco-sccp",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct skinny),
	.probe = probe,
	.stream = stream,
};
