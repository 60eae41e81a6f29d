/* Files with one queue: run to completion in the worker's thread, frames in place in the files' buffers. */
#include "capture/source_file.h"

#include <stdlib.h>

struct direct {
	struct source_file file;
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
	d->file.source.kind = &source_direct;
	int rc = reader_open(options, &d->file.reader, error);
	if (rc)
		free(d);
	else
		*out = &d->file.source;
	return rc;
}

static void close_direct(struct source *s)
{
	reader_close(of(s)->file.reader);
	free(s);
}

static enum source_status poll_direct(struct source *s, uint32_t queue, struct batch *batch)
{
	struct direct *d = of(s);
	enum source_status status = reader_take(d->file.reader, batch);
	d->watermark = status == SOURCE_END ? UINT64_MAX : reader_ordinal(d->file.reader);
	return status == SOURCE_READY && !batch->count ? SOURCE_IDLE : status;
}

static uint64_t watermark(const struct source *s, uint32_t queue)
{
	return of_const(s)->watermark;
}

static uint64_t clock_direct(const struct source *s, uint32_t queue)
{
	return reader_clock(of_const(s)->file.reader);
}

const struct source_kind source_direct = {
	.name = "files",
	.serves = serves,
	.open = open_direct,
	.close = close_direct,
	.poll = poll_direct,
	.watermark = watermark,
	.clock = clock_direct,
	.stop = source_file_stop,
	.source_name = source_file_name,
	.count = source_file_count,
	.counters = source_file_counters,
	.result = source_file_result,
};
