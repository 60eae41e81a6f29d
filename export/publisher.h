/* The publisher: one thread between the registry, which makes assertions, and the sinks, which take them.
 *
 * Blocks of assertions circulate: the registry takes an empty block, fills it and submits it; the publisher
 * hands it to every sink and puts it back. The number of blocks is fixed, so memory is bounded; when none is
 * free publisher_take() waits: assertions are back-pressured, never dropped here.
 */
#ifndef ONLOOKER_EXPORT_PUBLISHER_H
#define ONLOOKER_EXPORT_PUBLISHER_H

#include "export/sink.h"

struct publisher;

/* Starts the thread. The sinks stay the caller's until publisher_stop(). thread: control */
int publisher_start(struct sink *const *sinks, uint32_t n_sinks, const struct provenance *provenance,
		    struct publisher **out, struct error *error);

/* An empty block with room for assertions (block->room) and an arena of its own. thread: registry */
struct assertion_block *publisher_take(struct publisher *p);

/* Hands a filled block over. thread: registry */
void publisher_submit(struct publisher *p, struct assertion_block *block);

/* Sinks that write files open them anew, soon. thread: control */
void publisher_reopen(struct publisher *p);

/* Delivers everything submitted, ends the thread. The sinks are not closed. thread: control, after the
 * registry has ended */
void publisher_stop(struct publisher *p);

#endif
