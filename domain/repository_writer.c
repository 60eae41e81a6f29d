#include "domain/repository_writer.h"

#include "core/monotonic.h"
#include "core/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCHES         256u
#define TEXTS_BLOCK     (64u << 10)
#define NEAR_BYTES      ((size_t)1 << 20)  /* of a commit: more makes who sent them wait for nothing */
#define FAR_BYTES       ((size_t)16 << 20) /* the same where each costs a way there and back */
#define COMMIT_MOST     9800u /* assertions: with the batch that goes beyond it no more than an engine writes at once */
#define COMPANY_MS      20u   /* what comes within this of the one before goes with it, */
#define COMPANY_MOST_MS 1000u /* for so long */
#define KEPT_BYTES      ((size_t)1 << 20) /* a batch that took more gives it back */

struct list {
	struct writer_batch *first, **end;
};

struct repository_writer {
	struct repository *repository; /* storer's thread; the syncer's for repository_sync() and _tend() */
	struct writer_observer observer;
	size_t commit_bytes;
	unsigned company_ms; /* 0: a commit costs little and waits for nobody */
	pthread_t storer, syncer;
	unsigned started; /* of the two */
	int fd;
	struct writer_batch batches[BATCHES];
	/* all, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t given, ended, freed; /* freed: or settled */
	struct list free, waiting, unsure, settled;
	uint32_t on_the_way; /* given and not settled */
	bool stop, stored;
};

static void append(struct list *l, struct writer_batch *b)
{
	b->next = NULL;
	*l->end = b;
	l->end = &b->next;
}

static struct writer_batch *pop(struct list *l)
{
	struct writer_batch *b = l->first;
	if (!b)
		return NULL;
	l->first = b->next;
	if (!l->first)
		l->end = &l->first;
	return b;
}

static struct writer_batch *take_all(struct list *l)
{
	struct writer_batch *b = l->first;
	l->first = NULL;
	l->end = &l->first;
	return b;
}

/* ---- storer's thread ---- */

static void bring_in(struct repository_writer *w, struct writer_import *i, const struct buffer *file)
{
	i->code = import_data(w->repository, &i->what, file->data ? file->data : "", file->len, &i->done, &i->error);
}

static int store(struct repository_writer *w, struct writer_batch *b, struct error *error)
{
	const struct writer_observer *o = &w->observer;
	if (b->import) {
		bring_in(w, b->import, &b->payload);
		return 0;
	}
	int code = repository_provenance_line(w->repository, b->payload.data, b->provenance_len, error);
	for (uint32_t i = 0; i < b->count && !code; i++) {
		struct writer_assertion *a = &b->assertions[i];
		o->before(o->arg, w->repository, &a->assertion);
		code = repository_store_lent(w->repository, &a->assertion, &a->fresh, error);
		o->stored(o->arg, !code && a->fresh);
	}
	return code;
}

static struct timespec after_ms(unsigned ms)
{
	uint64_t at_ms = monotonic_ms() + ms;
	return (struct timespec){.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000};
}

/* The next that may share the commit that began at `began_ms`, or NULL. Where a commit costs a way there and back, what
 * comes soon is waited for: collectors that have more send it at once. */
static struct writer_batch *next_of_commit(struct repository_writer *w, uint64_t began_ms)
{
	pthread_mutex_lock(&w->lock);
	struct writer_batch *b = pop(&w->waiting);
	int code = 0;
	while (!b && !code && w->company_ms && !w->stop && monotonic_ms() - began_ms < COMPANY_MOST_MS) {
		const struct timespec until = after_ms(w->company_ms);
		code = pthread_cond_timedwait(&w->given, &w->lock, &until);
		b = pop(&w->waiting);
	}
	pthread_mutex_unlock(&w->lock);
	return b;
}

/* Stores from `b` on until nothing waits or it is enough; *done are those that share a commit. */
static int store_together(struct repository_writer *w, struct writer_batch *b, struct list *done, struct error *error)
{
	uint64_t began_ms = monotonic_ms();
	size_t octets = 0, count = 0;
	int code = 0;
	while (b && !code) {
		append(done, b);
		octets += b->payload.len;
		count += b->count;
		code = store(w, b, error);
		b = code || octets > w->commit_bytes || count > COMMIT_MOST ? NULL : next_of_commit(w, began_ms);
	}
	return code;
}

/* What was committed, or not, goes on to the other thread. */
static void pass_on(struct repository_writer *w, struct list *done, int code, uint64_t revision,
		    const struct error *error)
{
	pthread_mutex_lock(&w->lock);
	for (struct writer_batch *b; (b = pop(done));) {
		b->lost = code;
		b->revision = revision;
		b->last = !done->first;
		b->lost_why = *error;
		append(&w->unsure, b);
	}
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
}

static void *store_all(void *arg)
{
	struct repository_writer *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->stop || w->waiting.first) {
		struct writer_batch *b = pop(&w->waiting);
		if (!b) {
			pthread_cond_wait(&w->given, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		struct list done = {NULL, &done.first};
		struct error error = {""};
		uint64_t revision = 0;
		int code = store_together(w, b, &done, &error);
		if (code)
			repository_end(w->repository, NULL); /* undone: the engine begins anew */
		else
			code = repository_end(w->repository, &error);
		if (!code)
			code = repository_revision(w->repository, &revision, &error);
		w->observer.settled(w->observer.arg, !code);
		pass_on(w, &done, code, revision, &error);
		pthread_mutex_lock(&w->lock);
	}
	w->stored = true;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- syncer's thread ---- */

static void tell(struct repository_writer *w, struct writer_batch *b, int code, const struct error *error)
{
	const uint64_t one = 1;
	pthread_mutex_lock(&w->lock);
	for (struct writer_batch *next; b; b = next) {
		next = b->next;
		if (code && !b->lost) {
			b->lost = true;
			b->lost_why = *error;
		}
		append(&w->settled, b);
		w->on_the_way--;
	}
	pthread_cond_broadcast(&w->freed);
	pthread_mutex_unlock(&w->lock);
	if (write(w->fd, &one, sizeof one) != sizeof one)
		return; /* it is readable already */
}

/* While the disk is waited for, the next are being stored: one wait serves all that were ended before it began. */
static void *sync_all(void *arg)
{
	struct repository_writer *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->stored || w->unsure.first) {
		struct writer_batch *b = take_all(&w->unsure);
		if (!b) {
			pthread_cond_wait(&w->ended, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		struct error error = {""};
		int code = repository_sync(w->repository, &error);
		tell(w, b, code, &error);
		repository_tend(w->repository);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- owner's thread ---- */

struct writer_batch *repository_writer_batch(struct repository_writer *w)
{
	pthread_mutex_lock(&w->lock);
	struct writer_batch *b;
	while (!(b = pop(&w->free)) && !w->settled.first)
		pthread_cond_wait(&w->freed, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return b;
}

struct writer_assertion *writer_batch_add(struct writer_batch *b)
{
	if (b->count == b->room) {
		uint32_t room = b->room ? 2 * b->room : 64;
		struct writer_assertion *more = realloc(b->assertions, room * sizeof *more);
		if (!more)
			return NULL;
		b->assertions = more;
		b->room = room;
	}
	b->assertions[b->count] = (struct writer_assertion){.fresh = false};
	return &b->assertions[b->count++];
}

void repository_writer_give(struct repository_writer *w, struct writer_batch *b)
{
	pthread_mutex_lock(&w->lock);
	append(&w->waiting, b);
	w->on_the_way++;
	pthread_cond_signal(&w->given);
	pthread_mutex_unlock(&w->lock);
}

struct writer_batch *repository_writer_take(struct repository_writer *w)
{
	uint64_t times;
	pthread_mutex_lock(&w->lock);
	struct writer_batch *b = pop(&w->settled);
	if (!b && read(w->fd, &times, sizeof times) < 0)
		times = 0; /* nothing was told since */
	pthread_mutex_unlock(&w->lock);
	return b;
}

static void empty(struct writer_batch *b)
{
	buffer_clear(&b->payload);
	arena_reset(&b->texts);
	if (b->payload.size > KEPT_BYTES)
		buffer_fini(&b->payload);
	if (b->texts.used_bytes > KEPT_BYTES) {
		arena_fini(&b->texts);
		arena_init(&b->texts, TEXTS_BLOCK, 0);
	}
	free(b->import);
	b->import = NULL;
	b->count = b->refused = 0;
	*b->why = 0;
}

void repository_writer_release(struct repository_writer *w, struct writer_batch *b)
{
	empty(b);
	pthread_mutex_lock(&w->lock);
	append(&w->free, b);
	pthread_mutex_unlock(&w->lock);
}

void repository_writer_settle(struct repository_writer *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->on_the_way)
		pthread_cond_wait(&w->freed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

int repository_writer_fd(const struct repository_writer *w)
{
	return w->fd;
}

static void init(struct repository_writer *w)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&w->ended, NULL);
	pthread_cond_init(&w->freed, NULL);
	struct list *lists[] = {&w->free, &w->waiting, &w->unsure, &w->settled};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		lists[i]->end = &lists[i]->first;
	for (uint32_t i = 0; i < BATCHES; i++) {
		arena_init(&w->batches[i].texts, TEXTS_BLOCK, 0);
		append(&w->free, &w->batches[i]);
	}
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void start_threads(struct repository_writer *w)
{
	if (thread_start(&w->storer, "storer", NULL, store_all, w) != 0)
		return;
	w->started++;
	w->started += thread_start(&w->syncer, "syncer", NULL, sync_all, w) == 0;
}

int repository_writer_open(const char *url, const struct writer_observer *observer, struct repository_writer **out,
			   struct error *error)
{
	struct repository_writer *w = calloc(1, sizeof *w);
	if (!w)
		return error_set(error, ERROR_FAILED, "repository: no memory");
	init(w);
	w->observer = *observer;
	int code = repository_open(url, REPOSITORY_WRITE, &w->repository, error);
	if (!code) {
		w->commit_bytes = repository_is_near(w->repository) ? NEAR_BYTES : FAR_BYTES;
		w->company_ms = repository_is_near(w->repository) ? 0 : COMPANY_MS;
	}
	if (!code && w->fd >= 0)
		start_threads(w);
	if (!code && w->started < 2)
		code = error_set(error, ERROR_FAILED, "repository: no thread to store with");
	if (code)
		repository_writer_close(w, NULL);
	else
		*out = w;
	return code;
}

int repository_writer_close(struct repository_writer *w, struct error *error)
{
	if (!w)
		return 0;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->given);
	pthread_mutex_unlock(&w->lock);
	if (w->started)
		pthread_join(w->storer, NULL);
	if (w->started > 1)
		pthread_join(w->syncer, NULL);
	int code = repository_close(w->repository, error);
	for (uint32_t i = 0; i < BATCHES; i++) {
		buffer_fini(&w->batches[i].payload);
		arena_fini(&w->batches[i].texts);
		free(w->batches[i].assertions);
		free(w->batches[i].import);
	}
	if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->given);
	pthread_cond_destroy(&w->ended);
	pthread_cond_destroy(&w->freed);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return code;
}
