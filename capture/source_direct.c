/* Files with one queue: run to completion in the worker's thread, frames in place in the files' buffers. */
#include "capture/kind.h"
#include "capture/reader.h"

#include <stdlib.h>

struct direct {
	struct source source;
	struct reader *reader;
	uint64_t watermark;
};

static struct direct *of(struct source *s)
{
	return (struct direct *)s;
}

static const struct direct *of_const(const struct source *s)
{
	return (const struct direct *)s;
}

static bool serves(const struct source_options *options)
{
	return options->n_files && options->queues <= 1;
}

static int open_direct(const struct source_options *options, struct source **out, struct error *error)
{
	struct direct *d = calloc(1, sizeof *d);
	if (!d)
		return error_set(error, ERROR_FAILED, "capture: out of memory");
	d->source.kind = &source_direct;
	int rc = reader_open(options, &d->reader, error);
	if (rc)
		free(d);
	else
		*out = &d->source;
	return rc;
}

static void close_direct(struct source *s)
{
	reader_close(of(s)->reader);
	free(s);
}

static enum source_status poll_direct(struct source *s, uint32_t queue, struct batch *batch)
{
	struct direct *d = of(s);
	enum source_status status = reader_take(d->reader, batch);
	d->watermark = status == SOURCE_END ? UINT64_MAX : reader_ordinal(d->reader);
	return status == SOURCE_READY && !batch->count ? SOURCE_IDLE : status;
}

static uint64_t watermark(const struct source *s, uint32_t queue)
{
	return of_const(s)->watermark;
}

static uint64_t clock_direct(const struct source *s, uint32_t queue)
{
	return reader_clock(of_const(s)->reader);
}

static void stop(struct source *s)
{
	reader_stop(of(s)->reader);
}

static const char *name(const struct source *s, uint16_t index)
{
	return reader_name(of_const(s)->reader, index);
}

static uint32_t count(const struct source *s)
{
	return reader_count(of_const(s)->reader);
}

static void counters(const struct source *s, struct source_counters *sum)
{
	reader_counters(of_const(s)->reader, sum);
}

static int result(const struct source *s, struct error *error)
{
	return reader_result(of_const(s)->reader, error);
}

const struct source_kind source_direct = {
	.name = "files",
	.serves = serves,
	.open = open_direct,
	.close = close_direct,
	.poll = poll_direct,
	.watermark = watermark,
	.clock = clock_direct,
	.stop = stop,
	.source_name = name,
	.count = count,
	.counters = counters,
	.result = result,
};
