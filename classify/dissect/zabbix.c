/* Zabbix: agents that ask a server for their checks say host and version (JSON behind a header). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 13
#define COMPRESSED   2
#define LARGE        4

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

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor whole;
	uint8_t flags;
	uint32_t len;
	int r = header(*c, &flags, &len);
	if (r < 0 || (r && flags & LARGE)) {
		dissection_done(x);
		return;
	}
	if (!r || !wire_message(x, c, (uint64_t)len + HEADER_BYTES, &whole))
		return;
	dissection_done(x);
	if (dissection_from_server(x)) {
		x->application = text_server_port(x) == 10050 ? "zabbix-agent" : "zabbix-trapper";
		dissection_service(x);
		return;
	}
	cursor_skip(&whole, cursor_left(&whole) ? HEADER_BYTES : 0);
	if (!(flags & COMPRESSED))
		agent(x, whole);
}

const struct dissector dissector_zabbix = {
	.name = "zabbix",
	.application = "zabbix-trapper",
	.transports = TRANSPORT_TCP,
	.ports = {10051, 10050},
	.probe = probe,
	.stream = stream,
};
