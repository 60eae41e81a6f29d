#include "domain/related.h"

#include "core/hash.h"
#include "domain/claim_text.h"
#include "domain/term.h"
#include "export/json.h"

#include <stdlib.h>

#define MOST_ENTRIES (1u << 20)
#define MOST_HOLDERS 8 /* what more endpoints share tells nothing: a cloned image, a farm's name */
#define MOST_RELATED 32

/* How much it says when two endpoints share it, best first. A MAC that was made up may have been made up twice, by one
 * template or one habit; but a bridge that translates tags shows a guest's in two networks, too. */
static const struct reason {
	const char *kind;
	uint8_t confidence;
	bool made_up;
} reasons[] = {
	{"smbServerGuid", 85, false}, {"snmpEngineId", 85, false}, {"dhcpClientIdentifier", 80, false},
	{"chassisId", 80, false},     {"macAddress", 75, false},   {"sshHostKeyFingerprint", 70, false},
	{"hostName", 50, false},      {"macAddress", 40, true},
};

struct holder {
	uint64_t identifier; /* hash of kind and value */
	uint8_t id[16];
};

struct related {
	struct holder *holders; /* sorted */
	uint32_t count, room;
	struct hash_key key;
	struct repository *repository; /* asked for each identifier; NULL: `holders` has them all */
};

struct found {
	uint8_t id[16];
	const struct reason *reason;
};

enum mac_kind { MAC_NONE, MAC_GIVEN, MAC_MADE_UP };

/* MAC_NONE: it is no MAC, or one that containers make of an address that is the same on every host. */
static enum mac_kind mac_of(const struct claim *c)
{
	char text[MAC_TEXT_BYTES];
	uint8_t mac[6];
	if (!claim_text(c, NULL, text, sizeof text) || !mac_parse(text, mac) || (mac[0] == 2 && mac[1] == 0x42))
		return MAC_NONE;
	return mac[0] & 2 ? MAC_MADE_UP : MAC_GIVEN;
}

static const struct reason *reason_of(const struct claim *c)
{
	enum mac_kind mac = strcmp(c->kind, "macAddress") == 0 ? mac_of(c) : MAC_GIVEN;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons && mac != MAC_NONE; i++)
		if (strcmp(c->kind, reasons[i].kind) == 0 && reasons[i].made_up == (mac == MAC_MADE_UP))
			return &reasons[i];
	return NULL;
}

/* The same as by which a repository's index finds those who share it. */
static uint64_t identifier(const struct related *r, const struct claim *c)
{
	char text[512];
	enum term_kind kind = term_shared(c->kind, c->value, text, sizeof text);
	return hash_combine(kind, hash_bytes(&r->key, text, strlen(text)));
}

static bool room(struct related *r)
{
	if (r->count < r->room)
		return true;
	if (r->room >= MOST_ENTRIES)
		return false;
	uint32_t more = r->room ? 2 * r->room : 1024;
	struct holder *holders = realloc(r->holders, more * sizeof *holders);
	if (!holders)
		return false;
	r->holders = holders;
	r->room = more;
	return true;
}

static bool collect(void *arg, const struct stored_endpoint *e)
{
	struct related *r = arg;
	for (uint32_t i = 0; i < e->n_claims && !e->merged; i++) {
		if (!reason_of(&e->claims[i]))
			continue;
		if (!room(r))
			return false;
		r->holders[r->count].identifier = identifier(r, &e->claims[i]);
		memcpy(r->holders[r->count++].id, e->id, 16);
	}
	return true;
}

static int by_identifier(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;
	if (x->identifier != y->identifier)
		return x->identifier < y->identifier ? -1 : 1;
	return memcmp(x->id, y->id, 16);
}

/* Every endpoint's identifiers, in one pass. */
static int gather(struct repository *repository, struct related **out, struct error *error)
{
	struct related *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "inventory: no memory");
	r->key = hash_random_key();
	int code = repository_endpoints(repository, NULL, collect, r, error);
	if (code) {
		related_free(r);
		return code;
	}
	if (r->count)
		qsort(r->holders, r->count, sizeof *r->holders, by_identifier);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < r->count; i++)
		if (!kept || by_identifier(&r->holders[kept - 1], &r->holders[i]) != 0)
			r->holders[kept++] = r->holders[i];
	r->count = kept;
	*out = r;
	return 0;
}

int related_open(struct repository *repository, struct related **out, struct error *error)
{
	uint8_t ids[1][16];
	if (repository_holders(repository, reasons->kind, "", ids, 1) < 0)
		return gather(repository, out, error);
	struct related *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "inventory: no memory");
	r->repository = repository;
	*out = r;
	return 0;
}

int related_find(struct repository *repository, struct related **out, struct error *error)
{
	return repository_is_near(repository) ? related_open(repository, out, error) : gather(repository, out, error);
}

void related_free(struct related *r)
{
	if (!r)
		return;
	free(r->holders);
	free(r);
}

static uint32_t first_holder(const struct related *r, uint64_t wanted)
{
	uint32_t low = 0, high = r->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (r->holders[middle].identifier < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Adds an endpoint, or a better reason for one that is there. */
static void add(struct found *found, uint32_t *n, const uint8_t id[16], const struct reason *reason)
{
	uint32_t i = 0;
	while (i < *n && memcmp(found[i].id, id, 16) != 0)
		i++;
	if (i == MOST_RELATED || (i < *n && found[i].reason <= reason))
		return;
	memcpy(found[i].id, id, 16);
	found[i].reason = reason;
	*n += i == *n;
}

static void asked(const struct related *r, const struct claim *c, const struct reason *reason, const uint8_t id[16],
		  struct found *found, uint32_t *n)
{
	uint8_t ids[MOST_HOLDERS + 1][16];
	int count = repository_holders(r->repository, c->kind, c->value, ids, MOST_HOLDERS + 1);
	for (int i = 0; i < count && count <= MOST_HOLDERS; i++)
		if (memcmp(ids[i], id, 16) != 0)
			add(found, n, ids[i], reason);
}

static void others(const struct related *r, const struct claim *c, const uint8_t id[16], struct found *found,
		   uint32_t *n)
{
	const struct reason *reason = reason_of(c);
	if (!reason)
		return;
	if (r->repository) {
		asked(r, c, reason, id, found, n);
		return;
	}
	uint64_t wanted = identifier(r, c);
	uint32_t from = first_holder(r, wanted), to = from;
	while (to < r->count && r->holders[to].identifier == wanted && to - from <= MOST_HOLDERS)
		to++;
	if (to - from > MOST_HOLDERS)
		return;
	for (uint32_t i = from; i < to; i++)
		if (memcmp(r->holders[i].id, id, 16) != 0)
			add(found, n, r->holders[i].id, reason);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct found *)a)->id, ((const struct found *)b)->id, 16);
}

void related_json(struct buffer *out, const struct related *r, const uint8_t id[16], const struct claim *claims,
		  uint32_t n_claims)
{
	struct found found[MOST_RELATED];
	uint32_t n = 0;
	for (uint32_t i = 0; r && i < n_claims; i++)
		others(r, &claims[i], id, found, &n);
	qsort(found, n, sizeof *found, by_id);
	buffer_char(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		buffer_text(out, i ? ",{\"endpointIdentifier\":" : "{\"endpointIdentifier\":");
		json_uuid(out, found[i].id);
		BUFFER_LITERAL(out, ",\"reason\":");
		json_text(out, found[i].reason->kind);
		BUFFER_LITERAL(out, ",\"confidence\":");
		buffer_u64(out, found[i].reason->confidence);
		buffer_char(out, '}');
	}
	buffer_char(out, ']');
}
