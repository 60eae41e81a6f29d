/* Omron FINS over UDP and TCP (W342): model and version from the answer to CONTROLLER DATA READ. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         9600
#define TCP_HEADER   16
#define FINS_HEADER  10
#define MOST_LENGTH  2048
#define MESSAGES     1000
#define RESPONSE_BIT 0x40

enum { CONTROLLER_DATA_READ = 0x0501, SEND = 2 };

struct fins {
	uint16_t messages;
};

/* Information, reserved, gateways: few values are lawful. */
static bool plausible(struct cursor c)
{
	uint8_t information = cursor_u8(&c), reserved = cursor_u8(&c), gateways = cursor_u8(&c);
	return cursor_left(&c) >= FINS_HEADER - 3 + 2 && (information & 0x3e) == 0 && (information & 0x80) &&
	       !reserved && gateways <= 7;
}

/* `served`: the answer comes from where a server listens. */
static void message(struct dissection *x, struct cursor c, bool served)
{
	if (!plausible(c))
		return;
	uint8_t information = cursor_u8(&c);
	cursor_skip(&c, FINS_HEADER - 1);
	uint16_t command = cursor_u16(&c);
	if (!(information & RESPONSE_BIT))
		return;
	uint16_t end = cursor_u16(&c);
	if (!cursor_ok(&c))
		return;
	if (served)
		wire_served(x);
	struct cursor model = cursor_sub(&c, 20), version = cursor_sub(&c, 20);
	if (command != CONTROLLER_DATA_READ || (end & 0x7f3f) || !cursor_ok(&c))
		return;
	struct wire_text t = {.len = 0};
	model = wire_trim(model);
	if (!cursor_left(&model))
		return;
	wire_label(&t, "vendor", cursor_init("Omron", 5));
	wire_label(&t, "model", model);
	wire_label(&t, "firmware", wire_trim(version));
	wire_label(&t, "kind", cursor_init("PLC", 3));
	wire_yield(x, FIELD_FINS_DEVICE, &t);
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (!cursor_left(&c))
			continue;
		if (in->transport == TRANSPORT_TCP)
			return text_probe(c, "FINS");
		return text_port(in, PORT) && plausible(c) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	message(x, *c, wire_sender_port(x) == PORT);
}

/* "FINS", length of what follows, command, error. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct fins *s = x->state;
	while (!x->done[x->direction] && cursor_left(c) >= TCP_HEADER) {
		struct cursor p = *c, whole;
		bool magic = !memcmp(p.at, "FINS", 4);
		cursor_skip(&p, 4);
		uint32_t len = cursor_u32(&p), command = cursor_u32(&p);
		if (!magic || len < 8 || len > MOST_LENGTH || s->messages++ > MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, len + 8, &whole)) {
			s->messages--;
			return;
		}
		cursor_skip(&whole, TCP_HEADER);
		if (dissection_from_server(x))
			dissection_service(x);
		if (command == SEND)
			message(x, whole, true);
	}
}

const struct dissector dissector_fins = {
	.name = "fins",
	.application = "omron-fins",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {PORT},
	.state_bytes = sizeof(struct fins),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
