/* Inside of a signature set, for the engine's own files, `signatures test` and `signatures explain`.
 *
 * Everybody else uses classify/signature.h.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_SET_H
#define ONLOOKER_CLASSIFY_SIGNATURE_SET_H

#include "classify/match.h"
#include "classify/signature.h"
#include "classify/signature_model.h"

enum { SET_MODELS_MAX = 2, SET_GROUPS_MAX = 64, SIGNATURE_VALUE_MAX = 4096, SIGNATURE_DEPTH_MAX = 2 };

/* One model and what was opened for it. */
struct set_part {
	struct model model;
	const struct model_database *row[FIELDS]; /* NULL: the field has no signature here */
	uint8_t *group;                           /* by entry: number of its group, the same in all parts */
	uint32_t candidates_max;
};

struct signature_set {
	struct set_part part[SET_MODELS_MAX]; /* the user's own first, so that it decides */
	unsigned parts;
	char digest[72];
	const char *group_name[SET_GROUPS_MAX];
	unsigned groups;
};

/* Makes a set of models; they are the set's afterwards, also when it fails. */
int signature_set_new(struct model *models, unsigned count, struct signature_set **out, struct error *error);

struct signature_scratch {
	struct match_scratch *match;
	/* By part and field, opened at first use: most runs meet few fields, and opening all takes most of a start. */
	struct match_database *database[SET_MODELS_MAX][FIELDS];
	struct match_regex **regex[SET_MODELS_MAX]; /* by entry, compiled at first use */
	uint32_t regexes[SET_MODELS_MAX];
	uint64_t *bits;  /* candidates of one scan at each depth */
	size_t words;    /* of one depth */
	uint64_t limits; /* how often a match ran into its limits */
};

/* What became of a candidate. */
enum signature_outcome {
	OUTCOME_WON,      /* first of its group: its conclusions hold */
	OUTCOME_LOST,     /* matches too, but an earlier one of its group decided */
	OUTCOME_REJECTED, /* selected by a literal, refused by the pattern */
	OUTCOME_LIMIT     /* ran into a limit; taken as no match */
};

struct signature_event {
	const struct set_part *part;
	const struct model_entry *entry;
	enum field field;
	enum signature_outcome outcome;
	const struct model_entry *winner; /* OUTCOME_LOST: who decided */
	const struct set_part *winner_part;
	unsigned depth; /* 0: the value itself; more: text found in it */
	const char *value;
	size_t len;
};

struct signature_trace {
	void (*event)(void *context, const struct signature_event *event);
	void *context;
};

/* As signature_match(); `trace` (may be NULL) hears of every candidate, those that lost too. */
size_t signature_match_traced(const struct signature_set *set, struct signature_scratch *scratch, enum field field,
			      const void *value, size_t len, struct arena *arena, struct conclusion *out, size_t max,
			      const struct signature_trace *trace);

/* The regex of an entry of part number `part`, compiled when needed; NULL when memory is out. */
const struct match_regex *signature_regex(const struct signature_set *set, struct signature_scratch *scratch,
					  unsigned part, uint32_t entry);

#endif
