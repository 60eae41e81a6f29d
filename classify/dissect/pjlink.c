/* PJLink (JBMIA, classes 1 and 2): projectors and displays tell maker, product, serial number and software to who
 * controls them. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define LINES      24
#define LINE_BYTES 256

struct pjlink {
	char maker[40], model[48], serial[40], software[40];
	uint8_t lines[2];
};

static enum probe probe(const struct probe_input *in)
{
	if (!cursor_left(&in->first[1]))
		return PROBE_NO; /* the projector speaks first */
	return text_probe(in->first[1], "PJLINK ");
}

/* "%1INF1=EPSON": what is asked, and the answer; "ERR1" and the like say that there is none. */
static bool answer(struct cursor line, const char *command, struct cursor *value)
{
	if (cursor_left(&line) < 2 || line.at[0] != '%' || (line.at[1] != '1' && line.at[1] != '2'))
		return false;
	cursor_skip(&line, 2);
	if (!text_take(&line, command) || text_starts(line, "ERR"))
		return false;
	*value = line;
	return true;
}

static void keep(struct dissection *x, char *to, size_t size, struct cursor value)
{
	const struct pjlink *s = x->state;
	struct wire_text t = {.len = 0};
	wire_keep(to, size, value);
	if (!*s->model)
		return;
	wire_label(&t, "vendor", cursor_init(s->maker, strlen(s->maker)));
	wire_label(&t, "model", cursor_init(s->model, strlen(s->model)));
	wire_label(&t, "serial", cursor_init(s->serial, strlen(s->serial)));
	wire_label(&t, "firmware", cursor_init(s->software, strlen(s->software)));
	wire_label(&t, "kind", wire_literal("projector"));
	wire_yield(x, FIELD_PJLINK_DEVICE, &t);
}

static void line_of(struct dissection *x, struct pjlink *s, struct cursor line)
{
	struct cursor value;
	if (text_starts(line, "PJLINK "))
		dissection_service(x);
	if (answer(line, "INF1=", &value))
		keep(x, s->maker, sizeof s->maker, value);
	else if (answer(line, "INF2=", &value))
		keep(x, s->model, sizeof s->model, value);
	else if (answer(line, "SNUM=", &value))
		keep(x, s->serial, sizeof s->serial, value);
	else if (answer(line, "SVER=", &value))
		keep(x, s->software, sizeof s->software, value);
}

/* Lines end with a carriage return alone. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct pjlink *s = x->state;
	struct cursor line;
	if (!dissection_from_server(x)) {
		dissection_done(x);
		return;
	}
	for (struct cursor first = text_first(*c, LINE_BYTES); text_before(&first, '\r', &line);
	     first = text_first(*c, LINE_BYTES)) {
		c->at = first.at;
		line_of(x, s, line);
		if (++s->lines[x->direction] >= LINES) {
			dissection_done(x);
			return;
		}
	}
	if (cursor_left(c) >= LINE_BYTES)
		dissection_done(x);
}

const struct dissector dissector_pjlink = {
	.name = "pjlink",
	.application = "pjlink",
	.transports = TRANSPORT_TCP,
	.ports = {4352},
	.state_bytes = sizeof(struct pjlink),
	.probe = probe,
	.stream = stream,
};
