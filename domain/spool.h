/* The spool: what a collector has made and the repository has not yet acknowledged, on disk, in order, within a size
 * (docs/fabric.md, 3.2).
 *
 * Segment files of records with checksums, in a directory of its own. What was appended before the process died is
 * there when it starts again, up to a record that was cut; what was acknowledged is not sent again. Without a
 * directory it is kept in memory and ends with the process.
 *
 * Two threads: one appends, one reads and acknowledges.
 */
#ifndef ONLOOKER_DOMAIN_SPOOL_H
#define ONLOOKER_DOMAIN_SPOOL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

struct spool_batch {
	uint64_t sequence;
	uint32_t count; /* assertions in it */
	const char *payload;
	size_t len;
};

struct spool_counters {
	uint64_t appended, acknowledged; /* assertions, of this run */
	uint64_t waiting;                /* assertions, earlier runs' too */
	uint64_t full, failed;           /* assertions that found no room; that the disk did not take */
	uint64_t damaged; /* places where records of earlier runs could not be read on; not a last one half written */
};

/* directory  made when it is not there; NULL: memory
 * 0 and *out, or ERROR_USAGE (in use by another, not writable) / ERROR_FAILED and a sentence */
int spool_open(const char *directory, uint64_t most_bytes, struct spool **out, struct error *error);
void spool_close(struct spool *s);

/* Appends a batch; false, and counted, when there is no room. thread: the writer */
bool spool_append(struct spool *s, const char *payload, size_t len, uint32_t count);

/* The first batch behind `after`, valid until the next call. False when there is none. thread: the reader */
bool spool_next(struct spool *s, uint64_t after, struct spool_batch *out);
/* All up to this sequence number need not be kept. thread: the reader */
void spool_acknowledge(struct spool *s, uint64_t sequence);
uint64_t spool_acknowledged(struct spool *s);

/* Can be read when something was appended; spool_calm() makes it quiet again. thread: the reader */
int spool_event(const struct spool *s);
void spool_calm(struct spool *s);

struct spool_counters spool_counters(struct spool *s);
/* UUID text, made with the spool. */
const char *spool_identifier(const struct spool *s);
bool spool_lasting(const struct spool *s);

#endif
