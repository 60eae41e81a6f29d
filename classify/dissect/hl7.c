/* HL7 over MLLP: which application of which facility sends (MSH-3, MSH-4). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 512 /* the segment that tells is the first */

static enum probe probe(const struct probe_input *in)
{
	static const char header[] = "\vMSH|";
	return text_sides(text_probe(in->first[0], header), text_probe(in->first[1], header), true);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor segment, word, line = text_first(*c, HEAD_BYTES);
	if (!text_before(&line, '\r', &segment)) {
		if (cursor_left(c) >= HEAD_BYTES)
			dissection_done(x);
		return;
	}
	dissection_done(x);
	if (!text_take(&segment, "\vMSH|") || !text_before(&segment, '|', &word))
		return;
	if (dissection_from_server(x))
		dissection_service(x);
	if (text_before(&segment, '|', &word))
		wire_label(&t, "application", word);
	if (text_before(&segment, '|', &word))
		wire_label(&t, "facility", word);
	wire_yield(x, dissection_from_server(x) ? FIELD_HL7_SERVER : FIELD_HL7_CLIENT, &t);
}

const struct dissector dissector_hl7 = {
	.name = "hl7",
	.application = "hl7",
	.transports = TRANSPORT_TCP,
	.ports = {2575, 6661},
	.probe = probe,
	.stream = stream,
};
