/* Announcements whose members stand at fixed places: Canon's and others' printers, lamps (Art-Net), cameras of machines
 * (GigE Vision), Beckhoff's controllers, Crestron's devices, what routers say to find each other (LDP, RIP, GLBP),
 * networks and programs among peers (ZeroTier, Tailscale, Syncthing, Resilio, Spotify). */
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

/* Crestron: an operation, a number, lengths; a name in 256 octets; then "TSW-760 [v1.003.0017 (Feb 12 2018), #7F]". */
static bool is_crestron(struct cursor c)
{
	uint32_t operation = cursor_u32(&c), number = cursor_u32(&c), zero = cursor_u16(&c);
	return (operation == 0x14000000 || operation == 0x15000000) && number == 0x01040003 && !zero && cursor_ok(&c);
}

static void crestron(struct dissection *x, struct cursor c)
{
	enum { ANSWER = 0x15, HEAD_BYTES = 10, NAME_BYTES = 256 };
	struct wire_text t = {.len = 0};
	struct cursor model, version = {NULL, NULL, false};
	if (cursor_peek(&c, 0) != ANSWER)
		return;
	cursor_skip(&c, HEAD_BYTES);
	struct cursor name = wire_trim(cursor_sub(&c, NAME_BYTES)), rest = wire_trim(c);
	if (!text_before(&rest, '[', &model))
		return;
	if (text_take(&rest, "v"))
		version = text_word(&rest);
	wire_label(&t, "vendor", wire_literal("Crestron"));
	wire_label(&t, "model", model);
	wire_label(&t, "firmware", version);
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
	announce_name(x, name);
}

/* LDP's hellos (RFC 5036 3.1, 3.5.2): version, length, identifier, kind of message. */
static bool is_ldp(struct cursor c)
{
	uint16_t version = cursor_u16(&c), len = cursor_u16(&c);
	size_t left = cursor_left(&c);
	cursor_skip(&c, 6);
	return cursor_u16(&c) == 0x0100 && cursor_ok(&c) && version == 1 && len == left;
}

/* What RIP answers (RFC 2453 3.6) and RIPng (RFC 2080 2.1): routes, of twenty octets each. */
static bool is_rip(struct cursor c)
{
	uint8_t command = cursor_u8(&c), version = cursor_u8(&c);
	return !cursor_u16(&c) && command == 2 && version && version <= 2 && cursor_left(&c) >= 20 &&
	       cursor_left(&c) % 20 == 0;
}

/* GLBP's hellos: version, group, the owner's address; then members with tag and length. */
static bool is_glbp(struct cursor c)
{
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint16_t group = cursor_u16(&c);
	cursor_skip(&c, 8);
	uint8_t tag = cursor_u8(&c), len = cursor_u8(&c);
	return cursor_ok(&c) && version == 1 && group < 1024 && tag && tag <= 4 && len >= 2;
}

static void router(struct dissection *x, struct cursor c)
{
	if (x->packet->sport == x->packet->dport)
		device_kind(x, FIELD_ANNOUNCE_DEVICE, "router");
}

static void program(struct dissection *x, const char *product, const char *vendor)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", wire_literal(product));
	wire_label(&t, "vendor", wire_literal(vendor));
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
}

/* ZeroTier's hello, which is not encrypted: number, whom for, from whom, flags; a MAC; then verb, and versions of the
 * protocol and of the program. */
static bool is_zerotier(struct cursor c)
{
	enum { CIPHER = 0x38, VERB = 0x1f, HELLO = 1 };
	cursor_skip(&c, 18);
	uint8_t flags = cursor_u8(&c);
	cursor_skip(&c, 8);
	uint8_t verb = cursor_u8(&c), protocol = cursor_u8(&c), major = cursor_u8(&c), minor = cursor_u8(&c);
	uint16_t revision = cursor_u16(&c);
	return cursor_ok(&c) && cursor_left(&c) > 80 && !(flags & CIPHER) && (verb & VERB) == HELLO && protocol >= 4 &&
	       protocol < 32 && major == 1 && minor < 100 && revision < 100;
}

static void zerotier(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 29);
	unsigned major = cursor_u8(&c), minor = cursor_u8(&c), revision = cursor_u16(&c);
	wire_label(&t, "product", wire_literal("ZeroTier One"));
	wire_label(&t, "vendor", wire_literal("ZeroTier"));
	wire_label_format(&t, "version", "%u.%u.%u", major, minor, revision);
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
}

/* Tailscale's search for ways between peers: "TS" and a sign, a key, and what is sealed. */
static bool is_tailscale(struct cursor c)
{
	return cursor_left(&c) > 62 && !memcmp(c.at, "TS\360\237\222\254", 6);
}

static void tailscale(struct dissection *x, struct cursor c)
{
	program(x, "Tailscale", "Tailscale");
}

/* Syncthing's local discovery, version 4: a magic number, then a protocol buffer. */
static bool is_syncthing(struct cursor c)
{
	return cursor_u32(&c) == 0x2ea7d90b && cursor_left(&c) > 30;
}

static void syncthing(struct dissection *x, struct cursor c)
{
	program(x, "Syncthing", "Syncthing");
}

static bool is_resilio(struct cursor c)
{
	return cursor_left(&c) > 10 && !memcmp(c.at, "BSYNC\0d", 7);
}

static void resilio(struct dissection *x, struct cursor c)
{
	program(x, "Resilio Sync", "Resilio");
}

static bool is_spotify(struct cursor c)
{
	return text_starts(c, "SpotUdp0");
}

static void spotify(struct dissection *x, struct cursor c)
{
	program(x, "Spotify", "Spotify");
}

const struct announcement announce_record_rows[] = {
	{8611, 8611, "canon-bjnp1", is_bjnp, bjnp},
	{8612, 8612, "canon-bjnp2", is_bjnp, bjnp},
	{6454, 6454, NULL, is_artnet, artnet},
	{3956, 3956, "gvcp", is_gige_vision, gige_vision},
	{48899, 48899, "ads", is_beckhoff, beckhoff},
	{41794, 41794, NULL, is_crestron, crestron},
	{646, 646, "ldp", is_ldp, router},
	{520, 521, NULL, is_rip, router},
	{3222, 3222, NULL, is_glbp, router},
	{9993, 9993, NULL, is_zerotier, zerotier},
	{1, 65535, NULL, is_tailscale, tailscale},
	{21027, 21027, NULL, is_syncthing, syncthing},
	{3838, 3838, NULL, is_resilio, resilio},
	{57621, 57621, NULL, is_spotify, spotify},
	{0, 0, NULL, NULL, NULL},
};
