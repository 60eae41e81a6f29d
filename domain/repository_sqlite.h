/* What the two halves of the SQLite engine share: repository_sqlite.c opens and writes, repository_sqlite_read.c asks.
 * For these two files only. */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_SQLITE_H
#define ONLOOKER_DOMAIN_REPOSITORY_SQLITE_H

#include "core/buffer.h"
#include "domain/repository.h"

#include <sqlite3.h>

enum {
	FIND_ENDPOINT,
	ADD_ENDPOINT,
	UPDATE_ENDPOINT,
	MERGE_ENDPOINT,
	PUT_CLAIM,
	WIDEN_CLAIM,
	ADD_HISTORY,
	ADD_SPOKEN,
	ADD_PROVENANCE,
	BEGIN,
	COMMIT,
	STATEMENTS
};

/* Where the endpoints and the designations that come with every assertion were last seen: most assertions only move
 * an interval's end, which is written once a transaction. Direct-mapped; what is displaced is written first. */
struct cached_endpoint {
	uint8_t id[16];
	int64_t n; /* 0: an empty place */
	uint64_t first_ns, last_ns;
	uint64_t merged_ns; /* 0: not merged */
	bool unique, dirty;
};

struct cached_claim {
	int64_t endpoint; /* 0: an empty place */
	int64_t key;
	uint64_t start_ns, end_ns;
	uint8_t known, confidence;
	bool open, dirty;
};

struct sqlite {
	struct repository repository;
	char *path; /* for sentences */
	sqlite3 *db;
	sqlite3_stmt *prepared[STATEMENTS];
	bool writing, history, in_transaction;
	uint64_t rows;  /* in this transaction */
	uint64_t taken; /* assertions since the last good commit */
	struct provenance provenance;
	struct cached_endpoint *endpoints;
	struct cached_claim *implied;
	struct buffer value, evidence, line;
};

/* The sentence of an SQLite result code; returns ERROR_FAILED. */
int sqlite_fail(const struct sqlite *s, int code, struct error *error);

int sqlite_commit(struct repository *r, uint64_t *undone, struct error *error);
int sqlite_endpoints(struct repository *r, repository_endpoint_fn *fn, void *arg, struct error *error);
int sqlite_history(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg, struct error *error);
int sqlite_spoken(struct repository *r, const char *address, repository_line_fn *fn, void *arg, struct error *error);

#endif
