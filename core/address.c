#include "core/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static char *put_ipv4(const struct address *a, char *p)
{
	for (int i = 0; i < 4; i++) {
		unsigned v = a->bytes[i];
		if (i)
			*p++ = '.';
		if (v >= 100)
			*p++ = (char)('0' + v / 100);
		if (v >= 10)
			*p++ = (char)('0' + v / 10 % 10);
		*p++ = (char)('0' + v % 10);
	}
	return p;
}

static unsigned group_of(const struct address *a, unsigned i)
{
	return (unsigned)a->bytes[2 * i] << 8 | a->bytes[2 * i + 1];
}

/* The first of the longest runs of zero groups, of two at least (RFC 5952 4.2); its length, 0 when there is none. */
static unsigned longest_zeros(const struct address *a, unsigned *from)
{
	unsigned best = 1, run = 0;
	for (unsigned i = 0; i < 8; i++) {
		run = group_of(a, i) ? 0 : run + 1;
		if (run > best) {
			best = run;
			*from = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

/* As inet_ntop() has it, which takes ten times as long; for addresses whose first ten octets are not all zero. */
static char *put_ipv6(const struct address *a, char *p)
{
	static const char digit[] = "0123456789abcdef";
	unsigned from = 8, zeros = longest_zeros(a, &from);
	for (unsigned i = 0; i < 8; i++) {
		if (i == from) {
			*p++ = ':';
			i += zeros - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		unsigned v = group_of(a, i);
		if (i)
			*p++ = ':';
		for (int shift = v >> 12 ? 12 : v >> 8 ? 8 : v >> 4 ? 4 : 0; shift >= 0; shift -= 4)
			*p++ = digit[v >> shift & 15];
	}
	return p;
}

size_t address_text(const struct address *a, uint8_t version, char out[ADDRESS_TEXT_BYTES])
{
	static const uint8_t zero[10];
	if (version != 4 && !memcmp(a->bytes, zero, sizeof zero)) { /* IPv4 inside IPv6, and what looks so */
		inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT_BYTES);
		return strlen(out);
	}
	char *end = version == 4 ? put_ipv4(a, out) : put_ipv6(a, out);
	*end = 0;
	return (size_t)(end - out);
}

uint8_t address_parse(const char *text, struct address *out)
{
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, out->bytes) == 1)
		return 6;
	return 0;
}

void mac_text(const uint8_t mac[6], char out[MAC_TEXT_BYTES])
{
	static const char digit[] = "0123456789abcdef";
	for (int i = 0; i < 6; i++) {
		out[3 * i] = digit[mac[i] >> 4];
		out[3 * i + 1] = digit[mac[i] & 15];
		out[3 * i + 2] = ':';
	}
	out[17] = 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* What may stand behind octet `i` of six. */
static bool divides(bool in_threes, int i, char c)
{
	return in_threes ? c == '.' : i < 5 && (c == ':' || c == '-');
}

bool mac_parse(const char *text, uint8_t out[6])
{
	bool in_threes = strnlen(text, 5) == 5 && text[4] == '.';
	for (int i = 0; i < 6; i++) {
		int h = hex_digit(text[0]), l = h < 0 ? -1 : hex_digit(text[1]);
		if (l < 0)
			return false;
		out[i] = (uint8_t)(h << 4 | l);
		text += 2;
		bool last = i == 5, divided = !last && (!in_threes || i % 2);
		if (last ? *text != 0 : divided && !divides(in_threes, i, *text))
			return false;
		text += divided;
	}
	return true;
}

/* The mask's byte `i` of a prefix `bits` long. */
static uint8_t mask_byte(unsigned bits, unsigned i)
{
	unsigned have = bits > i * 8 ? bits - i * 8 : 0;
	return have >= 8 ? 0xff : (uint8_t)(0xff00 >> have);
}

bool port_is_text(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits && digits <= 5 && !text[digits] && strtoul(text, NULL, 10) <= UINT16_MAX;
}

bool prefix_parse(const char *text, struct prefix *out)
{
	char address[ADDRESS_TEXT_BYTES];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	if (n >= sizeof address)
		return false;
	memcpy(address, text, n);
	address[n] = 0;
	out->version = address_parse(address, &out->address);
	unsigned most = out->version == 4 ? 32 : 128, bits = most;
	if (slash) {
		char *end;
		unsigned long v = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || v > most)
			return false;
		bits = (unsigned)v;
	}
	if (!out->version)
		return false;
	for (unsigned i = 0; i < 16; i++)
		out->address.bytes[i] &= mask_byte(bits, i);
	out->bits = (uint8_t)bits;
	return true;
}

bool prefix_holds(const struct prefix *p, const struct address *a, uint8_t version)
{
	if (p->version != version)
		return false;
	for (unsigned i = 0; i * 8 < p->bits; i++)
		if ((a->bytes[i] & mask_byte(p->bits, i)) != p->address.bytes[i])
			return false;
	return true;
}

bool address_is_multicast(const struct address *a, uint8_t version)
{
	const uint8_t *b = a->bytes;
	if (version == 6)
		return b[0] == 0xff;
	return (b[0] & 0xf0) == 0xe0 || (b[0] & b[1] & b[2] & b[3]) == 0xff;
}

bool address_is_unspecified(const struct address *a, uint8_t version)
{
	return version == 4 ? a->bytes[0] == 0 : address_is_zero(a);
}

bool address_is_loopback(const struct address *a, uint8_t version)
{
	static const uint8_t one[16] = {[15] = 1};
	return version == 4 ? a->bytes[0] == 127 : !memcmp(a->bytes, one, 16);
}

bool address_is_link_local(const struct address *a, uint8_t version)
{
	const uint8_t *b = a->bytes;
	return version == 4 ? b[0] == 169 && b[1] == 254 : b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool address_is_private(const struct address *a, uint8_t version)
{
	const uint8_t *b = a->bytes;
	if (address_is_link_local(a, version))
		return true;
	if (version == 6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 100 && (b[1] & 0xc0) == 64);
}
