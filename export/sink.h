/* Sinks: where assertions go. JSON Lines, ZeroMQ, a repository: each a row of a table of the same verbs.
 *
 * A sink is written by the publisher's thread alone. It counts what it was offered, delivered and dropped under
 * named reasons: offered = delivered + dropped, always. A sink that fails says so once (sink_result) and goes on
 * counting; it never stops the others.
 */
#ifndef ONLOOKER_EXPORT_SINK_H
#define ONLOOKER_EXPORT_SINK_H

#include "core/error.h"
#include "ipfix/assertion.h"

#include <stdatomic.h>
#include <stdint.h>

#define SINK_DROP_REASONS 4

struct sink_counters {
	uint64_t offered, delivered;
	struct {
		const char *reason; /* static; NULL ends the list */
		uint64_t count;
	} dropped[SINK_DROP_REASONS];
};

struct sink {
	const char *name; /* "json", "publish", "repository": key in the statistics */
	/* The stream's provenance: before the first assertion and when it changes. */
	void (*provenance)(struct sink *s, const struct provenance *p);
	/* All assertions of a block, in order. Keeps nothing of it. */
	void (*write)(struct sink *s, const struct assertion *assertions, uint32_t count);
	/* Nothing to do just now: send what is batched. Called at least every 100 ms and before close. */
	void (*flush)(struct sink *s);
	/* Opens its file anew, behind what was flushed before; when that fails it goes on with the old one. NULL: it
	 * has no file. */
	void (*reopen)(struct sink *s);
	/* At the end, before the counters are read: delivers what can be, and counts what could not. NULL: flush does.
	 */
	void (*settle)(struct sink *s);
	/* Delivers what can be delivered, releases everything. 0, or a negative code and the first failure as a
	 * sentence. */
	int (*close)(struct sink *s, struct error *error);
	struct sink_counters counters; /* single writer: the publisher's thread */
	/* Why all that is offered from now on is dropped; NULL: it is not. The publisher's thread releases it, any
	 * acquires it, until close. */
	_Atomic(const struct error *) failure;
	bool reader_gone; /* with a failure: nobody is there any more who could mend it */
};

#endif
