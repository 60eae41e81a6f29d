/* Management controllers of servers: RMCP (ASF 2.0, 3.2) with presence pongs, and IPMI (IPMI 2.0, 13 and 20) as far as
 * it is not encrypted: who made the controller, and its firmware. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum { RMCP_VERSION = 6, CLASS_ASF = 6, CLASS_IPMI = 7, ASF_NUMBER = 4542 };
enum { PONG = 0x40 };
enum { AUTH_NONE = 0, AUTH_LAST = 5, AUTH_PLUS = 6 };
enum { APP_ANSWER = 7, GET_DEVICE = 1, GET_CAPABILITIES = 0x38 };

/* IANA's enterprise numbers of those who make controllers, or boards with them. */
static const struct maker {
	uint32_t number;
	const char *name;
} makers[] = {
	{2, "IBM"},
	{11, "HP"},
	{42, "Sun Microsystems"},
	{111, "Oracle"},
	{116, "Hitachi"},
	{119, "NEC"},
	{343, "Intel"},
	{674, "Dell"},
	{2011, "Huawei"},
	{2623, "ASUS"},
	{5771, "Cisco"},
	{6653, "Tyan"},
	{7244, "Quanta"},
	{10368, "Fujitsu"},
	{10876, "Supermicro"},
	{13742, "Raritan"},
	{15000, "Kontron"},
	{15370, "Gigabyte"},
	{19046, "Lenovo"},
	{20301, "IBM"},
	{25506, "H3C"},
	{20974, "AMI"},
	{37945, "Inspur"},
	{40092, "Wiwynn"},
	{47196, "HPE"},
	{47488, "Supermicro"},
};

static const char *maker(uint32_t number)
{
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		if (makers[i].number == number)
			return makers[i].name;
	return NULL;
}

static uint32_t le24(struct cursor *c)
{
	uint32_t low = cursor_le16(c);
	return low | (uint32_t)cursor_u8(c) << 16;
}

/* Version, a reserved octet, sequence number, class (its high bit acknowledges). */
static bool take_head(struct cursor *c, uint8_t *class)
{
	bool right = cursor_u8(c) == RMCP_VERSION && !cursor_u8(c);
	cursor_skip(c, 1);
	*class = cursor_u8(c);
	return right && cursor_ok(c) && (*class == CLASS_ASF || *class == CLASS_IPMI);
}

/* The message of a session of IPMI 1.5, or of one of 2.0 before it is encrypted; false when there is none. */
static bool take_message(struct cursor *c, struct cursor *message)
{
	uint8_t auth = cursor_u8(c);
	size_t len;
	if (auth == AUTH_PLUS) {
		uint8_t type = cursor_u8(c);
		cursor_skip(c, 8);
		len = cursor_le16(c);
		*message = cursor_sub(c, len);
		return cursor_ok(c) && !type;
	}
	cursor_skip(c, auth == AUTH_NONE ? 8 : 24);
	len = cursor_u8(c);
	*message = cursor_sub(c, len);
	return cursor_ok(c) && auth < AUTH_LAST + 1;
}

static bool is_rmcp(struct cursor c)
{
	uint8_t class;
	if (!take_head(&c, &class))
		return false;
	if (class == CLASS_ASF)
		return cursor_u32(&c) == ASF_NUMBER;
	uint8_t auth = cursor_peek(&c, 0);
	size_t left = cursor_left(&c);
	if (auth == AUTH_PLUS)
		return left >= 12 && left == 12u + cursor_peek(&c, 10) + cursor_peek(&c, 11) * 256u;
	size_t head = auth == AUTH_NONE ? 9 : 25;
	size_t len = cursor_peek(&c, head);
	/* an octet of padding follows messages of some lengths (13.6) */
	return auth <= AUTH_LAST && len > 6 && left - head > len && left - head <= len + 2;
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]) && is_rmcp(in->first[d]))
			return PROBE_YES;
	return PROBE_NO;
}

static void say_maker(struct wire_text *t, uint32_t number)
{
	const char *name = maker(number);
	if (name)
		wire_label(t, "vendor", wire_literal(name));
	else if (number && number != ASF_NUMBER)
		wire_label_format(t, "enterprise", "%u", number);
	wire_label(t, "kind", wire_literal("management controller"));
}

static void say_firmware(struct wire_text *t, uint8_t major, uint8_t minor)
{
	wire_label(t, "product", wire_literal("BMC firmware"));
	wire_label_format(t, "version", "%u.%x%x", major & 0x7f, minor >> 4, minor & 15);
}

/* IPMI 20.1 */
static void device(struct wire_text *t, struct cursor c)
{
	cursor_skip(&c, 2);
	uint8_t major = cursor_u8(&c), minor = cursor_u8(&c);
	cursor_skip(&c, 2);
	uint32_t number = le24(&c);
	uint16_t product = cursor_le16(&c);
	if (!cursor_ok(&c))
		return;
	say_maker(t, number & 0xfffff);
	say_firmware(t, major, minor);
	if (product)
		wire_label_format(t, "product-id", "%u", product);
}

/* IPMI 22.13: who made an extension of its own, if anybody did. */
static void capabilities(struct wire_text *t, struct cursor c)
{
	cursor_skip(&c, 4);
	uint32_t number = le24(&c);
	if (cursor_ok(&c))
		say_maker(t, number & 0xfffff);
}

/* Both addresses, function, checksums; then command and how it went. */
static void answer(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 1);
	uint8_t function = cursor_u8(&c) >> 2;
	cursor_skip(&c, 3);
	uint8_t command = cursor_u8(&c), code = cursor_u8(&c);
	if (!cursor_ok(&c) || !(function & 1))
		return;
	wire_served(x);
	if (function != APP_ANSWER || code)
		return;
	if (command == GET_DEVICE)
		device(&t, c);
	else if (command == GET_CAPABILITIES)
		capabilities(&t, c);
	wire_yield(x, FIELD_IPMI_DEVICE, &t);
}

static void presence(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 4);
	uint8_t type = cursor_u8(&c);
	cursor_skip(&c, 3);
	uint32_t number = cursor_u32(&c);
	if (!cursor_ok(&c) || type != PONG)
		return;
	wire_served(x);
	say_maker(&t, number);
	wire_yield(x, FIELD_IPMI_DEVICE, &t);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint8_t class;
	struct cursor message;
	if (!take_head(c, &class))
		return;
	if (class == CLASS_ASF)
		presence(x, *c);
	else if (take_message(c, &message))
		answer(x, message);
}

const struct dissector dissector_ipmi = {
	.name = "ipmi",
	.application = "asf-rmcp",
	.transports = TRANSPORT_UDP,
	.ports = {623, 664},
	.probe = probe,
	.datagram = datagram,
};
