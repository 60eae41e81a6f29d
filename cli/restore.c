#include "cli/restore.h"

#include "classify/signature.h"
#include "domain/claim_text.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct list {
	struct known_endpoint *items;
	size_t n, room;
	bool failed;
};

static void add(struct list *l, const struct holder *founder, const uint8_t id[16])
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		struct known_endpoint *items = realloc(l->items, room * sizeof *items);
		if (!items) {
			l->failed = true;
			return;
		}
		l->items = items;
		l->room = room;
	}
	l->items[l->n].founder = *founder;
	memcpy(l->items[l->n++].id, id, 16);
}

#define OVERLAY 0x80000000u /* as decoding marks an overlay's network among segments */

#define MOST_SEGMENTS 8

struct segments {
	uint32_t of[MOST_SEGMENTS], n;
};

static void add_segment(struct segments *s, uint32_t segment)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->of[i] == segment)
			return;
	if (s->n < MOST_SEGMENTS)
		s->of[s->n++] = segment;
}

/* The numbers of one kind that an endpoint has. */
static struct segments numbers_of(const struct stored_endpoint *e, const char *kind, uint32_t mark)
{
	struct segments s = {.n = 0};
	char text[16];
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (!strcmp(e->claims[i].kind, kind) && claim_text(&e->claims[i], NULL, text, sizeof text))
			add_segment(&s, (uint32_t)strtoul(text, NULL, 10) | mark);
	return s;
}

/* The segments an endpoint is known in: one at least, which is 0 where it is known in none. Which of the outer tags
 * goes with which of the inner is not kept: all are tried. */
static uint32_t segments_of(const struct stored_endpoint *e, uint32_t out[MOST_SEGMENTS])
{
	struct segments outer = numbers_of(e, "vlanId", 0), inner = numbers_of(e, "dot1qCustomerVlanId", 0),
			all = numbers_of(e, "layer2SegmentId", OVERLAY);
	for (uint32_t i = 0; i < outer.n; i++)
		for (uint32_t j = 0; j < inner.n || (!j && !inner.n); j++)
			add_segment(&all, (outer.of[i] & 0xfff) | (inner.n ? inner.of[j] & 0xfff : 0) << 12);
	if (!all.n)
		add_segment(&all, 0);
	memcpy(out, all.of, all.n * sizeof *out);
	return all.n;
}

/* Adds a founder for every designation of one kind. Returns how many there were. */
static unsigned add_macs(struct list *l, const struct stored_endpoint *e, uint32_t segment)
{
	unsigned n = 0;
	char text[ADDRESS_TEXT_BYTES];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		struct holder h = {.segment = segment};
		if (strcmp(e->claims[i].kind, "macAddress") || !claim_text(&e->claims[i], NULL, text, sizeof text) ||
		    !mac_parse(text, h.mac))
			continue;
		add(l, &h, e->id);
		n++;
	}
	return n;
}

static void add_addresses(struct list *l, const struct stored_endpoint *e, uint32_t segment)
{
	char text[ADDRESS_TEXT_BYTES];
	for (uint32_t i = 0; i < e->n_claims; i++) {
		struct holder h = {.segment = segment};
		const char *kind = e->claims[i].kind;
		if ((strcmp(kind, "ipv4Address") && strcmp(kind, "ipv6Address")) ||
		    !claim_text(&e->claims[i], NULL, text, sizeof text) || !(h.version = address_parse(text, &h.ip)))
			continue;
		add(l, &h, e->id);
	}
}

/* Which of its names it has in which of its segments is not kept: all are tried. */
static void add_endpoint(struct list *l, const struct stored_endpoint *e, const uint32_t *segments, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!add_macs(l, e, segments[i]))
			add_addresses(l, e, segments[i]);
}

/* Those of several segments, and those of one, which know what is theirs; and what they had. */
struct lists {
	struct list several, one;
	struct recalled *known;
	size_t room;
	bool failed;
};

static struct known_software *new_software(struct lists *l)
{
	struct recalled *k = l->known;
	if (k->n_software == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		struct known_software *more = realloc(k->software, room * sizeof *more);
		if (!more)
			return NULL;
		k->software = more;
		l->room = room;
	}
	return &k->software[k->n_software++];
}

static uint8_t role_of(const char *text)
{
	uint8_t role = 0;
	while (role < ROLES && strcmp(software_role_name[role], text))
		role++;
	return role;
}

static uint8_t transport_of(const char *text)
{
	return !strcmp(text, "tcp")    ? IPPROTO_TCP
	       : !strcmp(text, "udp")  ? IPPROTO_UDP
	       : !strcmp(text, "sctp") ? IPPROTO_SCTP
				       : 0;
}

static void add_software(struct lists *l, const struct claim *c, const uint8_t *id)
{
	struct arena *texts = &l->known->texts;
	char title[512], version[512], role[32], transport[16] = "", port[16] = "";
	if (!claim_text(c, "softwareTitle", title, sizeof title) || !claim_text(c, "role", role, sizeof role))
		return;
	bool versioned = claim_text(c, "softwareVersion", version, sizeof version) && *version;
	struct known_software *s = new_software(l);
	if (!s) {
		l->failed = true;
		return;
	}
	if (!claim_text(c, "transport", transport, sizeof transport) || !claim_text(c, "port", port, sizeof port))
		*transport = *port = 0;
	*s = (struct known_software){
		.of = {.id = id,
		       .title = arena_text(texts, title, strlen(title)),
		       .role = role_of(role),
		       .transport = transport_of(transport),
		       .port = (uint16_t)strtoul(port, NULL, 10)},
		.version = versioned ? arena_text(texts, version, strlen(version)) : NULL,
		.last_ns = c->end_ns,
	};
	l->failed |= !s->of.title || (versioned && !s->version);
}

static void add_all_software(struct lists *l, const struct stored_endpoint *e)
{
	const uint8_t *id = NULL;
	for (uint32_t i = 0; i < e->n_claims && !l->failed; i++) {
		const struct claim *c = &e->claims[i];
		if (strcmp(c->kind, "softwareInstance") || c->confidence <= CONFIDENCE_WITHDRAWN)
			continue;
		if (!id) {
			uint8_t *kept = arena_take(&l->known->texts, sizeof e->id);
			if (kept)
				memcpy(kept, e->id, sizeof e->id);
			id = kept;
			l->failed |= !kept;
		}
		if (id)
			add_software(l, c, id);
	}
}

static bool take(void *arg, const struct stored_endpoint *e)
{
	struct lists *l = arg;
	uint32_t segments[MOST_SEGMENTS], n = segments_of(e, segments);
	if (!e->merged) {
		add_endpoint(n > 1 ? &l->several : &l->one, e, segments, n);
		add_all_software(l, e);
	}
	return !l->several.failed && !l->one.failed && !l->failed;
}

/* The first list with the second behind it, so that what the second says holds. */
static bool append(struct list *l, const struct list *more)
{
	struct known_endpoint *items = realloc(l->items, (l->n + more->n + 1) * sizeof *items);
	if (!items)
		return false;
	if (more->n)
		memcpy(items + l->n, more->items, more->n * sizeof *items);
	l->items = items;
	l->n += more->n;
	return true;
}

int restore_known(struct repository *r, struct recalled *out, struct error *error)
{
	struct lists l = {.known = out};
	*out = (struct recalled){.endpoints = NULL};
	arena_init(&out->texts, 64u << 10, 0);
	int code = repository_endpoints(r, NULL, take, &l, error);
	bool whole = !l.failed && !l.several.failed && !l.one.failed && append(&l.several, &l.one);
	if (code == 0 && !whole)
		code = error_set(error, ERROR_FAILED, "no memory for the endpoints the repository knows");
	free(l.one.items);
	out->endpoints = l.several.items;
	out->n_endpoints = l.several.n;
	if (code < 0)
		restore_free(out);
	return code < 0 ? code : 0;
}

void restore_free(struct recalled *known)
{
	free(known->endpoints);
	free(known->software);
	arena_fini(&known->texts);
	*known = (struct recalled){.endpoints = NULL};
}
