#include "classify/dissect/location.h"

#include <stdio.h>

#define MOST_OCTETS 60 /* of an identifier in hexadecimal digits */

enum { TYPE_NUMBERS = 0, TYPE_TEXT = 1 };

/* Without what pads a text. */
static struct cursor bare(struct cursor c)
{
	while (c.at < c.end && (!c.end[-1] || c.end[-1] == ' '))
		c.end--;
	return c;
}

static bool is_text(struct cursor c)
{
	bool any = false;
	while (cursor_left(&c)) {
		uint8_t o = cursor_u8(&c);
		if (o < ' ' || o >= 0x7f)
			return false;
		any |= o != ' ' && o != ';';
	}
	return any;
}

/* What stands behind a type and its length, when these are what comes first. */
static bool typed(struct cursor id, uint8_t type, struct cursor *inner)
{
	uint8_t first = cursor_u8(&id), len = cursor_u8(&id);
	*inner = id;
	return cursor_ok(&id) && first == type && len && len == cursor_left(&id);
}

static void hex_label(struct wire_text *t, const char *key, struct cursor id)
{
	char text[2 * MOST_OCTETS + 1];
	size_t n = 0;
	for (; cursor_left(&id) && n < MOST_OCTETS; n++)
		snprintf(text + 2 * n, 3, "%02x", cursor_u8(&id));
	wire_label(t, key, cursor_init(text, 2 * n));
}

void location_label(struct wire_text *t, const char *key, struct cursor id)
{
	struct cursor inner, text = bare(id);
	if (is_text(text)) {
		wire_label(t, key, text);
	} else if (typed(id, TYPE_TEXT, &inner) && is_text(bare(inner))) {
		wire_label(t, key, bare(inner));
	} else if (typed(id, TYPE_NUMBERS, &inner) && cursor_left(&inner) == 6) {
		char mac[MAC_TEXT_BYTES];
		mac_text(inner.at, mac);
		wire_label(t, key, cursor_init(mac, MAC_TEXT_BYTES - 1));
	} else {
		hex_label(t, key, id);
	}
}
