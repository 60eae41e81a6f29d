#include "capture/source_dpdk.h"
#include "capture/words.h"

#include <ctype.h>
#include <pthread.h>
#include <rte_eal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool started; /* once in the life of a process */

void quiet_begin(struct quiet *q)
{
	fflush(stdout);
	*q = (struct quiet){.out = dup(1), .err = dup(2), .kept = memfd_create("dpdk", MFD_CLOEXEC)};
	if (q->out < 0 || q->err < 0 || q->kept < 0)
		return;
	dup2(q->kept, 1);
	dup2(q->kept, 2);
}

#define MISTAKE 2

/* How much a line tells of what went wrong; the first of the best is quoted. */
static int worth(const char *line)
{
	static const char *const rows[] = {
		"unrecognized option", "invalid", "Cannot", "cannot", "ouldn't", "ailed", "rror", "not "};
	if (strstr(line, "FATAL: Invalid 'command line'"))
		return 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strstr(line, rows[i]))
			return MISTAKE;
	return 1;
}

/* The line without who says it ("EAL: "), and without what a terminal cannot show. */
static void quote(const char *line, char *why, size_t size)
{
	const char *colon = strstr(line, ": ");
	size_t n = 0;
	if (colon && !memchr(line, ' ', (size_t)(colon - line)))
		line = colon + 2;
	if (strncmp(line, "FATAL: ", 7) == 0)
		line += 7;
	for (; *line && n + 1 < size; line++)
		if (isprint((unsigned char)*line))
			why[n++] = *line;
	why[n] = '\0';
}

static int choose(int fd, char *why, size_t size)
{
	char line[512];
	int best = 0;
	FILE *f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return 0;
	}
	rewind(f);
	while (fgets(line, sizeof line, f)) {
		if (strncmp(line, "Usage", 5) == 0 || *line == '\n')
			break;
		if (worth(line) > best) {
			best = worth(line);
			quote(line, why, size);
		}
	}
	fclose(f);
	return best;
}

bool quiet_end(struct quiet *q, char *why, size_t size)
{
	fflush(stdout);
	if (q->out >= 0)
		dup2(q->out, 1);
	if (q->err >= 0)
		dup2(q->err, 2);
	close(q->out);
	close(q->err);
	*why = '\0';
	return q->kept >= 0 && choose(q->kept, why, size) == MISTAKE;
}

int eal_start(const char *arguments, struct error *error)
{
	struct words words;
	struct error e = {0};
	cpu_set_t cores;
	if (started)
		return error_set(error, ERROR_FAILED, "--dpdk: DPDK can be started only once in a process");
	int rc = words_init(&words, "onlooker", arguments, &e);
	if (rc)
		return error_set(error, rc, "--dpdk: %s", e.text);
	started = true;
	/* EAL binds its caller to a core; workers are started later and shall have all. */
	pthread_getaffinity_np(pthread_self(), sizeof cores, &cores);
	rc = rte_eal_init((int)words.count, words.items);
	pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
	words_fini(&words);
	return rc < 0 ? ERROR_USAGE : 0;
}

void eal_stop(void)
{
	rte_eal_cleanup();
}
