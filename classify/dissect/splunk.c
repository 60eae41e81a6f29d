/* Splunk's forwarders: a signature of 128 octets, and the name of the host in 256. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { SIGNATURE_BYTES = 128, NAME_BYTES = 256 };

static enum probe probe(const struct probe_input *in)
{
	if (!cursor_left(&in->first[0]) && cursor_left(&in->first[1]))
		return PROBE_NO; /* who connects speaks first */
	return text_probe(in->first[0], "--splunk-cooked-mode-v");
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor host;
	if (dissection_from_server(x)) {
		dissection_service(x);
		dissection_done(x);
		return;
	}
	if (cursor_left(c) < SIGNATURE_BYTES + NAME_BYTES)
		return;
	cursor_skip(c, SIGNATURE_BYTES);
	struct cursor name = wire_trim(cursor_sub(c, NAME_BYTES));
	wire_label(&t, "product", wire_literal("Splunk forwarder"));
	wire_label(&t, "vendor", wire_literal("Splunk"));
	wire_yield(x, FIELD_SPLUNK_CLIENT, &t);
	if (text_host(name, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
	dissection_done(x);
}

const struct dissector dissector_splunk = {
	.name = "splunk",
	.application = "splunk",
	.transports = TRANSPORT_TCP,
	.ports = {9997},
	.probe = probe,
	.stream = stream,
};
