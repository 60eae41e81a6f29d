/* RTPS (OMG DDSI-RTPS 2.2): who takes part in a DDS, as robots and control systems have it, by the maker of the
 * software. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MOST_SUBMESSAGES 12
#define MOST_PARAMETERS  64
#define DATAGRAMS        8

enum { LITTLE = 1, DATA = 0x15, DATA_HAS_QOS = 2, DATA_HAS_DATA = 4 };
enum { PID_SENTINEL = 1, PID_PROPERTIES = 0x59, PID_RTI_VERSION = 0x8000, RTI = 0x0101 };

struct rtps {
	uint8_t datagrams[2];
	bool told[2];
};

static const struct vendor {
	uint16_t number;
	const char *product, *maker;
} vendors[] = {
	{0x0101, "RTI Connext DDS", "RTI"},      {0x0102, "OpenSplice DDS", "ADLINK"},
	{0x0103, "OpenDDS", "Object Computing"}, {0x0105, "InterCOM DDS", "Kongsberg"},
	{0x0106, "CoreDX DDS", "Twin Oaks"},     {0x010f, "Fast DDS", "eProsima"},
	{0x0110, "Cyclone DDS", "Eclipse"},      {0x0111, "GurumDDS", "GurumNetworks"},
	{0x0112, "RustDDS", "Atostek"},
};

/* Magic, version, maker, twelve octets of who. */
static bool take_head(struct cursor *c, uint16_t *vendor)
{
	uint32_t magic = cursor_u32(c);
	uint8_t major = cursor_u8(c);
	cursor_skip(c, 1);
	*vendor = cursor_u16(c);
	cursor_skip(c, 12);
	return cursor_ok(c) && magic == 0x52545053 && (major == 1 || major == 2);
}

static enum probe probe(const struct probe_input *in)
{
	uint16_t vendor;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (cursor_left(&c) && take_head(&c, &vendor))
			return PROBE_YES;
	}
	return PROBE_NO;
}

static uint16_t u16(struct cursor *c, bool little)
{
	return little ? cursor_le16(c) : cursor_u16(c);
}

static uint32_t u32(struct cursor *c, bool little)
{
	return little ? cursor_le32(c) : cursor_u32(c);
}

/* A text behind its length, NUL and filling included. */
static struct cursor text_of(struct cursor *c, bool little)
{
	uint32_t len = u32(c, little);
	struct cursor text = wire_trim(cursor_sub(c, len));
	cursor_skip(c, (4 - len % 4) % 4);
	return text;
}

static void properties(struct dissection *x, struct cursor c, bool little)
{
	uint32_t n = u32(&c, little);
	for (uint32_t i = 0; i < n && i < MOST_PARAMETERS && cursor_left(&c) >= 8; i++) {
		struct cursor name = text_of(&c, little), value = text_of(&c, little), host;
		if (cursor_ok(&c) &&
		    (text_is(name, "dds.sys_info.hostname") || text_is(name, "fastdds.physical_data.host")) &&
		    text_host(value, &host) && text_own_name(host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
	}
}

/* What a participant says of itself (9.6.3.2): numbers and values, filled up to fours. */
static void parameters(struct dissection *x, struct cursor c, uint16_t vendor, struct wire_text *version)
{
	cursor_skip(&c, 1);
	bool little = cursor_u8(&c) & 1;
	cursor_skip(&c, 2);
	for (unsigned i = 0; i < MOST_PARAMETERS && cursor_left(&c) >= 4; i++) {
		uint16_t id = u16(&c, little), len = u16(&c, little);
		struct cursor value = cursor_sub(&c, len);
		if (id == PID_SENTINEL || !cursor_ok(&c))
			return;
		if (id == PID_PROPERTIES)
			properties(x, value, little);
		else if (id == PID_RTI_VERSION && vendor == RTI && len == 4)
			wire_text_format(version, "%u.%u.%u", value.at[0], value.at[1], value.at[2]);
	}
}

/* Extra flags, where the inline values end, reader, writer, number; the data of the participant's own writer. */
static void data(struct dissection *x, struct cursor c, uint8_t flags, uint16_t vendor, struct wire_text *version)
{
	static const uint8_t participant[] = {0, 1, 0, 0xc2};
	cursor_skip(&c, 8);
	const uint8_t *writer = cursor_bytes(&c, 4);
	cursor_skip(&c, 8);
	if (cursor_ok(&c) && !memcmp(writer, participant, 4) && flags & DATA_HAS_DATA && !(flags & DATA_HAS_QOS))
		parameters(x, c, vendor, version);
}

static void submessages(struct dissection *x, struct cursor c, uint16_t vendor, struct wire_text *version)
{
	for (unsigned i = 0; i < MOST_SUBMESSAGES && cursor_left(&c) >= 4; i++) {
		uint8_t id = cursor_u8(&c), flags = cursor_u8(&c);
		uint16_t len = u16(&c, flags & LITTLE);
		struct cursor body = len ? cursor_sub(&c, len) : cursor_sub(&c, cursor_left(&c));
		if (cursor_ok(&c) && id == DATA)
			data(x, body, flags, vendor, version);
	}
}

static void tell(struct dissection *x, uint16_t vendor, const struct wire_text *version)
{
	struct wire_text t = {.len = 0};
	for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++)
		if (vendors[i].number == vendor) {
			wire_label(&t, "product", wire_literal(vendors[i].product));
			wire_label(&t, "vendor", wire_literal(vendors[i].maker));
			wire_label(&t, "version", cursor_init(version->data, version->len));
		}
	wire_yield(x, FIELD_RTPS_PARTICIPANT, &t);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct rtps *s = x->state;
	struct wire_text version = {.len = 0};
	uint16_t vendor;
	if (!take_head(c, &vendor))
		return;
	submessages(x, *c, vendor, &version);
	if (!s->told[x->direction] || version.len)
		tell(x, vendor, &version);
	s->told[x->direction] = true;
	if (++s->datagrams[x->direction] >= DATAGRAMS)
		dissection_done(x);
}

const struct dissector dissector_rtps = {
	.name = "rtps",
	.application = "rtps-discovery",
	.transports = TRANSPORT_UDP,
	.ports = {7400, 7401, 7410},
	.state_bytes = sizeof(struct rtps),
	.probe = probe,
	.datagram = datagram,
};
