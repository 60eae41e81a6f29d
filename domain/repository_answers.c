#include "domain/repository_answers.h"

#include "core/buffer.h"
#include "core/time.h"
#include "domain/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STREAMS 16u
#define MOST_CHANGES 10000
#define CHANGES      1000
#define LINES_BYTES  ((size_t)8 << 20) /* of one answer */

/* A snapshot on its way. */
struct stream {
	bool used;
	int64_t ticket;
	json_t *parameters; /* NULL: all */
	char cursor[QUERY_CURSOR];
	uint64_t revision; /* when it began */
};

struct repository_answers {
	struct repository *repository;
	struct buffer lines;
	struct stream streams[MOST_STREAMS];
};

struct repository_answers *repository_answers_new(struct repository *r)
{
	struct repository_answers *a = calloc(1, sizeof *a);
	if (a)
		a->repository = r;
	return a;
}

static void end_stream(struct stream *s)
{
	json_decref(s->parameters);
	*s = (struct stream){0};
}

void repository_answers_free(struct repository_answers *a)
{
	if (!a)
		return;
	for (uint32_t i = 0; i < MOST_STREAMS; i++)
		end_stream(&a->streams[i]);
	buffer_fini(&a->lines);
	free(a);
}

static bool add_line(void *arg, const char *line, size_t len)
{
	struct buffer *b = arg;
	buffer_add(b, line, len);
	buffer_char(b, '\n');
	return !b->failed && b->len < LINES_BYTES;
}

static void refuse(struct component *c, int64_t ticket, int code, const struct error *why)
{
	component_answer(c, ticket, code == ERROR_USAGE ? REFUSED_NONCONFORMING : REFUSED_STORAGE, why->text, NULL);
}

/* Asks; the lines are in a->lines. */
static int ask(struct repository_answers *a, const char *question, size_t len, struct query_page *page,
	       struct error *why)
{
	struct query *q = NULL;
	buffer_clear(&a->lines);
	int code = query_read(question, len, time_now(), &q, why);
	if (!code)
		code = query_run(q, a->repository, add_line, &a->lines, page, why);
	query_free(q);
	if (!code && a->lines.failed)
		code = error_set(why, ERROR_FAILED, "no memory");
	return code;
}

static struct part lines_of(const struct repository_answers *a)
{
	return (struct part){a->lines.data ? a->lines.data : "", a->lines.len};
}

/* ---- query ---- */

static void query(struct repository_answers *a, struct component *c, const struct component_request *r)
{
	struct query_page page = {0};
	struct error why = {""};
	char as_of[TIME_TEXT_BYTES];
	int code = ask(a, r->payload, r->len, &page, &why);
	if (code) {
		refuse(c, r->ticket, code, &why);
		return;
	}
	const struct part lines = lines_of(a);
	time_text(page.as_of_ns, as_of);
	json_t *result =
		json_pack("{s:I, s:I, s:s, s:s?}", "count", (json_int_t)page.count, "sequence",
			  (json_int_t)page.revision, "asOf", as_of, "cursor", *page.cursor ? page.cursor : NULL);
	component_answer_bytes(c, r->ticket, "application/x-ndjson", json_pack("{s:o}", "result", result), &lines,
			       false);
}

/* ---- snapshot ---- */

static void snapshot(struct repository_answers *a, struct component *c, const struct component_request *r)
{
	struct error why = {""};
	struct stream *s = NULL;
	for (uint32_t i = 0; i < MOST_STREAMS; i++)
		s = a->streams[i].used ? s : &a->streams[i];
	if (!s) {
		component_answer(c, r->ticket, REFUSED_BUSY, "too many snapshots at once", NULL);
		return;
	}
	json_t *payload = payload_parse(r->payload, r->len, &why);
	if (!payload) {
		component_answer(c, r->ticket, REFUSED_MALFORMED, why.text, NULL);
		return;
	}
	*s = (struct stream){.used = true, .ticket = r->ticket};
	s->parameters = json_incref(json_object_get(payload, "parameters"));
	json_decref(payload);
	int code = repository_revision(a->repository, &s->revision, &why);
	if (!code)
		return;
	refuse(c, r->ticket, code, &why);
	end_stream(s);
}

static void go_on(struct repository_answers *a, struct component *c, struct stream *s)
{
	struct query_page page = {0};
	struct error why = {""};
	json_t *question = json_pack("{s:s, s:O*}", "query", "endpoints", "parameters", s->parameters);
	if (*s->cursor)
		json_object_set_new(question, "cursor", json_string(s->cursor));
	char *text = header_text(question);
	int code = text ? ask(a, text, strlen(text), &page, &why) : ERROR_FAILED;
	free(text);
	if (code) {
		refuse(c, s->ticket, code, &why);
		end_stream(s);
		return;
	}
	const struct part lines = lines_of(a);
	bool more = *page.cursor;
	json_t *extra = json_pack("{s:I, s:I}", "sequence", (json_int_t)s->revision, "count", (json_int_t)page.count);
	bool sent = component_answer_bytes(c, s->ticket, "application/x-ndjson", extra, &lines, more);
	memcpy(s->cursor, page.cursor, sizeof s->cursor);
	if (!more || !sent)
		end_stream(s);
}

bool repository_answers_turn(struct repository_answers *a, struct component *c)
{
	bool busy = false;
	for (uint32_t i = 0; i < MOST_STREAMS; i++) {
		if (a->streams[i].used)
			go_on(a, c, &a->streams[i]);
		busy |= a->streams[i].used;
	}
	return busy;
}

/* ---- changes ---- */

struct changes {
	struct buffer *lines;
	uint64_t last;
	json_int_t left;
};

static bool add_change(void *arg, const struct repository_change *change)
{
	struct changes *w = arg;
	if (!w->left--)
		return false;
	w->last = change->revision;
	return add_line(w->lines, change->line, strlen(change->line));
}

static void changes(struct repository_answers *a, struct component *c, const struct component_request *r)
{
	struct error why = {""};
	json_t *payload = payload_parse(r->payload, r->len, &why);
	const json_t *after = json_object_get(payload, "after"), *limit = json_object_get(payload, "limit");
	json_int_t from = json_integer_value(after), most = limit ? json_integer_value(limit) : CHANGES;
	bool good = json_is_integer(after) && from >= 0 && most >= 1 && most <= MOST_CHANGES;
	json_decref(payload);
	if (!good) {
		component_answer(c, r->ticket, payload ? REFUSED_NONCONFORMING : REFUSED_MALFORMED,
				 payload ? "`after` must be a storage sequence number, `limit` 1 to 10000" : why.text,
				 NULL);
		return;
	}
	struct changes w = {&a->lines, (uint64_t)from, most};
	uint64_t revision = 0;
	buffer_clear(&a->lines);
	int code = repository_changes(a->repository, (uint64_t)from, add_change, &w, &why);
	if (!code)
		code = repository_revision(a->repository, &revision, &why);
	if (code) {
		refuse(c, r->ticket, code, &why);
		return;
	}
	const struct part lines = lines_of(a);
	component_answer_bytes(c, r->ticket, "application/x-ndjson",
			       json_pack("{s:I, s:I}", "last", (json_int_t)w.last, "sequence", (json_int_t)revision),
			       &lines, false);
}

static const struct {
	const char *operation;
	void (*fn)(struct repository_answers *, struct component *, const struct component_request *);
} handlers[] = {
	{"query", query},
	{"snapshot", snapshot},
	{"changes", changes},
};

bool repository_answers_serve(struct repository_answers *a, struct component *component,
			      const struct component_request *request)
{
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (strcmp(handlers[i].operation, request->operation) == 0) {
			handlers[i].fn(a, component, request);
			return true;
		}
	return false;
}
