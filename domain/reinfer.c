#include "domain/reinfer.h"

#include "classify/certificate.h"
#include "classify/meaning.h"
#include "classify/system.h"
#include "core/hash.h"
#include "domain/claim_text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FEATURES    2048 /* of one endpoint */
#define MOST_SAID        2048
#define MOST_FLOWS       1024 /* whose port is known */
#define MOST_CONCLUSIONS 16
#define MOST_MEMBERS     10

static const struct hash_key hash_salt = {0x7265696e666572ull, 0x6f6e6c6f6f6bull};

/* Fingerprints that are fields as they stand. */
static const struct {
	const char *kind;
	enum field field;
} fingerprints[] = {
	{"tcpSyn", FIELD_TCP_SYN},
	{"tcpSynAck", FIELD_TCP_SYN_ACK},
	{"dhcpParameters", FIELD_DHCP_PARAMETERS},
	{"ja4", FIELD_TLS_JA4},
};

struct port {
	const char *transport; /* NULL: none */
	uint32_t number;
};

/* What is compared: the same `of` is one thing, known in more or less detail. */
struct said {
	struct reinferred_claim claim;
	uint64_t of;        /* role and title, or the maker */
	const char *detail; /* version and package revision, or the model; "" */
	struct port port;
	bool system, derived;
	bool over; /* of what stood: it is not concluded any more */
	enum system_family family;
};

struct list {
	struct said *items;
	uint32_t n;
};

struct flow_port {
	uint64_t flow; /* hash of its Community ID */
	struct port port;
};

struct walk {
	const struct signature_set *signatures;
	struct signature_scratch *scratch;
	struct arena reading;  /* of one value */
	struct arena endpoint; /* of the endpoint at hand */
	reinfer_fn *fn;
	void *arg;
	struct reinfer_counts *counts;
	uint64_t seen[MOST_FEATURES];
	uint32_t n_seen;
	struct flow_port flows[MOST_FLOWS];
	uint32_t n_flows;
	struct list before, after;
	struct reinferred_claim gone[MOST_SAID], fresh[MOST_SAID];
};

/* A claim as it is kept, taken apart. */
struct kept {
	const struct claim *claim;
	json_t *value, *evidence;
};

static uint64_t hash_text(uint64_t h, const char *text)
{
	return text ? hash_combine(h, hash_bytes(&hash_salt, text, strlen(text))) : hash_combine(h, 0);
}

static const char *text_in(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *keep(struct walk *w, const char *text)
{
	const char *t = text && *text ? arena_text(&w->endpoint, text, strlen(text)) : NULL;
	return t;
}

static const char *static_transport(const char *text)
{
	static const char *const all[] = {"tcp", "udp", "sctp"};
	for (size_t i = 0; text && i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i], text))
			return all[i];
	return NULL;
}

static struct port port_in(const json_t *value)
{
	const json_t *number = json_object_get(value, "port");
	const char *transport = static_transport(text_in(value, "transport"));
	if (!transport || !json_is_integer(number))
		return (struct port){NULL, 0};
	return (struct port){transport, (uint32_t)json_integer_value(number)};
}

/* ---- which port a flow was to ---- */

static void learn_flows(struct walk *w, const struct kept *k)
{
	struct port port = port_in(k->value);
	const json_t *e;
	size_t i;
	json_array_foreach(k->evidence, i, e)
	{
		const char *flow = text_in(e, "communityId");
		if (port.transport && flow && w->n_flows < MOST_FLOWS)
			w->flows[w->n_flows++] = (struct flow_port){hash_text(0, flow), port};
	}
}

static struct port port_of_flow(const struct walk *w, const json_t *evidence)
{
	const char *flow = text_in(evidence, "communityId");
	uint64_t h = flow ? hash_text(0, flow) : 0;
	for (uint32_t i = 0; flow && i < w->n_flows; i++)
		if (w->flows[i].flow == h)
			return w->flows[i].port;
	return (struct port){NULL, 0};
}

static bool port_equal(struct port a, struct port b)
{
	return a.number == b.number && (a.transport == b.transport);
}

static bool ports_agree(struct port a, struct port b)
{
	return !a.transport || !b.transport || port_equal(a, b);
}

/* ---- what stands ---- */

static struct said *add(struct list *l)
{
	if (l->n == MOST_SAID)
		return NULL;
	struct said *s = &l->items[l->n++];
	*s = (struct said){.detail = "", .claim = {.placed = true}};
	return s;
}

static void name_software(struct said *s, const char *role, const char *title, const char *detail)
{
	s->of = hash_text(hash_text(1, role), title);
	s->detail = detail ? detail : "";
	s->system = role && !strcmp(role, software_role_name[ROLE_OPERATING_SYSTEM]);
	s->family = s->system && title ? system_family(title) : SYSTEM_NONE;
}

static const char *version_of(struct walk *w, const char *version, const char *revision)
{
	if (!version || !*version || !revision || !*revision)
		return version && *version ? keep(w, version) : NULL;
	size_t size = strlen(version) + strlen(revision) + 2;
	char *text = arena_take(&w->endpoint, size);
	if (text)
		snprintf(text, size, "%s-%s", version, revision);
	return text;
}

static void take_standing(struct walk *w, const struct kept *k)
{
	const struct claim *c = k->claim;
	bool hardware = claim_group(c) == GROUP_HARDWARE;
	bool labelled = c->signature && json_array_size(k->evidence) && json_is_object(k->value) &&
			(hardware || claim_group(c) == GROUP_SOFTWARE) && c->confidence > CONFIDENCE_WITHDRAWN;
	struct said *s = labelled ? add(&w->before) : NULL;
	if (!s)
		return;
	if (hardware) {
		s->of = hash_text(2, text_in(k->value, "manufacturer"));
		s->detail = keep(w, text_in(k->value, "model"));
	} else {
		name_software(
			s, text_in(k->value, "role"), text_in(k->value, "softwareTitle"),
			version_of(w, text_in(k->value, "softwareVersion"), text_in(k->value, "packageRevision")));
		s->port = port_in(k->value);
	}
	s->detail = s->detail ? s->detail : "";
	s->claim.start_ns = c->start_ns;
	s->claim.end_ns = c->end_ns;
	s->claim.attribute = (struct attribute){.name = hardware ? ATTRIBUTE_HARDWARE : ATTRIBUTE_SOFTWARE,
						.known = c->known,
						.confidence = c->confidence,
						.method = c->method,
						.signature = c->signature,
						.kept_value = c->value,
						.kept_evidence = c->evidence};
}

/* ---- what the set concludes ---- */

/* Something that was shown, and where that is known from. */
struct feature {
	enum field field;
	const char *text;
	const json_t *evidence;
	const struct kept *from;
	struct port port;
};

static void member(struct attribute *a, struct member *to, const char *name, const char *text)
{
	if (text)
		to[a->n_members++] = (struct member){.name = name, .text = text};
}

static void put_software(struct walk *w, struct said *s, struct member *m, const struct conclusion *c)
{
	struct attribute *a = &s->claim.attribute;
	const char *role = software_role_name[c->role];
	bool server_side = field_table[c->source].side == FIELD_SIDE_SERVER;
	a->name = ATTRIBUTE_SOFTWARE;
	member(a, m, "softwareTitle", keep(w, c->title));
	member(a, m, "softwareCreator", keep(w, c->creator));
	member(a, m, "softwareVersion", keep(w, c->version));
	member(a, m, "packageRevision", keep(w, c->revision));
	member(a, m, "softwareIdentifier", keep(w, c->cpe));
	member(a, m, "packageIdentifier", keep(w, c->purl));
	member(a, m, "role", role);
	name_software(s, role, c->title, version_of(w, c->version, c->revision));
	if (c->role != ROLE_SERVER && !(c->role == ROLE_LIBRARY && server_side)) {
		s->port = (struct port){NULL, 0};
		return;
	}
	s->claim.placed = s->port.transport != NULL;
	if (!s->claim.placed)
		return;
	member(a, m, "transport", s->port.transport);
	m[a->n_members++] = (struct member){.name = "port", .number = s->port.number};
}

static void put_hardware(struct walk *w, struct said *s, struct member *m, const struct conclusion *c)
{
	struct attribute *a = &s->claim.attribute;
	a->name = ATTRIBUTE_HARDWARE;
	member(a, m, "manufacturer", keep(w, c->creator));
	member(a, m, "model", keep(w, c->title));
	member(a, m, "kind", keep(w, c->hardware_kind));
	s->of = hash_text(2, c->creator && *c->creator ? c->creator : NULL);
	s->detail = keep(w, c->title);
	s->detail = s->detail ? s->detail : "";
	s->port = (struct port){NULL, 0};
}

/* The evidence as it is kept, octet for octet where it stands alone. */
static const char *evidence_text(struct walk *w, const struct feature *f)
{
	if (json_array_size(f->from->evidence) == 1)
		return f->from->claim->evidence;
	json_t *list = json_pack("[O]", f->evidence);
	char *text = json_dumps(list, JSON_COMPACT);
	const char *kept = keep(w, text);
	free(text);
	json_decref(list);
	return kept;
}

static void put_conclusion(struct walk *w, const struct feature *f, const struct conclusion *c)
{
	struct member *m = arena_take(&w->endpoint, MOST_MEMBERS * sizeof *m);
	struct said *s = m ? add(&w->after) : NULL;
	if (!s)
		return;
	unsigned most = field_read_as(f->field) != f->field ? field_table[f->field].confidence : 100;
	struct attribute *a = &s->claim.attribute;
	s->port = f->port;
	*a = (struct attribute){.known = field_concluded(f->field),
				.confidence = c->confidence < most ? c->confidence : (uint8_t)most,
				.method = field_table[f->field].name,
				.signature = keep(w, c->signature),
				.kept_evidence = evidence_text(w, f),
				.members = m};
	s->derived = a->known == KNOWN_DERIVED;
	s->claim.start_ns = f->from->claim->start_ns;
	s->claim.end_ns = f->from->claim->end_ns;
	if (c->kind == CONCLUDES_HARDWARE)
		put_hardware(w, s, m, c);
	else
		put_software(w, s, m, c);
}

static void conclude(struct walk *w, const struct feature *f)
{
	struct conclusion found[MOST_CONCLUSIONS];
	arena_reset(&w->reading);
	size_t n = signature_match(w->signatures, w->scratch, field_read_as(f->field), f->text, strlen(f->text),
				   &w->reading, found, MOST_CONCLUSIONS);
	w->counts->features++;
	for (size_t i = 0; i < n; i++)
		if (found[i].kind == CONCLUDES_HARDWARE || (found[i].kind == CONCLUDES_SOFTWARE && found[i].title))
			put_conclusion(w, f, &found[i]);
}

/* A feature is read once for an endpoint, a port and a time. */
static void feature(struct walk *w, enum field field, const char *text, const json_t *evidence, const struct kept *k)
{
	struct feature f = {field, text, evidence, k, port_in(k->value)};
	if (field == FIELDS || !text)
		return;
	if (!f.port.transport && field_table[field].side == FIELD_SIDE_SERVER)
		f.port = port_of_flow(w, evidence);
	uint64_t h = hash_combine(hash_text(field, text), hash_combine(f.port.number, k->claim->start_ns));
	for (uint32_t i = 0; i < w->n_seen; i++)
		if (w->seen[i] == h)
			return;
	if (w->n_seen == MOST_FEATURES) {
		w->counts->unread++;
		return;
	}
	w->seen[w->n_seen++] = h;
	conclude(w, &f);
}

/* The evidence of a certificate is its fingerprint; what is read of it stands in the claim. */
static void certificate_of(struct walk *w, const struct kept *k)
{
	const struct certificate c = {.subject = text_in(k->value, "subject"), .issuer = text_in(k->value, "issuer")};
	const json_t *e = json_array_get(k->evidence, 0);
	const char *field = text_in(e, "field");
	if (!field || field_by_name(field) != FIELD_TLS_CERTIFICATE)
		return;
	feature(w, FIELD_TLS_CERTIFICATE_SUBJECT, certificate_maker(&c, &w->endpoint), e, k);
	feature(w, FIELD_TLS_CERTIFICATE_ISSUER, c.issuer, e, k);
}

static void take_features(struct walk *w, const struct kept *k)
{
	const char *kind = text_in(k->value, "kind");
	const json_t *e = json_array_get(k->evidence, 0);
	size_t i;
	if (!strcmp(k->claim->kind, "certificate"))
		certificate_of(w, k);
	for (i = 0; kind && !strcmp(k->claim->kind, "fingerprint") && i < sizeof fingerprints / sizeof *fingerprints;
	     i++)
		if (!strcmp(kind, fingerprints[i].kind))
			feature(w, fingerprints[i].field, text_in(k->value, "value"), e, k);
	if (!strcmp(k->claim->kind, "banner") && text_in(k->value, "field"))
		feature(w, field_by_name(text_in(k->value, "field")), text_in(k->value, "value"), e, k);
	json_array_foreach(k->evidence, i, e)
	{
		const char *field = text_in(e, "field");
		feature(w, field ? field_by_name(field) : FIELDS, text_in(e, "value"), e, k);
	}
}

/* ---- the difference ---- */

/* What is said without a detail is said by every detail. */
static bool says(const char *detail, const char *wanted)
{
	return !*wanted || !strcmp(detail, wanted) || detail_refines(detail, wanted);
}

static bool same(const struct said *a, const struct said *b)
{
	return a->of == b->of && !strcmp(a->detail, b->detail) && ports_agree(a->port, b->port);
}

/* What stands says it already, or more: a finer version, or a system of whose stack this is. */
static bool covered(const struct said *new, const struct said *standing)
{
	if (new->of == standing->of && says(standing->detail, new->detail) && ports_agree(new->port, standing->port))
		return true;
	return new->system &&new->derived && standing->system &&system_agree(new->family, standing->family);
}

static bool any(const struct list *l, const struct said *s, bool (*is)(const struct said *, const struct said *))
{
	for (uint32_t i = 0; i < l->n; i++)
		if (!l->items[i].over && is(s, &l->items[i]))
			return true;
	return false;
}

/* What is over covers nothing: those that are gone are found first. */
static uint32_t only_in(const struct list *these, const struct list *others,
			bool (*is)(const struct said *, const struct said *), struct reinferred_claim *out)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < these->n; i++) {
		struct said *s = &these->items[i];
		if (any(others, s, is))
			continue;
		s->over = true;
		s->claim.again = false;
		for (uint32_t j = 0; j < i && !s->claim.again; j++)
			s->claim.again = these->items[j].of == s->of && !strcmp(these->items[j].detail, s->detail) &&
					 port_equal(these->items[j].port, s->port);
		out[n++] = s->claim;
	}
	return n;
}

static bool tell(struct walk *w, const struct inventory_endpoint *e)
{
	struct reinferred what = {.endpoint = e, .gone = w->gone, .fresh = w->fresh};
	what.n_gone = only_in(&w->before, &w->after, same, w->gone);
	what.n_fresh = only_in(&w->after, &w->before, covered, w->fresh);
	if (!what.n_gone && !what.n_fresh)
		return true;
	w->counts->changed++;
	return w->fn(w->arg, &what);
}

/* What was withdrawn by who observed was never true of the endpoint; what was by a re-inference, which names no
 * signature for that, was shown all the same. */
static bool was_shown(const struct claim *c)
{
	return c->confidence > CONFIDENCE_WITHDRAWN ||
	       (!c->signature && (claim_group(c) == GROUP_SOFTWARE || claim_group(c) == GROUP_HARDWARE));
}

static void for_each(struct walk *w, const struct inventory_endpoint *e,
		     void (*take)(struct walk *w, const struct kept *k))
{
	for (uint32_t i = 0; i < e->n_all; i++) {
		const struct claim *c = &e->all[i];
		if (!was_shown(c))
			continue;
		struct kept k = {c, json_loads(c->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL),
				 c->evidence ? json_loads(c->evidence, JSON_ALLOW_NUL, NULL) : NULL};
		take(w, &k);
		json_decref(k.value);
		json_decref(k.evidence);
	}
}

static bool each(void *arg, const struct inventory_endpoint *e)
{
	struct walk *w = arg;
	w->n_seen = w->n_flows = w->before.n = w->after.n = 0;
	arena_reset(&w->endpoint);
	w->counts->endpoints++;
	for_each(w, e, learn_flows);
	for_each(w, e, take_standing);
	for_each(w, e, take_features);
	return tell(w, e);
}

int reinfer(struct repository *r, const struct inventory_filter *filter, const struct signature_set *signatures,
	    reinfer_fn *fn, void *arg, struct reinfer_counts *counts, struct error *error)
{
	struct walk *w = calloc(1, sizeof *w);
	*counts = (struct reinfer_counts){0};
	if (!w)
		return error_set(error, ERROR_FAILED, "no memory for the signatures");
	w->signatures = signatures;
	w->fn = fn;
	w->arg = arg;
	w->counts = counts;
	w->scratch = signature_scratch_new(signatures);
	w->before.items = calloc(MOST_SAID, sizeof *w->before.items);
	w->after.items = calloc(MOST_SAID, sizeof *w->after.items);
	arena_init(&w->reading, 16384, 0);
	arena_init(&w->endpoint, 65536, 0);
	int code = w->scratch && w->before.items && w->after.items
			   ? inventory_each(r, filter, each, w, error)
			   : error_set(error, ERROR_FAILED, "no memory for the signatures");
	arena_fini(&w->reading);
	arena_fini(&w->endpoint);
	signature_scratch_free(w->scratch);
	free(w->before.items);
	free(w->after.items);
	free(w);
	return code;
}
