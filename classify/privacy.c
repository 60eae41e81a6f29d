#include "classify/privacy.h"

#include "core/address.h"

#include <string.h>

enum privacy_action privacy_of(const struct privacy *p, const char *name)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!strcmp(p->rules[i].name, name))
			return p->rules[i].action;
	return PRIVACY_KEEP;
}

static const char *hashed(const struct privacy *p, const char *value, struct arena *arena)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t h[16];
	hash_name(&p->key, value, strlen(value), h);
	char *t = arena_take(arena, 33);
	for (unsigned i = 0; t && i < 16; i++) {
		t[2 * i] = digit[h[i] >> 4];
		t[2 * i + 1] = digit[h[i] & 15];
	}
	if (t)
		t[32] = 0;
	return t;
}

static const char *truncated(const char *value, struct arena *arena)
{
	struct address a;
	uint8_t mac[6], version = address_parse(value, &a);
	if (version) {
		char text[ADDRESS_TEXT_BYTES];
		memset(a.bytes + (version == 4 ? 3 : 6), 0, version == 4 ? 1 : 10);
		size_t n = address_text(&a, version, text);
		return arena_text(arena, text, n);
	}
	if (mac_parse(value, mac)) {
		char text[MAC_TEXT_BYTES];
		memset(mac + 3, 0, 3);
		mac_text(mac, text);
		return arena_text(arena, text, MAC_TEXT_BYTES - 1);
	}
	const char *dot = strchr(value, '.');
	return dot ? arena_text(arena, dot, strlen(dot)) : arena_text(arena, value, *value != 0);
}

const char *privacy_apply(const struct privacy *p, const char *name, const char *value, struct arena *arena)
{
	switch (privacy_of(p, name)) {
	case PRIVACY_TRUNCATE:
		return truncated(value, arena);
	case PRIVACY_HASH:
		return hashed(p, value, arena);
	case PRIVACY_DROP:
		return NULL;
	case PRIVACY_KEEP:
		break;
	}
	return value;
}
