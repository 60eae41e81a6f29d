/* Niagara Fox: both sides begin with a frame that names host, application, operating system and virtual machine. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HELLO_BYTES 4096
#define LINES       64

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		enum probe p = text_probe(in->first[d], "fox a ");
		if (cursor_left(&in->first[d]) && p == PROBE_NO)
			return PROBE_NO;
		best = text_either(best, cursor_left(&in->first[d]) ? p : PROBE_NO);
	}
	return best;
}

/* What is told, in this order. */
static const struct {
	const char *name, *label;
} rows[] = {
	{"app.name", "product"},     {"app.version", "version"}, {"os.name", "os"},
	{"os.version", "osVersion"}, {"vm.name", "vm"},          {"vm.version", "vmVersion"},
	{"station.name", "station"}, {"brandId", "brand"},       {"hostId", "hostId"},
};
#define ROWS (sizeof rows / sizeof *rows)

/* "name=t:value", where t is the kind of value. */
static void line_of(struct dissection *x, struct cursor line, struct cursor values[ROWS])
{
	struct cursor name, kind, host;
	if (!text_before(&line, '=', &name) || !text_before(&line, ':', &kind))
		return;
	if (text_is(name, "hostName") && text_host(line, &host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 64);
	for (size_t i = 0; i < ROWS; i++)
		if (text_is(name, rows[i].name))
			values[i] = line;
}

static void hello(struct dissection *x, struct cursor lines)
{
	struct cursor values[ROWS] = {0}, line;
	struct wire_text t = {.len = 0};
	for (unsigned i = 0; i < LINES && cursor_line(&lines, &line); i++)
		line_of(x, line, values);
	wire_label(&t, "vendor", cursor_init("Tridium", 7));
	for (size_t i = 0; i < ROWS; i++)
		wire_label(&t, rows[i].label, values[i]);
	wire_yield(x, FIELD_FOX_STATION, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	static const char end[] = "};;";
	struct cursor lines = *c;
	const uint8_t *stop = cursor_left(c) ? memmem(c->at, cursor_left(c), end, sizeof end - 1) : NULL;
	if (!stop || (size_t)(stop - c->at) > HELLO_BYTES) {
		if (cursor_left(c) > HELLO_BYTES)
			dissection_done(x);
		return;
	}
	lines.end = stop;
	if (dissection_from_server(x))
		dissection_service(x);
	hello(x, lines);
	c->at = stop + sizeof end - 1;
	dissection_done(x);
}

const struct dissector dissector_fox = {
	.name = "fox",
	.application = "niagara-fox",
	.transports = TRANSPORT_TCP,
	.ports = {1911, 3011},
	.probe = probe,
	.stream = stream,
};
