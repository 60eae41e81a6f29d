/* What shows only when a flow is ended, held back until its time.
 *
 * When a flow that is over is ended depends on the worker it is in and on what else that has to do. So an observation
 * of this kind says at the end of which epoch it counts (observation.h, `due`), long after it has certainly been
 * made, and until then lies here. What is due together is given out in an order that depends on nothing but itself.
 *
 * The registry's thread alone. Bounded: what finds no room is for the caller to take at once.
 */
#ifndef ONLOOKER_CLASSIFY_ENDING_H
#define ONLOOKER_CLASSIFY_ENDING_H

#include "classify/observation.h"

struct ending {
	struct observation **items; /* copies, from the heap; those before `next` are given out */
	uint32_t count, room, next, due_count;
	size_t bytes;
};

void ending_fini(struct ending *e);

/* Keeps a copy; false when there is no room. */
bool ending_hold(struct ending *e, const struct observation *o);

/* Puts what is due before `epoch` in order, to be given out. */
void ending_due(struct ending *e, uint32_t epoch);

/* The next that is due, valid until the next call of any function here; NULL when there is none. */
const struct observation *ending_next(struct ending *e);

#endif
