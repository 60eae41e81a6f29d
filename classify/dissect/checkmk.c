/* The agent of Checkmk: whoever connects is told version, system and name of the host in the first section of its
 * report. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define LINES 40 /* of the first section; what it has to tell comes first */

static const char first_section[] = "<<<check_mk>>>";

struct checkmk {
	char version[32], system[24], name[72], os_version[32];
	uint8_t lines;
	bool overlong, section;
};

static enum probe probe(const struct probe_input *in)
{
	enum probe server = text_probe(in->first[1], first_section);
	if (!cursor_left(&in->first[1]) || cursor_left(&in->first[0]))
		return PROBE_NO;
	return server;
}

static struct cursor kept(const char *text)
{
	return cursor_init(text, strlen(text));
}

static void say_agent(struct dissection *x, const struct checkmk *s)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", wire_literal("Checkmk agent"));
	wire_label(&t, "vendor", wire_literal("Checkmk"));
	wire_label(&t, "version", kept(s->version));
	wire_label(&t, "system", kept(s->system));
	wire_yield(x, FIELD_CHECKMK_AGENT, &t);
}

/* The name of Windows has its version in it, and the number behind it is that of a build. */
static void say_system(struct dissection *x, const struct checkmk *s)
{
	struct wire_text t = {.len = 0};
	wire_text_add(&t, s->name, strlen(s->name));
	if (*s->name && *s->os_version && !text_has(kept(s->name), "windows"))
		wire_text_format(&t, " %s", s->os_version);
	wire_yield(x, FIELD_OS_NAME, &t);
}

static void line_of(struct dissection *x, struct checkmk *s, struct cursor line)
{
	struct cursor name, value, host;
	if (!text_header(line, &name, &value))
		return;
	if (text_is(name, "Version"))
		wire_keep(s->version, sizeof s->version, value);
	else if (text_is(name, "AgentOS"))
		wire_keep(s->system, sizeof s->system, value);
	else if (text_is(name, "OSName"))
		wire_keep(s->name, sizeof s->name, value);
	else if (text_is(name, "OSVersion"))
		wire_keep(s->os_version, sizeof s->os_version, value);
	else if (text_is(name, "Hostname") && text_host(value, &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

static void end(struct dissection *x, const struct checkmk *s)
{
	say_agent(x, s);
	say_system(x, s);
	dissection_done_both(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct checkmk *s = x->state;
	struct cursor line;
	if (!dissection_from_server(x)) {
		dissection_done(x);
		return;
	}
	while (text_line(&s->overlong, c, &line)) {
		bool section = text_starts(line, "<<<");
		if (s->section && (section || ++s->lines > LINES)) {
			end(x, s);
			return;
		}
		if (section) {
			s->section = true;
			dissection_service(x);
		}
		line_of(x, s, line);
	}
	if (x->last && s->section)
		end(x, s);
}

const struct dissector dissector_checkmk = {
	.name = "checkmk",
	.application = "checkmk-agent",
	.transports = TRANSPORT_TCP,
	.ports = {6556},
	.state_bytes = sizeof(struct checkmk),
	.probe = probe,
	.stream = stream,
};
