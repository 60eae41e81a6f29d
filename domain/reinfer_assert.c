#include "domain/reinfer_assert.h"

#include "classify/digest.h"
#include "core/uuid.h"
#include "domain/naming.h"
#include "export/json.h"

#include <stdlib.h>
#include <string.h>

struct reinfer_asserter {
	const struct provenance *provenance;
	struct sink *const *sinks;
	uint32_t n_sinks;
	struct buffer content;
	struct naming naming;
	struct reinfer_asserted counts;
};

struct reinfer_asserter *reinfer_asserter_new(const struct provenance *provenance, struct sink *const *sinks,
					      uint32_t n_sinks)
{
	struct reinfer_asserter *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	*a = (struct reinfer_asserter){.provenance = provenance, .sinks = sinks, .n_sinks = n_sinks};
	for (uint32_t i = 0; i < n_sinks; i++)
		sinks[i]->provenance(sinks[i], provenance);
	return a;
}

void reinfer_asserter_free(struct reinfer_asserter *a)
{
	if (!a)
		return;
	buffer_fini(&a->content);
	free(a);
}

/* RFC 9562 version 8 over who says it of whom, when, and what. */
static bool name_assertion(struct reinfer_asserter *a, struct assertion *s)
{
	uint8_t digest[32];
	struct buffer *b = &a->content;
	buffer_clear(b);
	buffer_add(b, a->provenance->component, 16);
	buffer_add(b, s->endpoint, 16);
	json_time(b, s->start_ns);
	json_time(b, s->collected_ns);
	buffer_u64(b, s->attributes->confidence);
	json_value(b, s->attributes);
	if (b->failed)
		return false;
	digest_sha256(b->data, b->len, digest);
	memcpy(s->id, digest, 16);
	uuid_of_digest(s->id);
	return true;
}

static bool say(struct reinfer_asserter *a, const struct inventory_endpoint *e, const struct reinferred_claim *c,
		const struct attribute *attribute)
{
	struct assertion s = {.statement = STATEMENT_CORRELATION,
			      .has_endpoint = true,
			      .unique = e->unique,
			      .designations = a->naming.names,
			      .attributes = attribute,
			      .n_attributes = 1,
			      .start_ns = c->start_ns,
			      .end_ns = c->end_ns,
			      .collected_ns = a->provenance->created_ns};
	naming_of(e, c->start_ns, c->end_ns, &a->naming);
	s.n_designations = a->naming.n;
	memcpy(s.endpoint, e->id, 16);
	if (!name_assertion(a, &s))
		return false;
	for (uint32_t i = 0; i < a->n_sinks; i++)
		a->sinks[i]->write(a->sinks[i], &s, 1);
	return true;
}

static bool withdraw(struct reinfer_asserter *a, const struct inventory_endpoint *e, const struct reinferred_claim *c)
{
	struct attribute attribute = c->attribute;
	attribute.confidence = CONFIDENCE_WITHDRAWN;
	attribute.signature = NULL; /* none says so */
	a->counts.withdrawn++;
	return say(a, e, c, &attribute);
}

bool reinfer_assert(void *asserter, const struct reinferred *what)
{
	struct reinfer_asserter *a = asserter;
	bool good = true;
	for (uint32_t i = 0; i < what->n_fresh && good; i++) {
		const struct reinferred_claim *c = &what->fresh[i];
		a->counts.unplaced += !c->placed;
		a->counts.said += c->placed;
		good = !c->placed || say(a, what->endpoint, c, &c->attribute);
	}
	for (uint32_t i = 0; i < what->n_gone && good; i++)
		good = withdraw(a, what->endpoint, &what->gone[i]);
	return good;
}

struct reinfer_asserted reinfer_asserted(const struct reinfer_asserter *a)
{
	return a->counts;
}
