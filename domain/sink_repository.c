#include "domain/sink_repository.h"

#include <stdlib.h>

struct sink_repository {
	struct sink sink;
	struct repository *repository;
	uint64_t pending; /* written, not yet committed */
	struct error failure;
	int failed;
};

static void drop(struct sink_repository *k, uint64_t count)
{
	if (!count)
		return;
	k->sink.counters.dropped[0].reason = "write";
	k->sink.counters.dropped[0].count += count;
}

static void settle(struct sink_repository *k, uint64_t undone)
{
	uint64_t lost = undone < k->pending ? undone : k->pending;
	k->sink.counters.delivered += k->pending - lost;
	drop(k, lost);
	k->pending = 0;
}

static void provenance(struct sink *s, const struct provenance *p)
{
	struct sink_repository *k = (struct sink_repository *)s;
	if (!k->failed)
		k->failed = repository_provenance(k->repository, p, &k->failure);
}

static void flush(struct sink *s)
{
	struct sink_repository *k = (struct sink_repository *)s;
	if (k->failed)
		return;
	uint64_t undone = 0;
	k->failed = repository_commit(k->repository, &undone, &k->failure);
	settle(k, undone);
}

static void write_block(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct sink_repository *k = (struct sink_repository *)s;
	s->counters.offered += count;
	if (k->failed) {
		drop(k, count);
		return;
	}
	k->failed = repository_write(k->repository, assertions, count, &k->failure);
	k->pending += count;
	if (!k->failed)
		return;
	uint64_t undone = 0;
	repository_commit(k->repository, &undone, NULL);
	settle(k, undone);
}

static int close_sink(struct sink *s, struct error *error)
{
	struct sink_repository *k = (struct sink_repository *)s;
	flush(s);
	int code = k->failed;
	if (code && error)
		*error = k->failure;
	free(k);
	return code;
}

int sink_repository_open(struct repository *r, struct sink **out, struct error *error)
{
	struct sink_repository *k = calloc(1, sizeof *k);
	if (!k)
		return error_set(error, ERROR_FAILED, "repository: no memory");
	k->sink = (struct sink){.name = "repository",
				.provenance = provenance,
				.write = write_block,
				.flush = flush,
				.close = close_sink};
	k->repository = r;
	*out = &k->sink;
	return 0;
}
