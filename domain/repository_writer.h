/* The thread that stores: takes decoded batches in the order in which they were given, and commits when nothing waits
 * or enough is stored. A second one waits for the disk, while the next are stored. Whoever gives them decodes the next
 * but one meanwhile, and hears of each when it is lasting, or lost.
 *
 * One thread gives and takes back, the owner's; it never touches a batch between the two. The batches are the writer's,
 * a fixed number: who brings more than can be stored waits.
 */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_WRITER_H
#define ONLOOKER_DOMAIN_REPOSITORY_WRITER_H

#include "core/arena.h"
#include "core/buffer.h"
#include "domain/import.h"
#include "domain/repository.h"

struct writer_assertion {
	struct stored_assertion assertion;
	bool fresh; /* by the writer: it was not there */
};

/* What is brought in whole, in a batch of its own (domain/import.h); its payload is the file. */
struct writer_import {
	struct import what; /* its texts lie below */
	char format[32], source[128], endpoint[128];
	/* by the writer */
	struct imported done;
	int code; /* why it was not; the batch is not lost for that */
	struct error error;
};

struct writer_batch {
	/* by who gives it */
	int64_t ticket;
	struct buffer payload; /* what the assertions' lines lie in */
	struct arena texts;
	size_t provenance_len; /* the payload begins with this line */
	struct writer_assertion *assertions;
	struct writer_import *import; /* NULL: assertions. Freed with the release */
	uint32_t count, room;
	uint32_t refused;
	char why[200]; /* the first was refused for; "": none was */
	/* by the writer */
	bool lost;         /* nothing of it is kept */
	bool last;         /* of what was committed together */
	uint64_t revision; /* of that commit */
	struct error lost_why;
	struct writer_batch *next; /* in the list where it is */
};

/* Who looks on while assertions are stored, on the storer's thread: before each, with what stands; when it was stored;
 * and when all since the last time are committed, or lost. */
struct writer_observer {
	void *arg;
	void (*before)(void *arg, struct repository *r, const struct stored_assertion *a);
	void (*stored)(void *arg, bool fresh);
	void (*settled)(void *arg, bool kept);
};

struct repository_writer;

/* Opens for writing. 0 and *out; ERROR_USAGE or ERROR_FAILED and a sentence. */
int repository_writer_open(const char *url, const struct writer_observer *observer, struct repository_writer **out,
			   struct error *error);

/* An empty batch; waits when all are on their way. NULL when some are settled: they have to be released first. */
struct writer_batch *repository_writer_batch(struct repository_writer *w);
/* The next assertion of a batch; NULL when the heap is out. */
struct writer_assertion *writer_batch_add(struct writer_batch *b);

void repository_writer_give(struct repository_writer *w, struct writer_batch *b);

/* The next that is settled, in the order in which they were given; NULL when there is none now. Goes back with
 * repository_writer_release(), as one that was not given may. */
struct writer_batch *repository_writer_take(struct repository_writer *w);
void repository_writer_release(struct repository_writer *w, struct writer_batch *b);

/* Waits until all that was given is settled. */
void repository_writer_settle(struct repository_writer *w);

/* Can be read when something is settled. */
int repository_writer_fd(const struct repository_writer *w);

/* Stores what was given, and closes. 0 or ERROR_FAILED and a sentence. */
int repository_writer_close(struct repository_writer *w, struct error *error);

#endif
