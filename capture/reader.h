/* All the files of a source as one run of frames: merged in time order, numbered, filtered, paced.
 *
 * Used by one thread at a time: the worker itself when there is one queue, the splitter thread when there are
 * more. Frames lie in the files' buffers and are valid until the next reader_take(). Counters have this thread
 * as their only writer and may be read by any.
 */
#ifndef ONLOOKER_CAPTURE_READER_H
#define ONLOOKER_CAPTURE_READER_H

#include "capture/source.h"

#include <stdatomic.h>

struct reader;

int reader_open(const struct source_options *options, struct reader **out, struct error *error);
void reader_close(struct reader *r);

/* Frames stay where they are, in buffers that come from the lender; before the first frame is taken. The lender's
 * memory is the caller's and outlives the reader. */
struct stream_lender;
void reader_borrow(struct reader *r, const struct stream_lender *lender);

/* Takes the next frames that pass the filter. READY: batch->count may be 0 when all were filtered, but ordinal
 * and clock moved on. IDLE: nothing is due or there just now. END: for good. */
enum source_status reader_take(struct reader *r, struct batch *batch);

/* The ordinal of the last frame read, and the largest packet time among them. Same thread. */
uint64_t reader_ordinal(const struct reader *r);
uint64_t reader_clock(const struct reader *r);

/* Any thread. */
void reader_stop(struct reader *r);
const char *reader_name(const struct reader *r, uint16_t index);
uint32_t reader_count(const struct reader *r);
void reader_counters(const struct reader *r, struct source_counters *sum);

/* After the end. */
int reader_result(const struct reader *r, struct error *error);

#endif
