/* Which of a batch's assertions the table has already. Whether one may be there a filter in memory tells, which is
 * filled from the table once it pays; of those alone the table is asked, by endpoint, so that it reads where they would
 * be. */
#include "domain/repository_clickhouse.h"

#include <stdlib.h>
#include <string.h>

#define ASK_MOST    1536u /* of the 256 KiB a question may have (max_query_size), an identifier takes up to 66 octets */
#define SLICES      256u
#define MOST_FILTER 500000000u /* to fill it from more rows would take minutes */
#define PAYS_AFTER  16u        /* it is filled when a row in so many was asked for */

static int count_rows(struct clickhouse_repository *r, uint64_t *out, struct error *error)
{
	struct buffer sql = {0};
	buffer_format(&sql, "SELECT count() FROM %s.assertion FORMAT RowBinary", clickhouse_database(r->server));
	int code = clickhouse_number(r->server, &sql, out, error);
	buffer_fini(&sql);
	return code;
}

/* Endpoints that begin with the octets from `first` to `last`. */
static int fill_slice(struct clickhouse_repository *r, unsigned first, unsigned last, struct error *error)
{
	uint8_t low[16] = {(uint8_t)first}, high[16];
	struct buffer sql = {0}, answer = {0};
	memset(high, 0xff, sizeof high);
	high[0] = (uint8_t)last;
	buffer_format(&sql, "SELECT id FROM %s.assertion WHERE endpoint>=", clickhouse_database(r->server));
	clickhouse_bytes(&sql, low, sizeof low);
	BUFFER_LITERAL(&sql, " AND endpoint<=");
	clickhouse_bytes(&sql, high, sizeof high);
	BUFFER_LITERAL(&sql, " FORMAT RowBinary");
	int code = clickhouse_run(r->server, &sql, &answer, error);
	struct rowbinary rows = clickhouse_rows(&answer);
	while (!code && rows.at < rows.end) {
		const void *id = rowbinary_get_fixed(&rows, 16);
		if (id)
			id_filter_add(&r->filter, id);
	}
	code = code ? code : rowbinary_check(&rows, error);
	buffer_fini(&sql);
	buffer_fini(&answer);
	return code;
}

static int fill(struct clickhouse_repository *r, struct error *error)
{
	unsigned step = r->rows_there < 1000000 ? SLICES : 1;
	int code = 0;
	if (!id_filter_init(&r->filter, 2 * r->rows_there))
		return 0; /* it is asked, then */
	for (unsigned first = 0; first < SLICES && !code; first += step)
		code = fill_slice(r, first, first + step - 1, error);
	if (code)
		id_filter_fini(&r->filter);
	return code;
}

/* Fills the filter as soon as that costs little beside what was asked. */
static int consider_filter(struct clickhouse_repository *r, struct error *error)
{
	int code = 0;
	if (r->filter.words || r->rows_there > MOST_FILTER)
		return 0;
	if (!r->counted)
		code = count_rows(r, &r->rows_there, error);
	r->counted = !code;
	if (!code && r->asked >= r->rows_there / PAYS_AFTER)
		code = fill(r, error);
	return code;
}

static bool may_be_there(const struct clickhouse_repository *r, const struct stored_assertion *a)
{
	return !r->filter.words || id_filter_may_have(&r->filter, a->id);
}

static void add_endpoint(struct buffer *sql, const struct stored_assertion *a, const struct stored_assertion *before)
{
	static const uint8_t nobody[16];
	const uint8_t *id = a->has_endpoint ? a->endpoint : nobody;
	const uint8_t *last = !before ? NULL : before->has_endpoint ? before->endpoint : nobody;
	if (last && memcmp(id, last, 16) == 0)
		return;
	buffer_text(sql, last ? "," : "");
	clickhouse_bytes(sql, id, 16);
}

/* Appends to `known` those of the assertions that the table has. */
static int ask(struct clickhouse_repository *r, const struct stored_assertion *const *some, uint32_t n,
	       struct buffer *sql, struct buffer *known, struct error *error)
{
	buffer_clear(sql);
	buffer_format(sql, "SELECT id FROM %s.assertion WHERE endpoint IN (", clickhouse_database(r->server));
	for (uint32_t i = 0; i < n; i++)
		add_endpoint(sql, some[i], i ? some[i - 1] : NULL);
	BUFFER_LITERAL(sql, ") AND id IN (");
	for (uint32_t i = 0; i < n; i++) {
		buffer_text(sql, i ? "," : "");
		clickhouse_bytes(sql, some[i]->id, 16);
	}
	BUFFER_LITERAL(sql, ") FORMAT RowBinary");
	r->asked += n;
	return clickhouse_run(r->server, sql, known, error);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

int clickhouse_ask_known(struct clickhouse_repository *r, struct buffer *known, struct error *error)
{
	const struct stored_assertion *some[ASK_MOST];
	struct buffer sql = {0};
	uint32_t n = 0;
	int code = consider_filter(r, error);
	for (uint32_t i = 0; i < r->n_pending && !code; i++) {
		const struct stored_assertion *a = &r->pending[i].assertion;
		if (may_be_there(r, a))
			some[n++] = a;
		if (n == ASK_MOST) {
			code = ask(r, some, n, &sql, known, error);
			n = 0;
		}
	}
	if (n && !code)
		code = ask(r, some, n, &sql, known, error);
	buffer_fini(&sql);
	if (!code && known->len % 16)
		code = error_set(error, ERROR_FAILED, "clickhouse: the server's answer is cut or no identifiers");
	if (!code && known->len)
		qsort(known->data, known->len / 16, 16, by_id);
	return code;
}

bool clickhouse_is_known(const struct buffer *known, const uint8_t id[16])
{
	return known->len && bsearch(id, known->data, known->len / 16, 16, by_id);
}
