#include "classify/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs/hs.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 20000, DEPTH_MAX = 2000, HEAP_MAX_KIB = 256, GROUPS_MAX = 32, LITERAL_MIN = 3 };

/* Hyperscan's AVX-512 code reads up to one vector past the end of what it is given (Vectorscan's issue 322): a value
 * at the end of a mapped page would be the end of us. So it scans a copy with room behind it. */
enum { READ_PAST_BYTES = 64 };

struct match_scratch {
	hs_scratch_t *hyperscan;
	pcre2_match_data *groups;
	pcre2_match_context *limits;
	struct buffer value;  /* the value that is scanned, with room behind it */
	uint32_t group_count; /* of the last match */
};

/* ---- literals ---- */

struct run {
	char text[256];
	size_t len;
};

static void keep_longer(struct run *best, struct run *run)
{
	if (run->len > best->len)
		*best = *run;
	run->len = 0;
}

/* Past a class "[…]"; p stands on '['. */
static const char *skip_class(const char *p)
{
	p++;
	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '[' && p[1] == ':') {
			const char *end = strstr(p + 2, ":]");
			if (end)
				p = end + 1;
		}
	}
	return *p ? p + 1 : p;
}

/* Past the opening of a group: "(", "(?:", "(?<name>", "(?i)"; p stands on '('. */
static const char *skip_opening(const char *p)
{
	p++;
	if (*p != '?')
		return p;
	if (p[1] == '<' || p[1] == 'P')
		while (*p && *p != '>' && *p != ')')
			p++;
	else
		while (*p && *p != ':' && *p != ')' && *p != '=' && *p != '!')
			p++;
	return *p && *p != ')' ? p + 1 : p;
}

static size_t quantifier(const char *p, bool *optional)
{
	*optional = *p == '?' || *p == '*' || (*p == '{' && (p[1] == '0' || p[1] == ','));
	if (*p == '{' && p[1] >= '0' && p[1] <= '9')
		return strcspn(p, "}") + 1;
	return *p && strchr("?*+", *p) ? 1 : 0;
}

static bool is_literal_escape(char c)
{
	return c && !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
}

/* Past an escape with what belongs to it ("\\k<name>", "\\x41", "\\12"); p stands on the backslash. */
static const char *skip_escape(const char *p)
{
	static const char opens[] = "<{'", closes[] = ">}'";
	char c = p[1];
	p += 2;
	const char *open = *p ? strchr(opens, *p) : NULL;
	if (strchr("kgpPxoN", c) && open) {
		const char *end = strchr(p + 1, closes[open - opens]);
		return end ? end + 1 : p + strlen(p);
	}
	if (c == 'x' || (c >= '0' && c <= '9'))
		while ((*p >= '0' && *p <= '9') || (c == 'x' && *p && strchr("abcdefABCDEF", *p)))
			p++;
	return c == 'c' && *p ? p + 1 : p;
}

/* Quoting and free spacing change what octets mean; such a pattern has no literal to be sure of. */
static bool is_plain(const char *pattern)
{
	if (strstr(pattern, "\\Q"))
		return false;
	for (const char *p = strstr(pattern, "(?"); p; p = strstr(p + 2, "(?")) {
		size_t flags = strspn(p + 2, "imsxnUJ-^");
		if (flags && memchr(p + 2, 'x', flags))
			return false;
	}
	return true;
}

void match_literal(const char *pattern, bool anywhere, char *out, size_t size)
{
	struct run best = {.len = 0}, run = {.len = 0};
	int depth = 0;
	const char *p = is_plain(pattern) ? pattern : "";
	while (*p) {
		char c = 0;
		if (*p == '[') {
			p = skip_class(p);
		} else if (*p == '(') {
			p = skip_opening(p);
			depth++;
		} else if (*p == ')') {
			depth--;
			p++;
		} else if (*p == '|' && depth == 0 && !anywhere) {
			best.len = 0;
			run.len = 0;
			break; /* alternatives of the whole: no literal is in each */
		} else if (*p == '\\' && p[1]) {
			c = is_literal_escape(p[1]) ? p[1] : 0;
			p = c ? p + 2 : skip_escape(p);
		} else {
			c = strchr("^$.|?*+{", *p) ? 0 : *p;
			p++;
		}
		bool optional;
		size_t q = quantifier(p, &optional);
		if (c && !(q && optional) && (depth == 0 || anywhere) && run.len < sizeof run.text - 1)
			run.text[run.len++] = c;
		else
			keep_longer(&best, &run);
		if (q) {
			keep_longer(&best, &run);
			p += q;
		}
	}
	keep_longer(&best, &run);
	size_t n = best.len < size ? best.len : size - 1;
	memcpy(out, best.text, n);
	out[n] = 0;
}

/* ---- Hyperscan ---- */

struct match_database {
	hs_database_t *database;
};

const char *match_version(void)
{
	return hs_version();
}

static char *quote(const char *literal)
{
	char *out = malloc(2 * strlen(literal) + 1), *q = out;
	for (; out && *literal; literal++) {
		if (strchr("\\^$.[]|()?*+{}-/", *literal))
			*q++ = '\\';
		*q++ = *literal;
	}
	if (out)
		*q = 0;
	return out;
}

struct attempt {
	const char **text;
	char **owned;
	unsigned *flags, *id;
	size_t count;
};

static void drop_attempt(struct attempt *a, size_t patterns)
{
	for (size_t i = 0; a->owned && i < patterns; i++)
		free(a->owned[i]);
	free(a->text);
	free(a->owned);
	free(a->flags);
	free(a->id);
}

/* Lists what goes into the database, by how each pattern is to get in. */
static bool prepare(struct attempt *a, struct match_pattern *patterns, size_t count)
{
	*a = (struct attempt){calloc(count + 1, sizeof *a->text), calloc(count + 1, sizeof *a->owned),
			      calloc(count + 1, sizeof *a->flags), calloc(count + 1, sizeof *a->id), 0};
	if (!a->text || !a->owned || !a->flags || !a->id)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct match_pattern *p = &patterns[i];
		char literal[256];
		if (p->how == MATCH_LITERAL) {
			match_literal(p->text, false, literal, sizeof literal);
			if (strlen(literal) < LITERAL_MIN)
				p->how = MATCH_ALWAYS;
			else if (!(a->owned[a->count] = quote(literal)))
				return false;
		}
		if (p->how == MATCH_ALWAYS)
			continue;
		a->text[a->count] = a->owned[a->count] ? a->owned[a->count] : p->text;
		/* a literal may stand where the pattern says (?i): never sharper than the pattern */
		bool sharp = p->case_sensitive && p->how == MATCH_HYPERSCAN;
		a->flags[a->count] = HS_FLAG_SINGLEMATCH | (sharp ? 0 : HS_FLAG_CASELESS);
		a->id[a->count++] = (unsigned)i;
	}
	return true;
}

static int serialize(hs_database_t *database, struct buffer *out, struct error *error)
{
	char *bytes = NULL;
	size_t len = 0;
	if (hs_serialize_database(database, &bytes, &len) != HS_SUCCESS)
		return error_set(error, ERROR_FAILED, "hyperscan could not serialize a database: memory is out");
	buffer_add(out, bytes, len);
	free(bytes);
	return out->failed ? error_set(error, ERROR_FAILED, "no memory for the compiled signatures") : 0;
}

/* One try. returns 1 when a pattern had to be put in by other means and another try is due. */
static int compile_once(struct match_pattern *patterns, size_t count, struct buffer *out, struct error *error)
{
	/* No CPU features: what is compiled on one machine must load on every other (a database knows its host). */
	static const hs_platform_info_t any = {.tune = HS_TUNE_FAMILY_GENERIC, .cpu_features = 0};
	struct attempt a;
	int result = 0;
	hs_database_t *database = NULL;
	hs_compile_error_t *why = NULL;
	if (!prepare(&a, patterns, count)) {
		result = error_set(error, ERROR_FAILED, "no memory to compile the signatures");
	} else if (a.count && hs_compile_multi(a.text, a.flags, a.id, (unsigned)a.count, HS_MODE_BLOCK, &any, &database,
					       &why) != HS_SUCCESS) {
		if (why && why->expression >= 0 && (size_t)why->expression < a.count) {
			struct match_pattern *p = &patterns[a.id[why->expression]];
			p->how = p->how == MATCH_HYPERSCAN ? MATCH_LITERAL : MATCH_ALWAYS;
			result = 1;
		} else {
			result = error_set(error, ERROR_FAILED, "hyperscan could not compile the signatures: %s",
					   why ? why->message : "unknown reason");
		}
	} else if (database) {
		result = serialize(database, out, error);
	}
	hs_free_compile_error(why);
	hs_free_database(database);
	drop_attempt(&a, count);
	return result;
}

int match_compile(struct match_pattern *patterns, size_t count, struct buffer *out, struct error *error)
{
	for (size_t i = 0; i < count; i++)
		patterns[i].how = MATCH_HYPERSCAN;
	int result;
	do /* each try moves one pattern one step down, so this ends */
		result = compile_once(patterns, count, out, error);
	while (result == 1);
	return result;
}

int match_open(const void *serialized, size_t len, struct match_database **out, struct error *error)
{
	struct match_database *d = calloc(1, sizeof *d);
	*out = NULL;
	if (!d)
		return error_set(error, ERROR_FAILED, "no memory for a signature database");
	if (len && hs_deserialize_database(serialized, len, &d->database) != HS_SUCCESS) {
		free(d);
		return error_set(error, ERROR_FAILED,
				 "a compiled signature database does not fit this machine's hyperscan %s; "
				 "build Onlooker again, or remove the cache",
				 hs_version());
	}
	*out = d;
	return 0;
}

void match_close(struct match_database *database)
{
	if (!database)
		return;
	hs_free_database(database->database);
	free(database);
}

static int set_bit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	uint64_t *bits = context;
	bits[id / 64] |= 1ull << id % 64;
	return 0;
}

void match_scan(const struct match_database *database, struct match_scratch *scratch, const void *value, size_t len,
		uint64_t *bits)
{
	if (!database->database)
		return;
	struct buffer *copy = &scratch->value;
	buffer_clear(copy);
	buffer_add(copy, value, len);
	if (buffer_reserve(copy, READ_PAST_BYTES)) {
		memset(copy->data + len, 0, READ_PAST_BYTES);
		hs_scan(database->database, copy->data, (unsigned)len, 0, scratch->hyperscan, set_bit, bits);
	}
	copy->failed = false; /* memory may come back; this value goes unrecognised */
}

/* ---- scratch ---- */

struct match_scratch *match_scratch_new(void)
{
	struct match_scratch *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->groups = pcre2_match_data_create(GROUPS_MAX, NULL);
	s->limits = pcre2_match_context_create(NULL);
	if (!s->groups || !s->limits) {
		match_scratch_free(s);
		return NULL;
	}
	pcre2_set_match_limit(s->limits, STEPS_MAX);
	pcre2_set_depth_limit(s->limits, DEPTH_MAX);
	pcre2_set_heap_limit(s->limits, HEAP_MAX_KIB);
	return s;
}

void match_scratch_free(struct match_scratch *scratch)
{
	if (!scratch)
		return;
	hs_free_scratch(scratch->hyperscan);
	buffer_fini(&scratch->value);
	pcre2_match_data_free(scratch->groups);
	pcre2_match_context_free(scratch->limits);
	free(scratch);
}

int match_scratch_fit(struct match_scratch *scratch, const struct match_database *database)
{
	if (!database->database)
		return 0;
	return hs_alloc_scratch(database->database, &scratch->hyperscan) == HS_SUCCESS ? 0 : ERROR_FAILED;
}

/* ---- PCRE2 ---- */

struct match_regex {
	pcre2_code *code;
};

struct match_regex *match_regex_new(const char *pattern, bool case_sensitive, struct error *error)
{
	int number;
	PCRE2_SIZE at;
	struct match_regex *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, case_sensitive ? 0 : PCRE2_CASELESS,
				&number, &at, NULL);
	if (!r->code) {
		char why[160];
		pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why);
		error_set(error, ERROR_USAGE, "%s at its character %zu", why, (size_t)at + 1);
		free(r);
		return NULL;
	}
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* without it the interpreter does the same, slower */
	return r;
}

void match_regex_free(struct match_regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	free(regex);
}

int match_regex_group(const struct match_regex *regex, const char *name, size_t len)
{
	char text[64];
	if (!len || len >= sizeof text)
		return -1;
	memcpy(text, name, len);
	text[len] = 0;
	if (text[0] < '0' || text[0] > '9') {
		int n = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
		return n < GROUPS_MAX ? n : -1;
	}
	uint32_t count = 0;
	unsigned long n = strtoul(text, NULL, 10);
	pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return n <= count && n < GROUPS_MAX ? (int)n : -1;
}

enum match_verdict match_regex_run(const struct match_regex *regex, struct match_scratch *scratch, const void *value,
				   size_t len)
{
	int n = pcre2_match(regex->code, value, len, 0, 0, scratch->groups, scratch->limits);
	if (n < 0)
		return n == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_LIMIT;
	scratch->group_count = n ? (uint32_t)n : GROUPS_MAX;
	return MATCH_YES;
}

bool match_group(const struct match_scratch *scratch, int group, size_t *from, size_t *len)
{
	if (group < 0 || (uint32_t)group >= scratch->group_count)
		return false;
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(scratch->groups) + 2 * group;
	if (at[0] == PCRE2_UNSET || at[1] <= at[0])
		return false;
	*from = at[0];
	*len = at[1] - at[0];
	return true;
}
