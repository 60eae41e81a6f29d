#include "domain/naming.h"

#include "domain/claim_text.h"

#include <string.h>

static void add(const struct claim *c, struct naming *out)
{
	char *text = out->texts[out->n];
	if (!claim_text(c, NULL, text, sizeof out->texts[0]))
		return;
	for (int d = 0; d < DESIGNATIONS; d++)
		if (strcmp(c->kind, assertion_designation_name((enum designation_name)d)) == 0) {
			out->names[out->n++] =
				(struct designation){(enum designation_name)d, text, c->known, c->confidence};
			return;
		}
}

void naming_of(const struct inventory_endpoint *e, uint64_t start_ns, uint64_t end_ns, struct naming *out)
{
	out->n = 0;
	for (uint32_t i = 0; i < e->n_claims && out->n < NAMING_MOST; i++) {
		const struct claim *c = &e->claims[i];
		bool held = !end_ns || (c->start_ns <= start_ns && (c->open || c->end_ns >= end_ns));
		if (claim_group(c) == GROUP_DESIGNATION && held)
			add(c, out);
	}
}
