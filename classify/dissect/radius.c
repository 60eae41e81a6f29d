/* RADIUS (RFC 2865, 2866): who logs in, where the access server knows that it does, and the TLS of its EAP
 * (RFC 3579). */
#include "classify/dissect/eap.h"
#include "classify/dissect/location.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES    20
#define MOST_ATTRIBUTES 128

enum { ACCESS_REQUEST = 1, ACCESS_ACCEPT, ACCESS_REJECT, ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE, CHALLENGE = 11 };
enum {
	USER_NAME = 1,
	NAS_ADDRESS = 4,
	NAS_PORT = 5,
	FRAMED_ADDRESS = 8,
	CALLED_STATION = 30,
	CALLING_STATION = 31,
	NAS_IDENTIFIER = 32,
	NAS_PORT_TYPE = 61,
	EAP_PIECE = 79,
	NAS_PORT_ID = 87,
	NAS_ADDRESS_6 = 95
};

struct login {
	struct cursor user;
	bool has_address, has_mac;
	struct address address;
	uint8_t mac[6];
	uint16_t eap_len;
	uint8_t eap[4096]; /* a message comes in pieces of up to 253 octets */
};

/* Findings about a supplicant, of whom the access server only speaks. */
struct supplicant {
	const struct finder *finder;
	const uint8_t *mac;
};

static bool open_message(struct cursor *c, uint8_t *code, struct cursor *attributes)
{
	*code = cursor_u8(c);
	cursor_skip(c, 1);
	uint16_t len = cursor_u16(c);
	cursor_skip(c, 16);
	if (len < HEADER_BYTES || len > 4096)
		return false;
	*attributes = cursor_sub(c, len - HEADER_BYTES);
	return cursor_ok(c) && *code && (*code <= ACCOUNTING_RESPONSE || *code == CHALLENGE);
}

/* Twelve hexadecimal digits, however they are parted; what follows may be a network's name. */
static bool station_mac(struct cursor c, uint8_t mac[6])
{
	unsigned digits = 0;
	while (cursor_left(&c) && digits < 12) {
		uint8_t o = cursor_u8(&c), low = o | 32;
		int value = o >= '0' && o <= '9' ? o - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
		if (value < 0 && o != '-' && o != ':' && o != '.')
			return false;
		if (value < 0)
			continue;
		mac[digits / 2] = (uint8_t)((digits % 2 ? mac[digits / 2] << 4 : 0) | value);
		digits++;
	}
	return digits == 12 && !mac_is_zero(mac) && !(mac[0] & 1);
}

static void read_login(struct cursor attributes, struct login *l)
{
	for (unsigned i = 0; i < MOST_ATTRIBUTES && cursor_left(&attributes) >= 2; i++) {
		uint8_t kind = cursor_u8(&attributes), len = cursor_u8(&attributes);
		if (len < 2)
			return;
		struct cursor value = cursor_sub(&attributes, len - 2u);
		if (kind == USER_NAME) {
			l->user = wire_trim(value);
		} else if (kind == FRAMED_ADDRESS && cursor_left(&value) == 4) {
			l->address = wire_address(&value, 4);
			/* the last two mean "any" (RFC 2865 5.8) */
			l->has_address = wire_address_usable(&l->address, 4) && l->address.bytes[0] < 240;
		} else if (kind == CALLING_STATION) {
			l->has_mac = station_mac(value, l->mac);
		} else if (kind == EAP_PIECE) {
			size_t n = cursor_left(&value), room = sizeof l->eap - l->eap_len;
			n = n < room ? n : room;
			if (n)
				memcpy(l->eap + l->eap_len, value.at, n);
			l->eap_len += (uint16_t)n;
		}
	}
}

/* Devices without a user log in under their MAC address. */
static bool is_person(const struct login *l)
{
	uint8_t mac[6];
	return cursor_left(&l->user) && !(l->has_mac && station_mac(l->user, mac) && !memcmp(mac, l->mac, 6));
}

static void found(void *context, const struct finding *finding)
{
	const struct supplicant *s = context;
	struct finding f = *finding;
	if (f.subject == SUBJECT_SENDER) {
		f.subject = SUBJECT_HARDWARE;
		memcpy(f.mac, s->mac, sizeof f.mac);
	}
	s->finder->found(s->finder->context, &f);
}

/* The TLS of a supplicant tells about its MAC, where that is known; the server's about the server. */
static void read_eap(struct dissection *x, const struct login *l)
{
	struct eap e;
	if (!eap_read(cursor_init(l->eap, l->eap_len), &e) || !e.tls)
		return;
	struct eap_tls *t = dissection_memory(x, sizeof *t);
	struct supplicant s = {x->finder, l->mac};
	const struct finder redirect = {found, NULL, &s};
	if (l->has_mac && e.code == EAP_RESPONSE)
		x->finder = &redirect;
	eap_tls(x, t, &e);
	x->finder = s.finder;
}

/* ---- where the supplicant is ---- */

static bool find(struct cursor attributes, uint8_t wanted, struct cursor *value)
{
	for (unsigned i = 0; i < MOST_ATTRIBUTES && cursor_left(&attributes) >= 2; i++) {
		uint8_t kind = cursor_u8(&attributes), len = cursor_u8(&attributes);
		if (len < 2)
			return false;
		*value = cursor_sub(&attributes, len - 2u);
		if (kind == wanted && cursor_left(value))
			return true;
	}
	return false;
}

/* RFC 2865 5.41; where the kind of port is not told, an access point is known by the name of its network behind its
 * MAC (RFC 3580 3.20). NULL: lines of which no switch, access point or gateway is the end. */
static const char *location_kind(struct cursor attributes)
{
	static const struct {
		uint32_t type;
		const char *kind;
	} kinds[] = {{5, "vpnGateway"}, {15, "switchPort"}, {18, "accessPoint"}, {19, "accessPoint"}};
	struct cursor value;
	uint8_t mac[6];
	if (!find(attributes, NAS_PORT_TYPE, &value))
		return find(attributes, CALLED_STATION, &value) && station_mac(value, mac) &&
				       cursor_left(&value) > 18 && value.at[17] == ':'
			       ? "accessPoint"
			       : NULL;
	uint32_t type = cursor_u32(&value);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].type == type)
			return kinds[i].kind;
	return NULL;
}

static void add_address(struct wire_text *t, struct cursor value, uint8_t version)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address a = wire_address(&value, version);
	if (cursor_ok(&value))
		wire_label(t, "chassis", cursor_init(text, address_text(&a, version, text)));
}

static void add_chassis(struct wire_text *t, struct cursor attributes)
{
	struct cursor value;
	if (find(attributes, NAS_IDENTIFIER, &value))
		location_label(t, "chassis", value);
	else if (find(attributes, NAS_ADDRESS, &value))
		add_address(t, value, 4);
	else if (find(attributes, NAS_ADDRESS_6, &value))
		add_address(t, value, 6);
	else if (find(attributes, CALLED_STATION, &value))
		location_label(t, "chassis", value);
}

static void tell_location(struct dissection *x, struct cursor attributes, const struct login *l)
{
	struct cursor value;
	struct wire_text text = {.len = 0};
	const char *kind = location_kind(attributes);
	if (!kind || (!l->has_mac && !l->has_address))
		return;
	wire_text_format(&text, "kind=%s", kind);
	size_t bare = text.len;
	add_chassis(&text, attributes);
	if (find(attributes, NAS_PORT_ID, &value))
		location_label(&text, "port", value);
	else if (find(attributes, NAS_PORT, &value) && cursor_left(&value) == 4)
		wire_label_format(&text, "port", "%u", cursor_u32(&value));
	if (text.len == bare)
		return;
	if (l->has_mac)
		dissection_yield_mac(x, FIELD_RADIUS_ACCESS_PORT, l->mac, 4, NULL, text.data, text.len);
	else
		dissection_yield_address(x, FIELD_RADIUS_ACCESS_PORT, 4, &l->address, text.data, text.len);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor attributes;
	struct login l;
	uint8_t code;
	if (!open_message(c, &code, &attributes))
		return;
	memset(&l, 0, offsetof(struct login, eap));
	read_login(attributes, &l);
	if (code != ACCESS_REQUEST && code != ACCOUNTING_REQUEST) {
		x->application = wire_sender_port(x) == 1813 || wire_sender_port(x) == 1646 ? "radius-acct" : NULL;
		wire_served(x);
		read_eap(x, &l);
		return;
	}
	read_eap(x, &l);
	tell_location(x, attributes, &l);
	if (!is_person(&l))
		return;
	if (l.has_mac)
		dissection_yield_mac(x, FIELD_USER_NAME, l.mac, 4, l.has_address ? &l.address : NULL, l.user.at,
				     cursor_left(&l.user));
	else if (l.has_address)
		dissection_yield_address(x, FIELD_USER_NAME, 4, &l.address, l.user.at, cursor_left(&l.user));
	/* the access server only passes the name on: known of it with less confidence */
	dissection_yield(x, FIELD_RADIUS_USER_NAME, SUBJECT_SENDER, l.user.at, cursor_left(&l.user));
}

static bool ports_fit(uint16_t port)
{
	return port == 1812 || port == 1813 || port == 1645 || port == 1646;
}

static enum probe probe(const struct probe_input *in)
{
	if (!ports_fit(in->sport) && !ports_fit(in->dport))
		return PROBE_NO;
	for (unsigned d = 0; d < 2; d++) {
		struct cursor c = in->first[d], attributes;
		uint8_t code;
		if (cursor_left(&c))
			return open_message(&c, &code, &attributes) ? PROBE_YES : PROBE_NO;
	}
	return PROBE_MAYBE;
}

const struct dissector radius_dissector = {
	.name = "radius",
	.application = "radius",
	.transports = TRANSPORT_UDP,
	.ports = {1812, 1813, 1645, 1646},
	.probe = probe,
	.datagram = datagram,
};
