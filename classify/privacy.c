#include "classify/privacy.h"

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

static const char *applied(const struct privacy *p, enum privacy_action action, const char *value, struct arena *arena)
{
	switch (action) {
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

/* An IPv6 address whose interface identifier is made of a MAC (RFC 4291, modified EUI-64). */
static bool made_of_mac(const struct address *a, uint8_t version)
{
	return version == 6 && a->bytes[11] == 0xff && a->bytes[12] == 0xfe;
}

enum privacy_action privacy_of_address(const struct privacy *p, const struct address *a, uint8_t version)
{
	enum privacy_action action = privacy_of(p, version == 4 ? "ipv4Address" : "ipv6Address");
	return action == PRIVACY_KEEP && made_of_mac(a, version) ? privacy_of(p, "macAddress") : action;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* "ip-192-0-2-7", as providers and resolvers name machines: four numbers of an octet with dashes between. */
static bool has_dashed_address(const char *t)
{
	for (const char *at = t; *at; at++) {
		unsigned groups = 0, value = 0, digits = 0;
		const char *c = at;
		if (!is_digit(*at) || (at != t && is_digit(at[-1])))
			continue;
		for (; (is_digit(*c) && digits < 4) || (*c == '-' && digits && groups < 3); c++) {
			value = *c == '-' ? 0 : 10 * value + (unsigned)(*c - '0');
			digits = *c == '-' ? 0 : digits + 1;
			groups += *c == '-';
			if (value > 255 || digits > 3)
				break;
		}
		if (groups == 3 && digits && digits < 4 && value < 256)
			return true;
	}
	return false;
}

/* "hp3c52825ec2e7": twelve hexadecimal digits, no more. */
static bool has_bare_mac(const char *t)
{
	for (size_t n = 0; *t; t++) {
		n = is_hex(*t) ? n + 1 : 0;
		if (n == 12 && !is_hex(t[1]))
			return true;
		while (n == 12 && is_hex(t[1]))
			t++;
	}
	return false;
}

/* What a text that is no address tells of one. */
static enum privacy_action action_of_part(const struct privacy *p, const char *t)
{
	enum privacy_action address = privacy_of(p, "ipv4Address"), mac = privacy_of(p, "macAddress");
	if (address != PRIVACY_KEEP && has_dashed_address(t))
		return address;
	return mac != PRIVACY_KEEP && has_bare_mac(t) ? mac : PRIVACY_KEEP;
}

static bool is_name(const char *element)
{
	return !strcmp(element, "hostName") || !strcmp(element, "domainName");
}

static bool is_identifier(const char *element)
{
	return !strcmp(element, "dhcpClientIdentifier") || !strcmp(element, "chassisId");
}

/* Identifiers and names that are made of a MAC or an address tell it: who must not say the one must not say the
 * others. */
static enum privacy_action action_of(const struct privacy *p, const char *name, const char *value)
{
	enum privacy_action action = privacy_of(p, name), mac;
	struct address a;
	uint8_t version;
	if (!strcmp(name, "ipv6Address"))
		return privacy_of_address(p, &a, address_parse(value, &a));
	if (action == PRIVACY_KEEP && is_name(name))
		return action_of_part(p, value);
	if (action != PRIVACY_KEEP || !is_identifier(name))
		return action;
	if ((version = address_parse(value, &a)))
		return privacy_of_address(p, &a, version);
	mac = privacy_of(p, "macAddress");
	return mac == PRIVACY_TRUNCATE ? PRIVACY_HASH : mac;
}

bool privacy_keeps(const struct privacy *p, const char *name)
{
	bool keeps = privacy_of(p, name) == PRIVACY_KEEP;
	if (is_name(name) || is_identifier(name))
		keeps &= privacy_of(p, "ipv4Address") == PRIVACY_KEEP;
	if (!strcmp(name, "chassisId"))
		keeps &= privacy_of(p, "ipv6Address") == PRIVACY_KEEP;
	if (is_name(name) || is_identifier(name) || !strcmp(name, "ipv6Address"))
		keeps &= privacy_of(p, "macAddress") == PRIVACY_KEEP;
	return keeps;
}

const char *privacy_apply(const struct privacy *p, const char *name, const char *value, struct arena *arena)
{
	return applied(p, action_of(p, name, value), value, arena);
}

/* ---- names and addresses among other words ---- */

#define MOST_TOKEN 256

/* "mail.example.org": labels, the last of letters alone. */
static bool is_domain(const char *t)
{
	const char *dot = strrchr(t, '.');
	if (!dot || dot == t || strlen(dot + 1) < 2 || strstr(t, ".."))
		return false;
	for (const char *c = dot + 1; *c; c++)
		if (!((*c | 32) >= 'a' && (*c | 32) <= 'z'))
			return false;
	return true;
}

static enum privacy_action action_of_token(const struct privacy *p, const char *t)
{
	struct address a;
	uint8_t mac[6], version = address_parse(t, &a);
	if (version)
		return privacy_of_address(p, &a, version);
	if (mac_parse(t, mac))
		return privacy_of(p, "macAddress");
	enum privacy_action name = is_domain(t) ? privacy_of(p, "domainName") : PRIVACY_KEEP;
	if (name == PRIVACY_KEEP && is_domain(t))
		name = privacy_of(p, "hostName");
	return name == PRIVACY_KEEP ? action_of_part(p, t) : name;
}

static bool any_rule(const struct privacy *p)
{
	static const char *const names[] = {"macAddress", "ipv4Address", "ipv6Address", "domainName", "hostName"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (privacy_of(p, names[i]) != PRIVACY_KEEP)
			return true;
	return false;
}

static bool of_token(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '.' || c == '-' || c == '_' ||
	       c == ':';
}

static void add(char *out, size_t room, size_t *n, const char *text, size_t len)
{
	len = len < room - *n ? len : room - *n;
	memcpy(out + *n, text, len);
	*n += len;
}

/* One word: replaced whole, or piece by piece between its colons. */
static void scrub_token(const struct privacy *p, const char *t, size_t len, char *out, size_t room, size_t *n,
			struct arena *arena)
{
	char token[MOST_TOKEN];
	size_t bare = len;
	while (bare && (t[bare - 1] == '.' || t[bare - 1] == ':'))
		bare--;
	bool fits = bare < sizeof token;
	memcpy(token, t, fits ? bare : 0);
	token[fits ? bare : 0] = 0;
	enum privacy_action action = fits ? action_of_token(p, token) : PRIVACY_DROP;
	const char *colon = action == PRIVACY_KEEP ? memchr(t, ':', bare) : NULL;
	if (colon) {
		size_t head = (size_t)(colon - t);
		scrub_token(p, t, head, out, room, n, arena);
		add(out, room, n, ":", 1);
		scrub_token(p, colon + 1, len - head - 1, out, room, n, arena);
		return;
	}
	const char *said = action == PRIVACY_KEEP ? NULL : applied(p, action, token, arena);
	if (action == PRIVACY_KEEP)
		add(out, room, n, t, len);
	else
		add(out, room, n, said ? said : "-", said ? strlen(said) : 1);
}

#define SCRUBBED_BYTES 1024u

const char *privacy_scrub(const struct privacy *p, const char *text, struct arena *arena)
{
	char out[SCRUBBED_BYTES];
	size_t n = 0;
	if (!any_rule(p))
		return text;
	while (*text && n < sizeof out) {
		size_t len = 0;
		while (of_token(text[len]))
			len++;
		if (len)
			scrub_token(p, text, len, out, sizeof out, &n, arena);
		else
			add(out, sizeof out, &n, text, len = 1);
		text += len;
	}
	return arena_text(arena, out, n);
}
