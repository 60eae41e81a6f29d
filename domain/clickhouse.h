/* A connection to ClickHouse over its HTTP interface (libcurl): statements, rows in, rows out (RowBinary).
 *
 * Values in statements are never spliced in as they are: clickhouse_text() and clickhouse_bytes() quote them. One
 * thread.
 */
#ifndef ONLOOKER_DOMAIN_CLICKHOUSE_H
#define ONLOOKER_DOMAIN_CLICKHOUSE_H

#include "core/buffer.h"
#include "core/error.h"

struct clickhouse;

/* `rest` is what stands behind "clickhouse:": //HOST[:PORT][/DATABASE][?user=NAME&passwordFile=PATH&cluster=NAME].
 * 0; ERROR_USAGE, or ERROR_FAILED where nobody answers there now, and a sentence. The server was asked for its version.
 */
int clickhouse_open(const char *rest, struct clickhouse **out, struct error *error);
void clickhouse_close(struct clickhouse *c);

/* The last request found nobody: another time it may. */
bool clickhouse_is_away(const struct clickhouse *c);

/* The database, and the cluster its tables are spread over (NULL: there is none). */
const char *clickhouse_database(const struct clickhouse *c);
const char *clickhouse_cluster(const struct clickhouse *c);

/* Runs a statement; what it answers goes to `answer` (NULL: it has none). 0, or ERROR_FAILED and what the server said.
 */
int clickhouse_run(struct clickhouse *c, const struct buffer *sql, struct buffer *answer, struct error *error);
/* Runs a statement whose answer is one UInt64. */
int clickhouse_number(struct clickhouse *c, const struct buffer *sql, uint64_t *out, struct error *error);

/* Rows for tables, columns in their order; those of all tables at the same time. 0, or ERROR_FAILED and why one of them
 * does not have its rows. */
enum { CLICKHOUSE_TOGETHER = 4 };
struct clickhouse_insertion {
	const char *table;
	const struct buffer *rows;
};
int clickhouse_insert(struct clickhouse *c, const struct clickhouse_insertion *rows, uint32_t n, struct error *error);

/* Quoted for a statement: a text, and octets. */
void clickhouse_text(struct buffer *sql, const char *text);
void clickhouse_bytes(struct buffer *sql, const void *data, size_t len);

/* RowBinary. Writing appends; reading moves on, gives zeros behind the end and turns `failed`. */
void rowbinary_u64(struct buffer *b, uint64_t value);
void rowbinary_u8(struct buffer *b, uint8_t value);
void rowbinary_text(struct buffer *b, const void *text, size_t len);

struct rowbinary {
	const char *at, *end;
	bool failed;
};
uint64_t rowbinary_get_u64(struct rowbinary *r);
uint8_t rowbinary_get_u8(struct rowbinary *r);
/* `len` octets of a FixedString; NULL behind the end. */
const void *rowbinary_get_fixed(struct rowbinary *r, size_t len);
const char *rowbinary_get_text(struct rowbinary *r, size_t *len);
/* 0, or ERROR_FAILED and a sentence when more was read than there was. */
int rowbinary_check(const struct rowbinary *rows, struct error *error);

#endif
