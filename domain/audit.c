#include "domain/audit.h"

#include "core/buffer.h"
#include "core/time.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LINE_BYTES 65536

static const char zeros[AUDIT_DIGEST_BYTES] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char digest_member[] = ",\"digest\":\"";

struct audit {
	int fd;
	char *path;
	struct audit_head head;
	uint64_t failures;
	off_t end;
};

void audit_digest(const void *data, size_t len, char out[AUDIT_DIGEST_BYTES])
{
	unsigned char octets[32];
	unsigned n = 0;
	EVP_Digest(data, len, octets, &n, EVP_sha256(), NULL);
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

/* True when `line` continues the chain after *head, which moves on. */
static bool continues(const char *line, size_t len, struct audit_head *head)
{
	char expected[256], digest[AUDIT_DIGEST_BYTES];
	size_t tail = sizeof digest_member - 1 + 64 + 2;
	if (len < tail || memcmp(line + len - tail, digest_member, sizeof digest_member - 1) != 0 ||
	    memcmp(line + len - 2, "\"}", 2) != 0)
		return false;
	audit_digest(line, len - tail, digest);
	if (memcmp(digest, line + len - 66, 64) != 0)
		return false;
	int n = snprintf(expected, sizeof expected, "{\"n\":%" PRIu64 ",", head->n + 1);
	if (len < (size_t)n || memcmp(line, expected, (size_t)n) != 0)
		return false;
	n = snprintf(expected, sizeof expected, ",\"previous\":\"%s\"", head->n ? head->digest : zeros);
	if (len < tail + (size_t)n || memcmp(line + len - tail - n, expected, (size_t)n) != 0)
		return false;
	head->n++;
	memcpy(head->digest, digest, sizeof digest);
	return true;
}

static int broken(const char *path, uint64_t n, const char *what, struct error *error)
{
	return error_set(error, ERROR_DAMAGED, "%s:%" PRIu64 ": %s", path, n, what);
}

/* Walks the file. *whole receives the octets up to the end of the last whole line. */
static int walk(FILE *f, const char *path, const struct audit_head *wanted, struct audit_head *head, off_t *whole,
		struct error *error)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	bool met = !wanted || !wanted->n;
	int code = 0;
	*head = (struct audit_head){0};
	*whole = 0;
	while (!code && (n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] != '\n')
			break; /* cut while it was written */
		if (!continues(line, (size_t)n - 1, head))
			code = broken(path, head->n + 1,
				      "this line does not continue the chain; the log was changed here", error);
		met |= wanted && wanted->n == head->n && strcmp(wanted->digest, head->digest) == 0;
		*whole += n;
	}
	free(line);
	if (!code && !met)
		code = error_set(error, ERROR_DAMAGED,
				 "%s: the head %" PRIu64
				 ":%.16s… is not in it; lines were cut off or replaced since it was published",
				 path, wanted ? wanted->n : 0, wanted ? wanted->digest : "");
	return code;
}

int audit_verify(const char *path, const struct audit_head *wanted, struct audit_head *out, struct error *error)
{
	struct audit_head head;
	off_t whole;
	FILE *f = fopen(path, "re");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s; name the fabric's audit.jsonl", path, strerror(errno));
	int code = walk(f, path, wanted, &head, &whole, error);
	if (!code && fseeko(f, 0, SEEK_END) == 0 && ftello(f) != whole)
		code = broken(path, head.n + 1, "the last line is cut; the fabric mends it when it starts", error);
	fclose(f);
	if (out)
		*out = head;
	return code;
}

static int refuse(const char *path, int code, struct error *error)
{
	return error_set(error, ERROR_USAGE, "%s: %s; name a state directory that can be written", path,
			 strerror(code));
}

/* What a crash left half written was never published; that something is taken away is told all the same. */
static int mend(struct audit *a, struct error *error)
{
	off_t behind = lseek(a->fd, 0, SEEK_END) - a->end;
	if (behind <= 0)
		return 0;
	if (ftruncate(a->fd, a->end) != 0)
		return refuse(a->path, errno, error);
	fprintf(stderr,
		"onlooker fabric: %s: the last line was half written: %lld octets behind line %" PRIu64
		" are cut off\n",
		a->path, (long long)behind, a->head.n);
	return 0;
}

int audit_open(const char *path, struct audit **out, struct error *error)
{
	struct audit *a = calloc(1, sizeof *a);
	char *name = strdup(path);
	if (!a || !name) {
		free(a);
		free(name);
		return error_set(error, ERROR_FAILED, "%s: no memory", path);
	}
	a->path = name;
	a->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (a->fd >= 0 && flock(a->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		audit_close(a);
		return error_set(error, ERROR_USAGE, "%s: another fabric writes it; name another --state", path);
	}
	FILE *f = a->fd >= 0 ? fopen(path, "re") : NULL;
	int code = f ? walk(f, path, NULL, &a->head, &a->end, error) : refuse(path, errno, error);
	if (f)
		fclose(f);
	if (!code)
		code = mend(a, error);
	if (code) {
		audit_close(a);
		return ERROR_USAGE;
	}
	*out = a;
	return 0;
}

static void failed(struct audit *a, int code)
{
	if (!a->failures++)
		fprintf(stderr, "onlooker fabric: %s: %s; acts are not logged until that is mended\n", a->path,
			strerror(code));
	(void)!ftruncate(a->fd, a->end);
}

void audit_act(struct audit *a, const char *actor, const char *act, json_t *detail)
{
	char now[TIME_TEXT_BYTES];
	struct audit_head head = {.n = a->head.n + 1};
	struct buffer b = {0};
	time_text(time_now(), now);
	char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
	json_decref(detail);
	buffer_format(&b, "{\"n\":%" PRIu64 ",\"time\":\"%s\",\"actor\":", head.n, now);
	buffer_json_string(&b, actor);
	BUFFER_LITERAL(&b, ",\"act\":");
	buffer_json_string(&b, act);
	BUFFER_LITERAL(&b, ",\"detail\":");
	buffer_text(&b, text ? text : "{}");
	free(text);
	buffer_format(&b, ",\"previous\":\"%s\"", a->head.n ? a->head.digest : zeros);
	if (!b.failed)
		audit_digest(b.data, b.len, head.digest);
	buffer_format(&b, "%s%s\"}\n", digest_member, head.digest);
	ssize_t n = b.failed ? -1 : write(a->fd, b.data, b.len);
	if (n == (ssize_t)b.len && fdatasync(a->fd) == 0) {
		a->head = head;
		a->end += n;
	} else {
		failed(a, n < 0 ? errno : ENOSPC);
	}
	buffer_fini(&b);
}

struct audit_head audit_head(const struct audit *a)
{
	return a->head;
}

uint64_t audit_failures(const struct audit *a)
{
	return a->failures;
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	if (a->fd >= 0)
		close(a->fd);
	free(a->path);
	free(a);
}
