#include "classify/dissect/netbios_name.h"

#define MOST_LABELS 16

bool netbios_name_set(struct netbios_name *name, const uint8_t octets[16])
{
	size_t len = 15;
	while (len && (octets[len - 1] == ' ' || !octets[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		if (octets[i] < 0x20 || octets[i] == 0x7f)
			return false;
	memcpy(name->text, octets, len);
	name->len = (uint8_t)len;
	name->suffix = octets[15];
	return len && name->text[0] != '*';
}

bool netbios_name_decode(struct netbios_name *name, const uint8_t *letters, size_t len)
{
	uint8_t octets[16];
	if (len != 32)
		return false;
	for (unsigned i = 0; i < 16; i++) {
		uint8_t high = (uint8_t)(letters[2 * i] - 'A'), low = (uint8_t)(letters[2 * i + 1] - 'A');
		if (high > 15 || low > 15)
			return false;
		octets[i] = (uint8_t)(high << 4 | low);
	}
	return netbios_name_set(name, octets);
}

bool netbios_name_read(struct netbios_name *name, struct cursor *c)
{
	struct cursor letters = cursor_sub(c, cursor_u8(c));
	bool good = cursor_ok(&letters) && netbios_name_decode(name, letters.at, cursor_left(&letters));
	for (unsigned i = 0; i < MOST_LABELS; i++) {
		uint8_t len = cursor_u8(c);
		if (len >= 0xc0)
			cursor_skip(c, 1);
		if (!len || len >= 0xc0)
			break;
		cursor_skip(c, len);
	}
	return good && cursor_ok(c);
}

/* The web server of Windows registers "IS~HOST" as a workstation; that is no host's name. */
bool netbios_name_is_host(const struct netbios_name *name)
{
	return (name->suffix == 0x00 || name->suffix == 0x20) && !(name->len > 3 && !memcmp(name->text, "IS~", 3));
}

bool netbios_name_is_group(const struct netbios_name *name)
{
	if (name->suffix == 0x1c && name->len == 13 && !memcmp(name->text, "INet~Services", 13))
		return false;
	return name->suffix == 0x00 || name->suffix == 0x1c || name->suffix == 0x1e;
}
