/* PJL, the job language printers take before a document on their raw port: computers ask what the printer is, and say
 * whose job it is. */
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"

#define READ_BYTES 8192 /* of a direction; then comes the document */

struct pjl {
	uint32_t read[2];
	bool overlong[2];
	bool identity; /* the next line of the printer is its model */
};

static const char escape[] = "\033%-12345X";

static enum probe client(struct cursor f)
{
	if (cursor_left(&f) && f.at[0] == '@')
		return text_probe(f, "@PJL");
	enum probe p = text_probe(f, escape);
	if (p != PROBE_YES)
		return p;
	cursor_skip(&f, sizeof escape - 1);
	return cursor_left(&f) ? text_probe(f, "@PJL") : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe c = client(in->first[0]);
	enum probe s = cursor_left(&in->first[1]) ? text_probe(in->first[1], "@PJL") : PROBE_MAYBE;
	if (c == PROBE_NO || s == PROBE_NO)
		return PROBE_NO;
	return text_either(c, s);
}

/* "@PJL SET USERNAME = "maria"", "@PJL COMMENT …". */
static void client_line(struct dissection *x, struct cursor line)
{
	struct cursor name;
	text_take(&line, escape);
	if (!text_take(&line, "@PJL SET ") || !text_before(&line, '=', &name))
		return;
	line = text_trim(line);
	if (text_take(&line, "\"") && cursor_left(&line) && line.end[-1] == '"')
		line.end--;
	if (text_is(text_trim(name), "USERNAME"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 64);
}

/* The answer to "INFO ID" is a line with the model in quotes. */
static void server_line(struct dissection *x, struct pjl *p, struct cursor line)
{
	line = text_trim(line);
	if (p->identity && cursor_left(&line)) {
		text_take(&line, "\"");
		if (cursor_left(&line) && line.end[-1] == '"')
			line.end--;
		device_yield(x, FIELD_PJL_DEVICE, &(struct device){.model = line, .kind = "printer"});
	}
	p->identity = text_starts(line, "@PJL INFO ID");
	if (text_starts(line, "@PJL"))
		dissection_service(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct pjl *p = x->state;
	struct cursor line;
	enum flow_direction d = x->direction;
	const uint8_t *start = c->at;
	while (!x->done[d] && text_line(&p->overlong[d], c, &line)) {
		p->read[d] += (uint32_t)(c->at - start);
		start = c->at;
		if (dissection_from_server(x))
			server_line(x, p, line);
		else
			client_line(x, line);
		if (p->read[d] > READ_BYTES || (d != x->server && text_starts(line, "@PJL ENTER LANGUAGE")))
			dissection_done(x);
	}
}

const struct dissector pjl_dissector = {
	.name = "pjl",
	.application = "pdl-datastream",
	.transports = TRANSPORT_TCP,
	.ports = {9100, 9101, 9102},
	.state_bytes = sizeof(struct pjl),
	.probe = probe,
	.stream = stream,
};
