/* When a source that is to end by itself has heard nothing for long enough.
 *
 * Every worker watches what all of them received: one whose own queue is quiet must not end the others. One thread.
 */
#ifndef ONLOOKER_CAPTURE_SILENCE_H
#define ONLOOKER_CAPTURE_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct silence {
	uint64_t received; /* by all, when it was looked at last */
	uint64_t since_ns; /* when that was seen first; 0: never */
};

/* True when `received` has stood still for `most_ns`; 0: never. now_ns of any clock, not 0. */
static inline bool silence_lasts(struct silence *s, uint64_t received, uint64_t now_ns, uint64_t most_ns)
{
	if (!s->since_ns || s->received != received)
		*s = (struct silence){received, now_ns};
	return most_ns && now_ns - s->since_ns >= most_ns;
}

#endif
