#include "domain/stored_assertion.h"

#include "export/json.h"

#include <string.h>

#define TEXTS_BLOCK (64u << 10)

void stored_assertion_maker_init(struct stored_assertion_maker *m)
{
	memset(m, 0, sizeof *m);
	arena_init(&m->texts, TEXTS_BLOCK, 8 * STORED_MOST_OCTETS);
}

void stored_assertion_maker_fini(struct stored_assertion_maker *m)
{
	arena_fini(&m->texts);
	buffer_fini(&m->line);
	buffer_fini(&m->piece);
}

/* Attributes that are no names; userName is both and has its bit with the names. */
static const char *const attributes[] = {"softwareInstance", "service",          "hardware",
					 "certificate",      "networkInterface", "location",
					 "fingerprint",      "banner",           "event"};

const char *stored_kind_name(unsigned bit)
{
	if (bit < DESIGNATIONS)
		return assertion_designation_name((enum designation_name)bit);
	bit -= DESIGNATIONS;
	if (bit < sizeof attributes / sizeof *attributes)
		return attributes[bit];
	return bit == sizeof attributes / sizeof *attributes ? "other" : NULL;
}

uint64_t stored_kind_bit(const char *kind)
{
	unsigned bit = 0;
	for (; stored_kind_name(bit + 1); bit++)
		if (strcmp(kind, stored_kind_name(bit)) == 0)
			break;
	return 1ull << bit;
}

bool stored_assertion_is_report(const struct stored_assertion *a)
{
	uint32_t reports = 0;
	for (uint32_t i = 0; i < a->n_claims; i++)
		if (!a->claims[i].implied && a->claims[i].known != KNOWN_SELF)
			return false;
		else
			reports += !a->claims[i].implied;
	return reports > 0;
}

static uint64_t whole_us(uint64_t time_ns)
{
	return time_ns - time_ns % 1000;
}

/* What was written into `piece`, kept; NULL when the heap is out. */
static const char *keep_piece(struct stored_assertion_maker *m)
{
	return m->piece.failed ? NULL : arena_text(&m->texts, m->piece.data, m->piece.len);
}

static struct claim *add(struct stored_assertion_maker *m, struct stored_assertion *out, const char *kind)
{
	struct claim *c = &m->claims[out->n_claims++];
	*c = (struct claim){.kind = kind, .start_ns = out->start_ns, .end_ns = out->end_ns, .open = out->open};
	out->kinds |= stored_kind_bit(kind);
	return c;
}

static bool add_designation(struct stored_assertion_maker *m, struct stored_assertion *out, const struct designation *d)
{
	struct claim *c = add(m, out, assertion_designation_name(d->name));
	buffer_clear(&m->piece);
	json_text(&m->piece, d->value);
	c->value = keep_piece(m);
	c->known = d->known;
	c->confidence = d->confidence;
	c->implied = true;
	return c->value;
}

static bool add_attribute(struct stored_assertion_maker *m, struct stored_assertion *out, const struct attribute *t)
{
	struct claim *c = add(m, out, assertion_attribute_name(t));
	buffer_clear(&m->piece);
	json_value(&m->piece, t);
	c->value = keep_piece(m);
	c->known = t->known;
	c->confidence = t->confidence;
	c->method = t->method;
	c->signature = t->signature;
	if (!json_has_evidence(t))
		return c->value;
	buffer_clear(&m->piece);
	json_attribute_evidence(&m->piece, t);
	c->evidence = keep_piece(m);
	return c->value && c->evidence;
}

static const char *member_text(const struct attribute *t, const char *name)
{
	for (uint32_t i = 0; i < t->n_members; i++)
		if (t->members[i].name && strcmp(t->members[i].name, name) == 0)
			return t->members[i].text;
	return NULL;
}

static void look_for_merge(struct stored_assertion *out, const struct attribute *t)
{
	const char *kind = t->name == ATTRIBUTE_EVENT ? member_text(t, "kind") : NULL;
	const char *other = kind && strcmp(kind, "gone") == 0 ? member_text(t, "new") : NULL;
	out->merges |= other && uuid_parse(other, out->survivor) && memcmp(out->survivor, out->endpoint, 16) != 0;
}

static const char *subject(const struct assertion *a)
{
	for (uint32_t i = 0; i < a->n_designations; i++)
		if (a->designations[i].name == DESIGNATION_IPV4 || a->designations[i].name == DESIGNATION_IPV6)
			return a->designations[i].value;
	return a->n_designations ? a->designations[0].value : "";
}

int stored_assertion_make(struct stored_assertion_maker *m, const struct provenance *p, const struct assertion *a,
			  struct stored_assertion *out)
{
	arena_reset(&m->texts);
	buffer_clear(&m->line);
	if (p)
		json_assertion(&m->line, p, a);
	*out = (struct stored_assertion){.statement = a->statement,
					 .has_endpoint = a->has_endpoint,
					 .unique = a->unique,
					 .open = a->open,
					 .start_ns = whole_us(a->start_ns),
					 .end_ns = whole_us(a->end_ns),
					 .collected_ns = whole_us(a->collected_ns),
					 .subject = a->has_endpoint ? NULL : subject(a),
					 .claims = m->claims,
					 .line = p ? m->line.data : NULL,
					 .line_len = p ? (uint32_t)m->line.len - 1 : 0};
	memcpy(out->id, a->id, 16);
	memcpy(out->endpoint, a->endpoint, 16);
	bool whole = !m->line.failed;
	uint32_t names = a->statement == STATEMENT_EVENT ? 0 : a->n_designations;
	for (uint32_t i = 0; i < names && whole && out->n_claims < STORED_MOST_CLAIMS; i++)
		whole = add_designation(m, out, &a->designations[i]);
	for (uint32_t i = 0; i < a->n_attributes && whole && out->n_claims < STORED_MOST_CLAIMS; i++) {
		whole = add_attribute(m, out, &a->attributes[i]);
		look_for_merge(out, &a->attributes[i]);
	}
	out->reported = stored_assertion_is_report(out);
	return whole ? 0 : ERROR_FAILED;
}
