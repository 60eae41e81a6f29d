/* What the two halves of the ClickHouse engine share. For these files only. */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_CLICKHOUSE_H
#define ONLOOKER_DOMAIN_REPOSITORY_CLICKHOUSE_H

#include "core/arena.h"
#include "domain/clickhouse.h"
#include "domain/id_filter.h"
#include "domain/repository.h"

enum clickhouse_table {
	CLICKHOUSE_ASSERTION,
	CLICKHOUSE_CLAIM,
	CLICKHOUSE_ENDPOINT,
	CLICKHOUSE_HELD,
	CLICKHOUSE_PROVENANCE,
	CLICKHOUSE_TABLES
};
enum { SEEN_SLOTS = 32768 };

struct pending {
	struct stored_assertion assertion;
	uint64_t provenance;
	uint64_t revision; /* given when it is written */
};

/* A claim of the batch: what is told of it is told in one row. */
struct batch_claim {
	int64_t key;
	uint64_t revision;
	const struct claim *claim;
};

struct clickhouse_repository {
	struct repository repository;
	struct clickhouse *server;
	bool writing;
	uint64_t revision;   /* the last that was given */
	uint64_t provenance; /* of what is stored now */
	uint64_t began_ms;   /* when the batch was begun, monotonic */
	struct pending *pending;
	uint32_t n_pending;
	struct pending **fresh;     /* of them, as they are written */
	struct batch_claim *claims; /* room, for those of one endpoint */
	uint32_t claims_room;
	uint32_t seen[SEEN_SLOTS]; /* identifiers of the batch: 1 + their place in it */
	struct arena texts;        /* of the batch */
	struct id_filter filter;   /* what may be there; not made: all */
	bool counted;
	uint64_t rows_there, asked; /* assertions in the table; identifiers it was asked for */
	struct buffer rows[CLICKHOUSE_TABLES];
};

/* Runs a question after what is pending was written: what is asked has to be what was stored. */
int clickhouse_ask(struct clickhouse_repository *r, const struct buffer *sql, struct buffer *answer,
		   struct error *error);
struct rowbinary clickhouse_rows(const struct buffer *answer);

/* Identifiers of what is pending that the table has already, for clickhouse_is_known(). */
int clickhouse_ask_known(struct clickhouse_repository *r, struct buffer *known, struct error *error);
bool clickhouse_is_known(const struct buffer *known, const uint8_t id[16]);

/* Rows of all tables for these, of which none is stored yet; puts them into the order of the table. A buffer that has
 * `failed` says that the heap is out. */
void clickhouse_put_rows(struct clickhouse_repository *r, struct pending **some, uint32_t n, uint64_t stored_ns);

int clickhouse_commit(struct repository *r, uint64_t *undone, struct error *error);
int clickhouse_finish(struct repository *r, struct error *error);
int clickhouse_revision(struct repository *r, uint64_t *out, struct error *error);
int clickhouse_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn,
			 void *arg, struct error *error);
int clickhouse_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		       struct error *error);
int clickhouse_observers(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
			 struct error *error);
int clickhouse_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg,
		      struct error *error);
int clickhouse_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error);
int clickhouse_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most);

#endif
