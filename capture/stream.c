#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES STREAM_BUFFER_BYTES
#define RAW_BYTES    (128u << 10)
#define WAIT_MS      50

/* read(2), waiting a moment for pipes. */
static enum stream_state read_fd(struct stream *s, uint8_t *out, size_t room, size_t *got)
{
	*got = 0;
	if (s->pipe) {
		struct pollfd p = {s->fd, POLLIN, 0};
		if (poll(&p, 1, WAIT_MS) <= 0)
			return STREAM_WAIT;
	}
	for (;;) {
		ssize_t n = read(s->fd, out, room);
		if (n > 0) {
			*got = (size_t)n;
			return STREAM_MORE;
		}
		if (n == 0)
			return STREAM_END;
		if (errno == EAGAIN)
			return STREAM_WAIT;
		if (errno == EINTR)
			continue;
		s->failed = strerror(errno);
		return STREAM_FAILED;
	}
}

static const struct stream_kind plain = {.name = "plain", .read = read_fd};

/* What a file can be wrapped in; whatever starts otherwise is plain. */
static const struct stream_kind *const kinds[] = {&stream_gz, &stream_zst};

enum stream_state stream_raw(struct stream *s)
{
	if (s->raw_at < s->raw_end)
		return STREAM_MORE;
	s->raw_at = s->raw_end = 0;
	return read_fd(s, s->raw, RAW_BYTES, &s->raw_end);
}

/* Puts the unread bytes at the front. False when they have to go to another buffer and there is none. */
static bool make_room(struct stream *s)
{
	size_t left = stream_left(s);
	if (s->lender) {
		uint8_t *old = s->data, *fresh = s->lender->swap(s->lender->context, old);
		if (!fresh)
			return false;
		memcpy(fresh, old + s->at, left); /* nobody writes to what was retired before we have left */
		s->data = fresh;
	} else {
		memmove(s->data, s->data + s->at, left);
	}
	s->base += s->at;
	s->at = 0;
	s->end = left;
	return true;
}

enum stream_state stream_fill(struct stream *s)
{
	if (s->failed)
		return STREAM_FAILED;
	if (s->ended)
		return STREAM_END;
	if (s->at && !make_room(s))
		return STREAM_WAIT;
	size_t left = stream_left(s);
	size_t room = BUFFER_BYTES - left, got = 0;
	if (!room) {
		s->failed = "a record is larger than any packet can be";
		return STREAM_FAILED;
	}
	enum stream_state state =
		s->kind->read(s, s->data + left, room < STREAM_READ_BYTES ? room : STREAM_READ_BYTES, &got);
	s->end += got;
	s->ended = state == STREAM_END;
	return got ? STREAM_MORE : state;
}

bool stream_need(struct stream *s, size_t n)
{
	while (stream_left(s) < n) {
		enum stream_state state = stream_fill(s);
		if (state == STREAM_END || state == STREAM_FAILED)
			return false;
	}
	return true;
}

/* Puts what was read so far into the raw buffer and lets `kind` unwrap it. */
static bool wrap(struct stream *s, const struct stream_kind *kind)
{
	s->raw = malloc(RAW_BYTES);
	if (!s->raw)
		return false;
	size_t n = stream_left(s) < RAW_BYTES ? stream_left(s) : RAW_BYTES;
	memcpy(s->raw, s->data + s->at, n);
	s->raw_at = 0;
	s->raw_end = n;
	s->at = s->end = 0;
	s->ended = false;
	s->kind = kind;
	return kind->open(s);
}

/* Reads the first bytes, few enough to fit the raw buffer, and finds out what they are wrapped in. */
static bool begin(struct stream *s)
{
	size_t got = 0;
	enum stream_state state = STREAM_MORE;
	while (s->end < 4 && (state == STREAM_MORE || state == STREAM_WAIT)) {
		state = read_fd(s, s->data + s->end, RAW_BYTES - s->end, &got);
		s->end += got;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (s->end >= kinds[i]->magic_len && !memcmp(s->data, kinds[i]->magic, kinds[i]->magic_len))
			return wrap(s, kinds[i]);
	s->ended = state == STREAM_END;
	return true;
}

/* A shell allows 1,024 files, the machine mostly many more: who names a year of captures need not know. */
static bool may_open_more(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= limit.rlim_max)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return !setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_read(const char *path)
{
	return strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
}

static int open_fd(struct stream *s, const char *path, struct error *error)
{
	s->fd = open_read(path);
	if (s->fd < 0 && errno == EMFILE && may_open_more())
		s->fd = open_read(path);
	if (s->fd < 0 && (errno == EMFILE || errno == ENFILE))
		return error_set(error, ERROR_USAGE, "%s: too many files at once: raise the limit with 'ulimit -n'",
				 path);
	if (s->fd < 0)
		return error_set(error, ERROR_USAGE, "%s: %s: name a capture file that can be read", path,
				 strerror(errno));
	struct stat st;
	if (fstat(s->fd, &st))
		return error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(error, ERROR_USAGE, "%s: is a directory: name the capture files in it, one -r each",
				 path);
	s->pipe = !S_ISREG(st.st_mode);
	if (!s->pipe)
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int stream_open(struct stream *s, const char *path, struct error *error)
{
	memset(s, 0, sizeof *s);
	s->kind = &plain;
	int rc = open_fd(s, path, error);
	if (!rc && (!(s->data = malloc(BUFFER_BYTES)) || !begin(s)))
		rc = error_set(error, ERROR_FAILED, "%s: out of memory", path);
	if (!rc && s->failed)
		rc = error_set(error, ERROR_USAGE, "%s: cannot be read: %s", path, s->failed);
	if (!rc && !s->raw && !s->end)
		rc = error_set(error, ERROR_USAGE, "%s: is empty: there is no capture in it", path);
	if (rc)
		stream_close(s);
	return rc;
}

void stream_close(struct stream *s)
{
	if (s->kind && s->kind->close && s->state)
		s->kind->close(s);
	free(s->raw);
	free(s->data);
	if (s->fd >= 0)
		close(s->fd);
	memset(s, 0, sizeof *s);
	s->fd = -1;
}
