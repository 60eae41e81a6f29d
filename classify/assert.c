#include "classify/assert.h"

#include "classify/designate.h"
#include "classify/wording.h"
#include "core/uuid.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const event_names[] = {"newEndpoint",  "newSoftware", "versionChanged",
					  "addressMoved", "conflict",    "gone"};

/* A block leaves, between two packets, when its texts come to so much or there might not be room for what the next one
 * shows; an assertion with every evidence and name it can have is far below what is then still free (publisher.c, the
 * arena's limit). */
#define BLOCK_FULL_BYTES (8u << 20)

/* Assertions that one packet may cause until it is dealt with like several. */
#define STRETCH 64u

static void name_assertion(const struct asserter *a, const struct sheaf *h);

void assert_set_up(struct asserter *a)
{
	/* A flow's identifier is a digest of its addresses, and there are few enough to try them all: who must not say
	 * an address must not say that. */
	a->flow_told[0] = privacy_of(a->privacy, "ipv4Address") == PRIVACY_KEEP;
	a->flow_told[1] = privacy_of(a->privacy, "ipv6Address") == PRIVACY_KEEP;
	for (int i = 0; i < DESIGNATIONS; i++)
		a->kept[i] = privacy_keeps(a->privacy, assertion_designation_name((enum designation_name)i));
}

/* The assertion takes no more attributes: its content is whole and gets its name. */
static void settle(struct asserter *a, struct sheaf *h)
{
	if (h->assertion)
		name_assertion(a, h);
	h->assertion = NULL;
}

void assert_flush(struct asserter *a)
{
	for (uint32_t i = 0; i < SHEAVES; i++)
		settle(a, &a->sheaves[i]);
	a->settled = a->made;
	if (a->block)
		a->outlet.submit(a->outlet.context, a->block);
	a->block = NULL;
}

void assert_settle(struct asserter *a)
{
	if (a->made == a->settled)
		return;
	const struct assertion_block *b = a->block;
	if (b->room - b->count < STRETCH || b->arena.taken_bytes > BLOCK_FULL_BYTES) {
		assert_flush(a);
		return;
	}
	for (uint32_t i = 0; i < SHEAVES; i++)
		settle(a, &a->sheaves[i]);
	a->settled = a->made;
}

/* Where a block ends must not show in what is said: it depends on how fast others are. */
static void make_room(struct asserter *a)
{
	if (a->made - a->settled == STRETCH)
		assert_settle(a);
	if (a->block)
		return;
	a->block = a->outlet.take(a->outlet.context);
	meanings_read(a->meanings, a->block->stretch); /* blocks are read in the order in which they were submitted */
	a->block->stretch = ++a->stretch;
}

void assert_under(struct asserter *a, const struct provenance *provenance)
{
	assert_flush(a);
	a->block = a->outlet.take(a->outlet.context);
	a->block->provenance = provenance;
	assert_flush(a);
}

static const char *copy(struct asserter *a, const char *text)
{
	return arena_text(&a->block->arena, text, strlen(text));
}

/* ---- attributes ---- */

static const char *transport_name(uint8_t protocol)
{
	return protocol == 6 ? "tcp" : protocol == 17 ? "udp" : protocol == 132 ? "sctp" : NULL;
}

static void port_members(struct member *to, uint32_t *n, const struct claim *c)
{
	const char *transport = transport_name(c->transport);
	if (!transport)
		return;
	to[(*n)++] = (struct member){.name = "transport", .text = transport};
	to[(*n)++] = (struct member){.name = "port", .number = c->port};
}

static struct flow_tuple flow_of(const struct asserter *a, const struct support *s)
{
	const struct flow_tuple *t = &s->tuple;
	bool told = a->flow_told[t->version == 6];
	if (told && t->version == 6)
		told = privacy_of_address(a->privacy, &t->src, 6) == PRIVACY_KEEP &&
		       privacy_of_address(a->privacy, &t->dst, 6) == PRIVACY_KEEP;
	return told ? s->tuple : (struct flow_tuple){.version = 0};
}

static struct evidence evidence_of(const struct asserter *a, const struct support *s, const char *field,
				   const char *value)
{
	return (struct evidence){
		.field = field,
		.value = value,
		.tuple = flow_of(a, s),
		.time_ns = s->time_ns,
		.source = a->source_name(a->source_context, s->source),
		.packet = s->number,
	};
}

/* The block points to what the support's meaning says, which stays until that was read. */
static const struct wording *word(const struct asserter *a, const struct support *s)
{
	s->meaning->said = a->stretch;
	return wording_of(a->privacy, s);
}

/* That of the support which gives the claim its words comes first. */
static void put_evidence(struct asserter *a, struct attribute *t, const struct claim *c)
{
	struct evidence *e = arena_take(&a->block->arena, c->n_supports * sizeof *e);
	for (unsigned i = 0; i < c->n_supports; i++) {
		const struct support *s = claim_support(c, !i ? c->words : i <= c->words ? i - 1 : i);
		const struct statement_of *says = support_says(s);
		t->known |= says->known;
		e[t->n_evidence++] = evidence_of(a, s, says->method, word(a, s)->evidence);
	}
	t->evidence = e;
}

/* By which of its own words or packets a node was first seen. */
static const char *const presence_methods[BINDINGS] = {"packet.source", "ndp.target", "ndp.source", "arp.sender",
						       "arp.sender",    "dhcp.ack",   "ndp.router"};

static void put_presence_evidence(struct asserter *a, struct attribute *t, const struct claim *c, const char *value)
{
	struct evidence *e = arena_take(&a->block->arena, sizeof *e);
	t->method = presence_methods[c->first.index];
	*e = evidence_of(a, &c->first, t->method, value);
	t->evidence = e;
	t->n_evidence = 1;
}

static bool put_presence(struct asserter *a, struct attribute *t, const struct claim *c, const struct designation *d,
			 uint32_t n)
{
	struct member *m = arena_take(&a->block->arena, 2 * sizeof *m);
	const char **addresses = arena_take(&a->block->arena, 2 * sizeof *addresses);
	uint32_t count = 0;
	addresses[0] = NULL;
	for (uint32_t i = 0; i < n; i++) {
		if (d[i].name == DESIGNATION_MAC)
			m[count++] = (struct member){.name = "interfaceMacAddress", .text = d[i].value};
		if (d[i].name == DESIGNATION_IPV4 || d[i].name == DESIGNATION_IPV6) {
			addresses[0] = d[i].value;
			addresses[1] = NULL;
		}
	}
	if (addresses[0])
		m[count++] = (struct member){.name = "addresses", .list = addresses};
	t->name = ATTRIBUTE_INTERFACE;
	t->members = m;
	t->n_members = count;
	t->known = KNOWN_OBSERVATION | (c->node->bindings & 1 << BINDING_DHCP ? KNOWN_AUTHORITY : 0);
	t->confidence = c->confidence;
	if (count)
		put_presence_evidence(a, t, c, addresses[0] ? addresses[0] : m[0].text);
	return count > 0;
}

/* The members of a wording, with transport and port behind them where they belong to a port. */
static void put_members(struct asserter *a, struct attribute *t, const struct claim *c, const struct wording *w)
{
	t->members = w->members;
	t->n_members = w->n_members;
	if (!support_says(claim_support(c, c->words))->has_port)
		return;
	struct member *m = arena_take(&a->block->arena, (w->n_members + 2u) * sizeof *m);
	if (w->n_members)
		memcpy(m, w->members, w->n_members * sizeof *m);
	port_members(m, &t->n_members, c);
	t->members = m;
}

static bool put_statement(struct asserter *a, struct attribute *t, const struct claim *c, const struct wording *w)
{
	const struct statement_of *s = support_says(claim_support(c, c->words));
	if (!w->n_members && s->attribute != ATTRIBUTE_SERVICE)
		return false;
	t->name = s->attribute;
	t->designation = s->designation;
	put_members(a, t, c, w);
	t->confidence = c->confidence;
	t->method = s->method;
	t->signature = s->signature;
	put_evidence(a, t, c);
	return true;
}

/* ---- identifiers ---- */

/* The same whenever a replay is repeated. */
static void name_assertion(const struct asserter *a, const struct sheaf *h)
{
	struct assertion *s = h->assertion;
	struct {
		uint8_t component[16], endpoint[16], digest[16];
		uint64_t start_ns, end_ns;
		uint32_t statement, flags;
		struct said said[MOST_ATTRIBUTES];
	} content;
	memcpy(content.component, a->component, 16);
	memcpy(content.endpoint, s->endpoint, 16);
	memcpy(content.digest, h->digest, 16);
	content.start_ns = s->start_ns;
	content.end_ns = s->end_ns;
	content.statement = s->statement;
	content.flags = s->open | (uint32_t)s->has_endpoint << 1;
	memcpy(content.said, h->said, s->n_attributes * sizeof *h->said);
	hash_content(&content, offsetof(__typeof__(content), said) + s->n_attributes * sizeof *h->said, s->id);
	uuid_of_digest(s->id);
}

/* ---- sheaves ---- */

/* See MOST_ATTRIBUTES. */
#define MOST_SHEAF_BYTES 12288u

/* What a value that evidence shows comes to. */
#define MOST_EVIDENCE_BYTES 256u

static void begin(struct asserter *a, struct sheaf *h, const struct sheaf_key *key)
{
	struct assertion *s = &a->block->assertions[a->block->count];
	memset(s, 0, sizeof *s);
	h->key = *key;
	h->assertion = s;
	h->own = NULL;
	h->room = 1;
	h->bytes = 0;
	h->attributes = arena_take(&a->block->arena, sizeof *h->attributes);
	s->attributes = h->attributes;
	s->statement = key->statement;
	s->has_endpoint = key->endpoint != NULL;
	if (key->endpoint) {
		memcpy(s->endpoint, key->endpoint->id, 16);
		s->unique = designate_unique(key->node);
	}
	const struct designee *d = designate_node(a, key->node, key->endpoint != NULL, key->withdrawn);
	s->designations = d->designations;
	s->n_designations = d->n;
	memcpy(h->digest, d->digest, sizeof h->digest);
	s->start_ns = key->start_ns;
	s->end_ns = key->end_ns;
	s->open = key->open;
	s->collected_ns = key->collected_ns;
}

/* The endpoint the assertion names is the key's, and not one that stood in the same storage before. */
static bool names(const struct assertion *s, const struct sheaf_key *key)
{
	return !key->endpoint || !memcmp(s->endpoint, key->endpoint->id, 16);
}

static bool same_key(const struct sheaf_key *a, const struct sheaf_key *b)
{
	return a->node == b->node && a->endpoint == b->endpoint && a->statement == b->statement &&
	       a->start_ns == b->start_ns && a->end_ns == b->end_ns && a->open == b->open &&
	       a->withdrawn == b->withdrawn && a->collected_ns == b->collected_ns;
}

/* The assertion that is being made with this key, or the place for a new one, which is the oldest's. */
static struct sheaf *sheaf_for(struct asserter *a, const struct sheaf_key *key)
{
	make_room(a);
	for (uint32_t i = 0; i < SHEAVES; i++) {
		struct sheaf *h = &a->sheaves[i];
		if (h->assertion && same_key(&h->key, key) && names(h->assertion, key) &&
		    h->assertion->n_attributes < MOST_ATTRIBUTES && h->assertion->n_designations < MOST_DESIGNATIONS &&
		    h->bytes < MOST_SHEAF_BYTES)
			return h;
	}
	struct sheaf *h = &a->sheaves[a->next_sheaf];
	settle(a, h);
	begin(a, h, key);
	return h;
}

/* The sheaf's next attribute, zeroed. */
static struct attribute *next_attribute(struct asserter *a, struct sheaf *h)
{
	uint32_t n = h->assertion->n_attributes;
	if (n == h->room) {
		struct attribute *more = arena_take(&a->block->arena, MOST_ATTRIBUTES * sizeof *more);
		memcpy(more, h->attributes, n * sizeof *more);
		h->assertion->attributes = h->attributes = more;
		h->room = MOST_ATTRIBUTES;
	}
	return memset(&h->attributes[n], 0, sizeof *h->attributes);
}

/* The attribute is whole and counts; with the first one the assertion does. */
static void keep(struct asserter *a, struct sheaf *h, const struct said *said, uint32_t bytes)
{
	h->bytes += bytes;
	h->said[h->assertion->n_attributes] = *said;
	if (h->assertion->n_attributes++)
		return;
	a->next_sheaf = (a->next_sheaf + 1) % SHEAVES;
	a->block->count++;
	a->made++;
}

/* Privacy left nothing to say. */
static void let_go(struct sheaf *h)
{
	if (!h->assertion->n_attributes)
		h->assertion = NULL;
}

/* ---- claims and events ---- */

/* A statement's thing designates, too. */
static void designate_by(struct asserter *a, struct sheaf *h, const struct statement_of *says, const char *value)
{
	struct assertion *s = h->assertion;
	for (uint32_t i = 0; i < s->n_designations; i++)
		if (s->designations[i].name == says->designation && !strcmp(s->designations[i].value, value))
			return;
	if (s->n_designations == MOST_DESIGNATIONS)
		return;
	if (!h->own) {
		h->own = arena_take(&a->block->arena, MOST_DESIGNATIONS * sizeof *h->own);
		memcpy(h->own, s->designations, s->n_designations * sizeof *h->own);
		s->designations = h->own;
	}
	struct designation *d = &h->own[s->n_designations++];
	*d = (struct designation){says->designation, value, says->known,
				  h->key.withdrawn ? CONFIDENCE_WITHDRAWN : says->confidence};
	designate_digest(h->digest, d);
}

static void add_presence(struct asserter *a, struct sheaf *h, const struct claim *c)
{
	const struct assertion *s = h->assertion;
	struct attribute *t = next_attribute(a, h);
	if (!put_presence(a, t, c, s->designations, s->n_designations)) {
		let_go(h);
		return;
	}
	if (h->key.withdrawn)
		t->confidence = CONFIDENCE_WITHDRAWN;
	/* What it says stands in the designation already. */
	struct said said = {{ATTRIBUTE_INTERFACE, (uint8_t)c->first.index}, 0, t->confidence};
	keep(a, h, &said, MAC_TEXT_BYTES + 2 * ADDRESS_TEXT_BYTES);
}

static void add_statement(struct asserter *a, struct sheaf *h, const struct claim *c)
{
	const struct support *by = claim_support(c, c->words);
	const struct wording *w = word(a, by);
	struct attribute *t = next_attribute(a, h);
	bool designated = h->assertion->n_designations || w->designation;
	if (!designated || !put_statement(a, t, c, w)) {
		let_go(h);
		return;
	}
	if (h->key.withdrawn)
		t->confidence = CONFIDENCE_WITHDRAWN;
	if (w->designation)
		designate_by(a, h, support_says(by), w->designation);
	uint32_t port = support_says(by)->has_port ? (uint32_t)c->transport << 16 | c->port : 0;
	struct said said = {.port = port, .confidence = t->confidence};
	memcpy(said.content, w->digest, sizeof said.content);
	keep(a, h, &said, w->bytes + c->n_supports * MOST_EVIDENCE_BYTES);
}

void assert_claim(struct asserter *a, const struct claim *c, const struct endpoint *p, enum standing standing,
		  uint64_t now_ns)
{
	const struct statement_of *says = c->presence ? NULL : support_says(claim_support(c, c->words));
	bool inferred = says && (says->signature || says->known & KNOWN_DERIVED);
	struct sheaf *h = sheaf_for(a, &(struct sheaf_key){
					       .node = c->node,
					       .endpoint = p,
					       .start_ns = c->first_ns,
					       .end_ns = c->last_ns,
					       .collected_ns = now_ns,
					       .statement = inferred ? STATEMENT_CORRELATION : STATEMENT_OBSERVATION,
					       .open = standing == STANDING_OPEN,
					       .withdrawn = standing == STANDING_WITHDRAWN,
				       });
	if (c->presence)
		add_presence(a, h, c);
	else
		add_statement(a, h, c);
}

void assert_event(struct asserter *a, enum event event, const struct endpoint *p, const struct node *n, const char *old,
		  const char *now, uint64_t time_ns)
{
	struct sheaf *h = sheaf_for(a, &(struct sheaf_key){
					       .node = n,
					       .endpoint = p,
					       .start_ns = time_ns,
					       .end_ns = time_ns,
					       .collected_ns = time_ns,
					       .statement = STATEMENT_EVENT,
				       });
	if (!h->assertion->n_designations) {
		let_go(h);
		return;
	}
	struct attribute *t = next_attribute(a, h);
	struct member *m = arena_take(&a->block->arena, 3 * sizeof *m);
	t->name = ATTRIBUTE_EVENT;
	t->known = KNOWN_OBSERVATION;
	t->confidence = 99;
	t->members = m;
	m[t->n_members++] = (struct member){.name = "kind", .text = event_names[event]};
	if (old)
		m[t->n_members++] = (struct member){.name = "old", .text = copy(a, old)};
	if (now)
		m[t->n_members++] = (struct member){.name = "new", .text = copy(a, now)};
	struct said said = {{ATTRIBUTE_EVENT, (uint8_t)event}, 0, t->confidence};
	for (uint32_t i = 1; i < t->n_members; i++) {
		hash_content_more(said.content, m[i].name, strlen(m[i].name));
		hash_content_more(said.content, m[i].text, strlen(m[i].text));
	}
	keep(a, h, &said, 0);
}
