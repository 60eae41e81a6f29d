/* What the parts of the SQLite engine share: repository_sqlite.c opens, _schema.c makes and
 * brings up the tables, _write.c stores, _term.c keeps the index by
 * which questions are narrowed, _choose.c narrows, _read.c walks, _history.c tells what was said, _prune.c forgets,
 * _join.c joins what several components say of one machine, _keep.c makes lasting what was committed, _still.c reads
 * where nothing may be written. For these files only. */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_SQLITE_H
#define ONLOOKER_DOMAIN_REPOSITORY_SQLITE_H

#include "core/buffer.h"
#include "domain/repository.h"
#include "domain/repository_sqlite_keep.h"

#include <sqlite3.h>

enum sqlite_statement {
	FIND_ENDPOINT,
	ADD_ENDPOINT,
	UPDATE_ENDPOINT,
	MERGE_ENDPOINT,
	MOVE_CLAIM,
	ADD_CLAIM,
	WIDEN_CLAIM,
	ADD_HISTORY,
	ADD_PROVENANCE,
	FIND_PROVENANCE,
	ADD_OBSERVED,
	FIND_TERM,
	ADD_TERM,
	ADD_HELD,
	ADD_LOCATED,
	HOLDERS_OF_TERM,
	SHARE_MAC,
	SHARE_TERM,
	GET_SEQUENCE,
	SET_SEQUENCE,
	DATA_VERSION,
	BEGIN,
	COMMIT,
	LIST_PLACES,
	LIST_CLAIMS,
	ANY_WITH_MAC,
	FIND_SAME_MAC,
	DROP_CLAIMS,
	MOVE_HISTORY,
	MOVE_OBSERVED,
	MOVE_SIGHTING,
	STATEMENTS
};

/* Where the endpoints and the designations that come with every assertion were last seen: most assertions only move
 * an interval's end, which is written once a transaction. Direct-mapped; what is displaced is written first. */
struct cached_endpoint {
	uint8_t id[16];
	int64_t n; /* 0: an empty place */
	uint64_t first_ns, last_ns;
	uint64_t merged_ns; /* 0: not merged; JOINED: what is said of it is kept under another, for good */
	int64_t provenance; /* who spoke of it last */
	bool unique, dirty;
	bool judged; /* whether another component has it was looked up */
	bool made;   /* by this assertion: nothing is known of it yet */
};

#define JOINED INT64_MAX

struct cached_claim {
	int64_t endpoint; /* 0: an empty place */
	int64_t key;
	uint64_t start_ns, end_ns;
	uint8_t known, confidence;
	bool open, dirty;
};

struct cached_term {
	uint64_t hash;
	int64_t n; /* 0: an empty place */
};

/* How long another who writes is waited for: by who opens, prunes or migrates, and by who has something to store, which
 * several that share a repository on a slow disk do in turn. */
enum { BUSY_MS = 3000, STORE_BUSY_MS = 20000 };
enum { ENDPOINT_CACHE = 16384, IMPLIED_CACHE = 32768, TERM_CACHE = 32768 }; /* powers of two */

struct sqlite {
	struct repository repository;
	char *path; /* for sentences */
	sqlite3 *db;
	sqlite3_stmt *prepared[STATEMENTS];
	struct sqlite_keeper keeper;
	bool writing, in_transaction;
	bool still; /* read as a file that nobody writes to, as it was then: */
	int64_t seen_size;
	struct timespec seen;
	int64_t version; /* of the data: another when another connection wrote */
	bool lasting;    /* keeps history and index: nobody can ask a repository in memory later */
	uint64_t rows;   /* in this transaction */
	uint64_t taken;  /* assertions since the last good commit */
	int64_t provenance;
	char component[46]; /* whose: "urn:uuid:…" */
	uint64_t stored_ns; /* of this transaction */
	int64_t revision;   /* the last that was given, in this transaction and before */
	int64_t given;      /* the endpoint's number that was given last */
	bool numbered;      /* this transaction gave some */
	struct cached_endpoint *endpoints;
	struct cached_claim *implied;
	struct cached_term *terms;
};

/* The sentence of an SQLite result code; returns ERROR_FAILED. */
int sqlite_fail(const struct sqlite *s, int code, struct error *error);

/* Opens s->db for reading, also where SQLite can make no file beside it. 0 or a sentence. */
int sqlite_open_to_read(struct sqlite *s, const char *path, struct error *error);
/* That a file nobody writes to is as it was when it was opened so. 0 or a sentence. */
int sqlite_check_still(const struct sqlite *s, struct error *error);

/* Ours, and of this version; made when the file is empty, brought up when it is older and writing. 0 or a sentence. */
int sqlite_check_schema(struct sqlite *s, struct error *error);

/* Statements and caches. An SQLite code. */
int sqlite_prepare(struct sqlite *s);

/* Runs a bound statement that gives no rows, and makes it ready for the next time. An SQLite code. */
int sqlite_step(struct sqlite *s, enum sqlite_statement which);

/* Text that stays until the statement ran; NULL is NULL. */
void sqlite_bind(sqlite3_stmt *q, int at, const char *text);

/* Makes an endpoint findable by a claim (domain/term.h). An SQLite code. */
int sqlite_index_claim(struct sqlite *s, const uint8_t endpoint[16], const struct claim *c);

/* Identifiers of endpoints; grows. */
struct sqlite_ids {
	uint8_t (*ids)[16];
	size_t count, room;
};

/* Adds the one that a row has in a column; false when the heap is out. */
bool sqlite_ids_add(struct sqlite_ids *l, sqlite3_stmt *q, int column);
/* In order, each once. */
void sqlite_ids_sort(struct sqlite_ids *l);
void sqlite_ids_fini(struct sqlite_ids *l);

/* What an index gives for a question. */
struct sqlite_choice {
	enum {
		CHOSEN_NOTHING, /* no index tells, or too much: every endpoint has to be looked at */
		CHOSEN_TERMS,   /* who holds one of these */
		CHOSEN_IDS      /* these, sorted */
	} by;
	int64_t *terms;
	uint32_t n_terms;
	struct sqlite_ids ids;
};

/* Chooses by the narrowest of what is asked. An SQLite code; *out has to be given to sqlite_choice_fini() in any case.
 */
int sqlite_choose(struct sqlite *s, const struct inventory_filter *filter, struct sqlite_choice *out);
void sqlite_choice_fini(struct sqlite_choice *c);

/* Stores a claim under a key that is made of it. An SQLite code. */
int sqlite_put_claim(struct sqlite *s, int64_t endpoint, const uint8_t id[16], const struct claim *c);

/* Joins `e` to the endpoint another component has for the same machine, when `a` is the first to tell that. */
int sqlite_join(struct sqlite *s, struct cached_endpoint *e, const struct stored_assertion *a);

/* Who an endpoint is now: follows what it was merged into or joined to. */
int sqlite_resolve(struct sqlite *s, uint8_t id[16]);

/* Writes what the cache has of an endpoint; the place of a designation in the cache. */
int sqlite_write_endpoint(struct sqlite *s, struct cached_endpoint *e);
struct cached_claim *sqlite_implied(struct sqlite *s, int64_t endpoint, int64_t key);

int sqlite_begin(struct sqlite *s);
int sqlite_end(struct sqlite *s);
void sqlite_forget(struct sqlite *s);

int sqlite_store(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error);
int sqlite_provenance(struct repository *r, const char *line, size_t len, struct error *error);
int sqlite_commit(struct repository *r, uint64_t *undone, struct error *error);
int sqlite_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn, void *arg,
		     struct error *error);
int sqlite_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		   struct error *error);
int sqlite_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg, struct error *error);
int sqlite_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error);
int sqlite_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most);
int sqlite_observers(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
		     struct error *error);
int sqlite_revision(struct repository *r, uint64_t *out, struct error *error);
int sqlite_prune(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error);

#endif
