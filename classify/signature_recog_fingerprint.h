/* A fingerprint of Recog's as it was read, and what becomes of it: the conclusions its parameters make, as templates,
 * and the examples that they are to come out of.
 *
 * Control path; the texts of a fingerprint are its reader's.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_RECOG_FINGERPRINT_H
#define ONLOOKER_CLASSIFY_SIGNATURE_RECOG_FINGERPRINT_H

#include "classify/signature_model.h"
#include "core/arena.h"

#define RECOG_PARAMS   64
#define RECOG_EXAMPLES 256

struct recog_param {
	const char *name, *value; /* value NULL: what group `position` took */
	unsigned position;
};

struct recog_example {
	const char **attribute; /* name, value, …, NULL */
	const char *value;      /* NULL: it is in another file, or holds NUL */
};

/* One fingerprint being read. */
struct recog_fingerprint {
	const char *pattern, *description, *certainty;
	bool case_blind, dot_all;
	unsigned line;
	struct recog_param param[RECOG_PARAMS];
	unsigned params;
	struct recog_example example[RECOG_EXAMPLES];
	unsigned examples;
};

/* "0.75" as percent; 0 when it is none. */
uint8_t recog_percent(const char *share);

/* Adds the conclusions. False without memory. */
bool recog_conclude(struct model_builder *b, const struct recog_fingerprint *f, enum field field);

/* Adds the examples that have a value; their words are taken from `arena`. False without memory. */
bool recog_examples(struct model_builder *b, const struct recog_fingerprint *f, enum field field, struct arena *arena);

#endif
