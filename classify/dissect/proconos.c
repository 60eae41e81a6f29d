/* ProConOS: the runtime of controllers tells engineering tools which it is, and in what it runs. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { MAGIC = 0xcc, KIND = 1, RUNTIME_AT = 12, TYPE_AT = 44, END_AT = 77 };

static enum probe side(struct cursor c)
{
	static const uint8_t begin[] = {MAGIC, KIND, 0};
	size_t n = cursor_left(&c) < sizeof begin ? cursor_left(&c) : sizeof begin;
	if (n && memcmp(c.at, begin, n))
		return PROBE_NO;
	return n < sizeof begin ? PROBE_MAYBE : PROBE_YES;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0]), b = side(in->first[1]);
	return a < b ? a : b;
}

/* What stands in a member of its size, if it prints. */
static struct cursor member(struct cursor c, size_t at, size_t end)
{
	cursor_skip(&c, at);
	struct cursor value = wire_trim(cursor_sub(&c, end - at));
	for (const uint8_t *p = value.at; p < value.end; p++)
		if (*p < ' ' || *p > '~')
			return (struct cursor){NULL, NULL, false};
	return value;
}

/* "ProConOS V3.0.1040 Oct 29 2002", "ADAM5510KW 1.24 Build 005" */
static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	if (!dissection_from_server(x)) {
		dissection_done(x);
		return;
	}
	enum probe is = side(*c);
	if (is == PROBE_NO)
		dissection_done(x);
	if (is != PROBE_YES)
		return;
	dissection_service(x);
	if (cursor_left(c) < END_AT)
		return;
	struct cursor runtime = member(*c, RUNTIME_AT, TYPE_AT), type = member(*c, TYPE_AT, END_AT);
	struct cursor product = text_word(&runtime), version = text_word(&runtime);
	text_take(&version, "V");
	if (text_has(product, "ProConOS")) {
		wire_label(&t, "product", product);
		wire_label(&t, "version", version);
		wire_label(&t, "model", type);
		wire_label(&t, "kind", wire_literal("PLC"));
		wire_yield(x, FIELD_PROCONOS_DEVICE, &t);
	}
	dissection_done(x);
}

const struct dissector dissector_proconos = {
	.name = "proconos",
	.application = "proconos",
	.transports = TRANSPORT_TCP,
	.ports = {20547},
	.probe = probe,
	.stream = stream,
};
