/* Questions to the ClickHouse engine: what was said and stored when, and by whom. */
#include "domain/repository_clickhouse.h"
#include "domain/term.h"

#include <string.h>

#define LINES 2000 /* at once */

int clickhouse_ask(struct clickhouse_repository *r, const struct buffer *sql, struct buffer *answer,
		   struct error *error)
{
	if (r->writing && clickhouse_commit(&r->repository, NULL, error) != 0)
		return ERROR_FAILED;
	buffer_clear(answer);
	return clickhouse_run(r->server, sql, answer, error);
}

struct rowbinary clickhouse_rows(const struct buffer *answer)
{
	return (struct rowbinary){answer->data, answer->data + answer->len, false};
}

/* Histories, some lines at a time: `condition` selects, behind what was given already. */
static int lines(struct clickhouse_repository *r, const struct buffer *condition, repository_change_fn *fn, void *arg,
		 struct error *error)
{
	struct buffer sql = {0}, answer = {0}, line = {0};
	uint8_t last[16] = {0};
	uint64_t collected = 0;
	uint32_t n = LINES;
	int code = 0;
	bool more = true;
	while (!code && more && n == LINES) {
		buffer_clear(&sql);
		buffer_format(&sql, "SELECT collected, id, stored, relayed, line FROM %s.assertion WHERE ",
			      clickhouse_database(r->server));
		buffer_add(&sql, condition->data, condition->len);
		buffer_format(&sql, " AND (collected>%llu OR (collected=%llu AND id>", (unsigned long long)collected,
			      (unsigned long long)collected);
		clickhouse_bytes(&sql, last, 16);
		buffer_format(&sql, ")) ORDER BY collected, id LIMIT %d FORMAT RowBinary", LINES);
		code = clickhouse_ask(r, &sql, &answer, error);
		struct rowbinary rows = clickhouse_rows(&answer);
		for (n = 0; !code && more && rows.at < rows.end; n++) {
			size_t len;
			collected = rowbinary_get_u64(&rows);
			const void *id = rowbinary_get_fixed(&rows, 16);
			struct repository_change c = {.stored_ns = rowbinary_get_u64(&rows)};
			c.relayed_ns = rowbinary_get_u64(&rows);
			const char *text = rowbinary_get_text(&rows, &len);
			if (!text || !id)
				break;
			memcpy(last, id, 16);
			buffer_clear(&line);
			buffer_add(&line, text, len);
			buffer_char(&line, 0);
			c.line = line.data;
			more = !line.failed && fn(arg, &c);
		}
		code = code ? code : rowbinary_check(&rows, error);
	}
	buffer_fini(&sql);
	buffer_fini(&answer);
	buffer_fini(&line);
	return code;
}

int clickhouse_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		       struct error *error)
{
	struct buffer condition = {0};
	BUFFER_LITERAL(&condition, "endpoint=");
	clickhouse_bytes(&condition, id, 16);
	int code = lines((struct clickhouse_repository *)r, &condition, fn, arg, error);
	buffer_fini(&condition);
	return code;
}

int clickhouse_observers(struct repository *repository, const uint8_t id[16], repository_line_fn *fn, void *arg,
			 struct error *error)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	const char *database = clickhouse_database(r->server);
	struct buffer sql = {0}, answer = {0}, line = {0};
	buffer_format(&sql,
		      "SELECT any(line) FROM %s.provenance WHERE n IN (SELECT provenance FROM %s.assertion WHERE"
		      " endpoint=",
		      database, database);
	clickhouse_bytes(&sql, id, 16);
	BUFFER_LITERAL(&sql, ") GROUP BY n FORMAT RowBinary");
	int code = clickhouse_ask(r, &sql, &answer, error);
	struct rowbinary rows = clickhouse_rows(&answer);
	bool more = !code;
	while (more && rows.at < rows.end) {
		size_t len;
		const char *text = rowbinary_get_text(&rows, &len);
		if (!text)
			break;
		buffer_clear(&line);
		buffer_add(&line, text, len);
		buffer_char(&line, 0);
		more = !line.failed && fn(arg, line.data);
	}
	code = code ? code : rowbinary_check(&rows, error);
	buffer_fini(&sql);
	buffer_fini(&answer);
	buffer_fini(&line);
	return code;
}

int clickhouse_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg,
		      struct error *error)
{
	struct buffer condition = {0};
	BUFFER_LITERAL(&condition, "endpoint=toFixedString('', 16) AND subject=");
	clickhouse_text(&condition, address);
	int code = lines((struct clickhouse_repository *)r, &condition, fn, arg, error);
	buffer_fini(&condition);
	return code;
}

static int some_changes(struct clickhouse_repository *r, uint64_t *since, repository_change_fn *fn, void *arg,
			bool *more, struct error *error)
{
	struct buffer sql = {0}, answer = {0};
	struct arena texts;
	uint32_t n = 0;
	arena_init(&texts, 1u << 20, 1u << 30);
	buffer_format(
		&sql,
		"SELECT revision, stored, relayed, p, line FROM (SELECT revision, stored, relayed, provenance, line"
		" FROM %s.assertion WHERE revision>%llu ORDER BY revision LIMIT %d) ANY LEFT JOIN"
		" (SELECT n AS provenance, any(line) AS p FROM %s.provenance GROUP BY n) USING provenance"
		" ORDER BY revision FORMAT RowBinary",
		clickhouse_database(r->server), (unsigned long long)*since, LINES, clickhouse_database(r->server));
	int code = clickhouse_ask(r, &sql, &answer, error);
	struct rowbinary rows = clickhouse_rows(&answer);
	for (; !code && *more && rows.at < rows.end; n++) {
		size_t len;
		struct repository_change c = {.revision = rowbinary_get_u64(&rows)};
		c.stored_ns = rowbinary_get_u64(&rows);
		c.relayed_ns = rowbinary_get_u64(&rows);
		const char *text = rowbinary_get_text(&rows, &len);
		c.provenance = text ? arena_text(&texts, text, len) : NULL;
		text = rowbinary_get_text(&rows, &len);
		c.line = text ? arena_text(&texts, text, len) : NULL;
		*since = c.revision;
		*more = c.line && c.provenance && fn(arg, &c);
	}
	*more &= n == LINES;
	code = code ? code : rowbinary_check(&rows, error);
	buffer_fini(&sql);
	buffer_fini(&answer);
	arena_fini(&texts);
	return code;
}

int clickhouse_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error)
{
	bool more = true;
	int code = 0;
	while (!code && more)
		code = some_changes((struct clickhouse_repository *)r, &since, fn, arg, &more, error);
	return code;
}

int clickhouse_holders(struct repository *repository, const char *kind, const char *value, uint8_t (*ids)[16],
		       uint32_t most)
{
	struct clickhouse_repository *r = (struct clickhouse_repository *)repository;
	struct buffer sql = {0}, answer = {0};
	char text[512];
	int n = 0;
	enum term_kind shared = term_shared(kind, value, text, sizeof text);
	buffer_format(&sql,
		      "SELECT DISTINCT endpoint FROM %s.held WHERE kind=%d AND text=", clickhouse_database(r->server),
		      shared);
	clickhouse_text(&sql, text);
	buffer_format(&sql, " ORDER BY endpoint LIMIT %u FORMAT RowBinary", most);
	if (clickhouse_ask(r, &sql, &answer, NULL) != 0)
		n = -1;
	struct rowbinary rows = clickhouse_rows(&answer);
	for (const void *id; n >= 0 && n < (int)most && (id = rowbinary_get_fixed(&rows, 16)); n++)
		memcpy(ids[n], id, 16);
	buffer_fini(&sql);
	buffer_fini(&answer);
	return n;
}
