/* The two pattern engines behind one door: Hyperscan selects in one pass, PCRE2 confirms and takes groups.
 *
 * A database and a pattern's text are constant and shared by all threads; a match_scratch belongs to one thread,
 * and so do the regexes it compiles. No value can stall a caller: scanning is linear, confirmation has limits on
 * steps, depth and heap. Compiling is control path, everything else is data path.
 */
#ifndef ONLOOKER_CLASSIFY_MATCH_H
#define ONLOOKER_CLASSIFY_MATCH_H

#include "core/buffer.h"
#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a pattern gets to be a candidate. */
enum match_how {
	MATCH_HYPERSCAN, /* the whole pattern is in the database */
	MATCH_LITERAL,   /* a literal it cannot match without is */
	MATCH_ALWAYS     /* neither could be: it is a candidate for every value */
};

struct match_pattern {
	const char *text;
	bool case_sensitive;
	enum match_how how; /* out */
};

/* Compiles patterns to a database for any x86-64 machine and appends its serialized form to `out` (nothing when
 * no pattern could be put in). A pattern's number is its index. returns 0, or negative with the reason. */
int match_compile(struct match_pattern *patterns, size_t count, struct buffer *out, struct error *error);

/* The engine's version, for keys of caches: a database is good for one version only. */
const char *match_version(void);

/* The longest run of literal octets that every match of `pattern` contains, "" when there is none to be sure of.
 * `anywhere` relaxes "every": the longest run in the pattern at all. out[size]. */
void match_literal(const char *pattern, bool anywhere, char *out, size_t size);

struct match_database;
int match_open(const void *serialized, size_t len, struct match_database **out, struct error *error);
void match_close(struct match_database *database);

struct match_scratch;
struct match_scratch *match_scratch_new(void);
void match_scratch_free(struct match_scratch *scratch);
/* Makes the scratch fit for the database; negative when memory is out. Before the first scan. */
int match_scratch_fit(struct match_scratch *scratch, const struct match_database *database);

/* Sets bit `number` in `bits` for every pattern that matches somewhere in value. */
void match_scan(const struct match_database *database, struct match_scratch *scratch, const void *value, size_t len,
		uint64_t *bits);

struct match_regex;
/* NULL when PCRE2 cannot compile it; the reason and the offset go to `error`, which may be NULL. */
struct match_regex *match_regex_new(const char *pattern, bool case_sensitive, struct error *error);
void match_regex_free(struct match_regex *regex);
/* Group number of a name or decimal number; negative when the pattern has none. */
int match_regex_group(const struct match_regex *regex, const char *name, size_t len);

enum match_verdict { MATCH_NO, MATCH_YES, MATCH_LIMIT };
enum match_verdict match_regex_run(const struct match_regex *regex, struct match_scratch *scratch, const void *value,
				   size_t len);
/* What a group holds after MATCH_YES, as offsets into the value; false when it is empty or did not take part. */
bool match_group(const struct match_scratch *scratch, int group, size_t *from, size_t *len);

#endif
