/* Network addresses as values. Any thread; nothing is kept. */
#ifndef ONLOOKER_CORE_ADDRESS_H
#define ONLOOKER_CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An IPv4 or IPv6 address, network order. IPv4 lies in the first four bytes, the other twelve are zero;
 * which of the two it is stands beside it (version 4 or 6), for ::ffff:a.b.c.d is an IPv6 address too. */
struct address {
	union {
		uint8_t bytes[16];
		uint64_t words[2]; /* for comparing and hashing only */
	};
};

#define ADDRESS_TEXT_BYTES 46
#define MAC_TEXT_BYTES     18

static inline bool address_equal(const struct address *a, const struct address *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static inline bool address_is_zero(const struct address *a)
{
	return !(a->words[0] | a->words[1]);
}

/* Presentation form (RFC 5952 for IPv6). Returns the length. version 4 or 6. */
size_t address_text(const struct address *a, uint8_t version, char out[ADDRESS_TEXT_BYTES]);

/* Reads either form; returns 4 or 6, or 0 when the text is no address. */
uint8_t address_parse(const char *text, struct address *out);

/* "00:0c:29:aa:bb:cc" */
void mac_text(const uint8_t mac[6], char out[MAC_TEXT_BYTES]);

/* Reads "00:0c:29:aa:bb:cc", or with dashes, or as switches write it, "000c.29aa.bbcc"; false when it is none. */
bool mac_parse(const char *text, uint8_t out[6]);

static inline bool mac_is_zero(const uint8_t mac[6])
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* True for a port in digits, 0 to 65535: what resolvers read of a larger number is another port. */
bool port_is_text(const char *text);

/* A prefix a user named: 192.0.2.0/24, 2001:db8::/32, or one address. */
struct prefix {
	struct address address; /* host bits cleared */
	uint8_t version;        /* 4 or 6 */
	uint8_t bits;
};

/* Reads a prefix; false when the text is none. */
bool prefix_parse(const char *text, struct prefix *out);
bool prefix_holds(const struct prefix *p, const struct address *a, uint8_t version);

/* Classes an address can have by itself. version 4 or 6. */
bool address_is_multicast(const struct address *a, uint8_t version); /* with the IPv4 limited broadcast */
bool address_is_unspecified(const struct address *a, uint8_t version);
bool address_is_loopback(const struct address *a, uint8_t version);
bool address_is_link_local(const struct address *a, uint8_t version);
bool address_is_private(const struct address *a, uint8_t version); /* RFC 1918, RFC 6598, ULA, link-local */

#endif
