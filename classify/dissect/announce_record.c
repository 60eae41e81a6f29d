/* Announcements whose members stand at fixed places: Canon's and others' printers, lamps (Art-Net), cameras of machines
 * (GigE Vision), Beckhoff's controllers. */
#include "classify/dissect/announce.h"

#include "classify/dissect/device.h"
#include "classify/dissect/text.h"

/* BJNP: four letters, kind of device with a bit for answers, command, error, numbers, the payload's length. */
static bool is_bjnp(struct cursor c)
{
	return text_starts(c, "BJNP") || text_starts(c, "BJNB") || text_starts(c, "MFNP");
}

static void bjnp(struct dissection *x, struct cursor c)
{
	enum { ANSWER = 0x80, IDENTITY = 0x30, HEAD_BYTES = 16 };
	if (!(cursor_peek(&c, 4) & ANSWER) || cursor_peek(&c, 5) != IDENTITY)
		return;
	cursor_skip(&c, HEAD_BYTES + 2); /* and the length of what an interface of a printer says (IEEE 1284) */
	device_id(x, FIELD_ANNOUNCE_DEVICE, c);
}

/* Art-Net 4: the answer to a poll. */
static bool is_artnet(struct cursor c)
{
	static const char head[] = "Art-Net";
	return cursor_left(&c) >= 10 && !memcmp(c.at, head, sizeof head);
}

static void artnet(struct dissection *x, struct cursor c)
{
	enum { POLL_REPLY = 0x2100 };
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 8);
	if (cursor_le16(&c) != POLL_REPLY)
		return;
	cursor_skip(&c, 6); /* address, port */
	unsigned high = cursor_u8(&c), low = cursor_u8(&c);
	cursor_skip(&c, 8);
	struct cursor name = wire_trim(cursor_sub(&c, 18));
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "model", name);
	wire_label(&t, "kind", wire_literal("lighting controller"));
	if (high || low)
		wire_label_format(&t, "firmware", "%u.%u", high, low);
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* GigE Vision's control protocol: the acknowledgement of a discovery. */
static bool is_gige_vision(struct cursor c)
{
	enum { DISCOVERY_ACK = 3, ACK_BYTES = 248 };
	uint16_t status = cursor_u16(&c), command = cursor_u16(&c), len = cursor_u16(&c);
	return !status && command == DISCOVERY_ACK && len == ACK_BYTES;
}

static void gige_vision(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 8 + 72); /* head; versions and addresses */
	struct cursor vendor = wire_trim(cursor_sub(&c, 32)), model = wire_trim(cursor_sub(&c, 32));
	struct cursor version = wire_trim(cursor_sub(&c, 32));
	cursor_skip(&c, 48);
	struct cursor serial = wire_trim(cursor_sub(&c, 16)), name = wire_trim(cursor_sub(&c, 16));
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "vendor", vendor);
	wire_label(&t, "model", model);
	wire_label(&t, "serial", serial);
	wire_label(&t, "firmware", version);
	wire_label(&t, "kind", wire_literal("camera"));
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
	announce_name(x, name);
}

#define IDENTIFIED 0x80000001u

/* Beckhoff's search for controllers: a number, of the question, an operation; AMS address; then tags. */
static bool is_beckhoff(struct cursor c)
{
	return cursor_le32(&c) == 0x71146603;
}

static void windows_of(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 4);
	uint32_t major = cursor_le32(&c), minor = cursor_le32(&c), build = cursor_le32(&c), platform = cursor_le32(&c);
	if (!cursor_ok(&c) || platform > 3 || major > 20)
		return;
	wire_text_format(&t, platform == 3 ? "Windows CE %u.%u" : "Windows NT %u.%u.%u", major, minor, build);
	wire_yield(x, FIELD_OS_NAME, &t);
}

static void beckhoff(struct dissection *x, struct cursor c)
{
	enum { VERSION = 3, SYSTEM = 4, NAME = 5, MOST_TAGS = 16 };
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 8);
	if (cursor_le32(&c) != IDENTIFIED)
		return;
	cursor_skip(&c, 8);
	uint32_t tags = cursor_le32(&c);
	for (uint32_t i = 0; i < tags && i < MOST_TAGS && cursor_left(&c) >= 4; i++) {
		uint16_t tag = cursor_le16(&c);
		struct cursor value = cursor_sub_cut(&c, cursor_le16(&c));
		if (tag == NAME)
			announce_name(x, wire_trim(value));
		else if (tag == SYSTEM)
			windows_of(x, value);
		else if (tag == VERSION && cursor_left(&value) >= 4) {
			unsigned major = cursor_u8(&value), minor = cursor_u8(&value), build = cursor_le16(&value);
			wire_label(&t, "product", wire_literal("TwinCAT"));
			wire_label(&t, "vendor", wire_literal("Beckhoff"));
			wire_label_format(&t, "version", "%u.%u.%u", major, minor, build);
			wire_yield(x, FIELD_ANNOUNCE_SERVER, &t);
		}
	}
}

const struct announcement announce_record_rows[] = {
	{8611, 8611, "canon-bjnp1", is_bjnp, bjnp},   {8612, 8612, "canon-bjnp2", is_bjnp, bjnp},
	{6454, 6454, NULL, is_artnet, artnet},        {3956, 3956, "gvcp", is_gige_vision, gige_vision},
	{48899, 48899, "ads", is_beckhoff, beckhoff}, {0, 0, NULL, NULL, NULL},
};
