/* Zabbix: agents that ask a server for their checks say host and version (JSON behind a header); those that are asked
 * answer in plain text, and one of the questions is for their version. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 13
#define COMPRESSED   2
#define LARGE        4

struct zabbix {
	bool item;    /* the client asks for an item, as a server asks an agent */
	bool version; /* and that is the agent's version */
};

/* "ZBXD", flags, length (little-endian), reserved. */
static int header(struct cursor c, uint8_t *flags, uint32_t *len)
{
	enum probe p = text_probe(c, "ZBXD");
	if (p != PROBE_YES)
		return p == PROBE_NO ? -1 : 0;
	cursor_skip(&c, 4);
	size_t have = cursor_left(&c);
	*flags = cursor_u8(&c);
	*len = cursor_le32(&c);
	if (have && (!(*flags & 1) || *flags > 7))
		return -1;
	return have >= HEADER_BYTES - 4;
}

static enum probe probe(const struct probe_input *in)
{
	uint8_t flags;
	uint32_t len;
	for (int d = 0; d < 2; d++) {
		int r = header(in->first[d], &flags, &len);
		if (r > 0)
			return PROBE_YES;
		/* a server asks an old agent in a plain line: the answer tells */
		if (r < 0 && (d == 1 || !text_port(in, 10050)))
			return PROBE_NO;
	}
	return PROBE_MAYBE;
}

static void agent(struct dissection *x, struct cursor json)
{
	struct wire_text t = {.len = 0};
	struct cursor request, host, version, name;
	if (!text_json(json, "request", &request))
		return;
	bool proxy = text_has(request, "proxy");
	if (text_json(json, "host", &host) && text_host(host, &name))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name, 128);
	if (!text_json(json, "version", &version))
		return;
	wire_label(&t, "product", cursor_init(proxy ? "Zabbix proxy" : "Zabbix agent", 12));
	wire_label(&t, "vendor", cursor_init("Zabbix", 6));
	wire_label(&t, "version", version);
	wire_yield(x, FIELD_ZABBIX_AGENT, &t);
}

/* "agent.version": what a server asks an agent for, with or without a header. */
static void ask(struct zabbix *s, struct cursor item)
{
	uint8_t first = cursor_peek(&item, 0);
	s->item = first >= 'a' && first <= 'z';
	s->version = text_is(text_trim(item), "agent.version");
}

static void answer(struct dissection *x, const struct zabbix *s, struct cursor value)
{
	struct wire_text t = {.len = 0};
	x->application = s->item || text_server_port(x) == 10050 ? "zabbix-agent" : "zabbix-trapper";
	dissection_service(x);
	if (!s->version || cursor_peek(&value, 0) < '0' || cursor_peek(&value, 0) > '9')
		return;
	wire_label(&t, "product", wire_literal("Zabbix agent"));
	wire_label(&t, "vendor", wire_literal("Zabbix"));
	wire_label(&t, "version", text_trim(value));
	wire_yield(x, FIELD_ZABBIX_ASKED, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct zabbix *s = x->state;
	struct cursor whole;
	uint8_t flags;
	uint32_t len;
	int r = header(*c, &flags, &len);
	if (r < 0 || (r && flags & LARGE)) {
		if (r < 0 && !dissection_from_server(x))
			ask(s, *c);
		dissection_done(x);
		return;
	}
	if (!r || !wire_message(x, c, (uint64_t)len + HEADER_BYTES, &whole))
		return;
	dissection_done(x);
	cursor_skip(&whole, cursor_left(&whole) ? HEADER_BYTES : 0);
	if (flags & COMPRESSED)
		whole.at = whole.end;
	if (dissection_from_server(x)) {
		answer(x, s, whole);
		return;
	}
	ask(s, whole);
	agent(x, whole);
}

const struct dissector dissector_zabbix = {
	.name = "zabbix",
	.application = "zabbix-trapper",
	.transports = TRANSPORT_TCP,
	.ports = {10051, 10050},
	.state_bytes = sizeof(struct zabbix),
	.probe = probe,
	.stream = stream,
};
