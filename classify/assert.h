/* Making assertions: claims and events to records the publisher takes.
 *
 * Builds into the block at hand, copies every text into it, applies the privacy rules, names the assertion, submits
 * the block when it is full. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_ASSERT_H
#define ONLOOKER_CLASSIFY_ASSERT_H

#include "classify/claim.h"
#include "classify/registry.h"
#include "core/buffer.h"

struct asserter {
	struct outlet outlet;
	const struct privacy *privacy;
	uint8_t component[16];
	const char *(*source_name)(const void *context, uint16_t index);
	const void *source_context;
	struct assertion_block *block;
	struct buffer work; /* content an identifier is made of */
	uint64_t made;
};

/* Says a claim: open, or closing when it is over. `p` is the endpoint it is about, NULL when only spoken of. */
void assert_claim(struct asserter *a, const struct claim *c, const struct endpoint *p, bool open, uint64_t now_ns);

enum event {
	EVENT_NEW_ENDPOINT,
	EVENT_NEW_SOFTWARE,
	EVENT_VERSION_CHANGED,
	EVENT_ADDRESS_MOVED,
	EVENT_CONFLICT,
	EVENT_GONE
};

/* Says that something happened to an endpoint; `old` and `now` may be NULL. */
void assert_event(struct asserter *a, enum event event, const struct endpoint *p, const struct node *n, const char *old,
		  const char *now, uint64_t time_ns);

/* Submits what is begun. */
void assert_flush(struct asserter *a);

#endif
