#include "classify/assert.h"

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

static void name_assertion(struct asserter *a, struct assertion *s);

/* The assertion takes no more attributes: its content is whole and gets its name. */
static void settle(struct asserter *a, struct sheaf *h)
{
	if (h->assertion)
		name_assertion(a, h->assertion);
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
	if (!a->block)
		a->block = a->outlet.take(a->outlet.context);
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

/* ---- designation ---- */

#define MOST_DESIGNATIONS 8u

static void designate(struct asserter *a, struct designation *d, uint32_t *n, enum designation_name name,
		      const char *value, uint8_t known, uint8_t confidence)
{
	const char *element = assertion_designation_name(name);
	value = privacy_apply(a->privacy, element, value, &a->block->arena);
	if (value && *n < MOST_DESIGNATIONS)
		d[(*n)++] = (struct designation){name, value, known, confidence};
}

#define CONTESTED 50 /* another is at work with the address too */

static uint8_t address_confidence(const struct node *n)
{
	if (n->place && n->place->conflicts && n->on_link)
		return CONTESTED;
	if (n->bindings)
		return 97;
	if (!n->on_link)
		return 90;
	return n->reach & 1 << REACH_LINK ? 95 : 85;
}

/* The layer-2 network that keeps equal addresses apart: an overlay's identifier, or the outer VLAN's. */
static void designate_segment(struct asserter *a, uint32_t segment, struct designation *d, uint32_t *count)
{
	bool overlay = segment >> 31;
	uint32_t number = overlay ? segment & 0x7fffffff : segment & 0xfff;
	if (!segment)
		return;
	char *text = arena_take(&a->block->arena, 12);
	snprintf(text, 12, "%u", number);
	designate(a, d, count, overlay ? DESIGNATION_LAYER2_SEGMENT : DESIGNATION_VLAN, text, KNOWN_OBSERVATION, 99);
}

static void designate_holder(struct asserter *a, const struct node *n, bool has_endpoint, struct designation *d,
			     uint32_t *count)
{
	const struct node *h = estate_holder(n);
	bool only_spoken_of = h == n && !n->endpoint;
	if (h->station && ((has_endpoint && h->on_link) || only_spoken_of)) {
		char *mac = arena_take(&a->block->arena, MAC_TEXT_BYTES);
		mac_text(h->holder.mac, mac);
		designate(a, d, count, DESIGNATION_MAC, mac, KNOWN_OBSERVATION, h->bindings || !h->place ? 99 : 85);
	}
	if (n->holder.version) {
		char *ip = arena_take(&a->block->arena, ADDRESS_TEXT_BYTES);
		address_text(&n->holder.ip, n->holder.version, ip);
		uint8_t known = KNOWN_OBSERVATION | (h->bindings & 1 << BINDING_DHCP ? KNOWN_AUTHORITY : 0);
		designate(a, d, count, n->holder.version == 4 ? DESIGNATION_IPV4 : DESIGNATION_IPV6, ip, known,
			  address_confidence(h));
	}
	designate_segment(a, n->holder.segment, d, count);
}

/* True when no other endpoint could carry the same set: a MAC the manufacturer gave, seen on its own link. */
static bool unique(const struct node *n)
{
	const struct node *h = estate_holder(n);
	return h->on_link && h->station && !h->station->virtual_mac && !(h->holder.mac[0] & 2);
}

/* ---- attributes ---- */

static const char *transport_name(uint8_t protocol)
{
	return protocol == 6 ? "tcp" : protocol == 17 ? "udp" : protocol == 132 ? "sctp" : NULL;
}

/* Copies a list, NULL-terminated. */
static const char *const *copy_list(struct asserter *a, const char *const *list)
{
	uint32_t n = 0;
	while (list[n])
		n++;
	const char **out = arena_take(&a->block->arena, (n + 1) * sizeof *out);
	for (uint32_t i = 0; i < n; i++)
		out[i] = copy(a, privacy_scrub(a->privacy, list[i], &a->block->arena));
	out[n] = NULL;
	return out;
}

/* Members of which names and addresses may be part: text from the wire, what certificates say, and what a switch or
 * its port is called. */
static bool speaks_freely(const char *name)
{
	static const char *const names[] = {"value", "subject", "issuer", "chassis", "port"};
	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void put_member(struct asserter *a, struct member *to, uint32_t *n, const struct member *m, const char *element)
{
	struct member out = *m;
	if (m->list) {
		out.list = copy_list(a, m->list);
	} else if (m->text) {
		const char *text = element ? privacy_apply(a->privacy, element, m->text, &a->block->arena) : m->text;
		if (!text)
			return;
		if (text == m->text && speaks_freely(m->name))
			text = privacy_scrub(a->privacy, text, &a->block->arena);
		out.text = text == m->text ? copy(a, text) : text;
	}
	to[(*n)++] = out;
}

static void port_members(struct member *to, uint32_t *n, const struct claim *c)
{
	const char *transport = transport_name(c->transport);
	if (!transport)
		return;
	to[(*n)++] = (struct member){.name = "transport", .text = transport};
	to[(*n)++] = (struct member){.name = "port", .number = c->port};
}

/* The element whose privacy rule the evidence of a statement falls under; NULL when none does. */
static const char *guarded_element(const struct statement_of *s)
{
	if (s->attribute == ATTRIBUTE_USER)
		return "userName";
	return s->has_designation ? assertion_designation_name(s->designation) : NULL;
}

/* A flow's identifier is a digest of its addresses, and there are few enough to try them all: who must not say an
 * address must not say that. */
static struct flow_tuple flow_of(const struct asserter *a, const struct support *s)
{
	const struct flow_tuple *t = &s->tuple;
	bool may_say = privacy_of_address(a->privacy, &t->src, t->version) == PRIVACY_KEEP &&
		       privacy_of_address(a->privacy, &t->dst, t->version) == PRIVACY_KEEP;
	return may_say ? *t : (struct flow_tuple){.version = 0};
}

static void put_evidence(struct asserter *a, struct attribute *t, const struct claim *c)
{
	struct evidence *e = arena_take(&a->block->arena, c->n_supports * sizeof *e);
	for (unsigned i = 0; i < c->n_supports; i++) {
		const struct support *s = claim_support(c, i);
		const struct statement_of *says = support_says(s);
		const char *element = guarded_element(says), *value = s->meaning->shown;
		const char *shown = element ? privacy_apply(a->privacy, element, value, &a->block->arena) : value;
		if (shown == value)
			shown = privacy_scrub(a->privacy, value, &a->block->arena);
		e[t->n_evidence++] = (struct evidence){
			.field = says->method,
			.value = shown ? (shown == value ? copy(a, shown) : shown) : "",
			.tuple = flow_of(a, s),
			.time_ns = s->time_ns,
			.source = a->source_name(a->source_context, s->source),
			.packet = s->number,
		};
	}
	t->evidence = e;
}

/* By which of its own words or packets a node was first seen. */
static const char *const presence_methods[BINDINGS] = {"packet.source", "ndp.target", "ndp.source", "arp.sender",
						       "arp.sender",    "dhcp.ack",   "ndp.router"};

static void put_presence_evidence(struct asserter *a, struct attribute *t, const struct claim *c, const char *value)
{
	const struct support *s = &c->first;
	struct evidence *e = arena_take(&a->block->arena, sizeof *e);
	t->method = presence_methods[s->index];
	*e = (struct evidence){
		.field = t->method,
		.value = value,
		.tuple = flow_of(a, s),
		.time_ns = s->time_ns,
		.source = a->source_name(a->source_context, s->source),
		.packet = s->number,
	};
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

/* The element whose privacy rule a member falls under: its own, but a certificate's fingerprint has a longer name. */
static const char *ruling_element(const struct statement_of *s, const struct member *m)
{
	bool certificate = s->attribute == ATTRIBUTE_CERTIFICATE && m->name && !strcmp(m->name, "fingerprint");
	return certificate ? assertion_designation_name(DESIGNATION_CERTIFICATE) : m->name;
}

static bool put_statement(struct asserter *a, struct attribute *t, const struct claim *c)
{
	const struct statement_of *s = support_says(claim_support(c, c->words));
	struct member *m = arena_take(&a->block->arena, (s->n_members + 2u) * sizeof *m);
	t->name = s->attribute;
	t->designation = s->designation;
	t->members = m;
	for (unsigned i = 0; i < s->n_members; i++)
		put_member(a, m, &t->n_members, &s->members[i], ruling_element(s, &s->members[i]));
	if (s->attribute == ATTRIBUTE_NAME && t->n_members) {
		m[0].text = privacy_apply(a->privacy, assertion_designation_name(s->designation), m[0].text,
					  &a->block->arena);
		t->n_members = m[0].text != NULL;
	}
	if (!t->n_members && s->attribute != ATTRIBUTE_SERVICE)
		return false;
	if (s->has_port)
		port_members(m, &t->n_members, c);
	for (unsigned i = 0; i < c->n_supports; i++)
		t->known |= support_says(claim_support(c, i))->known;
	t->confidence = c->confidence;
	t->method = s->method;
	t->signature = s->signature ? copy(a, s->signature) : NULL;
	put_evidence(a, t, c);
	return true;
}

/* ---- identifiers ---- */

static void add_text(struct buffer *b, const char *text)
{
	if (text)
		buffer_add(b, text, strlen(text) + 1);
}

static void name_assertion(struct asserter *a, struct assertion *s)
{
	struct buffer *b = &a->work;
	buffer_clear(b);
	struct {
		uint8_t component[16], endpoint[16];
		uint64_t start_ns, end_ns;
		uint32_t statement, open, has_endpoint, n;
	} head;
	memset(&head, 0, sizeof head);
	memcpy(head.component, a->component, 16);
	memcpy(head.endpoint, s->endpoint, 16);
	head.start_ns = s->start_ns;
	head.end_ns = s->end_ns;
	head.statement = s->statement;
	head.open = s->open;
	head.has_endpoint = s->has_endpoint;
	head.n = s->n_designations;
	buffer_add(b, &head, sizeof head);
	for (uint32_t i = 0; i < s->n_designations; i++) {
		add_text(b, s->designations[i].value);
		buffer_char(b, (char)s->designations[i].confidence);
	}
	for (uint32_t i = 0; i < s->n_attributes; i++) {
		const struct attribute *t = &s->attributes[i];
		add_text(b, assertion_attribute_name(t));
		add_text(b, t->method);
		buffer_char(b, (char)t->confidence);
		for (uint32_t k = 0; k < t->n_members; k++) {
			const struct member *m = &t->members[k];
			add_text(b, m->name);
			add_text(b, m->text);
			buffer_add(b, &m->number, sizeof m->number);
		}
	}
	hash_content(b->data, b->len, s->id); /* the same whenever a replay is repeated */
	s->id[6] = (uint8_t)(0x80 | (s->id[6] & 0x0f));
	s->id[8] = (uint8_t)(0x80 | (s->id[8] & 0x3f));
}

/* ---- sheaves ---- */

/* What one assertion may hold, so that it fits into a message with room to spare. */
#define MOST_ATTRIBUTES  8u
#define MOST_SHEAF_BYTES 12288u

static void begin(struct asserter *a, struct sheaf *h, const struct sheaf_key *key)
{
	struct assertion *s = &a->block->assertions[a->block->count];
	memset(s, 0, sizeof *s);
	*h = (struct sheaf){.key = *key, .assertion = s, .room = 1};
	h->designations = arena_take(&a->block->arena, MOST_DESIGNATIONS * sizeof *h->designations);
	h->attributes = arena_take(&a->block->arena, sizeof *h->attributes);
	s->designations = h->designations;
	s->attributes = h->attributes;
	s->statement = key->statement;
	s->has_endpoint = key->endpoint != NULL;
	if (key->endpoint) {
		memcpy(s->endpoint, key->endpoint->id, 16);
		s->unique = unique(key->node);
	}
	designate_holder(a, key->node, key->endpoint != NULL, h->designations, &s->n_designations);
	s->start_ns = key->start_ns;
	s->end_ns = key->end_ns;
	s->open = key->open;
	s->collected_ns = key->collected_ns;
}

static bool same_key(const struct sheaf_key *a, const struct sheaf_key *b)
{
	return a->node == b->node && a->endpoint == b->endpoint && a->statement == b->statement &&
	       a->start_ns == b->start_ns && a->end_ns == b->end_ns && a->open == b->open &&
	       a->collected_ns == b->collected_ns;
}

/* The assertion that is being made with this key, or the place for a new one, which is the oldest's. */
static struct sheaf *sheaf_for(struct asserter *a, const struct sheaf_key *key)
{
	make_room(a);
	for (uint32_t i = 0; i < SHEAVES; i++) {
		struct sheaf *h = &a->sheaves[i];
		if (h->assertion && same_key(&h->key, key) && h->assertion->n_attributes < MOST_ATTRIBUTES &&
		    h->assertion->n_designations < MOST_DESIGNATIONS && h->bytes < MOST_SHEAF_BYTES)
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
static void keep(struct asserter *a, struct sheaf *h, size_t taken_before)
{
	h->bytes += (uint32_t)(a->block->arena.taken_bytes - taken_before);
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

static void designate_by(struct asserter *a, struct sheaf *h, const struct statement_of *says)
{
	for (uint32_t i = 0; i < h->assertion->n_designations; i++)
		if (h->designations[i].name == says->designation &&
		    !strcmp(h->designations[i].value, says->designation_value))
			return;
	designate(a, h->designations, &h->assertion->n_designations, says->designation,
		  copy(a, says->designation_value), says->known, says->confidence);
}

void assert_claim(struct asserter *a, const struct claim *c, const struct endpoint *p, bool open, uint64_t now_ns)
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
					       .open = open,
				       });
	struct assertion *s = h->assertion;
	size_t taken = a->block->arena.taken_bytes;
	uint32_t designations = s->n_designations;
	if (says && says->has_designation)
		designate_by(a, h, says);
	struct attribute *t = next_attribute(a, h);
	if (s->n_designations &&
	    (c->presence ? put_presence(a, t, c, h->designations, s->n_designations) : put_statement(a, t, c))) {
		keep(a, h, taken);
		return;
	}
	s->n_designations = designations;
	let_go(h);
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
	size_t taken = a->block->arena.taken_bytes;
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
	keep(a, h, taken);
}
