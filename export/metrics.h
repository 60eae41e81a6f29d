/* The counters as Prometheus text (text exposition format 0.0.4), served over HTTP to whoever asks.
 *
 * A thread of its own answers one question after the other; it reads counters and touches nothing else. Names are
 * onlooker_<part>_<noun>_<unit>_total.
 */
#ifndef ONLOOKER_EXPORT_METRICS_H
#define ONLOOKER_EXPORT_METRICS_H

#include "core/error.h"
#include "export/stats.h"

/* The text of the counters. Any thread. */
void metrics_text(struct buffer *out, const struct stats *s);

struct metrics;

/* Listens at "HOST:PORT", "[IPV6]:PORT" or "PORT", which is of 127.0.0.1. 0; ERROR_USAGE (no address) or ERROR_FAILED
 * and a sentence. Control thread, as all below. */
int metrics_open(const char *address, struct metrics **out, struct error *error);

/* Answers from now on, with what `look` fills in; it is called by a thread of the server's. 0 or ERROR_FAILED. */
int metrics_start(struct metrics *m, void (*look)(void *context, struct stats *out), void *context,
		  struct error *error);
/* Answers no longer: `look` will not be called again. */
void metrics_stop(struct metrics *m);
void metrics_close(struct metrics *m);

#endif
