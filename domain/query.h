/* A question to a repository as it comes over the fabric, over HTTP or from the command line, and its answer: one JSON
 * object a line, in pages. docs/repository.md has the names, parameters and answers.
 *
 * A question is data, never a command: names are looked up, texts are compared. One thread at a time, the repository's.
 */
#ifndef ONLOOKER_DOMAIN_QUERY_H
#define ONLOOKER_DOMAIN_QUERY_H

#include "domain/repository.h"

struct query;

/* Bytes of a cursor with its NUL. */
#define QUERY_CURSOR 64

struct query_page {
	uint64_t count;
	char cursor[QUERY_CURSOR]; /* where the next page begins; empty: this was the last */
	uint64_t revision;         /* what was stored up to it is in the answer */
	uint64_t as_of_ns;
};

/* A line of the answer, without newline. Returning false ends it. */
typedef bool query_line_fn(void *arg, const char *line, size_t len);

/* Reads {"query": NAME, "parameters": {…}, …}. 0, or ERROR_USAGE and which member is wrong, and how it should be.
 * now_ns  the time that freshness is counted from */
int query_read(const char *json, size_t len, uint64_t now_ns, struct query **out, struct error *error);

/* The same from one name and value after the other: query_new(), query_set() …, query_check(). Members of parameters
 * and of the question itself are named alike; values are texts. */
int query_new(const char *name, uint64_t now_ns, struct query **out, struct error *error);
int query_set(struct query *q, const char *name, const char *value, struct error *error);
int query_check(struct query *q, struct error *error);

/* Leaves user names out of the answer. */
void query_hide_users(struct query *q);
/* True when the answer is assertions as they were said: nothing can be left out of these. */
bool query_is_raw(const struct query *q);

void query_free(struct query *q);

/* 0 and the page, or a negative code and a sentence. */
int query_run(struct query *q, struct repository *r, query_line_fn *fn, void *arg, struct query_page *page,
	      struct error *error);

/* Names of questions, by number; NULL behind the last. */
const char *query_name(unsigned i);

#endif
