/* RADIUS (RFC 2865, 2866): who logs in, where the access server knows that it does, and the TLS of its EAP
 * (RFC 3579). */
#include "classify/dissect/eap.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES    20
#define MOST_ATTRIBUTES 128

enum { ACCESS_REQUEST = 1, ACCESS_ACCEPT, ACCESS_REJECT, ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE, CHALLENGE = 11 };
enum { USER_NAME = 1, FRAMED_ADDRESS = 8, CALLING_STATION = 31, EAP_PIECE = 79 };

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
