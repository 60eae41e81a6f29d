/* HART-IP (FieldComm TS20085): the service, and of the answers to commands 0 (identity), 20 (long tag) what names
 * the gateway or instrument. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         5094
#define HEADER_BYTES 8
#define MOST_LENGTH  512
#define MESSAGES     500

enum { RESPONSE = 1, PUBLISHED = 2, TOKEN_PASSING = 3, LAST_ID = 4 };
enum { READ_IDENTITY = 0, READ_LONG_TAG = 20 };

struct hartip {
	uint16_t messages;
};

struct head {
	uint8_t kind, id, status;
	uint16_t length;
};

static int header(struct cursor c, struct head *h)
{
	size_t have = cursor_left(&c);
	uint8_t version = cursor_u8(&c);
	h->kind = cursor_u8(&c);
	h->id = cursor_u8(&c);
	h->status = cursor_u8(&c);
	cursor_skip(&c, 2);
	h->length = cursor_u16(&c);
	if ((have > 0 && (version < 1 || version > 2)) || (have > 1 && (h->kind & 0x0f) > PUBLISHED) ||
	    (have > 2 && h->id > LAST_ID))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	return h->length >= HEADER_BYTES && h->length <= MOST_LENGTH ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	if (!text_port(in, PORT))
		return PROBE_NO;
	for (int d = 0; d < 2; d++) {
		struct head h;
		int r = header(in->first[d], &h);
		if (r < 0 || (r && in->transport == TRANSPORT_UDP && h.length != cursor_left(&in->first[d])))
			return PROBE_NO;
		best = r ? PROBE_YES : best;
	}
	return best;
}

/* Delimiter, address, command, count, two of status, data (HCF SPEC-081). */
static void answer(struct dissection *x, struct cursor c)
{
	uint8_t delimiter = cursor_u8(&c);
	cursor_skip(&c, delimiter & 0x80 ? 5 : 1);
	uint8_t command = cursor_u8(&c);
	struct cursor data = cursor_sub(&c, cursor_u8(&c));
	uint8_t status = cursor_u8(&data);
	cursor_skip(&data, 1);
	if ((delimiter & 7) != 6 || status || !cursor_ok(&data))
		return;
	if (command == READ_LONG_TAG) {
		struct cursor tag = wire_trim(data);
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, tag, 32);
	} else if (command == READ_IDENTITY && cursor_u8(&data) == 254) {
		struct wire_text t = {.len = 0};
		uint16_t type = cursor_u16(&data);
		cursor_skip(&data, 3); /* preambles, revision of the protocol, of the device */
		uint8_t software = cursor_u8(&data);
		cursor_skip(&data, 2); /* hardware, flags */
		uint32_t id = cursor_u24(&data);
		if (!cursor_ok(&data))
			return;
		wire_label_format(&t, "serial", "%06x", id);
		wire_label_format(&t, "type", "%04x", type);
		wire_label_format(&t, "revision", "%u", software);
		wire_yield(x, FIELD_HART_DEVICE, &t);
	}
}

static void message(struct dissection *x, const struct head *h, struct cursor c)
{
	if ((h->kind & 0x0f) == 0)
		return;
	wire_served(x);
	cursor_skip(&c, HEADER_BYTES);
	if ((h->kind & 0x0f) == RESPONSE && h->id == TOKEN_PASSING && !h->status)
		answer(x, c);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct head h;
	if (header(*c, &h) > 0 && h.length == cursor_left(c))
		message(x, &h, *c);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, struct head *h)
{
	int r = header(c, h);
	return r > 0 ? h->length : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct hartip *s = x->state;
	struct head h;
	struct cursor whole;
	while (wire_next(x, c, length(*c, &h), &s->messages, MESSAGES, &whole))
		message(x, &h, whole);
}

const struct dissector dissector_hartip = {
	.name = "hart-ip",
	.application = "hart-ip",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct hartip),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
