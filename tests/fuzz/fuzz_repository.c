/* A repository file, whatever it holds: opened, listed, its histories read, and opened for writing. */
#include "core/buffer.h"
#include "domain/inventory.h"
#include "domain/repository.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/fuzz-repository-XXXXXX"; /* a file that needs no disk */
static char path[64], url[80];

static void clean(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[80];
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void leave(void)
{
	clean();
	rmdir(folder);
}

static void put(const uint8_t *data, size_t size)
{
	if (!*path) {
		if (!mkdtemp(folder))
			abort();
		snprintf(path, sizeof path, "%s/r.db", folder);
		snprintf(url, sizeof url, "sqlite:%s", path);
		atexit(leave);
	}
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static bool line(void *arg, const struct repository_change *said)
{
	size_t *n = arg;
	*n += strlen(said->line);
	return *n < 1 << 20;
}

static bool endpoint(void *arg, const struct inventory_endpoint *e)
{
	struct buffer b = {0};
	struct error error = {""};
	size_t seen = 0;
	inventory_json(&b, e, NULL);
	if (!b.len || b.data[b.len - 1] != '\n')
		abort(); /* values are shown as they lie there: a damaged one may spoil its line, never the next */
	buffer_fini(&b);
	repository_history(arg, e->id, line, &seen, &error);
	return true;
}

static void walk(enum repository_mode mode)
{
	static const struct inventory_filter all;
	struct repository *r;
	struct error error = {""};
	size_t seen = 0;
	if (repository_open(url, mode, &r, &error)) {
		if (!error.text[0])
			abort();
		return;
	}
	inventory_each(r, &all, endpoint, r, &error);
	repository_spoken(r, "192.0.2.1", line, &seen, &error);
	repository_close(r, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	put(data, size);
	walk(REPOSITORY_READ);
	walk(REPOSITORY_WRITE);
	clean();
	return 0;
}
