#include "domain/spool.h"

#include "core/buffer.h"
#include "core/cursor.h"
#include "core/uuid.h"
#include "domain/header.h"
#include "domain/key_file.h"
#include "ipfix/assertion.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC         0x3150534fu /* "OSP1" */
#define RECORD_HEAD   24u
#define SEGMENT_BYTES ((uint64_t)4 << 20)
#define MOST_RECORD   ((size_t)16 << 20)

struct segment {
	struct segment *next;
	int fd;
	uint64_t first; /* sequence it is named by */
	uint64_t bytes;
};

struct entry {
	uint64_t sequence, at;
	struct segment *segment;
	uint32_t len, count;
	bool earlier; /* of a run before this one */
};

struct spool {
	char *directory; /* NULL: memory */
	char identifier[37];
	int lock_fd, event_fd, ack_fd;
	uint64_t most_bytes;
	/* both threads, under the lock */
	pthread_mutex_t lock;
	struct segment *oldest, *newest;
	uint64_t bytes, next_sequence, acknowledged;
	struct entry *entries; /* not acknowledged, by sequence: head … end */
	size_t head, end, room;
	struct spool_counters counters;
	/* reader */
	struct buffer payload;
};

static int refuse(const char *path, int code, struct error *error)
{
	return error_set(error, ERROR_USAGE, "--spool: %s: %s; name a directory that can be written", path,
			 strerror(code));
}

static void path_of(const struct spool *s, const char *name, char out[4096])
{
	snprintf(out, 4096, "%s/%s", s->directory, name);
}

/* ---- records ---- */

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t checksum(uint64_t sequence, uint32_t count, const void *payload, size_t len)
{
	uint8_t head[12];
	put64(head, sequence);
	put32(head + 8, count);
	uLong crc = crc32(crc32(0, NULL, 0), head, sizeof head);
	return (uint32_t)crc32(crc, payload, (uInt)len);
}

static void put_head(uint8_t head[RECORD_HEAD], uint64_t sequence, uint32_t count, const void *payload, size_t len)
{
	put32(head, MAGIC);
	put32(head + 4, (uint32_t)len);
	put64(head + 8, sequence);
	put32(head + 16, count);
	put32(head + 20, checksum(sequence, count, payload, len));
}

/* Reads a record's head and payload. False when it is none, or cut. */
static bool read_record(struct spool *s, const struct segment *g, uint64_t at, struct entry *e)
{
	uint8_t octets[RECORD_HEAD];
	if (pread(g->fd, octets, sizeof octets, (off_t)at) != (ssize_t)sizeof octets)
		return false;
	struct cursor c = cursor_init(octets, sizeof octets);
	uint32_t magic = cursor_le32(&c), len = cursor_le32(&c);
	e->sequence = cursor_le64(&c);
	e->count = cursor_le32(&c);
	uint32_t crc = cursor_le32(&c);
	e->at = at + RECORD_HEAD;
	e->len = len;
	buffer_clear(&s->payload);
	if (magic != MAGIC || len > MOST_RECORD || !buffer_reserve(&s->payload, len + 1))
		return false;
	return pread(g->fd, s->payload.data, len, (off_t)e->at) == (ssize_t)len &&
	       checksum(e->sequence, e->count, s->payload.data, len) == crc;
}

/* ---- entries and segments ---- */

static bool add_entry(struct spool *s, const struct entry *e)
{
	if (s->end == s->room && s->head > s->room / 2) {
		memmove(s->entries, s->entries + s->head, (s->end - s->head) * sizeof *s->entries);
		s->end -= s->head;
		s->head = 0;
	}
	if (s->end == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		struct entry *entries = realloc(s->entries, room * sizeof *entries);
		if (!entries)
			return false;
		s->entries = entries;
		s->room = room;
	}
	s->entries[s->end++] = *e;
	s->counters.waiting += e->count;
	return true;
}

static void name_segment(const struct spool *s, uint64_t first, char out[4096])
{
	char name[32];
	snprintf(name, sizeof name, "%016" PRIx64 ".spool", first);
	path_of(s, name, out);
}

static struct segment *add_segment(struct spool *s, uint64_t first, bool fresh)
{
	char path[4096];
	struct segment *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	if (s->directory) {
		name_segment(s, first, path);
		g->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_CREAT | O_TRUNC : 0), 0600);
	} else {
		g->fd = memfd_create("spool", MFD_CLOEXEC);
	}
	if (g->fd < 0) {
		free(g);
		return NULL;
	}
	g->first = first;
	*(s->newest ? &s->newest->next : &s->oldest) = g;
	s->newest = g;
	return g;
}

/* The oldest; nothing in it is wanted any more. */
static void drop_segment(struct spool *s)
{
	char path[4096];
	struct segment *g = s->oldest;
	s->bytes -= g->bytes;
	s->oldest = g->next;
	if (!s->oldest)
		s->newest = NULL;
	if (s->directory) {
		name_segment(s, g->first, path);
		unlink(path);
	}
	close(g->fd);
	free(g);
}

/* ---- opening ---- */

static int by_name(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* True for what an append leaves that was cut short when its process ended: a whole head, or a part of one, with less
 * behind it than it says. It was never told of as written, so nothing is lost with it. A length that was changed looks
 * alike, but then other records follow, or the octets are a whole record of another length. */
static bool is_torn(struct spool *s, const struct segment *g, uint64_t at, uint64_t size)
{
	uint8_t magic[4];
	size_t rest = (size_t)(size - at);
	put32(magic, MAGIC);
	buffer_clear(&s->payload);
	if (rest > RECORD_HEAD + MOST_RECORD || !buffer_reserve(&s->payload, rest) ||
	    pread(g->fd, s->payload.data, rest, (off_t)at) != (ssize_t)rest ||
	    memcmp(s->payload.data, magic, rest < 4 ? rest : 4) != 0)
		return false;
	if (rest < RECORD_HEAD)
		return true;
	struct cursor c = cursor_init((const uint8_t *)s->payload.data + 4, RECORD_HEAD - 4);
	uint32_t len = cursor_le32(&c);
	uint64_t sequence = cursor_le64(&c);
	uint32_t count = cursor_le32(&c), crc = cursor_le32(&c);
	const char *payload = s->payload.data + RECORD_HEAD;
	size_t there = rest - RECORD_HEAD;
	return len <= MOST_RECORD && len > there && !memmem(payload, there, magic, sizeof magic) &&
	       checksum(sequence, count, payload, (uint32_t)there) != crc;
}

/* `newest`: appends went here last. */
static bool load_segment(struct spool *s, uint64_t first, bool newest)
{
	struct segment *g = add_segment(s, first, false);
	struct stat status;
	if (!g || fstat(g->fd, &status) != 0)
		return false;
	uint64_t at = 0;
	struct entry e = {.segment = g, .earlier = true};
	while (at < (uint64_t)status.st_size && read_record(s, g, at, &e)) {
		at = e.at + e.len;
		if (e.sequence >= s->next_sequence)
			s->next_sequence = e.sequence + 1;
		if (e.sequence > s->acknowledged && !add_entry(s, &e))
			return false;
	}
	/* What cannot be read on is cut off. */
	if (at < (uint64_t)status.st_size) {
		s->counters.damaged += !(newest && is_torn(s, g, at, (uint64_t)status.st_size));
		if (ftruncate(g->fd, (off_t)at) != 0)
			return false;
	}
	g->bytes = at;
	s->bytes += at;
	return true;
}

static int load(struct spool *s, struct error *error)
{
	uint64_t *names = NULL;
	size_t n = 0;
	DIR *d = s->directory ? opendir(s->directory) : NULL;
	if (!d)
		return refuse(s->directory, errno, error);
	for (const struct dirent *e; (e = readdir(d));) {
		char *end = NULL;
		uint64_t first = strtoull(e->d_name, &end, 16);
		if (end != e->d_name + 16 || strcmp(end, ".spool") != 0)
			continue;
		uint64_t *more = realloc(names, (n + 1) * sizeof *names);
		if (!more)
			break;
		names = more;
		names[n++] = first;
	}
	closedir(d);
	if (n)
		qsort(names, n, sizeof *names, by_name);
	int code = 0;
	for (size_t i = 0; i < n && !code; i++)
		if (!load_segment(s, names[i], i + 1 == n))
			code = refuse(s->directory, errno ? errno : EIO, error);
	free(names);
	return code;
}

/* Sequence and its complement: half a write is seen. */
static uint64_t read_acknowledged(const struct spool *s)
{
	uint8_t octets[16];
	if (pread(s->ack_fd, octets, sizeof octets, 0) != (ssize_t)sizeof octets)
		return 0;
	struct cursor c = cursor_init(octets, sizeof octets);
	uint64_t sequence = cursor_le64(&c);
	return cursor_le64(&c) == ~sequence ? sequence : 0;
}

static void write_acknowledged(const struct spool *s)
{
	uint8_t octets[16];
	if (s->ack_fd < 0)
		return;
	put64(octets, s->acknowledged);
	put64(octets + 8, ~s->acknowledged);
	(void)!pwrite(s->ack_fd, octets, sizeof octets, 0);
}

static bool new_identifier(char out[37])
{
	uint8_t id[16];
	if (!uuid_random(id))
		return false;
	uuid_text(id, out);
	return true;
}

static int read_identifier(struct spool *s, struct error *error)
{
	char path[4096], line[80] = "urn:uuid:";
	path_of(s, "identifier", path);
	FILE *f = fopen(path, "re");
	if (f && fgets(line + 9, 38, f))
		line[9 + strcspn(line + 9, "\r\n")] = 0;
	if (f)
		fclose(f);
	if (component_valid(line)) {
		memcpy(s->identifier, line + 9, sizeof s->identifier);
		return 0;
	}
	if (!new_identifier(s->identifier))
		return refuse(path, EIO, error);
	return file_replace(path, s->identifier, 36, 0600, error) ? ERROR_USAGE : 0;
}

static int open_directory(struct spool *s, struct error *error)
{
	char path[4096];
	if (mkdir(s->directory, 0700) != 0 && errno != EEXIST)
		return refuse(s->directory, errno, error);
	path_of(s, "lock", path);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return refuse(s->directory, errno, error);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return error_set(error, ERROR_USAGE,
				 "--spool: %s: another collector is using it; name another directory", s->directory);
	path_of(s, "acknowledged", path);
	s->ack_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->ack_fd < 0)
		return refuse(path, errno, error);
	s->acknowledged = read_acknowledged(s);
	s->next_sequence = s->acknowledged + 1;
	int code = read_identifier(s, error);
	return code ? code : load(s, error);
}

int spool_open(const char *directory, uint64_t most_bytes, struct spool **out, struct error *error)
{
	struct spool *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(error, ERROR_FAILED, "--spool: no memory");
	s->lock_fd = s->ack_fd = -1;
	s->most_bytes = most_bytes;
	s->next_sequence = 1;
	pthread_mutex_init(&s->lock, NULL);
	s->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->directory = directory ? strdup(directory) : NULL;
	int code = s->event_fd >= 0 && (!directory || s->directory) && new_identifier(s->identifier)
			   ? 0
			   : error_set(error, ERROR_FAILED, "--spool: no memory");
	if (!code && s->directory)
		code = open_directory(s, error);
	if (code) {
		spool_close(s);
		return code;
	}
	*out = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	while (s->oldest) {
		struct segment *g = s->oldest;
		s->oldest = g->next;
		close(g->fd);
		free(g);
	}
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->ack_fd >= 0)
		close(s->ack_fd);
	if (s->event_fd >= 0)
		close(s->event_fd);
	pthread_mutex_destroy(&s->lock);
	buffer_fini(&s->payload);
	free(s->entries);
	free(s->directory);
	free(s);
}

/* ---- appending ---- */

/* Where the next record goes: a segment that is full, or whose records are all acknowledged, is followed by another. */
static struct segment *segment_for(struct spool *s)
{
	struct segment *g = s->newest;
	bool done = g && g->bytes >= SEGMENT_BYTES / 4 && s->head == s->end;
	if (g && !done && g->bytes < SEGMENT_BYTES)
		return g;
	return add_segment(s, s->next_sequence, true);
}

/* True when the record is whole on its way to the disk; what was written of one that is not, is taken back. */
static bool write_record(struct spool *s, struct segment *g, const char *payload, size_t len, uint32_t count)
{
	uint8_t head[RECORD_HEAD];
	put_head(head, s->next_sequence, count, payload, len);
	bool good = pwrite(g->fd, head, sizeof head, (off_t)g->bytes) == (ssize_t)sizeof head &&
		    pwrite(g->fd, payload, len, (off_t)(g->bytes + RECORD_HEAD)) == (ssize_t)len;
	if (!good)
		(void)!ftruncate(g->fd, (off_t)g->bytes);
	return good;
}

static bool append(struct spool *s, const char *payload, size_t len, uint32_t count)
{
	if (s->bytes + len + RECORD_HEAD > s->most_bytes || len > MOST_RECORD) {
		s->counters.full += count;
		return false;
	}
	struct segment *g = segment_for(s);
	struct entry e = {.sequence = s->next_sequence, .segment = g, .len = (uint32_t)len, .count = count};
	if (!g || !write_record(s, g, payload, len, count)) {
		s->counters.failed += count;
		return false;
	}
	e.at = g->bytes + RECORD_HEAD;
	if (!add_entry(s, &e)) {
		s->counters.failed += count;
		return false;
	}
	g->bytes += len + RECORD_HEAD;
	s->bytes += len + RECORD_HEAD;
	s->next_sequence++;
	s->counters.appended += count;
	return true;
}

bool spool_append(struct spool *s, const char *payload, size_t len, uint32_t count)
{
	pthread_mutex_lock(&s->lock);
	bool good = append(s, payload, len, count);
	pthread_mutex_unlock(&s->lock);
	if (good)
		(void)!write(s->event_fd, &(uint64_t){1}, sizeof(uint64_t));
	return good;
}

/* ---- reading ---- */

static bool find(struct spool *s, uint64_t after, struct entry *out)
{
	size_t low = s->head, high = s->end;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->entries[middle].sequence <= after)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == s->end)
		return false;
	*out = s->entries[low];
	return true;
}

bool spool_next(struct spool *s, uint64_t after, struct spool_batch *out)
{
	struct entry e;
	pthread_mutex_lock(&s->lock);
	bool found = find(s, after, &e);
	pthread_mutex_unlock(&s->lock);
	if (!found)
		return false;
	/* Outside the lock: only this thread drops segments. */
	buffer_clear(&s->payload);
	if (!buffer_reserve(&s->payload, e.len + 1) ||
	    pread(e.segment->fd, s->payload.data, e.len, (off_t)e.at) != (ssize_t)e.len)
		return false;
	*out = (struct spool_batch){e.sequence, e.count, s->payload.data, e.len};
	return true;
}

void spool_acknowledge(struct spool *s, uint64_t sequence)
{
	pthread_mutex_lock(&s->lock);
	while (s->head < s->end && s->entries[s->head].sequence <= sequence) {
		const struct entry *e = &s->entries[s->head++];
		s->counters.waiting -= e->count;
		s->counters.acknowledged += e->earlier ? 0 : e->count;
	}
	if (sequence > s->acknowledged) {
		s->acknowledged = sequence;
		write_acknowledged(s);
	}
	const struct segment *wanted = s->head < s->end ? s->entries[s->head].segment : s->newest;
	while (s->oldest && s->oldest != wanted)
		drop_segment(s);
	pthread_mutex_unlock(&s->lock);
}

uint64_t spool_acknowledged(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	uint64_t sequence = s->acknowledged;
	pthread_mutex_unlock(&s->lock);
	return sequence;
}

int spool_event(const struct spool *s)
{
	return s->event_fd;
}

void spool_calm(struct spool *s)
{
	uint64_t n;
	(void)!read(s->event_fd, &n, sizeof n);
}

struct spool_counters spool_counters(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	struct spool_counters c = s->counters;
	pthread_mutex_unlock(&s->lock);
	return c;
}

const char *spool_identifier(const struct spool *s)
{
	return s->identifier;
}

bool spool_lasting(const struct spool *s)
{
	return s->directory != NULL;
}
