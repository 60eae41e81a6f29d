#include "domain/clickhouse.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS  3000L
#define WHOLE_MS    120000L
#define MOST_ANSWER (1ull << 30)

/* A connection that stays open. */
struct line {
	CURL *curl;
	char why[CURL_ERROR_SIZE];
};

struct clickhouse {
	struct line lines[CLICKHOUSE_TOGETHER]; /* the first for questions, too */
	CURLM *multi;
	struct curl_slist *headers;
	char url[768], where[512]; /* url: with what every request asks for; where: for sentences */
	char database[64], cluster[64];
	bool away; /* the last request found nobody */
};

static size_t take(char *data, size_t one, size_t count, void *arg)
{
	struct buffer *b = arg;
	if (b->len + one * count > MOST_ANSWER)
		return 0;
	buffer_add(b, data, one * count);
	return b->failed ? 0 : one * count;
}

static bool is_name(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

static bool add_header(struct clickhouse *c, const char *name, const char *value)
{
	char line[512];
	if (strpbrk(value, "\r\n"))
		return false;
	snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(c->headers, line);
	if (more)
		c->headers = more;
	return more;
}

/* The first line of a file: a password stands in no URL and no list of processes. */
static bool read_password(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	bool good = f && fgets(out, (int)size, f);
	if (f)
		fclose(f);
	if (good)
		out[strcspn(out, "\r\n")] = 0;
	return good;
}

static int set_option(struct clickhouse *c, const char *name, const char *value, struct error *error)
{
	char password[256];
	if (strcmp(name, "user") == 0 && *value && add_header(c, "X-ClickHouse-User", value))
		return 0;
	if (strcmp(name, "cluster") == 0 && is_name(value) && strlen(value) < sizeof c->cluster) {
		snprintf(c->cluster, sizeof c->cluster, "%s", value);
		return 0;
	}
	if (strcmp(name, "passwordFile") == 0) {
		if (read_password(value, password, sizeof password) && add_header(c, "X-ClickHouse-Key", password))
			return 0;
		return error_set(error, ERROR_USAGE, "%s: no password can be read from this file", value);
	}
	return error_set(error, ERROR_USAGE,
			 "clickhouse: '%s' is no option of the URL; there are user=, passwordFile=, cluster=", name);
}

static int read_options(struct clickhouse *c, char *options, struct error *error)
{
	int code = 0;
	for (char *pair; !code && options && (pair = strsep(&options, "&"));) {
		char *equal = strchr(pair, '=');
		if (equal)
			*equal = 0;
		code = set_option(c, pair, equal ? equal + 1 : "", error);
	}
	return code;
}

/* What an INSERT brings is a block already: a server that gathered more of it would copy it first. A server that says
 * 200 before it is done can only append why it failed to the rows it gave, as if that were rows, too: it shall wait. */
static const char of_all[] = "min_insert_block_size_rows=0&min_insert_block_size_bytes=0&wait_end_of_query=1";

/* What is stored has to be on its shard, not on its way there, and is asked of the replica that was given it; who has
 * what another table tells is found out once, for all shards. */
static const char of_cluster[] = "insert_distributed_sync=1&load_balancing=in_order&distributed_product_mode=global";

static int read_url(struct clickhouse *c, const char *rest, struct error *error)
{
	char text[384];
	if (strncmp(rest, "//", 2) != 0 || !rest[2] || strlen(rest) >= sizeof text)
		return error_set(error, ERROR_USAGE, "clickhouse:%.64s: give clickhouse://HOST:PORT/DATABASE", rest);
	snprintf(text, sizeof text, "%s", rest + 2);
	char *host = text, *options = strchr(text, '?');
	if (options)
		*options++ = 0;
	char *slash = strchr(host, '/');
	const char *database = slash && slash[1] ? slash + 1 : "onlooker";
	if (slash)
		*slash = 0;
	if (!is_name(database) || strlen(database) >= sizeof c->database || strpbrk(host, "@ \\"))
		return error_set(
			error, ERROR_USAGE,
			"clickhouse:%.64s: give clickhouse://HOST:PORT/DATABASE, a database of letters and digits",
			rest);
	snprintf(c->database, sizeof c->database, "%s", database);
	snprintf(c->where, sizeof c->where, "clickhouse://%s", host);
	bool port = strrchr(host, ':') && !strchr(strrchr(host, ':'), ']');
	int code = read_options(c, options, error);
	snprintf(c->url, sizeof c->url, "http://%s%s/?%s&%s", host, port ? "" : ":8123", of_all,
		 *c->cluster ? of_cluster : "database=default");
	return code;
}

/* A request that is ready to go. */
struct request {
	struct buffer said, *into;
	size_t before; /* octets that were there */
};

static void prepare(struct line *l, const char *url, const struct buffer *body, struct buffer *answer,
		    struct request *q)
{
	*q = (struct request){.into = answer ? answer : &q->said};
	q->before = q->into->len;
	/* What libcurl sends over a connection that was open before and dies, it sends again over another by itself:
	 * rows that the server had taken would be there twice. Rows have a connection of their own. */
	long own = !answer;
	curl_easy_setopt(l->curl, CURLOPT_FRESH_CONNECT, own);
	curl_easy_setopt(l->curl, CURLOPT_FORBID_REUSE, own);
	curl_easy_setopt(l->curl, CURLOPT_URL, url);
	curl_easy_setopt(l->curl, CURLOPT_POSTFIELDS, body->data);
	curl_easy_setopt(l->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	curl_easy_setopt(l->curl, CURLOPT_WRITEDATA, q->into);
	*l->why = 0;
}

/* Its status may be 200 all the same. */
static bool has_exception(const struct line *l)
{
	struct curl_header *header;
	return curl_easy_header(l->curl, "X-ClickHouse-Exception-Code", 0, CURLH_HEADER, -1, &header) == CURLHE_OK;
}

/* What came of it; the server's sentence when it refuses. */
static int conclude(struct clickhouse *c, struct line *l, CURLcode code, struct request *q, struct error *error)
{
	long status = 0;
	int result = 0;
	curl_easy_getinfo(l->curl, CURLINFO_RESPONSE_CODE, &status);
	buffer_char(q->into, 0);
	c->away = code != CURLE_OK && code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_URL_MALFORMAT;
	if (code != CURLE_OK)
		result =
			error_set(error, ERROR_FAILED, "%s: %s", c->where, *l->why ? l->why : curl_easy_strerror(code));
	else if (q->into->failed)
		result = error_set(error, ERROR_FAILED, "%s: no memory for an answer", c->where);
	else if (status != 200)
		result = error_set(error, ERROR_FAILED, "%s: %.300s", c->where, q->into->data + q->before);
	else if (has_exception(l))
		result = error_set(error, ERROR_FAILED, "%s: the server failed in the middle of an answer", c->where);
	q->into->len -= q->into->len > q->before;
	if (result && error)
		error->text[strcspn(error->text, "\n")] = 0;
	buffer_fini(&q->said);
	return result;
}

static int post(struct clickhouse *c, const char *url, const struct buffer *body, struct buffer *answer,
		struct error *error)
{
	struct request q;
	prepare(&c->lines[0], url, body, answer, &q);
	return conclude(c, &c->lines[0], curl_easy_perform(c->lines[0].curl), &q, error);
}

int clickhouse_run(struct clickhouse *c, const struct buffer *sql, struct buffer *answer, struct error *error)
{
	if (sql->failed)
		return error_set(error, ERROR_FAILED, "%s: no memory for a statement", c->where);
	return post(c, c->url, sql, answer, error);
}

/* Returns when all requests are over; in `codes` how each ended. */
static CURLMcode perform_all(struct clickhouse *c, const bool *used, CURLcode *codes)
{
	int running = 1, left;
	CURLMcode code = CURLM_OK;
	for (int i = 0; i < CLICKHOUSE_TOGETHER; i++)
		if (used[i])
			curl_multi_add_handle(c->multi, c->lines[i].curl);
	while (!code && running) {
		code = curl_multi_perform(c->multi, &running);
		if (!code && running)
			code = curl_multi_poll(c->multi, NULL, 0, 1000, NULL);
	}
	for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left));)
		for (int i = 0; i < CLICKHOUSE_TOGETHER; i++)
			if (m->msg == CURLMSG_DONE && m->easy_handle == c->lines[i].curl)
				codes[i] = m->data.result;
	for (int i = 0; i < CLICKHOUSE_TOGETHER; i++)
		if (used[i])
			curl_multi_remove_handle(c->multi, c->lines[i].curl);
	return code;
}

int clickhouse_insert(struct clickhouse *c, const struct clickhouse_insertion *rows, uint32_t n, struct error *error)
{
	struct request requests[CLICKHOUSE_TOGETHER];
	CURLcode codes[CLICKHOUSE_TOGETHER];
	bool used[CLICKHOUSE_TOGETHER] = {false}, any = false;
	int result = 0;
	for (uint32_t i = 0; i < n; i++) {
		char url[1024];
		codes[i] = CURLE_AGAIN; /* it was not tried */
		if (rows[i].rows->failed)
			return error_set(error, ERROR_FAILED, "%s: no memory for rows", c->where);
		used[i] = rows[i].rows->len;
		any |= used[i];
		snprintf(url, sizeof url, "%s&query=INSERT%%20INTO%%20%s.%s%%20FORMAT%%20RowBinary", c->url,
			 c->database, rows[i].table);
		if (used[i])
			prepare(&c->lines[i], url, rows[i].rows, NULL, &requests[i]);
	}
	if (any && perform_all(c, used, codes) != CURLM_OK)
		result = error_set(error, ERROR_FAILED, "%s: requests cannot be made", c->where);
	for (uint32_t i = 0; i < n; i++)
		if (used[i]) {
			int code = conclude(c, &c->lines[i], codes[i], &requests[i], result ? NULL : error);
			result = result ? result : code;
		}
	return result;
}

static int ask_version(struct clickhouse *c, struct error *error)
{
	struct buffer sql = {0}, answer = {0};
	struct error why = {""};
	BUFFER_LITERAL(&sql, "SELECT version()");
	int code = clickhouse_run(c, &sql, &answer, &why);
	buffer_fini(&sql);
	buffer_fini(&answer);
	if (!code)
		return 0;
	/* it may be there later; what it answers it will answer again */
	return error_set(error, c->away ? ERROR_FAILED : ERROR_USAGE,
			 "%s; is the server there, and is this its HTTP port?", why.text);
}

/* Servers of today delete by what another table tells only when told that all replicas have the same. */
static int allow_deletions(struct clickhouse *c, struct error *error)
{
	struct buffer sql = {0}, answer = {0};
	BUFFER_LITERAL(&sql, "SELECT count() FROM system.settings WHERE name='allow_nondeterministic_mutations'");
	int code = clickhouse_run(c, &sql, &answer, error);
	size_t len = strlen(c->url);
	if (!code && answer.len && answer.data[0] == '1')
		snprintf(c->url + len, sizeof c->url - len, "&allow_nondeterministic_mutations=1");
	buffer_fini(&sql);
	buffer_fini(&answer);
	return code;
}

static bool connect_lines(struct clickhouse *c)
{
	c->multi = curl_multi_init();
	for (int i = 0; i < CLICKHOUSE_TOGETHER; i++) {
		struct line *l = &c->lines[i];
		l->curl = curl_easy_init();
		if (!l->curl)
			return false;
		curl_easy_setopt(l->curl, CURLOPT_ERRORBUFFER, l->why);
		curl_easy_setopt(l->curl, CURLOPT_WRITEFUNCTION, take);
		curl_easy_setopt(l->curl, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(l->curl, CURLOPT_NOPROXY, "*");
		curl_easy_setopt(l->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
		curl_easy_setopt(l->curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	}
	return c->multi;
}

int clickhouse_open(const char *rest, struct clickhouse **out, struct error *error)
{
	struct clickhouse *c = calloc(1, sizeof *c);
	if (!c || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || !connect_lines(c)) {
		clickhouse_close(c);
		return error_set(error, ERROR_FAILED, "clickhouse:%.64s: no memory for a connection", rest);
	}
	int code = read_url(c, rest, error);
	if (!code && !add_header(c, "Expect", ""))
		code = error_set(error, ERROR_FAILED, "clickhouse: no memory for a connection");
	for (int i = 0; i < CLICKHOUSE_TOGETHER; i++)
		curl_easy_setopt(c->lines[i].curl, CURLOPT_HTTPHEADER, c->headers);
	if (!code)
		code = ask_version(c, error);
	if (!code && *c->cluster)
		code = allow_deletions(c, error);
	if (code)
		clickhouse_close(c);
	else
		*out = c;
	return code;
}

void clickhouse_close(struct clickhouse *c)
{
	if (!c)
		return;
	for (int i = 0; i < CLICKHOUSE_TOGETHER; i++)
		curl_easy_cleanup(c->lines[i].curl);
	curl_multi_cleanup(c->multi);
	curl_slist_free_all(c->headers);
	free(c);
}

bool clickhouse_is_away(const struct clickhouse *c)
{
	return c->away;
}

const char *clickhouse_database(const struct clickhouse *c)
{
	return c->database;
}

const char *clickhouse_cluster(const struct clickhouse *c)
{
	return *c->cluster ? c->cluster : NULL;
}

void clickhouse_text(struct buffer *sql, const char *text)
{
	buffer_char(sql, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buffer_char(sql, '\\');
		buffer_char(sql, *text);
	}
	buffer_char(sql, '\'');
}

/* Literals: a call of unhex() for each costs a server ten times as much. */
void clickhouse_bytes(struct buffer *sql, const void *data, size_t len)
{
	const uint8_t *at = data;
	buffer_char(sql, '\'');
	for (size_t i = 0; i < len; i++) {
		bool plain = at[i] >= ' ' && at[i] < 127 && at[i] != '\'' && at[i] != '\\';
		if (plain) {
			buffer_char(sql, (char)at[i]);
			continue;
		}
		BUFFER_LITERAL(sql, "\\x");
		buffer_hex(sql, at + i, 1);
	}
	buffer_char(sql, '\'');
}

void rowbinary_u64(struct buffer *b, uint64_t value)
{
	uint8_t octets[8];
	for (int i = 0; i < 8; i++)
		octets[i] = (uint8_t)(value >> 8 * i);
	buffer_add(b, octets, sizeof octets);
}

void rowbinary_u8(struct buffer *b, uint8_t value)
{
	buffer_add(b, &value, 1);
}

/* Its length as a base-128 number, then its octets. */
void rowbinary_text(struct buffer *b, const void *text, size_t len)
{
	size_t left = len;
	for (; left > 127; left >>= 7)
		rowbinary_u8(b, (uint8_t)(left | 128));
	rowbinary_u8(b, (uint8_t)left);
	buffer_add(b, text, len);
}

int clickhouse_number(struct clickhouse *c, const struct buffer *sql, uint64_t *out, struct error *error)
{
	struct buffer answer = {0};
	int code = clickhouse_run(c, sql, &answer, error);
	struct rowbinary rows = {answer.data, answer.data + answer.len, false};
	if (!code)
		*out = rowbinary_get_u64(&rows);
	if (!code && answer.len != sizeof *out)
		code = error_set(error, ERROR_FAILED, "%s: answers what is no number", c->where);
	buffer_fini(&answer);
	return code;
}

int rowbinary_check(const struct rowbinary *rows, struct error *error)
{
	return rows->failed ? error_set(error, ERROR_FAILED, "clickhouse: the server's answer is cut or no rows") : 0;
}

const void *rowbinary_get_fixed(struct rowbinary *r, size_t len)
{
	const char *at = r->at;
	if ((size_t)(r->end - r->at) < len) {
		r->failed = true;
		r->at = r->end;
		return NULL;
	}
	r->at += len;
	return at;
}

uint64_t rowbinary_get_u64(struct rowbinary *r)
{
	const uint8_t *at = rowbinary_get_fixed(r, 8);
	uint64_t value = 0;
	for (int i = 7; at && i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

uint8_t rowbinary_get_u8(struct rowbinary *r)
{
	const uint8_t *at = rowbinary_get_fixed(r, 1);
	return at ? *at : 0;
}

const char *rowbinary_get_text(struct rowbinary *r, size_t *len)
{
	uint64_t n = 0;
	unsigned shift = 0;
	uint8_t octet;
	do {
		octet = rowbinary_get_u8(r);
		n |= (uint64_t)(octet & 127) << shift;
		shift += 7;
	} while (octet & 128 && shift < 63);
	*len = (size_t)n;
	return rowbinary_get_fixed(r, *len);
}
