#include "classify/crowd.h"

#include "classify/knowledge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CROWDS 65536u
#define MOST_CLAIMS 1024u /* of a node that are looked at: who shows more makes it up */
#define SOFTWARE    16u   /* families told by words; below: by how connections begin */
#define VERSIONS    20u   /* families with a version told by words */
#define PERSONAS    32u

enum family { FAMILY_LINUX, FAMILY_WINDOWS, FAMILY_APPLE, FAMILY_BSD, FAMILIES };

static const char *const family_names[FAMILIES] = {"Linux", "Windows", "Apple", "BSD"};

/* The options of a first segment in their order, and the initial TTL: what these kernels have sent for years. */
static const struct {
	const char *layout;
	uint8_t ttl, family;
} stacks[] = {
	{"mss,sok,ts,nop,ws", 64, FAMILY_LINUX},         {"mss,nop,nop,sok,nop,ws", 64, FAMILY_LINUX},
	{"mss,nop,ws,nop,nop,sok", 128, FAMILY_WINDOWS}, {"mss,nop,ws,sok,ts", 128, FAMILY_WINDOWS},
	{"mss,nop,nop,sok", 128, FAMILY_WINDOWS},        {"mss,nop,ws,nop,nop,ts,sok,eol+1", 64, FAMILY_APPLE},
	{"mss,nop,ws,sok,ts", 64, FAMILY_BSD},           {"mss,nop,nop,sok,nop,ws,nop,nop,ts", 64, FAMILY_BSD},
};

/* How titles of operating systems begin. */
static const struct {
	const char *title;
	uint8_t family;
} systems[] = {
	{"Windows", FAMILY_WINDOWS}, {"macOS", FAMILY_APPLE},    {"Mac OS", FAMILY_APPLE},  {"OS X", FAMILY_APPLE},
	{"iOS", FAMILY_APPLE},       {"iPadOS", FAMILY_APPLE},   {"Android", FAMILY_LINUX}, {"Linux", FAMILY_LINUX},
	{"Debian", FAMILY_LINUX},    {"Ubuntu", FAMILY_LINUX},   {"Fedora", FAMILY_LINUX},  {"CentOS", FAMILY_LINUX},
	{"Red Hat", FAMILY_LINUX},   {"Raspbian", FAMILY_LINUX}, {"SUSE", FAMILY_LINUX},    {"Alpine", FAMILY_LINUX},
	{"FreeBSD", FAMILY_BSD},     {"OpenBSD", FAMILY_BSD},    {"NetBSD", FAMILY_BSD},
};

/* Versions that browsers tell apart, as major * 100 + minor: between them lies more than an update. What browsers have
 * frozen is one: Windows from 10 on, iOS from 18 on; and Android 10, which is what they say of any, is none. */
static const struct {
	const char *title;
	uint16_t from, to;
	uint8_t persona;
} versions[] = {
	{"Windows", 500, 600, 20},   {"Windows", 601, 601, 21},   {"Windows", 602, 603, 22},
	{"Windows", 700, 700, 21},   {"Windows", 800, 801, 22},   {"Windows", 1000, 1199, 23},
	{"iOS", 800, 1599, 24},      {"iOS", 1600, 1699, 25},     {"iOS", 1700, 1799, 26},
	{"iOS", 1800, 9999, 27},     {"Android", 400, 999, 28},   {"Android", 1100, 1299, 29},
	{"Android", 1300, 1399, 30}, {"Android", 1400, 9999, 31},
};

/* The personas of a family that have a version. */
static const uint32_t versions_of[FAMILIES] = {
	[FAMILY_LINUX] = 0xfu << 28, [FAMILY_WINDOWS] = 0xfu << 20, [FAMILY_APPLE] = 0xfu << 24};

/* Whose words count: programs that speak for themselves. File sharing says what others want to hear. */
static const char *const spoken_by[] = {"http.", "quic.", "ssh."};

/* ---- what a claim shows ---- */

/* The n-th part of a fingerprint, between colons. */
static const char *part(const char *text, unsigned n, size_t *len)
{
	while (n-- && text)
		text = (text = strchr(text, ':')) ? text + 1 : NULL;
	*len = text ? strcspn(text, ":") : 0;
	return text;
}

/* The persona of a SYN, with whether a router has lowered its TTL; PERSONAS when it is none that is known. */
static unsigned stack_of(const char *syn)
{
	size_t ttl_len, len;
	const char *ttl_text = part(syn, 1, &ttl_len), *layout = part(syn, 5, &len);
	if (!ttl_text || !layout)
		return PERSONAS;
	unsigned ttl = (unsigned)strtoul(ttl_text, NULL, 10), initial = ttl <= 64 ? 64 : 128;
	if (ttl < 30 || ttl > 128)
		return PERSONAS;
	for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++)
		if (stacks[i].ttl == initial && strlen(stacks[i].layout) == len &&
		    !memcmp(stacks[i].layout, layout, len))
			return 2u * stacks[i].family + (ttl != initial);
	return PERSONAS;
}

/* The persona of a browser's system and its version; PERSONAS when the version tells nothing. */
static unsigned version_of(const struct statement_of *s)
{
	char *end;
	if (!s->detail || strcmp(s->method, "http.userAgent") != 0)
		return PERSONAS;
	unsigned long major = strtoul(s->detail, &end, 10), minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	unsigned long version = 100 * major + (minor < 100 ? minor : 99);
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (!strcmp(versions[i].title, s->title) && versions[i].from <= version && version <= versions[i].to)
			return versions[i].persona;
	return PERSONAS;
}

static unsigned system_of(const struct statement_of *s)
{
	bool counts = false;
	if (!strcmp(s->method, field_table[FIELD_HTTP_DOUBTFUL_AGENT].name)) /* who lies about itself is not another */
		return PERSONAS;
	for (size_t i = 0; i < sizeof spoken_by / sizeof *spoken_by; i++)
		counts |= !strncmp(s->method, spoken_by[i], strlen(spoken_by[i]));
	for (size_t i = 0; counts && s->title && i < sizeof systems / sizeof *systems; i++)
		if (!strncmp(s->title, systems[i].title, strlen(systems[i].title))) {
			unsigned version = version_of(s);
			return version < PERSONAS ? version : SOFTWARE + systems[i].family;
		}
	return PERSONAS;
}

/* A family without a version may be any of its versions. */
static uint32_t distinct(uint32_t set)
{
	for (unsigned f = 0; f < FAMILIES; f++)
		if (set & versions_of[f])
			set &= ~(1u << (SOFTWARE + f));
	return set;
}

static enum family family_of(unsigned persona)
{
	if (persona < VERSIONS)
		return (enum family)(persona < SOFTWARE ? persona / 2 : persona - SOFTWARE);
	unsigned f = 0;
	while (!(versions_of[f] >> persona & 1))
		f++;
	return (enum family)f;
}

static unsigned persona_of(const struct claim *c)
{
	const struct statement_of *s = claim_says(c);
	if (!s)
		return PERSONAS;
	if (s->software)
		return s->role == ROLE_OPERATING_SYSTEM ? system_of(s) : PERSONAS;
	if (s->attribute != ATTRIBUTE_FINGERPRINT || s->n_members < 2 || strcmp(s->members[0].text, "tcpSyn") != 0)
		return PERSONAS;
	return stack_of(s->members[1].text);
}

size_t crowd_of_one(unsigned count, const char *syn, char *out, size_t room)
{
	unsigned persona = stack_of(syn);
	const char *name = persona < SOFTWARE ? family_names[persona / 2] : "unknown";
	size_t len = (size_t)snprintf(out, room, "%u", count);
	for (unsigned i = 0; i < count && len < room; i++)
		len += (size_t)snprintf(out + len, room - len, ";%s", name);
	return len < room ? len : room - 1;
}

/* ---- nodes that show more than one ---- */

static bool make_room(struct crowds *c)
{
	if (c->count < c->room)
		return true;
	uint32_t room = c->room ? 2 * c->room : 64;
	struct node **nodes = room <= MOST_CROWDS ? realloc(c->nodes, room * sizeof(struct node *)) : NULL;
	if (!nodes)
		return false;
	c->nodes = nodes;
	c->room = room;
	return true;
}

void crowds_fini(struct crowds *c)
{
	free(c->nodes);
}

void crowd_note(struct registry *r, struct claim *c)
{
	struct node *n = c->node;
	unsigned persona = persona_of(c);
	if (persona == PERSONAS)
		return;
	n->personas |= 1u << persona;
	uint32_t shown = distinct(n->personas);
	if (n->crowd || !(shown & (shown - 1)) || !make_room(&r->crowds))
		return;
	r->crowds.nodes[r->crowds.count++] = n;
	n->crowd = r->crowds.count;
}

void crowd_drop(struct registry *r, struct node *n)
{
	if (!n->crowd)
		return;
	struct node *last = r->crowds.nodes[--r->crowds.count];
	r->crowds.nodes[n->crowd - 1] = last;
	last->crowd = n->crowd;
	n->crowd = 0;
}

/* ---- judging ---- */

/* When a persona was shown, and by which claim first. */
struct persona {
	const struct claim *claim;
	uint64_t first_ns, last_ns;
};

static void gather(const struct node *n, struct persona out[PERSONAS])
{
	unsigned seen = 0;
	memset(out, 0, PERSONAS * sizeof *out);
	for (const struct claim *c = n->claims; c && seen < MOST_CLAIMS; c = c->next_of_node, seen++) {
		unsigned which = persona_of(c);
		if (which == PERSONAS)
			continue;
		if (which < SOFTWARE && !n->on_link) /* how far away it is says nothing of who it is */
			which &= ~1u;
		struct persona *p = &out[which];
		if (!p->claim || c->first_ns < p->first_ns || (c->first_ns == p->first_ns && c->key < p->claim->key)) {
			p->claim = c;
			p->first_ns = c->first_ns;
		}
		p->last_ns = c->last_ns > p->last_ns ? c->last_ns : p->last_ns;
	}
}

/* A family without a version is nothing beside one of its versions. */
static bool comparable(unsigned i, unsigned k)
{
	return i < SOFTWARE || family_of(i) != family_of(k) || (i >= VERSIONS && k >= VERSIONS);
}

/* The set of personas between `from` and `to` that interlock with another. */
static uint32_t interlocked(const struct persona p[PERSONAS], unsigned from, unsigned to)
{
	uint32_t set = 0;
	for (unsigned i = from; i < to; i++)
		for (unsigned k = from; k < i; k++)
			if (p[i].claim && p[k].claim && comparable(i, k) && p[i].first_ns <= p[k].last_ns &&
			    p[k].first_ns <= p[i].last_ns)
				set |= 1u << i | 1u << k;
	return distinct(set);
}

/* "2;Linux;Windows" */
static size_t write_value(uint32_t set, char *out, size_t room)
{
	int n = snprintf(out, room, "%d", __builtin_popcount(set));
	for (uint32_t left = set; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		const char *name = family_names[family_of(i)];
		bool twin = i < SOFTWARE && i & 1 && set & 1u << (i - 1); /* the family is there without, too */
		n += snprintf(out + n, room - (size_t)n, ";%s%s", name, twin ? " with a lowered TTL" : "");
	}
	return (size_t)n;
}

static void add_support(struct registry *r, struct claim *c, const struct support *from, struct meaning *m,
			uint16_t index)
{
	if (c->n_supports == 1 && !c->more)
		c->more = slab_get(&r->supports);
	if (c->n_supports == CLAIM_SUPPORTS || (c->n_supports && !c->more))
		return;
	struct support *to = c->n_supports ? &c->more[c->n_supports - 1] : &c->first;
	*to = *from;
	to->meaning = m;
	to->index = index;
	meaning_hold(m);
	c->n_supports++;
}

/* A claim of the node, with the first packet that showed each of the personas. */
static struct claim *make_claim(struct registry *r, struct node *n, struct meaning *m, const struct persona p[PERSONAS],
				uint32_t set, const struct observation *o)
{
	struct claim *c = knowledge_claim(r, n, knowledge_key(r, &n->holder, &m->says[0], m->says[0].full, o), o);
	if (!c || c->n_supports)
		return c;
	for (uint32_t left = set; left; left &= left - 1) {
		const struct claim *shown = p[__builtin_ctz(left)].claim;
		if (!shown)
			continue;
		if (!c->n_supports) /* the words, where the first was seen */
			add_support(r, c, &shown->first, m, 0);
		add_support(r, c, &shown->first, shown->first.meaning, shown->first.index);
	}
	return c;
}

/* From when on, and until when, there were several: the second that began, and the last but one that ended. */
static void span(const struct persona p[PERSONAS], uint32_t set, uint64_t *from_ns, uint64_t *to_ns)
{
	uint64_t least = UINT64_MAX, most = 0;
	*from_ns = UINT64_MAX;
	*to_ns = 0;
	for (; set; set &= set - 1) {
		const struct persona *q = &p[__builtin_ctz(set)];
		if (q->first_ns < least) {
			*from_ns = least;
			least = q->first_ns;
		} else if (q->first_ns < *from_ns) {
			*from_ns = q->first_ns;
		}
		if (q->last_ns > most) {
			*to_ns = most;
			most = q->last_ns;
		} else if (q->last_ns > *to_ns) {
			*to_ns = q->last_ns;
		}
	}
}

static void judge(struct registry *r, struct node *n)
{
	struct persona p[PERSONAS];
	char value[160];
	gather(n, p);
	uint32_t stacks_set = interlocked(p, 0, SOFTWARE), systems_set = interlocked(p, SOFTWARE, PERSONAS);
	uint32_t set = stacks_set ? stacks_set : systems_set;
	if (!set)
		return;
	size_t len = write_value(set, value, sizeof value);
	struct hash_key key = {r->seed, ~r->seed};
	struct meaning *m = meaning_get(r->meanings, FIELD_SYSTEMS, hash_bytes(&key, value, len), value, len);
	if (!m)
		return;
	struct observation o = {.holder = n->holder};
	uint64_t last_ns;
	span(p, set, &o.time_ns, &last_ns);
	struct claim *c = m->n ? make_claim(r, n, m, p, set, &o) : NULL;
	meaning_put(r->meanings, m);
	if (!c)
		return;
	if (n->crowd_claim && n->crowd_claim != c)
		saying_close(r, n->crowd_claim);
	n->crowd_claim = c;
	c->fixed = stacks_set && systems_set ? 95 : stacks_set ? 90 : 60;
	c->last_ns = last_ns > c->last_ns ? last_ns : c->last_ns;
	o.time_ns = c->last_ns;
	knowledge_shown(r, c, &o);
}

void crowd_judge(struct registry *r)
{
	for (uint32_t i = 0; i < r->crowds.count; i++)
		if (r->crowds.nodes[i]->endpoint)
			judge(r, r->crowds.nodes[i]);
}
