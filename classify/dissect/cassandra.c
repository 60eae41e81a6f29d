/* Cassandra's native protocol (CQL binary protocol v3 to v5): the driver and application that STARTUP names. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 9
#define MESSAGES     100
#define OPTIONS      32

enum { RESPONSE = 0x80, ERROR = 0, STARTUP = 1, OPTIONS_ASKED = 5, MOST_OPERATION = 0x10 };

struct cassandra {
	uint16_t messages[2];
};

struct head {
	uint8_t version, operation;
	uint32_t length;
};

static int header(struct cursor c, struct head *h)
{
	size_t have = cursor_left(&c);
	h->version = cursor_u8(&c);
	uint8_t flags = cursor_u8(&c);
	cursor_skip(&c, 2);
	h->operation = cursor_u8(&c);
	h->length = cursor_u32(&c);
	uint8_t number = h->version & 0x7f;
	if ((have > 0 && (number < 3 || number > 6)) || (have > 1 && flags > 0x1f) ||
	    (have > 4 && h->operation > MOST_OPERATION))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	return h->length < 0x10000000 ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	struct head c, s;
	int client = header(in->first[0], &c), server = header(in->first[1], &s);
	if (client < 0 || server < 0 || (cursor_left(&in->first[0]) && (c.version & RESPONSE)) ||
	    (cursor_left(&in->first[1]) && !(s.version & RESPONSE)))
		return PROBE_NO;
	if (client && (c.operation == STARTUP || (c.operation == OPTIONS_ASKED && !c.length)))
		return server ? PROBE_YES : PROBE_MAYBE;
	return client ? PROBE_NO : PROBE_MAYBE;
}

static struct cursor string(struct cursor *c)
{
	return cursor_sub(c, cursor_u16(c));
}

static void startup(struct dissection *x, struct cursor c)
{
	struct cursor values[4] = {0};
	static const char *const names[] = {"DRIVER_NAME", "DRIVER_VERSION", "APPLICATION_NAME", "APPLICATION_VERSION"};
	static const char *const labels[] = {"product", "version", "application", "applicationVersion"};
	struct wire_text t = {.len = 0};
	unsigned n = cursor_u16(&c);
	for (unsigned i = 0; i < n && i < OPTIONS && cursor_ok(&c); i++) {
		struct cursor name = string(&c), value = string(&c);
		for (unsigned j = 0; j < 4; j++)
			if (text_is(name, names[j]))
				values[j] = value;
	}
	for (unsigned j = 0; j < 4; j++)
		wire_label(&t, labels[j], values[j]);
	wire_yield(x, FIELD_CASSANDRA_CLIENT, &t);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, struct head *h)
{
	int r = header(c, h);
	return r > 0 ? (int64_t)h->length + HEADER_BYTES : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cassandra *s = x->state;
	struct cursor whole;
	struct head h;
	while (wire_next(x, c, length(*c, &h), &s->messages[x->direction], MESSAGES, &whole)) {
		if (dissection_from_server(x))
			dissection_service(x);
		else if (h.operation == STARTUP && cursor_left(&whole)) {
			cursor_skip(&whole, HEADER_BYTES);
			startup(x, whole);
			dissection_done(x); /* from version 5 on frames have another form behind it */
		}
	}
}

const struct dissector dissector_cassandra = {
	.name = "cassandra",
	.application = "cassandra",
	.transports = TRANSPORT_TCP,
	.ports = {9042},
	.state_bytes = sizeof(struct cassandra),
	.probe = probe,
	.stream = stream,
};
