/* SQL Server's browser (MC-SQLR): name and version of the instances it lists. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT      1434
#define INSTANCES 16
#define ANSWER    5

static bool answer(struct cursor *c)
{
	return cursor_u8(c) == ANSWER && cursor_le16(c) == cursor_left(c) && cursor_left(c);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor client = in->first[0], server = in->first[1];
	if (!text_port(in, PORT))
		return PROBE_NO;
	if (cursor_left(&server))
		return answer(&server) ? PROBE_YES : PROBE_NO;
	uint8_t question = cursor_u8(&client);
	if (!cursor_ok(&client))
		return PROBE_MAYBE;
	return question >= 2 && question <= 4 && cursor_left(&client) <= 33 ? PROBE_YES : PROBE_NO;
}

static bool next(struct cursor *c, struct cursor *key, struct cursor *value)
{
	return text_before(c, ';', key) && cursor_left(key) && text_before(c, ';', value);
}

/* "ServerName;X;InstanceName;Y;IsClustered;No;Version;15.0.2000.5;tcp;1433;;" */
static bool instance(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor key, value, name = {0}, version = {0}, host;
	while (next(c, &key, &value))
		if (text_is(key, "InstanceName"))
			name = value;
		else if (text_is(key, "Version"))
			version = value;
		else if (text_is(key, "ServerName") && text_host(value, &host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 64);
	if (!cursor_left(&version))
		return false;
	wire_label(&t, "product", cursor_init("Microsoft SQL Server", 20));
	wire_label(&t, "vendor", cursor_init("Microsoft", 9));
	wire_label(&t, "version", version);
	wire_label(&t, "instance", name);
	wire_yield(x, FIELD_SQL_BROWSER, &t);
	return true;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	if (wire_sender_port(x) != PORT || !answer(c))
		return;
	wire_served(x);
	for (unsigned i = 0; i < INSTANCES && instance(x, c); i++)
		;
}

const struct dissector dissector_sqlbrowser = {
	.name = "sqlbrowser",
	.application = "ms-sql-m",
	.transports = TRANSPORT_UDP,
	.ports = {PORT},
	.probe = probe,
	.datagram = datagram,
};
