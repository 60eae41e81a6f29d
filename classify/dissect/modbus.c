/* Modbus/TCP (MODBUS Messaging on TCP/IP 1.0b, Application Protocol 1.1b3): device identification (function 43/14)
 * and the server's identifier (17); of Schneider's own function 90 the answer to "who are you". */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         502
#define HEADER_BYTES 8
#define MOST_LENGTH  1024 /* 254 by the book; function 90 takes more */
#define MESSAGES     2000 /* of a direction; who asks for identities does so early */

enum { EXCEPTION = 0x80, SERVER_ID = 17, ENCAPSULATED = 43, UMAS = 90, MEI_IDENTIFICATION = 14 };

struct modbus {
	uint16_t transaction, messages;
	uint8_t unit, function, umas; /* of the request that was seen last */
	bool asked;
};

struct adu {
	uint16_t transaction, length;
	uint8_t unit, function;
};

/* 1 a header, 0 more octets are needed, -1 it is none. */
static int header(struct cursor c, struct adu *a)
{
	size_t have = cursor_left(&c);
	a->transaction = cursor_u16(&c);
	uint16_t protocol = cursor_u16(&c);
	a->length = cursor_u16(&c);
	a->unit = cursor_u8(&c);
	a->function = cursor_u8(&c);
	if ((have > 3 && protocol) || (have > 5 && (a->length < 2 || a->length > MOST_LENGTH)) ||
	    (have > 4 && protocol))
		return -1;
	if (have >= HEADER_BYTES && !(a->function & ~EXCEPTION))
		return -1;
	return have >= HEADER_BYTES;
}

/* At home one direction is enough; elsewhere the answer must fit the question. */
static enum probe probe(const struct probe_input *in)
{
	struct adu a[2];
	int r[2] = {header(in->first[0], &a[0]), header(in->first[1], &a[1])};
	if (r[0] < 0 || r[1] < 0)
		return PROBE_NO;
	if (text_port(in, PORT))
		return r[0] || r[1] ? PROBE_YES : PROBE_MAYBE;
	if (!r[0] || !r[1])
		return PROBE_MAYBE;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]) < a[d].length + 6u)
			return PROBE_MAYBE;
	bool fits = a[0].transaction == a[1].transaction && a[0].unit == a[1].unit &&
		    a[0].function == (a[1].function & ~EXCEPTION) && (a[1].function < EXCEPTION || a[1].length == 3);
	return fits && (a[0].transaction || a[0].unit) ? PROBE_YES : PROBE_NO;
}

/* Objects of the basic and regular categories (6.21). */
static void identification(struct dissection *x, struct cursor c)
{
	static const char *const names[] = {"vendor", "code", "firmware", "url", "name", "type", "application"};
	struct cursor values[sizeof names / sizeof *names] = {0};
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 4);
	for (unsigned n = cursor_u8(&c); n && cursor_left(&c); n--) {
		uint8_t id = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (id < sizeof names / sizeof *names)
			values[id] = value;
	}
	static const uint8_t models[] = {5, 4, 1};
	for (unsigned i = 0; i < 3 && !t.len; i++)
		wire_label(&t, "model", values[models[i]]);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		wire_label(&t, names[i], values[i]);
	wire_yield(x, FIELD_MODBUS_DEVICE, &t);
}

static bool printable(struct cursor c)
{
	for (; c.at < c.end; c.at++)
		if (*c.at < ' ' || *c.at > '~')
			return false;
	return true;
}

/* Identifier, run indicator, and text: device-specific, so only what is text throughout is taken. */
static void server_id(struct dissection *x, struct cursor c)
{
	struct cursor id = cursor_sub(&c, cursor_u8(&c));
	while (cursor_left(&id) && (*id.at < ' ' || *id.at > '~'))
		id.at++;
	while (cursor_left(&id) && (!id.end[-1] || id.end[-1] == 0xff))
		id.end--;
	if (cursor_left(&id) >= 3 && printable(id))
		text_yield(x, FIELD_MODBUS_SERVER_ID, SUBJECT_SENDER, id, 128);
}

/* Schneider's programming protocol, READ_ID: the last thing said is the name of the processor, behind its length. */
static void umas_identity(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 1);
	if (cursor_u8(&c) != 0xfe)
		return;
	cursor_skip(&c, 22);
	struct cursor name = cursor_sub(&c, cursor_u8(&c));
	if (!cursor_ok(&name) || cursor_left(&name) < 4 || !printable(name))
		return;
	wire_label(&t, "vendor", cursor_init("Schneider Electric", 18));
	wire_label(&t, "model", name);
	wire_label(&t, "kind", cursor_init("PLC", 3));
	wire_yield(x, FIELD_MODBUS_DEVICE, &t);
}

static void response(struct dissection *x, const struct modbus *s, const struct adu *a, struct cursor body)
{
	bool fits = s->asked && s->transaction == a->transaction && s->function == (a->function & ~EXCEPTION);
	if (!fits && x->flow->dport != PORT && x->flow->sport != PORT)
		return;
	dissection_service(x);
	if (a->function == ENCAPSULATED && cursor_peek(&body, 0) == MEI_IDENTIFICATION) {
		cursor_skip(&body, 1);
		identification(x, body);
	} else if (a->function == SERVER_ID)
		server_id(x, body);
	else if (a->function == UMAS && fits && s->umas == 2)
		umas_identity(x, body);
}

static void orient(struct dissection *x)
{
	if (x->flow->sport == PORT && x->flow->dport != PORT)
		dissection_server(x, FLOW_FORWARD);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, struct adu *a)
{
	int r = header(c, a);
	return r > 0 ? a->length + 6 : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct modbus *s = x->state;
	struct adu a;
	struct cursor message;
	orient(x);
	while (wire_next(x, c, length(*c, &a), &s->messages, MESSAGES, &message)) {
		cursor_skip(&message, HEADER_BYTES);
		if (dissection_from_server(x)) {
			response(x, s, &a, message);
			continue;
		}
		s->asked = true;
		s->transaction = a.transaction;
		s->unit = a.unit;
		s->function = a.function;
		s->umas = cursor_peek(&message, 1);
	}
}

const struct dissector dissector_modbus = {
	.name = "modbus",
	.application = "mbap",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct modbus),
	.probe = probe,
	.stream = stream,
};
