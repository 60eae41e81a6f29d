/* MQTT 3.1, 3.1.1 and 5 (OASIS): the client's identifier and user from CONNECT, or the identifier that CONNACK assigns;
 * the service from CONNACK; and, where the client subscribes to what brokers publish of themselves, the version. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         1883
#define PACKET_BYTES 16384
#define PACKETS      32   /* of a client that are looked at for such a subscription */
#define ANSWERS      1024 /* of the broker, after it, until it has said its version: all retained topics come at once */
#define TOPIC_BYTES  128
#define FLAG_WILL    0x04
#define FLAG_USER    0x80

enum type { CONNECT = 1, CONNACK = 2, PUBLISH = 3, SUBSCRIBE = 8 };

/* MQTT 5, 2.2.2.2. */
enum property { PROPERTY_ASSIGNED_ID = 0x12 };

struct mqtt {
	uint16_t packets[2];
	uint8_t version;
	bool asked; /* to be told what brokers publish of themselves */
};

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
	if (cursor_u8(&first) != CONNECT << 4)
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

/* Kinds of packets as the standard has them (MQTT 5, 2.1.3): which flags they bear, and how long they can be; PUBLISH
 * has flags of its own, and a topic. */
static bool sound(uint8_t first, uint32_t len, struct cursor body)
{
	static const struct {
		uint8_t first;
		uint32_t least, most;
	} kinds[] = {{0x20, 2, 512}, {0x40, 2, 512}, {0x50, 2, 512}, {0x62, 2, 512}, {0x70, 2, 512}, {0x82, 5, 4096},
		     {0x90, 3, 512}, {0xa2, 4, 512}, {0xb0, 2, 512}, {0xc0, 0, 0},   {0xd0, 0, 0},   {0xe0, 0, 512}};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].first == first)
			return len >= kinds[i].least && len <= kinds[i].most;
	uint16_t topic = cursor_u16(&body);
	bool shown = cursor_ok(&body) && cursor_left(&body) && *body.at >= ' ' && *body.at < 0x7f;
	return first >> 4 == PUBLISH && (first & 6) != 6 && len > 2 && topic && topic <= len - 2 && shown;
}

/* What tells on the usual port alone: the answer to a CONNECT that was not seen, or a packet from the midst of a
 * conversation. */
static enum probe at_home(const struct probe_input *in, struct cursor c, bool server)
{
	uint32_t len;
	uint8_t first = cursor_u8(&c);
	int r = varint(&c, &len);
	if (!text_port(in, PORT) || r < 0 || (!in->mid_stream && (!server || first != CONNACK << 4)))
		return PROBE_NO;
	if (!r || (cursor_left(&c) < 3 && cursor_left(&c) < len))
		return PROBE_MAYBE;
	return sound(first, len, c) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	const struct cursor *client = &in->first[0], *server = &in->first[1];
	if (cursor_left(client)) {
		enum probe p = client_probe(*client);
		return p == PROBE_NO ? at_home(in, *client, false) : p;
	}
	return cursor_left(server) ? at_home(in, *server, true) : PROBE_MAYBE;
}

static struct cursor properties(struct cursor *c)
{
	uint32_t len;
	if (varint(c, &len) > 0)
		return cursor_sub(c, len);
	cursor_fail(c);
	return cursor_init(NULL, 0);
}

static void connect(struct dissection *x, struct mqtt *m, struct cursor c)
{
	(void)string(&c); /* the protocol's name */
	uint8_t flags;
	m->version = cursor_u8(&c);
	flags = cursor_u8(&c);
	cursor_u16(&c);
	if (m->version >= 5)
		(void)properties(&c);
	struct cursor id = string(&c);
	if (cursor_ok(&c))
		text_yield(x, FIELD_MQTT_CLIENT_ID, SUBJECT_SENDER, id, 256);
	if (flags & FLAG_WILL) {
		if (m->version >= 5)
			(void)properties(&c);
		(void)string(&c);
		(void)string(&c);
	}
	struct cursor user = flags & FLAG_USER ? string(&c) : (struct cursor){c.end, c.end, false};
	if (cursor_ok(&c))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 256);
}

/* Steps over the value of a property; false when its kind is unknown. */
static bool property(struct cursor *c, uint8_t kind)
{
	static const uint8_t fixed[] = {
		[0x01] = 1, [0x02] = 4, [0x11] = 4, [0x13] = 2, [0x17] = 1, [0x18] = 4, [0x19] = 1, [0x21] = 2,
		[0x22] = 2, [0x23] = 2, [0x24] = 1, [0x25] = 1, [0x27] = 4, [0x28] = 1, [0x29] = 1, [0x2a] = 1,
	};
	if (kind < sizeof fixed && fixed[kind])
		cursor_skip(c, fixed[kind]);
	else if (kind == 0x26) { /* a user's own: name and value */
		(void)string(c);
		(void)string(c);
	} else if (kind == 0x12 || kind == 0x15 || kind == 0x16 || kind == 0x1a || kind == 0x1c || kind == 0x1f)
		(void)string(c);
	else
		return false;
	return cursor_ok(c);
}

/* A client that gave no identifier is told the one it has (MQTT 5, 3.2.2.3.7). */
static void connack(struct dissection *x, const struct mqtt *m, struct cursor c)
{
	wire_served(x);
	cursor_skip(&c, 2);
	if (m->version < 5)
		return;
	struct cursor p = properties(&c);
	while (cursor_ok(&c) && cursor_left(&p)) {
		uint8_t kind = cursor_u8(&p);
		struct cursor value = p;
		if (!property(&p, kind))
			return;
		if (kind == PROPERTY_ASSIGNED_ID)
			text_yield(x, FIELD_MQTT_CLIENT_ID, SUBJECT_RECEIVER, string(&value), 256);
	}
}

/* Only a broker says so, in the midst of a conversation: acknowledgements of subscriptions, answers to a ping. */
static bool answers(uint8_t first)
{
	return first == 0x90 || first == 0xb0 || first == 0xd0;
}

/* Topics of brokers begin with $SYS, which no other wildcard covers (MQTT 5, 4.7.2). */
static void subscribe(struct mqtt *m, struct cursor c)
{
	cursor_skip(&c, 2);
	if (m->version >= 5)
		(void)properties(&c);
	while (cursor_ok(&c) && cursor_left(&c)) {
		m->asked |= text_starts(string(&c), "$SYS/");
		cursor_skip(&c, 1);
	}
}

/* "$SYS/broker/version mosquitto version 2.0.11". True when the version was said. */
static bool publish(struct dissection *x, const struct mqtt *m, struct cursor c, uint8_t quality)
{
	struct wire_text t = {.len = 0};
	struct cursor topic = string(&c), end = topic;
	if (quality)
		cursor_skip(&c, 2);
	if (m->version >= 5)
		(void)properties(&c);
	size_t n = cursor_left(&topic);
	if (!cursor_ok(&c) || n < 8 || n > TOPIC_BYTES || !text_starts(topic, "$SYS/"))
		return false;
	end.at = end.end - 8;
	if (!text_is(end, "/version"))
		return false;
	wire_text_add(&t, topic.at, n);
	wire_text_add(&t, " ", 1);
	wire_text_add(&t, c.at, cursor_left(&c) < TOPIC_BYTES ? cursor_left(&c) : TOPIC_BYTES);
	wire_yield(x, FIELD_MQTT_VERSION, &t);
	return true;
}

/* A packet of the broker; true when nothing more is expected of it. */
static bool from_server(struct dissection *x, struct mqtt *m, uint8_t first, struct cursor body)
{
	if (first >> 4 == CONNACK)
		connack(x, m, body);
	else if (!m->version && answers(first))
		wire_served(x);
	return first >> 4 == PUBLISH && m->asked && publish(x, m, body, first >> 1 & 3);
}

static bool from_client(struct dissection *x, struct mqtt *m, uint8_t first, struct cursor body)
{
	if (first >> 4 == CONNECT)
		connect(x, m, body);
	else if (first >> 4 == SUBSCRIBE)
		subscribe(m, body);
	return m->asked;
}

/* Whether the packets so far were enough: those of the broker count only as long as nobody asked. */
static bool enough(const struct dissection *x, struct mqtt *m)
{
	unsigned most = dissection_from_server(x) && m->asked ? ANSWERS : PACKETS;
	return ++m->packets[x->direction] >= most;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct mqtt *m = x->state;
	while (cursor_left(c) && !x->done[x->direction]) {
		struct cursor p = *c;
		uint32_t len;
		uint8_t first = cursor_u8(&p);
		int r = varint(&p, &len);
		if (!r)
			return;
		if (r < 0 || !first) {
			dissection_done(x);
			return;
		}
		if (len > PACKET_BYTES) {
			c->at = p.at;
			text_pass(x, c, len);
		} else if (cursor_left(&p) < len) {
			return;
		} else {
			struct cursor body = cursor_sub(&p, len);
			c->at = p.at;
			bool over = dissection_from_server(x) ? from_server(x, m, first, body)
							      : from_client(x, m, first, body);
			if (over)
				dissection_done(x);
		}
		if (enough(x, m))
			dissection_done(x);
	}
}

const struct dissector dissector_mqtt = {
	.name = "mqtt",
	.application = "mqtt",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct mqtt),
	.probe = probe,
	.stream = stream,
};
