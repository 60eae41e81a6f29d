/* Bacula and Bareos in clear: lines behind a length of four octets. A client says who calls; a director answers with
 * its version, and daemons with that of their protocol. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MESSAGES 12

struct bacula {
	uint8_t messages[2];
};

static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0];
	if (!cursor_left(&in->first[0]) && cursor_left(&in->first[1]))
		return PROBE_NO; /* who connects speaks first */
	if (cursor_left(&c) < 4)
		return !cursor_left(&c) || !cursor_peek(&c, 0) ? PROBE_MAYBE : PROBE_NO;
	uint32_t len = cursor_u32(&c);
	return len > 6 && len < 512 ? text_probe(c, "Hello ") : PROBE_NO;
}

static const char *service_at(uint16_t port)
{
	return port == 9102 ? "bacula-fd" : port == 9103 ? "bacula-sd" : "bacula-dir";
}

/* "1000 OK: bacula-dir Version: 9.6.7 (10 December 2020)", "1000 OK: bareos-dir Version: 22.0.0 (…)" */
static void tell(struct dissection *x, struct cursor line)
{
	struct wire_text t = {.len = 0};
	struct cursor before;
	bool bareos = text_has(line, "bareos");
	while (text_before(&line, ':', &before))
		if (text_has(before, "Version"))
			break;
	line = text_trim(line);
	struct cursor version = text_word(&line);
	if (!(cursor_peek(&version, 0) >= '0' && cursor_peek(&version, 0) <= '9'))
		return;
	wire_label(&t, "product", wire_literal(bareos ? "Bareos" : "Bacula"));
	wire_label(&t, "version", version);
	wire_yield(x, FIELD_BACKUP_SERVER, &t);
	dissection_done_both(x);
}

static void message(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 4);
	if (!dissection_from_server(x))
		return;
	x->application = service_at(text_server_port(x));
	dissection_service(x);
	if (text_starts(c, "1000 OK") && text_has(c, "Version: "))
		tell(x, c);
}

/* A length below zero is a signal, and nothing follows. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct bacula *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= 4) {
		struct cursor p = *c;
		uint32_t len = cursor_u32(&p);
		if ((len > 1u << 20 && len < 0xffffff00u) || s->messages[x->direction] >= MESSAGES) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, 4 + (len > 1u << 20 ? 0 : (uint64_t)len), &whole))
			return;
		s->messages[x->direction]++;
		message(x, whole);
	}
}

const struct dissector dissector_bacula = {
	.name = "bacula",
	.application = "bacula-dir",
	.transports = TRANSPORT_TCP,
	.ports = {9101, 9102, 9103},
	.state_bytes = sizeof(struct bacula),
	.probe = probe,
	.stream = stream,
};
