#include "domain/inventory.h"

#include "domain/version_compare.h"
#include "export/json.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>

/* Attribute names by group; what is no attribute here is a name of the endpoint. */
static const struct {
	const char *kind;
	enum claim_group group;
} groups[] = {
	{"softwareInstance", GROUP_SOFTWARE}, {"service", GROUP_SERVICE},        {"hardware", GROUP_HARDWARE},
	{"location", GROUP_LOCATION},         {"fingerprint", GROUP_OTHER},      {"banner", GROUP_OTHER},
	{"certificate", GROUP_OTHER},         {"networkInterface", GROUP_OTHER}, {"event", GROUP_EVENT},
};

enum claim_group inventory_group(const struct claim *c)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcmp(c->kind, groups[i].kind) == 0)
			return groups[i].group;
	/* userName is a name and an attribute; the attribute's value has members */
	return c->value[0] == '"' ? GROUP_DESIGNATION : strcmp(c->kind, "userName") == 0 ? GROUP_USER : GROUP_OTHER;
}

static int kind_rank(const char *kind)
{
	for (int i = 0; i < DESIGNATIONS; i++)
		if (strcmp(kind, assertion_designation_name((enum designation_name)i)) == 0)
			return i;
	return DESIGNATIONS;
}

static int order(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int by_group = (int)inventory_group(x) - (int)inventory_group(y);
	if (by_group)
		return by_group;
	int by_rank = kind_rank(x->kind) - kind_rank(y->kind);
	int by_kind = by_rank ? by_rank : strcmp(x->kind, y->kind);
	int by_value = by_kind ? by_kind : strcmp(x->value, y->value);
	if (by_value)
		return by_value;
	if (x->implied != y->implied) /* behind those it stands in for */
		return x->implied ? 1 : -1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

/* The text of a member, found without parsing all: a quote inside a text is escaped, so the name between its quotes
 * and colon stands nowhere but before the member. NULL when it is not there, is no text, or has escapes. */
static const char *plain_text(const char *json, const char *member, size_t *len)
{
	char name[64];
	const char *at = json;
	if (member) {
		int n = snprintf(name, sizeof name, "\"%s\":", member);
		at = n > 0 && (size_t)n < sizeof name ? strstr(json, name) : NULL;
		at = at ? at + n : NULL;
	}
	if (!at || *at != '"')
		return NULL;
	*len = strcspn(at + 1, "\"\\");
	return at[1 + *len] == '"' ? at + 1 : NULL;
}

static bool parsed_text(const char *json, const char *member, char *out, size_t size)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	const json_t *m = member ? json_object_get(value, member) : value;
	if (json_is_string(m))
		snprintf(out, size, "%s", json_string_value(m));
	else if (json_is_integer(m))
		snprintf(out, size, "%lld", (long long)json_integer_value(m));
	bool there = json_is_string(m) || json_is_integer(m);
	json_decref(value);
	return there;
}

bool claim_text(const struct claim *c, const char *member, char *out, size_t size)
{
	size_t len;
	const char *text = plain_text(c->value, member, &len);
	if (!text)
		return parsed_text(c->value, member, out, size);
	snprintf(out, size, "%.*s", (int)(len < size ? len : size), text);
	return true;
}

/* Filters. Each asks one claim; an endpoint is wanted when each question finds a claim. */

static bool held_at(const struct claim *c, uint64_t at_ns)
{
	return !at_ns || (c->start_ns <= at_ns && at_ns <= c->end_ns);
}

static bool asks_software(const struct inventory_filter *f, const struct claim *c)
{
	char text[512];
	if (inventory_group(c) != GROUP_SOFTWARE)
		return false;
	if (f->software && (!claim_text(c, "softwareTitle", text, sizeof text) ||
			    fnmatch(f->software, text, FNM_CASEFOLD | FNM_NOESCAPE) != 0))
		return false;
	return !f->version ||
	       (claim_text(c, "softwareVersion", text, sizeof text) && version_matches(text, f->version));
}

static bool asks_address(const struct inventory_filter *f, const struct claim *c)
{
	char text[64];
	struct address a;
	if (strcmp(c->kind, "ipv4Address") != 0 && strcmp(c->kind, "ipv6Address") != 0)
		return false;
	uint8_t version = claim_text(c, NULL, text, sizeof text) ? address_parse(text, &a) : 0;
	return version && prefix_holds(&f->address, &a, version);
}

static bool asks_mac(const struct inventory_filter *f, const struct claim *c)
{
	char text[64];
	uint8_t mac[6];
	return strcmp(c->kind, "macAddress") == 0 && claim_text(c, NULL, text, sizeof text) && mac_parse(text, mac) &&
	       memcmp(mac, f->mac, 6) == 0;
}

static bool asks_name(const struct inventory_filter *f, const struct claim *c)
{
	char text[512];
	return (strcmp(c->kind, "hostName") == 0 || strcmp(c->kind, "domainName") == 0) &&
	       claim_text(c, NULL, text, sizeof text) && fnmatch(f->name, text, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static bool any(const struct inventory_filter *f, const struct inventory_endpoint *e,
		bool (*asks)(const struct inventory_filter *, const struct claim *))
{
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (asks(f, &e->claims[i]))
			return true;
	return false;
}

static bool identified(const struct inventory_filter *f, const struct inventory_endpoint *e)
{
	char id[37];
	uuid_text(e->id, id);
	return strncmp(id, f->identifier, strlen(f->identifier)) == 0;
}

static bool wanted(const struct inventory_filter *f, const struct inventory_endpoint *e)
{
	return (!f->identifier || identified(f, e)) && (!(f->software || f->version) || any(f, e, asks_software)) &&
	       (!f->has_address || any(f, e, asks_address)) && (!f->has_mac || any(f, e, asks_mac)) &&
	       (!f->name || any(f, e, asks_name));
}

struct walk {
	const struct inventory_filter *filter;
	inventory_fn *fn;
	void *arg;
	struct claim *claims;
	uint32_t room;
	bool no_memory;
};

/* Leaves out what did not hold, and implied names that were asserted by themselves. Sorted claims. */
static uint32_t select_claims(const struct walk *w, struct claim *claims, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct claim *before = kept ? &claims[kept - 1] : NULL;
		if (w->filter && !held_at(&claims[i], w->filter->at_ns))
			continue;
		if (claims[i].implied && before && strcmp(before->kind, claims[i].kind) == 0 &&
		    strcmp(before->value, claims[i].value) == 0)
			continue;
		claims[kept++] = claims[i];
	}
	return kept;
}

static bool show(void *arg, const struct stored_endpoint *s)
{
	struct walk *w = arg;
	if (s->merged || !s->n_claims)
		return true;
	if (s->n_claims > w->room) {
		struct claim *claims = realloc(w->claims, s->n_claims * sizeof *claims);
		w->no_memory = !claims;
		if (!claims)
			return false;
		w->claims = claims;
		w->room = s->n_claims;
	}
	memcpy(w->claims, s->claims, s->n_claims * sizeof *w->claims);
	qsort(w->claims, s->n_claims, sizeof *w->claims, order);
	struct inventory_endpoint e = {.unique = s->unique,
				       .first_ns = s->first_ns,
				       .last_ns = s->last_ns,
				       .claims = w->claims,
				       .n_claims = select_claims(w, w->claims, s->n_claims)};
	memcpy(e.id, s->id, 16);
	if (!e.n_claims || inventory_group(e.claims) == GROUP_EVENT)
		return true;
	return w->filter && !wanted(w->filter, &e) ? true : w->fn(w->arg, &e);
}

int inventory_each(struct repository *r, const struct inventory_filter *filter, inventory_fn *fn, void *arg,
		   struct error *error)
{
	struct walk w = {.filter = filter, .fn = fn, .arg = arg};
	int code = repository_endpoints(r, show, &w, error);
	free(w.claims);
	return w.no_memory ? error_set(error, ERROR_FAILED, "inventory: no memory for an endpoint's claims") : code;
}

/* Writing. */

static void interval(struct buffer *out, const struct claim *c)
{
	BUFFER_LITERAL(out, ",\"interval\":{\"start\":");
	json_time(out, c->start_ns);
	BUFFER_LITERAL(out, ",\"end\":");
	json_time(out, c->end_ns);
	buffer_text(out, c->open ? ",\"open\":true}}" : ",\"open\":false}}");
}

static void member(struct buffer *out, const struct claim *c, bool name_only)
{
	BUFFER_LITERAL(out, "{\"name\":");
	json_text(out, c->kind);
	BUFFER_LITERAL(out, ",\"value\":");
	buffer_text(out, c->value);
	BUFFER_LITERAL(out, ",\"howKnown\":");
	json_known(out, c->known);
	BUFFER_LITERAL(out, ",\"confidence\":");
	buffer_u64(out, c->confidence);
	if (c->method && !name_only) {
		BUFFER_LITERAL(out, ",\"method\":");
		json_text(out, c->method);
	}
	if (c->signature && !name_only) {
		BUFFER_LITERAL(out, ",\"signature\":");
		json_text(out, c->signature);
	}
	if (c->evidence && !name_only) {
		BUFFER_LITERAL(out, ",\"evidence\":");
		buffer_text(out, c->evidence);
	}
	interval(out, c);
}

static void array(struct buffer *out, const char *name, const struct inventory_endpoint *e, enum claim_group group)
{
	buffer_text(out, name);
	bool first = true;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (inventory_group(&e->claims[i]) != group)
			continue;
		if (!first)
			buffer_char(out, ',');
		first = false;
		member(out, &e->claims[i], group == GROUP_DESIGNATION);
	}
	buffer_char(out, ']');
}

void inventory_json(struct buffer *out, const struct inventory_endpoint *e, const struct related *related)
{
	BUFFER_LITERAL(out, "{\"endpointIdentifier\":");
	json_uuid(out, e->id);
	buffer_text(out, e->unique ? ",\"uniquelyIdentified\":true" : ",\"uniquelyIdentified\":false");
	array(out, ",\"designation\":[", e, GROUP_DESIGNATION);
	array(out, ",\"software\":[", e, GROUP_SOFTWARE);
	array(out, ",\"services\":[", e, GROUP_SERVICE);
	array(out, ",\"hardware\":[", e, GROUP_HARDWARE);
	array(out, ",\"location\":[", e, GROUP_LOCATION);
	array(out, ",\"users\":[", e, GROUP_USER);
	BUFFER_LITERAL(out, ",\"related\":");
	related_json(out, related, e->id, e->claims, e->n_claims);
	BUFFER_LITERAL(out, ",\"firstSeen\":");
	json_time(out, e->first_ns);
	BUFFER_LITERAL(out, ",\"lastSeen\":");
	json_time(out, e->last_ns);
	BUFFER_LITERAL(out, "}\n");
}
