/* Announcements made of tags and lengths: MikroTik, Ubiquiti, Netgear, Digi, Synology, collectd, the Logitech media
 * server, Steam. */
#include "classify/dissect/announce.h"

#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MOST_TAGS 48

/* MikroTik Neighbor Discovery: two octets, a sequence number, then tag and length of two octets each. */
static bool is_mikrotik(struct cursor c)
{
	cursor_skip(&c, 4);
	uint16_t tag = cursor_u16(&c), len = cursor_u16(&c);
	return cursor_ok(&c) && tag == 1 && len == 6; /* the MAC comes first */
}

static void mikrotik(struct dissection *x, struct cursor c)
{
	enum { IDENTITY = 5, VERSION = 7, PLATFORM = 8, BOARD = 12 };
	struct cursor value, version = {NULL, NULL, false}, platform = version, board = version;
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 4);
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 4; i++) {
		uint16_t tag = cursor_u16(&c);
		value = cursor_sub_cut(&c, cursor_u16(&c));
		if (tag == IDENTITY)
			announce_name(x, value);
		else if (tag == VERSION)
			version = value;
		else if (tag == PLATFORM)
			platform = value;
		else if (tag == BOARD)
			board = value;
	}
	wire_label(&t, "vendor", platform);
	wire_label(&t, "model", board);
	wire_label(&t, "firmware", version);
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* Ubiquiti discovery, versions 1 and 2: version, command, length; tags of one octet, lengths of two. */
static bool is_ubiquiti(struct cursor c)
{
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint16_t len = cursor_u16(&c);
	uint8_t tag = cursor_peek(&c, 0);
	return (version == 1 || version == 2) && len > 9 && len == cursor_left(&c) && tag && tag < 0x30;
}

struct ubiquiti {
	struct cursor value[256];
};

static struct cursor first_of(const struct ubiquiti *u, const uint8_t tags[3])
{
	for (int i = 0; i < 2; i++)
		if (cursor_left(&u->value[tags[i]]))
			return u->value[tags[i]];
	return u->value[tags[2]];
}

static void ubiquiti(struct dissection *x, struct cursor c)
{
	/* long names before short ones */
	static const uint8_t model[] = {0x14, 0x15, 0x0c}, firmware[] = {0x16, 0x03, 0x03};
	enum { NAME = 0x0b };
	struct ubiquiti u;
	struct wire_text t = {.len = 0};
	memset(&u, 0, sizeof u);
	cursor_skip(&c, 4);
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 3; i++) {
		uint8_t tag = cursor_u8(&c);
		u.value[tag] = cursor_sub_cut(&c, cursor_u16(&c));
	}
	wire_label(&t, "vendor", wire_literal("Ubiquiti"));
	wire_label(&t, "model", first_of(&u, model));
	wire_label(&t, "firmware", first_of(&u, firmware));
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
	if (!text_is(u.value[NAME], "ubnt")) /* what all are called before they are set up */
		announce_name(x, u.value[NAME]);
}

/* Netgear Switch Discovery: a head of 32 octets, in which "NSDP" stands behind both MACs. */
static bool is_netgear(struct cursor c)
{
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 23);
	return version == 1 && text_starts(c, "NSDP");
}

static void netgear(struct dissection *x, struct cursor c)
{
	enum { ANSWER = 2, MODEL = 1, NAME = 3, FIRMWARE = 13 };
	struct wire_text t = {.len = 0};
	if (cursor_peek(&c, 1) != ANSWER)
		return;
	cursor_skip(&c, 32);
	wire_label(&t, "vendor", wire_literal("NETGEAR"));
	wire_label(&t, "kind", wire_literal("switch"));
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 4; i++) {
		uint16_t tag = cursor_u16(&c);
		struct cursor value = wire_trim(cursor_sub_cut(&c, cursor_u16(&c)));
		if (tag == MODEL)
			wire_label(&t, "model", value);
		else if (tag == FIRMWARE)
			wire_label(&t, "firmware", value);
		else if (tag == NAME)
			announce_name(x, value);
	}
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* Digi's discovery ("ADDP"): four letters, an operation, a length, then tags and lengths of one octet. */
static bool is_digi(struct cursor c)
{
	bool named = text_starts(c, "DIGI") || text_starts(c, "DVKT") || text_starts(c, "DGDP");
	cursor_skip(&c, 4);
	uint16_t operation = cursor_u16(&c), len = cursor_u16(&c);
	return named && operation && operation <= 16 && len == cursor_left(&c);
}

static void digi(struct dissection *x, struct cursor c)
{
	enum { ANSWER = 2, NAME = 4, FIRMWARE = 8, DEVICE = 13 };
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 4);
	if (cursor_u16(&c) != ANSWER)
		return;
	cursor_skip(&c, 2);
	wire_label(&t, "vendor", wire_literal("Digi"));
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 2; i++) {
		uint8_t tag = cursor_u8(&c);
		struct cursor value = wire_trim(cursor_sub_cut(&c, cursor_u8(&c)));
		if (tag == DEVICE)
			wire_label(&t, "model", value);
		else if (tag == FIRMWARE) {
			text_take(&value, "Version ");
			wire_label(&t, "firmware", text_word(&value));
		} else if (tag == NAME)
			announce_name(x, value);
	}
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* Who looks for Synology's storage, and what answers: a mark, then tags and lengths of one octet. */
static bool is_synology(struct cursor c)
{
	return cursor_u32(&c) == 0x12345678 && text_starts(c, "SYNO");
}

static void synology(struct dissection *x, struct cursor c)
{
	enum { NAME = 0x11, VERSION = 0x77, MODEL = 0x78, SERIAL = 0xc0 };
	struct cursor version = {NULL, NULL, false}, model = version, serial = version;
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 8);
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 2; i++) {
		uint8_t tag = cursor_u8(&c);
		struct cursor value = wire_trim(cursor_sub_cut(&c, cursor_u8(&c)));
		if (tag == MODEL)
			model = value;
		else if (tag == SERIAL)
			serial = value;
		else if (tag == VERSION)
			version = value;
		else if (tag == NAME)
			announce_name(x, value);
	}
	if (!cursor_left(&model))
		return; /* who only looks */
	wire_label(&t, "vendor", wire_literal("Synology"));
	wire_label(&t, "model", model);
	wire_label(&t, "serial", serial);
	wire_label(&t, "firmware", version);
	wire_label(&t, "kind", wire_literal("storage"));
	wire_yield(x, FIELD_ANNOUNCE_DEVICE, &t);
}

/* collectd: tags and lengths of two octets, which the length counts too; the name of the host comes first. */
static bool is_collectd(struct cursor c)
{
	uint16_t tag = cursor_u16(&c), len = cursor_u16(&c);
	struct cursor host = len > 5 ? cursor_sub(&c, len - 4u) : c;
	uint16_t next = cursor_u16(&c), next_len = cursor_u16(&c);
	return cursor_ok(&c) && !tag && len > 5 && len < 260 && !host.end[-1] && (next == 1 || next == 8) &&
	       next_len == 12;
}

static void collectd(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 2);
	uint16_t len = cursor_u16(&c);
	wire_label(&t, "product", wire_literal("collectd"));
	wire_label(&t, "vendor", wire_literal("collectd"));
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
	announce_name(x, wire_trim(cursor_sub(&c, len - 4u)));
}

/* The media server of Squeezebox players: 'E', then tags of four letters with lengths of an octet. */
static bool is_squeezebox(struct cursor c)
{
	return text_starts(c, "ENAME") || text_starts(c, "EJSON") || text_starts(c, "EVERS") || text_starts(c, "EIPAD");
}

static void squeezebox(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 1);
	wire_label(&t, "product", wire_literal("Lyrion Music Server"));
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 5; i++) {
		struct cursor tag = cursor_sub(&c, 4), value = cursor_sub_cut(&c, cursor_u8(&c));
		if (text_is(tag, "VERS"))
			wire_label(&t, "version", value);
		else if (text_is(tag, "NAME"))
			announce_name(x, value);
	}
	wire_yield(x, FIELD_ANNOUNCE_SERVER, &t);
}

/* Steam, in-home streaming: eight octets, then a head and a body of protocol buffers, each behind its length. */
static bool is_steam(struct cursor c)
{
	uint32_t first = cursor_u32(&c), second = cursor_u32(&c);
	return first == 0xffffffff && second == 0x214c5fa0;
}

static uint64_t varint(struct cursor *c)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t octet = cursor_u8(c);
		value |= (uint64_t)(octet & 0x7f) << shift;
		if (!(octet & 0x80))
			return value;
	}
	cursor_fail(c);
	return 0;
}

/* One member: its number, and what it holds: a number or octets. */
static bool member(struct cursor *c, uint64_t *number, uint64_t *value, struct cursor *octets)
{
	uint64_t key = cursor_left(c) ? varint(c) : 0;
	*number = key >> 3;
	*value = 0;
	*octets = (struct cursor){NULL, NULL, false};
	switch (key & 7) {
	case 0:
		*value = varint(c);
		break;
	case 1:
		cursor_skip(c, 8);
		break;
	case 2:
		*value = varint(c);
		*octets = cursor_sub(c, *value < SIZE_MAX ? (size_t)*value : SIZE_MAX);
		break;
	case 5:
		cursor_skip(c, 4);
		break;
	default:
		return false;
	}
	return *number && cursor_ok(c);
}

static void steam(struct dissection *x, struct cursor c)
{
	enum { HOST = 4, SYSTEM = 7 };
	struct wire_text t = {.len = 0};
	struct cursor octets;
	uint64_t number, value;
	cursor_skip(&c, 8);
	cursor_skip(&c, cursor_le32(&c));
	cursor_skip(&c, 4);
	wire_label(&t, "product", wire_literal("Steam"));
	wire_label(&t, "vendor", wire_literal("Valve"));
	for (unsigned i = 0; i < MOST_TAGS && member(&c, &number, &value, &octets); i++) {
		if (number == HOST)
			announce_name(x, octets);
		else if (number == SYSTEM)
			wire_label_format(&t, "system", "%d", (int)(int32_t)value);
	}
	wire_yield(x, FIELD_ANNOUNCE_PROGRAM, &t);
}

const struct announcement announce_tagged_rows[] = {
	{5678, 5678, NULL, is_mikrotik, mikrotik},
	{10001, 10001, NULL, is_ubiquiti, ubiquiti},
	{63321, 63324, NULL, is_netgear, netgear},
	{3483, 3483, "slim-devices", is_squeezebox, squeezebox},
	{2362, 2362, NULL, is_digi, digi},
	{9997, 9999, NULL, is_synology, synology},
	{25826, 25826, "collectd", is_collectd, collectd},
	{27036, 27036, NULL, is_steam, steam},
	{0, 0, NULL, NULL, NULL},
};
