/* The observations of all workers in one order: epoch, then ordinal; repeats behind everything of their epoch.
 *
 * Holds an observation back until every worker has come that far. The registry's thread alone; chunks are borrowed
 * from the workers' rings and go back when they are read.
 */
#ifndef ONLOOKER_CLASSIFY_MERGE_H
#define ONLOOKER_CLASSIFY_MERGE_H

#include "classify/observation.h"
#include "core/ring.h"

struct lane {
	struct chunk *chunk; /* being read; NULL when none waits */
	uint32_t at;         /* next octet in it */
	uint32_t epoch;      /* progress: nothing before this will come */
	uint64_t ordinal;
	bool ended;
};

struct merge {
	struct ring *in, *back;
	struct lane *lanes;
	uint32_t n;
	const struct lane *last; /* where the latest observation came from */
};

int merge_init(struct merge *m, struct ring *in, struct ring *back, uint32_t workers);
void merge_fini(struct merge *m);

/* The next observation in order, valid until the next call; NULL when none may be taken yet. */
const struct observation *merge_next(struct merge *m);

/* The observation behind the latest one in its chunk, NULL at the end of it: what will probably come next, for
 * prefetching. `o` NULL: behind the latest; else behind `o`. */
const struct observation *merge_peek(const struct merge *m, const struct observation *o);

/* True when every worker has reported all that packets up to this ordinal showed. */
bool merge_reached(const struct merge *m, uint64_t ordinal);

/* True when every worker has ended and everything was taken. */
bool merge_ended(const struct merge *m);

#endif
