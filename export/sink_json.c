#include "export/sink_json.h"

#include "export/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_BYTES ((size_t)256 << 10)

struct sink_json {
	struct sink sink;
	char *path; /* for sentences */
	int fd;
	bool owned;   /* opened here, not standard output */
	bool regular; /* can be cut back */
	struct provenance provenance;
	struct buffer lines;
	uint64_t pending; /* assertions in `lines` */
	struct error failure;
	int failed; /* 0, or the code of `failure` */
};

static const char *mend(int code)
{
	switch (code) {
	case ENOSPC:
	case EDQUOT:
		return "make room or name a file on another disk";
	case EPIPE:
		return "the reader has gone; let it read to the end";
	case EFBIG:
		return "raise the limit of file size";
	default:
		return "look at the disk and its rights";
	}
}

static void drop(struct sink_json *j, const char *reason, uint64_t count)
{
	for (int i = 0; count && i < SINK_DROP_REASONS; i++) {
		__typeof__(&j->sink.counters.dropped[0]) d = &j->sink.counters.dropped[i];
		if (d->reason && strcmp(d->reason, reason) != 0)
			continue;
		d->reason = reason;
		d->count += count;
		return;
	}
}

static void fail(struct sink_json *j, int code)
{
	if (j->failed)
		return;
	j->failed = error_set(&j->failure, ERROR_FAILED, "%s: %s; %s", j->path, strerror(code), mend(code));
	j->sink.reader_gone = code == EPIPE;
	atomic_store_explicit(&j->sink.failure, &j->failure, memory_order_release);
}

/* Found out before there is something to write: on a quiet network that may be hours. */
static void look_for_reader(struct sink_json *j)
{
	struct pollfd p = {.fd = j->fd};
	if (!j->regular && !j->failed && poll(&p, 1, 0) > 0 && (p.revents & POLLERR))
		fail(j, EPIPE);
}

/* 0, or the errno that stopped it; *done counts the octets written. */
static int write_out(int fd, const char *data, size_t len, size_t *done)
{
	for (*done = 0; *done < len;) {
		ssize_t n = write(fd, data + *done, len - *done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		*done += (size_t)n;
	}
	return 0;
}

static void cut_back(struct sink_json *j, size_t written)
{
	off_t at = lseek(j->fd, 0, SEEK_CUR);
	if (at < (off_t)written || ftruncate(j->fd, at - (off_t)written) != 0)
		return;
	(void)lseek(j->fd, at - (off_t)written, SEEK_SET);
}

static void flush(struct sink *s)
{
	struct sink_json *j = (struct sink_json *)s;
	if (!j->lines.len && !j->lines.failed) {
		look_for_reader(j);
		return;
	}
	size_t done = 0;
	int code = j->lines.failed ? ENOMEM : j->failed ? EIO : write_out(j->fd, j->lines.data, j->lines.len, &done);
	if (code) {
		if (done && j->regular)
			cut_back(j, done);
		fail(j, code);
		drop(j, "write", j->pending);
	} else {
		s->counters.delivered += j->pending;
	}
	j->pending = 0;
	buffer_clear(&j->lines);
}

static void provenance(struct sink *s, const struct provenance *p)
{
	struct sink_json *j = (struct sink_json *)s;
	j->provenance = *p;
	if (!j->failed)
		json_provenance(&j->lines, p);
}

static void write_lines(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct sink_json *j = (struct sink_json *)s;
	s->counters.offered += count;
	if (j->failed) {
		drop(j, "write", count);
		return;
	}
	struct json_endpoint before = {.of = NULL};
	for (uint32_t i = 0; i < count; i++) {
		j->pending++;
		json_assertion_after(&j->lines, &j->provenance, &assertions[i], &before);
		if (j->lines.len < WRITE_BYTES && !j->lines.failed)
			continue;
		flush(s);
		before.of = NULL;
		if (j->failed) {
			drop(j, "write", count - i - 1);
			return;
		}
	}
}

/* Behind what is there: nobody may have moved the file. A stream is readable from its begin: the provenance is first.
 */
static void reopen(struct sink *s)
{
	struct sink_json *j = (struct sink_json *)s;
	struct stat st;
	int fd = j->owned && !j->failed ? open(j->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	if (fd < 0)
		return;
	if (close(j->fd) != 0)
		fail(j, errno);
	j->fd = fd;
	j->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	provenance(s, &j->provenance);
}

static int close_sink(struct sink *s, struct error *error)
{
	struct sink_json *j = (struct sink_json *)s;
	flush(s);
	if (j->owned && close(j->fd) != 0)
		fail(j, errno);
	int code = j->failed;
	if (code && error)
		*error = j->failure;
	buffer_fini(&j->lines);
	free(j->path);
	free(j);
	return code;
}

static int open_path(const char *path, int *fd)
{
	bool standard = strcmp(path, "-") == 0;
	*fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return *fd < 0 ? errno : 0;
}

int sink_json_open(const char *path, struct sink **out, struct error *error)
{
	int fd, code = open_path(path, &fd);
	if (code)
		return error_set(error, ERROR_USAGE, "%s: %s; name a file that can be written", path, strerror(code));
	struct sink_json *j = calloc(1, sizeof *j);
	bool standard = strcmp(path, "-") == 0;
	char *name = strdup(standard ? "standard output" : path);
	if (!j || !name) {
		free(j);
		free(name);
		return error_set(error, ERROR_FAILED, "%s: no memory", path);
	}
	struct stat st;
	*j = (struct sink_json){.sink = {.name = "json",
					 .provenance = provenance,
					 .write = write_lines,
					 .flush = flush,
					 .reopen = reopen,
					 .close = close_sink},
				.path = name,
				.fd = fd,
				.owned = !standard,
				.regular = !standard && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)};
	signal(SIGPIPE, SIG_IGN);
	*out = &j->sink;
	return 0;
}
