/* MQTT 3.1, 3.1.1 and 5 (OASIS): the client's identifier and user from CONNECT; the service from CONNACK. */
#include "classify/dissect/text.h"

#define CONNECT      0x10
#define CONNACK      0x20
#define PACKET_BYTES 16384
#define FLAG_WILL    0x04
#define FLAG_USER    0x80

/* A number in groups of seven bits, lowest first; at most four octets. 0: wait, -1: none. */
static int varint(struct cursor *c, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		if (!cursor_left(c))
			return 0;
		uint8_t octet = cursor_u8(c);
		*value |= (uint32_t)(octet & 0x7f) << (7 * i);
		if (!(octet & 0x80))
			return 1;
	}
	return -1;
}

static struct cursor string(struct cursor *c)
{
	return cursor_sub(c, cursor_u16(c));
}

static enum probe client_probe(struct cursor first)
{
	uint32_t len;
	if (!cursor_left(&first))
		return PROBE_MAYBE;
	if (cursor_u8(&first) != CONNECT)
		return PROBE_NO;
	int r = varint(&first, &len);
	if (r <= 0)
		return r ? PROBE_NO : PROBE_MAYBE;
	if (len < 12 || !cursor_left(&first))
		return len < 12 ? PROBE_NO : PROBE_MAYBE;
	uint16_t name = cursor_u16(&first);
	if (!cursor_ok(&first))
		return PROBE_MAYBE;
	return name == 4 ? text_probe(first, "MQTT") : name == 6 ? text_probe(first, "MQIsdp") : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	if (!cursor_left(&in->first[0]) && cursor_left(&in->first[1]))
		return PROBE_NO;
	return client_probe(in->first[0]);
}

static void properties(struct cursor *c)
{
	uint32_t len;
	if (varint(c, &len) > 0)
		cursor_skip(c, len);
	else
		cursor_fail(c);
}

static void connect(struct dissection *x, struct cursor c)
{
	(void)string(&c); /* the protocol's name */
	uint8_t version = cursor_u8(&c), flags = cursor_u8(&c);
	cursor_u16(&c);
	if (version >= 5)
		properties(&c);
	struct cursor id = string(&c);
	if (cursor_ok(&c))
		text_yield(x, FIELD_MQTT_CLIENT_ID, SUBJECT_SENDER, id, 256);
	if (flags & FLAG_WILL) {
		if (version >= 5)
			properties(&c);
		(void)string(&c);
		(void)string(&c);
	}
	struct cursor user = flags & FLAG_USER ? string(&c) : (struct cursor){c.end, c.end, false};
	if (cursor_ok(&c))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 256);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c;
	uint32_t len;
	uint8_t type = cursor_u8(&p);
	int r = varint(&p, &len);
	if (!r || (r > 0 && len <= PACKET_BYTES && cursor_left(&p) < len))
		return;
	if (r > 0 && len <= PACKET_BYTES) {
		struct cursor body = cursor_sub(&p, len);
		if (dissection_from_server(x) && type == CONNACK)
			dissection_service(x);
		else if (!dissection_from_server(x) && type == CONNECT)
			connect(x, body);
		*c = p;
	}
	dissection_done(x);
}

const struct dissector dissector_mqtt = {
	.name = "mqtt",
	.application = "mqtt",
	.transports = TRANSPORT_TCP,
	.ports = {1883},
	.state_bytes = 0,
	.probe = probe,
	.stream = stream,
};
