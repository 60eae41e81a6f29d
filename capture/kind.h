/* What a kind of source must be able to do: a row of the table in source.c.
 *
 * Each kind puts a struct source first in its own struct. The functions have the meaning, the threads and the
 * failures of their namesakes in capture/source.h.
 */
#ifndef ONLOOKER_CAPTURE_KIND_H
#define ONLOOKER_CAPTURE_KIND_H

#include "capture/source.h"

struct source_kind {
	const char *name;
	bool (*serves)(const struct source_options *options); /* this kind is the one asked for */
	int (*open)(const struct source_options *options, struct source **out, struct error *error);
	int (*start)(struct source *s, struct error *error); /* NULL: there is nothing to start */
	void (*close)(struct source *s);
	enum source_status (*poll)(struct source *s, uint32_t queue, struct batch *batch);
	uint64_t (*watermark)(const struct source *s, uint32_t queue);
	uint64_t (*clock)(const struct source *s, uint32_t queue);
	void (*stop)(struct source *s);
	const char *(*source_name)(const struct source *s, uint16_t index);
	uint32_t (*count)(const struct source *s);
	void (*counters)(const struct source *s, struct source_counters *sum);
	void (*queue_counters)(const struct source *s, uint32_t queue, struct source_counters *out); /* or NULL */
	bool (*stamped)(const struct source *s);                                                     /* NULL: no */
	int (*result)(const struct source *s, struct error *error);
};

struct source {
	const struct source_kind *kind;
};

extern const struct source_kind source_direct; /* files, one queue: read in the worker's own thread */
extern const struct source_kind source_live;   /* interfaces: a ring of each for every queue */
extern const struct source_kind source_split;  /* files, several queues: a thread reads and hands out */
extern const struct source_kind source_dpdk;   /* DPDK ports; without DPDK in the build, a row that says so */

#endif
