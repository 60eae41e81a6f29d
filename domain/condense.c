#include "domain/condense.h"

#include "domain/claim_text.h"
#include "domain/holding.h"

#include <stdlib.h>
#include <string.h>

#define MOST_EVIDENCE       4
#define CONFIDENCE_BELIEVED 50
#define TEXTS_BYTES         ((size_t)64 << 10)
#define TEXTS_LIMIT         ((size_t)64 << 20)

struct condensed_item {
	uint32_t rank;
	bool told; /* an address as its interface was asserted with it */
	struct claim claim;
};

/* A claim among those that speak of the same thing: `subject` names it. */
struct condensed_refinement {
	uint64_t subject;
	uint32_t claim; /* its place */
	uint8_t detail; /* how much it says */
	uint64_t version;
};

/* One object of an evidence array. */
struct piece {
	const char *text;
	size_t len;
	const char *time;
	size_t time_len;
	bool strongest; /* it is of the method that gives the claim its words */
};

void condenser_init(struct condenser *c)
{
	*c = (struct condenser){.key = hash_random_key()};
	arena_init(&c->texts, TEXTS_BYTES, TEXTS_LIMIT);
}

void condenser_fini(struct condenser *c)
{
	free(c->items);
	free(c->claims);
	free(c->refinements);
	free(c->holdings);
	arena_fini(&c->texts);
}

static bool make_room(struct condenser *c, uint32_t n)
{
	if (n <= c->room)
		return true;
	n = n < 2 * c->room ? 2 * c->room : n;
	free(c->items);
	free(c->claims);
	free(c->refinements);
	free(c->holdings);
	c->items = malloc(n * sizeof *c->items);
	c->claims = malloc(n * sizeof *c->claims);
	c->refinements = malloc(n * sizeof *c->refinements);
	c->holdings = malloc(n * sizeof *c->holdings);
	c->room = c->items && c->claims && c->refinements && c->holdings ? n : 0;
	return c->room;
}

static int order(const void *a, const void *b)
{
	const struct condensed_item *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	int by_kind = strcmp(x->claim.kind, y->claim.kind);
	int by_value = by_kind ? by_kind : strcmp(x->claim.value, y->claim.value);
	if (by_value)
		return by_value;
	if (x->claim.implied != y->claim.implied) /* behind those it stands in for */
		return x->claim.implied ? 1 : -1;
	return x->claim.start_ns < y->claim.start_ns ? -1 : x->claim.start_ns > y->claim.start_ns;
}

/* Evidence. */

/* The object that starts at *at, up to its closing brace; false when there is none. */
static bool next_piece(const char **at, struct piece *p)
{
	static const char time[] = "\"time\":\"";
	const char *start = strchr(*at, '{'), *end = start;
	int depth = 0;
	for (bool quoted = false; end && *end; end++) {
		if (quoted && *end == '\\' && end[1])
			end++;
		else if (*end == '"')
			quoted = !quoted;
		else if (!quoted && *end == '{')
			depth++;
		else if (!quoted && *end == '}' && --depth == 0)
			break;
	}
	if (!end || !*end)
		return false;
	*at = end + 1;
	*p = (struct piece){.text = start, .len = (size_t)(end + 1 - start), .time = start};
	const char *found = memmem(start, p->len, time, sizeof time - 1);
	if (found) {
		p->time = found + sizeof time - 1;
		p->time_len = strcspn(p->time, "\"");
	}
	return true;
}

/* The strongest method's first, by time (texts of equal form sort as times do), then by the rest. */
static int compare_pieces(const struct piece *a, const struct piece *b)
{
	if (a->strongest != b->strongest)
		return a->strongest ? -1 : 1;
	size_t n = a->time_len < b->time_len ? a->time_len : b->time_len;
	int by_time = memcmp(a->time, b->time, n);
	if (by_time || a->time_len != b->time_len)
		return by_time ? by_time : a->time_len < b->time_len ? -1 : 1;
	n = a->len < b->len ? a->len : b->len;
	int by_text = memcmp(a->text, b->text, n);
	return by_text || a->len == b->len ? by_text : a->len < b->len ? -1 : 1;
}

/* Puts a piece in its place among the first. */
static void keep(struct piece *pieces, uint32_t *n, const struct piece *p)
{
	uint32_t at = *n;
	for (; at > 0; at--) {
		int way = compare_pieces(&pieces[at - 1], p);
		if (way == 0)
			return;
		if (way < 0)
			break;
	}
	if (at == MOST_EVIDENCE)
		return;
	*n += *n < MOST_EVIDENCE;
	memmove(&pieces[at + 1], &pieces[at], (*n - at - 1) * sizeof *pieces);
	pieces[at] = *p;
}

/* "[a,b]"; NULL when there is no room. */
static const char *write_pieces(struct condenser *c, const struct piece *pieces, uint32_t n)
{
	size_t len = n + 2;
	for (uint32_t i = 0; i < n; i++)
		len += pieces[i].len;
	char *text = arena_take(&c->texts, len), *at = text;
	for (uint32_t i = 0; text && i < n; i++) {
		*at++ = i ? ',' : '[';
		memcpy(at, pieces[i].text, pieces[i].len);
		at += pieces[i].len;
	}
	if (text)
		memcpy(at, "]", 2);
	return text;
}

static bool is_of(const struct piece *p, const char *method)
{
	static const char field[] = "\"field\":\"";
	const char *found = method ? memmem(p->text, p->len, field, sizeof field - 1) : NULL;
	size_t n = found ? strlen(method) : 0;
	return found && strncmp(found + sizeof field - 1, method, n) == 0 && found[sizeof field - 1 + n] == '"';
}

/* The earliest evidence of n claims, that of `method` before all other. */
static const char *join_evidence(struct condenser *c, const struct condensed_item *items, uint32_t n,
				 const char *method)
{
	struct piece pieces[MOST_EVIDENCE], p;
	const char *only = NULL;
	uint32_t kept = 0, with = 0;
	for (uint32_t i = 0; i < n; i++) {
		const char *at = items[i].claim.evidence;
		with += at != NULL;
		only = only ? only : at;
		while (at && next_piece(&at, &p)) {
			p.strongest = is_of(&p, method);
			keep(pieces, &kept, &p);
		}
	}
	const char *joined = with > 1 && kept ? write_pieces(c, pieces, kept) : NULL;
	return joined ? joined : only;
}

/* Merging. */

static bool same(const struct claim *a, const struct claim *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->value, b->value) == 0;
}

static void take_in(struct claim *into, const struct claim *c)
{
	into->end_ns = c->end_ns > into->end_ns ? c->end_ns : into->end_ns;
	into->open |= c->open;
	into->known |= c->known;
	if (c->confidence <= into->confidence)
		return;
	into->confidence = c->confidence;
	into->method = c->method;
	into->signature = c->signature;
}

/* Claims of one name and value, by start: those that touch become one. */
static uint32_t merge_run(struct condenser *c, const struct condensed_item *items, uint32_t n, struct claim *out)
{
	uint32_t made = 0;
	for (uint32_t i = 0, k; i < n; i = k) {
		struct claim *into = &out[made++];
		*into = items[i].claim;
		for (k = i + 1; k < n && items[k].claim.start_ns <= into->end_ns + CONDENSE_GAP_NS; k++)
			take_in(into, &items[k].claim);
		if (k > i + 1)
			into->evidence = join_evidence(c, items + i, k - i, into->method);
	}
	return made;
}

/* An address that came with assertions (`implied`) held when its interface was asserted with it, and while what was
 * last said so stands, as long as anything was said of it. */
static uint32_t merge_address(struct condenser *c, struct condensed_item *items, uint32_t told, uint32_t n,
			      struct claim *out)
{
	const struct claim *implied = &items[told].claim;
	if (told == n)
		return 0; /* it designates no longer */
	for (uint32_t i = 0; i < told; i++) {
		struct claim *x = &items[i].claim;
		x->known = implied->known;
		x->confidence = implied->confidence;
		x->method = implied->method;
	}
	struct claim *last = &items[told - 1].claim;
	if (last->open && implied->end_ns > last->end_ns)
		last->end_ns = implied->end_ns;
	return merge_run(c, items, told, out);
}

static uint32_t merge(struct condenser *c, uint32_t n)
{
	uint32_t made = 0;
	for (uint32_t i = 0, k, whole; i < n; i = k) {
		for (k = i + 1; k < n && same(&c->items[i].claim, &c->items[k].claim);)
			k++;
		/* a name that came with assertions is left out where it was asserted by itself */
		for (whole = i; whole < k && !c->items[whole].claim.implied;)
			whole++;
		if (c->items[i].told)
			made += merge_address(c, c->items + i, whole - i, k - i, c->claims + made);
		else
			made += merge_run(c, c->items + i, (whole > i ? whole : k) - i, c->claims + made);
	}
	return made;
}

/* The addresses of an interface: "…","addresses":["a","b"]. The first, with its quotes, or NULL; *at goes on behind it.
 */
static const char *next_address(const char **at, size_t *len)
{
	const char *start = strchr(*at, '"'), *end = start ? strchr(start + 1, '"') : NULL,
		   *list_end = strchr(*at, ']');
	if (!end || (list_end && list_end < start))
		return NULL;
	*len = (size_t)(end + 1 - start);
	*at = end + 1;
	return start;
}

static const char *addresses_of(const struct claim *claim)
{
	static const char member[] = "\"addresses\":[";
	const char *found = strcmp(claim->kind, "networkInterface") ? NULL : strstr(claim->value, member);
	return found ? found + sizeof member - 1 : NULL;
}

/* What interfaces were asserted with, beside what came with assertions: `items` has room, or is NULL to count. False
 * when the heap is out. */
static bool tell_addresses(struct condenser *c, const struct claim *claim, struct condensed_item *items, uint32_t *n)
{
	const char *at = addresses_of(claim), *text;
	for (size_t len; at && (text = next_address(&at, &len)); (*n)++) {
		struct condensed_item *x = items ? &items[*n] : NULL;
		char *value = x ? arena_text(&c->texts, text, len) : NULL;
		if (x && !value)
			return false;
		if (!x)
			continue;
		*x = (struct condensed_item){.told = true, .claim = *claim};
		x->claim.kind = strchr(value, ':') ? "ipv6Address" : "ipv4Address";
		x->claim.value = value;
		x->claim.evidence = x->claim.signature = NULL;
		x->rank = claim_rank(&x->claim);
	}
	return true;
}

/* Refining. */

static uint64_t hash_member(const struct condenser *c, const struct claim *claim, const char *member, uint64_t h)
{
	char text[512];
	bool there = claim_text(claim, member, text, sizeof text);
	return hash_combine(h, there ? hash_bytes(&c->key, text, strlen(text)) : 1);
}

uint64_t condense_subject(const struct condenser *c, const struct claim *claim)
{
	static const char *const software[] = {"role", "softwareTitle", "transport", "port", NULL};
	static const char *const service[] = {"transport", "port", NULL};
	static const char *const none[] = {NULL};
	enum claim_group group = claim_group(claim);
	const char *const *member = group == GROUP_SOFTWARE ? software : group == GROUP_SERVICE ? service : none;
	uint64_t h = hash_bytes(&c->key, claim->kind, strlen(claim->kind));
	for (; *member; member++)
		h = hash_member(c, claim, *member, h);
	return h;
}

static struct condensed_refinement describe_service(const struct condenser *c, const struct claim *claim)
{
	char name[64];
	bool named = claim_text(claim, "applicationName", name, sizeof name) && *name;
	return (struct condensed_refinement){.subject = condense_subject(c, claim),
					     .detail = !named                     ? 0
						       : strcmp(name, "tls") == 0 ? 1
										  : 2};
}

static struct condensed_refinement describe_software(const struct condenser *c, const struct claim *claim)
{
	char text[512];
	struct condensed_refinement r = {.subject = condense_subject(c, claim)};
	if (!claim_text(claim, "softwareVersion", text, sizeof text) || !*text)
		return r;
	r.version = hash_bytes(&c->key, text, strlen(text));
	r.detail = claim_text(claim, "packageRevision", text, sizeof text) ? 2 : 1;
	return r;
}

static int by_subject(const void *a, const void *b)
{
	const struct condensed_refinement *x = a, *y = b;
	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	if (x->version != y->version)
		return x->version < y->version ? -1 : 1;
	return (int)y->detail - (int)x->detail; /* what says most comes first */
}

/* What is hardly believed refines nothing that is. */
static bool believed(const struct claim *detailed, const struct claim *plain)
{
	return detailed->confidence >= CONFIDENCE_BELIEVED || detailed->confidence >= plain->confidence;
}

/* The place of the surest of those that say more than nothing; n when there is none. */
static uint32_t surest_detail(const struct claim *claims, const struct condensed_refinement *r, uint32_t n)
{
	uint32_t best = n;
	for (uint32_t i = 0; i < n; i++)
		if (r[i].detail && (best == n || claims[r[i].claim].confidence > claims[r[best].claim].confidence))
			best = i;
	return best;
}

/* A port has one program and a machine one system: there a later version takes the place of an earlier one, while a
 * client or a library may be there in several. */
static bool has_one_version(const struct claim *claim)
{
	char role[32];
	return claim_text(claim, "role", role, sizeof role) &&
	       (strcmp(role, "server") == 0 || strcmp(role, "operatingSystem") == 0 || strcmp(role, "firmware") == 0);
}

/* Marks within one subject what another version has taken the place of: no value. What was seen last is one, whatever
 * it is. */
static void replace_subject(struct claim *claims, const struct condensed_refinement *r, uint32_t n, bool any_role)
{
	uint32_t latest = n;
	for (uint32_t i = 0; i < n; i++)
		if (r[i].detail && claims[r[i].claim].confidence >= CONFIDENCE_BELIEVED &&
		    (latest == n || claims[r[i].claim].start_ns > claims[r[latest].claim].start_ns))
			latest = i;
	if (latest == n || (!any_role && !has_one_version(&claims[r[latest].claim])))
		return;
	for (uint32_t i = 0; i < n; i++)
		if (r[i].detail && r[i].version != r[latest].version &&
		    claims[r[i].claim].end_ns < claims[r[latest].claim].start_ns)
			claims[r[i].claim].value = NULL;
}

/* Marks what is refined within one subject: no value. */
static void refine_subject(struct claim *claims, const struct condensed_refinement *r, uint32_t n, bool software)
{
	uint8_t most = 0;
	uint32_t best = surest_detail(claims, r, n);
	for (uint32_t i = 0; i < n; i++)
		most = r[i].detail > most ? r[i].detail : most;
	uint64_t revised = 0; /* the version that is there with its package's revision */
	for (uint32_t i = 0; i < n; i++) {
		struct claim *c = &claims[r[i].claim];
		if (!c->value)
			continue; /* replaced */
		if (software && r[i].detail == 2)
			revised = r[i].version;
		bool unversioned = software && !r[i].detail && best < n && believed(&claims[r[best].claim], c);
		bool unrevised = software && r[i].detail == 1 && r[i].version == revised;
		bool unnamed = !software && r[i].detail < most;
		if (unversioned || unrevised || unnamed)
			c->value = NULL;
	}
}

/* Claims are sorted by group. */
static void refine(struct condenser *c, uint32_t n, enum claim_group group, uint64_t at_ns)
{
	struct condensed_refinement *r = c->refinements;
	uint32_t from = 0, count = 0;
	while (from < n && claim_group(&c->claims[from]) < group)
		from++;
	while (from + count < n && claim_group(&c->claims[from + count]) == group)
		count++;
	if (count < 2)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct claim *claim = &c->claims[from + i];
		r[i] = group == GROUP_SERVICE ? describe_service(c, claim) : describe_software(c, claim);
		r[i].claim = from + i;
	}
	qsort(r, count, sizeof *r, by_subject);
	for (uint32_t i = 0, k; i < count; i = k) {
		for (k = i + 1; k < count && r[k].subject == r[i].subject;)
			k++;
		if (at_ns && group == GROUP_SOFTWARE)
			replace_subject(c->claims, r + i, k - i, at_ns == CONDENSE_LATEST);
		refine_subject(c->claims, r + i, k - i, group == GROUP_SOFTWARE);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return strcmp(x->value, y->value);
}

/* Events are told as they happened. */
static void sort_events(struct claim *claims, uint32_t n)
{
	uint32_t events = 0;
	while (events < n && claim_group(&claims[n - 1 - events]) == GROUP_EVENT)
		events++;
	if (events)
		qsort(claims + (n - events), events, sizeof *claims, by_start);
}

/* What stood from one time it was seen to the next is one, as what touches is. */
static uint32_t join_held(struct claim *claims, uint32_t n)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (kept && claim_group(&claims[i]) != GROUP_EVENT && same(&claims[kept - 1], &claims[i]))
			take_in(&claims[kept - 1], &claims[i]);
		else
			claims[kept++] = claims[i];
	}
	return kept;
}

int64_t condense(struct condenser *c, const struct claim *claims, uint32_t n, uint64_t at_ns, struct claim **out)
{
	uint32_t told = 0, stand = 0;
	for (uint32_t i = 0; i < n; i++)
		(void)tell_addresses(c, &claims[i], NULL, &told);
	if (!make_room(c, n + told + 1))
		return -1;
	arena_reset(&c->texts);
	for (uint32_t i = 0; i < n; i++) {
		if (claims[i].confidence <= CONFIDENCE_WITHDRAWN)
			continue;
		c->items[stand++] = (struct condensed_item){.rank = claim_rank(&claims[i]), .claim = claims[i]};
		if (!tell_addresses(c, &claims[i], c->items, &stand))
			return -1;
	}
	n = stand;
	qsort(c->items, n, sizeof *c->items, order);
	uint32_t made = merge(c, n);
	if (at_ns && at_ns != CONDENSE_LATEST)
		made = join_held(c->claims, holding_select(c->claims, made, at_ns, &c->key, c->holdings));
	refine(c, made, GROUP_SOFTWARE, at_ns);
	refine(c, made, GROUP_SERVICE, at_ns);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < made; i++)
		if (c->claims[i].value)
			c->claims[kept++] = c->claims[i];
	sort_events(c->claims, kept);
	*out = c->claims;
	return kept;
}
