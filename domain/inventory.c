#include "domain/inventory.h"

#include "domain/claim_text.h"
#include "domain/condense.h"

#include <stdio.h>

/* Filters. Each asks one claim; an endpoint is wanted when each question finds a claim. */

bool inventory_asks_software(const struct inventory_filter *f, const struct claim *c)
{
	char title[512] = "", creator[256] = "", version[128] = "", role[64] = "";
	if (claim_group(c) != GROUP_SOFTWARE)
		return false;
	claim_text(c, "softwareTitle", title, sizeof title);
	claim_text(c, "softwareCreator", creator, sizeof creator);
	claim_text(c, "softwareVersion", version, sizeof version);
	claim_text(c, "role", role, sizeof role);
	return filter_takes_title(f, title) && filter_takes_creator(f, creator) && filter_takes_version(f, version) &&
	       filter_takes_role(f, role);
}

bool inventory_asks_service(const struct inventory_filter *f, const struct claim *c)
{
	char transport[16] = "", port[16] = "", name[96] = "";
	if (claim_group(c) != GROUP_SERVICE)
		return false;
	claim_text(c, "transport", transport, sizeof transport);
	claim_text(c, "port", port, sizeof port);
	claim_text(c, "applicationName", name, sizeof name);
	return filter_takes_service(f, transport, port, name);
}

bool inventory_asks_device(const struct inventory_filter *f, const struct claim *c)
{
	static const char *const members[] = {"manufacturer", "model", "kind"};
	char all[512] = "", text[160];
	if (claim_group(c) != GROUP_HARDWARE)
		return false;
	for (size_t i = 0, n = 0; i < sizeof members / sizeof *members; i++)
		if (claim_text(c, members[i], text, sizeof text))
			n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? " " : "", text);
	return filter_takes_device(f, all);
}

static bool asks_address(const struct inventory_filter *f, const struct claim *c)
{
	char text[64];
	return (strcmp(c->kind, "ipv4Address") == 0 || strcmp(c->kind, "ipv6Address") == 0) &&
	       c->end_ns >= f->holder_ns && claim_text(c, NULL, text, sizeof text) && filter_takes_address(f, text);
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
	       claim_text(c, NULL, text, sizeof text) && filter_takes_name(f, text);
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
	return strncasecmp(id, f->identifier, strlen(f->identifier)) == 0;
}

bool inventory_wanted(const struct inventory_filter *f, const struct inventory_endpoint *e)
{
	return (!f->identifier || identified(f, e)) &&
	       (!filter_asks_software(f) || any(f, e, inventory_asks_software)) &&
	       (!f->service || any(f, e, inventory_asks_service)) && (!f->device || any(f, e, inventory_asks_device)) &&
	       (!f->has_address || any(f, e, asks_address)) && (!f->has_mac || any(f, e, asks_mac)) &&
	       (!f->name || any(f, e, asks_name));
}

struct walk {
	const struct inventory_filter *filter;
	inventory_fn *fn;
	void *arg;
	struct condenser condenser;
	bool no_memory;
};

/* What may be told, of what is known. */
static uint32_t keep_asked(const struct inventory_filter *f, struct claim *claims, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool hidden = f->hide_users && strcmp(claims[i].kind, "userName") == 0;
		if (claims[i].end_ns >= f->fresh_ns && !hidden)
			claims[kept++] = claims[i];
	}
	return kept;
}

static uint64_t moment_of(const struct inventory_filter *f)
{
	if (!f || f->at_ns)
		return f ? f->at_ns : 0;
	return f->latest ? CONDENSE_LATEST : 0;
}

static bool show(void *arg, const struct stored_endpoint *s)
{
	struct walk *w = arg;
	struct claim *claims;
	if (s->merged || !s->n_claims)
		return true;
	int64_t n = condense(&w->condenser, s->claims, s->n_claims, moment_of(w->filter), &claims);
	w->no_memory = n < 0;
	if (n < 0)
		return false;
	n = w->filter ? keep_asked(w->filter, claims, (uint32_t)n) : n;
	struct inventory_endpoint e = {.unique = s->unique,
				       .first_ns = s->first_ns,
				       .last_ns = s->last_ns,
				       .claims = claims,
				       .n_claims = (uint32_t)n,
				       .all = s->claims,
				       .n_all = s->n_claims};
	memcpy(e.id, s->id, 16);
	if (!e.n_claims || claim_group(e.claims) == GROUP_EVENT)
		return true;
	return w->filter && !inventory_wanted(w->filter, &e) ? true : w->fn(w->arg, &e);
}

static bool note_holder(void *arg, const struct inventory_endpoint *e)
{
	struct inventory_filter *f = arg;
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (e->claims[i].start_ns > f->holder_ns && asks_address(f, &e->claims[i]))
			f->holder_ns = e->claims[i].start_ns;
	return true;
}

static int walk_all(struct repository *r, struct walk *w, struct error *error)
{
	int code = repository_endpoints(r, w->filter, show, w, error);
	return w->no_memory ? error_set(error, ERROR_FAILED, "inventory: no memory for an endpoint's claims") : code;
}

/* Who had one address at a time: whoever had it before somebody else came to have it has it no longer. */
static int find_holder(struct repository *r, struct walk *w, struct inventory_filter *asked, struct error *error)
{
	struct inventory_filter holder = {.at_ns = asked->at_ns, .has_address = true, .address = asked->address};
	struct walk first = {.filter = &holder, .fn = note_holder, .arg = &holder, .condenser = w->condenser};
	int code = walk_all(r, &first, error);
	w->condenser = first.condenser;
	asked->holder_ns = holder.holder_ns;
	return code;
}

int inventory_each(struct repository *r, const struct inventory_filter *filter, inventory_fn *fn, void *arg,
		   struct error *error)
{
	struct inventory_filter asked = filter ? *filter : (struct inventory_filter){0};
	struct walk w = {.filter = filter ? &asked : NULL, .fn = fn, .arg = arg};
	bool one = asked.has_address && asked.address.bits == (asked.address.version == 4 ? 32 : 128);
	condenser_init(&w.condenser);
	int code = one && asked.at_ns ? find_holder(r, &w, &asked, error) : 0;
	code = code ? code : walk_all(r, &w, error);
	condenser_fini(&w.condenser);
	return code;
}
