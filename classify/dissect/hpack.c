#include "classify/dissect/hpack.h"

#include <string.h>

#define INTEGER_OCTETS 4 /* of a number's continuation; more mean a size nobody sends */
#define LONGEST        15

/* The code is canonical (RFC 7541 appendix B): of each length the codes follow each other, and so do their octets
 * in this order. Among the codes of ASCII only the backslash has a longer one. */
static const char symbols[] = "012aceiost %-./3456789=A_bdfghlmnpru:BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz&*,;XZ!\"()?'+|#>\0"
			      "$@[]~^}<`{";
static const uint8_t counts[LONGEST + 1] = {
	[5] = 10, [6] = 26, [7] = 32, [8] = 6, [10] = 5, [11] = 3, [12] = 2, [13] = 6, [14] = 2, [15] = 3};

#define BACKSLASH_BITS 19
#define BACKSLASH      0x7fff0u

/* A code being read. */
struct code {
	uint32_t value, first; /* first: the lowest code of this length */
	unsigned bits, before; /* before: how many symbols have shorter codes */
};

/* Adds a bit; the octet, -1 when more bits are needed, -2 when there is no such code. */
static int step(struct code *k, unsigned bit)
{
	k->value = k->value << 1 | bit;
	k->bits++;
	if (k->bits > LONGEST) {
		bool backslash = k->bits == BACKSLASH_BITS && k->value == BACKSLASH;
		return backslash ? '\\' : k->bits > BACKSLASH_BITS ? -2 : -1;
	}
	k->first <<= 1;
	if (k->value - k->first < counts[k->bits])
		return (uint8_t)symbols[k->before + k->value - k->first];
	k->first += counts[k->bits];
	k->before += counts[k->bits];
	return -1;
}

int hpack_decode(struct cursor coded, uint8_t *out, size_t room)
{
	struct code k = {0};
	size_t n = 0;
	while (cursor_left(&coded)) {
		uint8_t octet = cursor_u8(&coded);
		for (int i = 7; i >= 0; i--) {
			int symbol = step(&k, octet >> i & 1u);
			if (symbol == -1)
				continue;
			if (symbol < 0 || n == room)
				return -1;
			out[n++] = (uint8_t)symbol;
			k = (struct code){0};
		}
	}
	/* what fills the last octet are ones, fewer than eight (5.2) */
	return k.bits < 8 && k.value == (1u << k.bits) - 1 ? (int)n : -1;
}

/* A number that begins in the low `bits` of an octet (5.1). */
static uint32_t number(struct cursor *c, unsigned bits)
{
	uint32_t most = (1u << bits) - 1, n = cursor_u8(c) & most;
	if (n < most)
		return n;
	for (unsigned i = 0; i < INTEGER_OCTETS; i++) {
		uint8_t octet = cursor_u8(c);
		n += (uint32_t)(octet & 0x7f) << 7 * i;
		if (!(octet & 0x80))
			return n;
	}
	cursor_fail(c);
	return 0;
}

/* A text (5.2); empty when it cannot be read. */
static struct cursor text(struct cursor *c, uint8_t *room, size_t size)
{
	bool huffman = cursor_peek(c, 0) & 0x80;
	struct cursor value = cursor_sub(c, number(c, 7));
	if (!huffman)
		return cursor_left(&value) <= size ? value : cursor_init(NULL, 0);
	int n = hpack_decode(value, room, size);
	return cursor_init(room, n > 0 ? (size_t)n : 0);
}

/* The place of a name that was spelled though the static table has it (gRPC's C core does so); 0: it has not. */
static unsigned place(struct cursor spelled)
{
	static const struct {
		const char *name;
		unsigned place;
	} known[] = {
		{":authority", HPACK_AUTHORITY},
		{"authorization", HPACK_AUTHORIZATION},
		{"host", HPACK_HOST},
		{"server", HPACK_SERVER},
		{"set-cookie", HPACK_SET_COOKIE},
		{"user-agent", HPACK_USER_AGENT},
		{"via", HPACK_VIA},
		{"www-authenticate", HPACK_WWW_AUTHENTICATE},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (cursor_left(&spelled) == strlen(known[i].name) &&
		    !memcmp(spelled.at, known[i].name, cursor_left(&spelled)))
			return known[i].place;
	return 0;
}

bool hpack_next(struct cursor *c, struct hpack_field *f)
{
	while (cursor_left(c)) {
		uint8_t first = cursor_peek(c, 0);
		f->value = f->spelled = cursor_init(NULL, 0);
		if (first & 0x80) { /* by place alone */
			f->name = number(c, 7);
			return cursor_ok(c) && f->name;
		}
		if (first >> 5 == 1) { /* a change of the table's size */
			number(c, 5);
			continue;
		}
		f->name = number(c, first & 0x40 ? 6 : 4);
		if (!f->name) {
			f->spelled = text(c, f->decoded_name, sizeof f->decoded_name);
			f->name = place(f->spelled);
		}
		f->value = text(c, f->decoded, sizeof f->decoded);
		return cursor_ok(c);
	}
	return false;
}
