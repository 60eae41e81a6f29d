/* Making lasting what was committed: a connection of its own waits for the disk and brings the log over into the
 * tables, so that the thread that stores need not. That one does it itself when the log has become long, as it begins
 * anew only where nobody adds to it meanwhile. */
#include "domain/repository_sqlite_keep.h"

#include <stdbool.h>
#include <stdlib.h>

#define BRING_PAGES 1000 /* 16 MB: what SQLite would wait for by itself */
#define LONG_PAGES  4000

static int note_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_keeper *k = arg;
	(void)db;
	(void)name;
	atomic_store_explicit(&k->pages, pages, memory_order_relaxed);
	return 0;
}

int sqlite_keeper_open(struct sqlite_keeper *k, sqlite3 *writer, const char *path)
{
	pthread_mutex_init(&k->lock, NULL);
	int code = sqlite3_open_v2(path, &k->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (!code) /* the log is open from the first question on */
		code = sqlite3_exec(k->db, "PRAGMA schema_version", NULL, NULL, NULL);
	if (!code)
		sqlite3_wal_hook(writer, note_pages, k);
	return code;
}

void sqlite_keeper_close(struct sqlite_keeper *k)
{
	if (!k->db)
		return;
	sqlite3_close(k->db);
	pthread_mutex_destroy(&k->lock);
	k->db = NULL;
}

static int wait_for(sqlite3 *db, int which)
{
	sqlite3_file *file = NULL;
	int code = sqlite3_file_control(db, "main", which, &file);
	if (code || !file || !file->pMethods)
		return code ? code : SQLITE_IOERR_FSYNC;
	return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

/* A file that somebody moved away or deleted takes what is written, and nobody finds it again. */
static bool is_gone(sqlite3 *db)
{
	int moved = 0;
	return sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

int sqlite_keeper_sync(struct sqlite_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	/* what a disk could not keep once it does not tell of a second time: nothing behind it is sure */
	if (!k->failed)
		k->failed = is_gone(k->db) ? SQLITE_READONLY_DBMOVED : wait_for(k->db, SQLITE_FCNTL_JOURNAL_POINTER);
	int code = k->failed;
	pthread_mutex_unlock(&k->lock);
	return code;
}

void sqlite_keeper_tend(struct sqlite_keeper *k)
{
	int pages = atomic_load_explicit(&k->pages, memory_order_relaxed), there = 0, done = 0;
	pthread_mutex_lock(&k->lock);
	if (pages < k->brought) /* it began anew */
		k->brought = 0;
	if (pages - k->brought >= BRING_PAGES &&
	    sqlite3_wal_checkpoint_v2(k->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &there, &done) == SQLITE_OK) {
		k->brought = done;
		if (done < there) /* little is left to wait for to the one that does the rest */
			(void)wait_for(k->db, SQLITE_FCNTL_FILE_POINTER);
	}
	pthread_mutex_unlock(&k->lock);
}

void sqlite_keeper_bring_all(struct sqlite_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	if (!k->failed)
		(void)sqlite3_wal_checkpoint_v2(k->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	pthread_mutex_unlock(&k->lock);
}

void sqlite_keeper_shorten(struct sqlite_keeper *k, sqlite3 *writer)
{
	if (atomic_load_explicit(&k->pages, memory_order_relaxed) < LONG_PAGES)
		return;
	pthread_mutex_lock(&k->lock);
	(void)sqlite3_wal_checkpoint_v2(writer, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	pthread_mutex_unlock(&k->lock);
}
