/* What makes commits of an SQLite repository last (repository_sqlite_keep.c). For the parts of that engine only. */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_SQLITE_KEEP_H
#define ONLOOKER_DOMAIN_REPOSITORY_SQLITE_KEEP_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

struct sqlite_keeper {
	atomic_int pages; /* of the log; by the thread that stores */
	/* under the lock */
	pthread_mutex_t lock;
	sqlite3 *db; /* NULL: nothing lasts */
	int brought; /* pages that are in the tables, too */
	int failed;  /* an SQLite code: the disk did not keep what was committed */
};

/* All return SQLite codes. `writer` is the connection that stores, in whose thread this and _shorten() are called. */
int sqlite_keeper_open(struct sqlite_keeper *k, sqlite3 *writer, const char *path);
void sqlite_keeper_close(struct sqlite_keeper *k);

/* From any thread: returns when all that was committed before is on the disk; an error is one for good. */
int sqlite_keeper_sync(struct sqlite_keeper *k);

/* From any thread, now and then: brings the log over. It takes a while. */
void sqlite_keeper_tend(struct sqlite_keeper *k);

/* Brings over all there is, before closing: SQLite would do it then, and keep everybody out for as long as that takes.
 */
void sqlite_keeper_bring_all(struct sqlite_keeper *k);
/* Between two transactions: lets a long log begin anew. */
void sqlite_keeper_shorten(struct sqlite_keeper *k, sqlite3 *writer);

#endif
