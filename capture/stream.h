/* A file as a run of bytes in one contiguous buffer, whatever it is wrapped in: plain, gzip or Zstandard.
 *
 * What stream_open() finds by content (never by name) decides which row of the kinds table reads. Readers look
 * at the unread bytes in place and step over them; stream_fill() alone moves memory, so whoever handed out
 * pointers into the buffer must not call it while they are in use.
 *
 * Owned by one thread at a time. The buffer never grows.
 */
#ifndef ONLOOKER_CAPTURE_STREAM_H
#define ONLOOKER_CAPTURE_STREAM_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_READ_BYTES   (256u << 10) /* one read: large enough to be cheap, small enough for a core's cache */
#define STREAM_RECORD_BYTES (320u << 10) /* the largest record that is looked at as a whole */
#define STREAM_BUFFER_BYTES (STREAM_READ_BYTES + STREAM_RECORD_BYTES)

enum stream_state {
	STREAM_MORE, /* there is more than before */
	STREAM_WAIT, /* a pipe has nothing just now */
	STREAM_END,  /* no byte will come again */
	STREAM_FAILED
};

struct stream;

/* One way of wrapping: a row of the table in stream.c. */
struct stream_kind {
	const char *name;
	uint8_t magic[4];
	uint8_t magic_len;
	/* Makes the state; false when the heap is out. NULL when the kind needs none. */
	bool (*open)(struct stream *s);
	/* Puts up to `room` bytes; as stream_fill(), with *got. Reads its input by stream_raw(). */
	enum stream_state (*read)(struct stream *s, uint8_t *out, size_t room, size_t *got);
	void (*close)(struct stream *s);
};

/* Where a stream gets another buffer when what was read is to stay where it is. */
struct stream_lender {
	/* Takes `old` and gives a buffer of STREAM_BUFFER_BYTES, from malloc(); NULL when there is none just now. */
	uint8_t *(*swap)(void *context, uint8_t *old);
	void *context;
};

struct stream {
	uint8_t *data; /* the buffer: unread bytes are data[at … end) */
	size_t at, end;
	uint64_t base;      /* offset of data[0] in the unwrapped file */
	const char *failed; /* why STREAM_FAILED, in words */
	bool ended;
	/* the rest is the kinds' */
	const struct stream_kind *kind;
	void *state;
	uint8_t *raw; /* wrapped input not yet unwrapped: raw[raw_at … raw_end); NULL for plain files */
	size_t raw_at, raw_end;
	int fd;
	bool pipe;                          /* may have to be waited for */
	const struct stream_lender *lender; /* NULL: the one buffer is used again and again */
};

extern const struct stream_kind stream_gz, stream_zst;

/* Opens `path` ("-" is standard input) and reads its beginning.
 * returns  0; ERROR_USAGE when it is missing, a directory, unreadable or empty; ERROR_FAILED. On failure
 *          nothing is left open.
 */
int stream_open(struct stream *s, const char *path, struct error *error);
void stream_close(struct stream *s);

/* Moves the unread bytes to the front, of another buffer if there is a lender, and reads more behind them. With the
 * buffer full of unread bytes it answers STREAM_FAILED: no record is that long. */
enum stream_state stream_fill(struct stream *s);

/* Fills until `n` bytes are unread, waiting for pipes; false when they do not come. Control path. */
bool stream_need(struct stream *s, size_t n);

/* For kinds: refills raw when it is used up. */
enum stream_state stream_raw(struct stream *s);

static inline size_t stream_left(const struct stream *s)
{
	return s->end - s->at;
}

/* Where the next unread byte lies in the unwrapped file. */
static inline uint64_t stream_offset(const struct stream *s)
{
	return s->base + s->at;
}

#endif
