/* The information server of apcupsd: records behind a length of two octets; the answer to "status" names the daemon's
 * version and its host. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define RECORDS 16

struct apcupsd {
	uint8_t records[2];
};

static enum probe client(struct cursor c)
{
	if (cursor_left(&c) < 2)
		return !cursor_left(&c) || !cursor_peek(&c, 0) ? PROBE_MAYBE : PROBE_NO;
	uint16_t len = cursor_u16(&c);
	return text_either(len == 6 ? text_probe_rest(c, "status") : PROBE_NO,
			   len == 6 ? text_probe_rest(c, "events") : PROBE_NO);
}

static enum probe server(struct cursor c)
{
	if (cursor_left(&c) < 2)
		return PROBE_MAYBE;
	uint16_t len = cursor_u16(&c);
	return len < 100 ? text_probe_rest(c, "APC      : ") : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	if (!cursor_left(&in->first[1]))
		return client(in->first[0]) == PROBE_NO ? PROBE_NO : PROBE_MAYBE;
	return server(in->first[1]);
}

/* "3.14.14 (31 May 2016) debian" */
static void version(struct dissection *x, struct cursor value)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", wire_literal("apcupsd"));
	wire_label(&t, "vendor", wire_literal("apcupsd"));
	wire_label(&t, "version", text_word(&value));
	wire_yield(x, FIELD_APCUPSD_SERVER, &t);
	dissection_done_both(x);
}

static void record(struct dissection *x, struct cursor line)
{
	struct cursor name, value, host;
	dissection_service(x);
	if (!text_header(line, &name, &value))
		return;
	if (text_starts(name, "VERSION"))
		version(x, value);
	else if (text_starts(name, "HOSTNAME") && text_host(value, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct apcupsd *s = x->state;
	struct cursor p, line;
	while (!x->done[x->direction] && cursor_left(c) >= 2) {
		if (!dissection_from_server(x) || s->records[x->direction]++ >= RECORDS) {
			dissection_done(x);
			return;
		}
		p = *c;
		uint16_t len = cursor_u16(&p);
		if (cursor_left(&p) < len) {
			s->records[x->direction]--;
			return;
		}
		line = cursor_sub(&p, len);
		*c = p;
		record(x, line);
	}
}

const struct dissector dissector_apcupsd = {
	.name = "apcupsd",
	.application = "apcupsd",
	.transports = TRANSPORT_TCP,
	.ports = {3551},
	.state_bytes = sizeof(struct apcupsd),
	.probe = probe,
	.stream = stream,
};
