#include "domain/term.h"

#include "core/hash.h"
#include "domain/claim_text.h"
#include "domain/version_compare.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A fixed key: keys of claims must be the same on every start. */
static const struct hash_key claim_key = {0x6f6e6c6f6f6b6572ull, 0x636c61696d6b6579ull};

int64_t term_claim_key(const struct claim *c)
{
	uint64_t h = hash_combine(hash_bytes(&claim_key, c->kind, strlen(c->kind)),
				  c->implied ? 0 : c->start_ns | 1ull << 63);
	return (int64_t)hash_combine(h, hash_bytes(&claim_key, c->value, strlen(c->value)));
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static size_t address_sort(const struct address *a, uint8_t version, uint8_t out[17])
{
	out[0] = version;
	memcpy(out + 1, a->bytes, 16);
	return 17;
}

static bool address_term(const struct claim *c, struct term *t)
{
	struct address a;
	uint8_t version = claim_text(c, NULL, t->text, sizeof t->text) ? address_parse(t->text, &a) : 0;
	t->kind = TERM_ADDRESS;
	t->sort_len = version ? address_sort(&a, version, t->sort) : 0;
	return version;
}

static bool mac_term(const struct claim *c, struct term *t)
{
	uint8_t mac[6];
	t->kind = TERM_MAC;
	if (!claim_text(c, NULL, t->text, sizeof t->text) || !mac_parse(t->text, mac))
		return false;
	mac_text(mac, t->text);
	return true;
}

static bool name_term(const struct claim *c, struct term *t)
{
	t->kind = TERM_NAME;
	if (!claim_text(c, NULL, t->text, sizeof t->text))
		return false;
	lower(t->text);
	return true;
}

static bool software_term(const struct claim *c, struct term *t)
{
	t->kind = TERM_SOFTWARE;
	if (!claim_text(c, "softwareTitle", t->text, sizeof t->text))
		return false;
	claim_text(c, "softwareCreator", t->creator, sizeof t->creator);
	claim_text(c, "softwareVersion", t->version, sizeof t->version);
	t->sort_len = version_key(t->version, t->sort, sizeof t->sort);
	return true;
}

static bool role_term(const struct claim *c, struct term *t)
{
	t->kind = TERM_ROLE;
	return claim_text(c, "role", t->text, sizeof t->text);
}

/* An interface's client identifier names the machine behind the interface's number: ff, four octets, the DUID that
 * DHCPv6 uses too (RFC 4361 6.1). */
static const char *machine(const char *client_identifier)
{
	return strncmp(client_identifier, "ff", 2) == 0 && strlen(client_identifier) > 10 + 4 ? client_identifier + 10
											      : client_identifier;
}

/* Identifiers that seldom are shared: who shares one may be the same. Longer ones are told by what they begin with. */
enum term_kind term_shared(const char *kind, const char *value, char *out, size_t size)
{
	struct claim c = {.kind = kind, .value = value};
	char text[512];
	if (strcmp(kind, "macAddress") == 0 && claim_text(&c, NULL, out, size))
		return TERM_MAC;
	if (strcmp(kind, "dhcpClientIdentifier") == 0 && claim_text(&c, NULL, text, sizeof text))
		snprintf(out, size, "%s \"%s\"", kind, machine(text));
	else
		snprintf(out, size, "%s %s", kind, value);
	return TERM_SHARED;
}

static bool shared_term(const struct claim *c, struct term *t)
{
	t->kind = term_shared(c->kind, c->value, t->text, sizeof t->text);
	return true;
}

/* A kind may have several rows. */
static const struct {
	const char *kind;
	bool (*make)(const struct claim *c, struct term *t);
} makers[] = {
	{"ipv4Address", address_term},
	{"ipv6Address", address_term},
	{"macAddress", mac_term},
	{"hostName", name_term},
	{"domainName", name_term},
	{"softwareInstance", software_term},
	{"softwareInstance", role_term},
	{"hostName", shared_term},
	{"smbServerGuid", shared_term},
	{"snmpEngineId", shared_term},
	{"chassisId", shared_term},
	{"dhcpClientIdentifier", shared_term},
	{"sshHostKeyFingerprint", shared_term},
};

uint32_t term_of(const struct claim *c, struct term out[TERM_OF_CLAIM])
{
	uint32_t n = 0;
	for (size_t i = 0; i < sizeof makers / sizeof *makers && n < TERM_OF_CLAIM; i++) {
		if (strcmp(makers[i].kind, c->kind) != 0)
			continue;
		out[n] = (struct term){0};
		n += makers[i].make(c, &out[n]);
	}
	return n;
}

enum term_source term_source(const struct inventory_filter *f)
{
	if (f->has_mac)
		return TERM_BY_MAC;
	if (f->name)
		return strpbrk(f->name, "*?[") ? TERM_BY_NAMES : TERM_BY_NAME;
	if ((f->software || f->creator || f->version) && !(f->has_address && f->address.bits >= 24))
		return TERM_BY_SOFTWARE;
	if (f->has_address)
		return TERM_BY_ADDRESS;
	return f->role ? TERM_BY_ROLE : TERM_BY_NOTHING;
}

void term_address_range(const struct prefix *p, uint8_t low[17], uint8_t high[17])
{
	struct address last = p->address;
	unsigned width = p->version == 4 ? 32 : 128;
	for (unsigned bit = p->bits; bit < width; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	address_sort(&p->address, p->version, low);
	address_sort(&last, p->version, high);
}

void term_name_range(const char *name, char text[512], char low[516], char high[516])
{
	snprintf(text, 512, "%s", name);
	lower(text);
	snprintf(low, 516, "%s.", text);
	snprintf(high, 516, "%s/", text); /* the character behind the dot */
}

bool term_answers(enum term_source source, const struct inventory_filter *f, const char *text, const char *creator,
		  const char *version)
{
	if (source == TERM_BY_NAME || source == TERM_BY_NAMES)
		return filter_takes_name(f, text);
	return source != TERM_BY_SOFTWARE ||
	       (filter_takes_title(f, text) && filter_takes_creator(f, creator) && filter_takes_version(f, version));
}
