/* Interpretation: the function behind a meaning, one per kind of knowledge (enum knowledge).
 *
 * Matches signatures, makes digests of fingerprints and keys, takes certificates apart. Writes everything into the
 * meaning's own arena. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_INTERPRET_H
#define ONLOOKER_CLASSIFY_INTERPRET_H

#include "classify/meaning.h"

struct interpreter {
	const struct signature_set *signatures;
	struct signature_scratch *scratch;
	bool raw;
	struct arena work;            /* of one call */
	struct statement_of says[32]; /* of one call */
	uint32_t n;
};

int interpreter_init(struct interpreter *in, const struct signature_set *signatures, struct signature_scratch *scratch,
		     bool raw);
void interpreter_fini(struct interpreter *in);

/* Fills m->shown, m->says and m->n. 0, or negative when the heap is out. */
int interpret(struct interpreter *in, enum field field, const void *value, size_t len, struct meaning *m);

#endif
