#include "domain/version_compare.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { KEY_END = 2 }; /* ranks are -1 … 2 around it */

/* A run of digits or of letters. */
struct part {
	const char *text;
	size_t len;
	bool number;
};

static bool next(const char **at, struct part *part)
{
	const char *p = *at;
	while (*p && !isalnum((unsigned char)*p))
		p++;
	part->text = p;
	part->number = isdigit((unsigned char)*p);
	while (*p && (part->number ? isdigit((unsigned char)*p) : isalpha((unsigned char)*p)))
		p++;
	part->len = (size_t)(p - part->text);
	*at = p;
	return part->len > 0;
}

static int compare_numbers(struct part a, struct part b)
{
	for (; a.len > 1 && *a.text == '0'; a.len--)
		a.text++;
	for (; b.len > 1 && *b.text == '0'; b.len--)
		b.text++;
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.text, b.text, a.len);
}

static int compare_words(struct part a, struct part b)
{
	int order = strncasecmp(a.text, b.text, a.len < b.len ? a.len : b.len);
	return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* Where a part stands against the end of the other version: pre-releases before it, all else behind. */
static int rank(const struct part *part)
{
	static const char *const before[] = {"dev", "snapshot", "alpha", "a", "beta", "b", "pre", "preview", "rc"};
	if (part->number)
		return 2;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++)
		if (strlen(before[i]) == part->len && strncasecmp(before[i], part->text, part->len) == 0)
			return -1;
	return 1;
}

int version_compare(const char *a, const char *b)
{
	for (;;) {
		struct part x, y;
		bool more_a = next(&a, &x), more_b = next(&b, &y);
		if (!more_a && !more_b)
			return 0;
		int rank_a = more_a ? rank(&x) : 0, rank_b = more_b ? rank(&y) : 0;
		if (rank_a != rank_b)
			return rank_a < rank_b ? -1 : 1;
		int order = x.number ? compare_numbers(x, y) : compare_words(x, y);
		if (order)
			return order < 0 ? -1 : 1;
	}
}

/* A part as a rank, then what compares within it: numbers by their length first, words by their letters and an end
 * that is smaller than any letter. 0 when it does not fit. */
static size_t part_key(const struct part *part, uint8_t *out, size_t size)
{
	struct part p = *part;
	for (; p.number && p.len > 1 && *p.text == '0'; p.len--)
		p.text++;
	if (p.len + 2 > size || p.len > UINT8_MAX)
		return 0;
	size_t n = 0;
	out[n++] = (uint8_t)(KEY_END + rank(&p));
	if (p.number)
		out[n++] = (uint8_t)p.len;
	for (size_t i = 0; i < p.len; i++)
		out[n++] = (uint8_t)tolower((unsigned char)p.text[i]);
	if (!p.number)
		out[n++] = 0;
	return n;
}

size_t version_prefix(const char *version, uint8_t *out, size_t size)
{
	struct part part;
	size_t len = 0, n;
	while (next(&version, &part) && (n = part_key(&part, out + len, size - len)) > 0)
		len += n;
	return len;
}

size_t version_key(const char *version, uint8_t *out, size_t size)
{
	size_t len = version_prefix(version, out, size - 1);
	out[len++] = KEY_END;
	return len;
}

static bool falls_under(const char *version, const char *wanted)
{
	size_t n = strlen(wanted);
	if (n && wanted[n - 1] == '*')
		return strncasecmp(version, wanted, n - 1) == 0;
	for (;;) {
		struct part x, y;
		if (!next(&wanted, &y))
			return true;
		if (!next(&version, &x) || x.number != y.number)
			return false;
		if (x.number ? compare_numbers(x, y) : compare_words(x, y))
			return false;
	}
}

enum relation { PLAIN, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, UNEQUAL };

static enum relation take_relation(const char **at)
{
	static const struct {
		const char *text;
		enum relation relation;
	} rows[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"!=", UNEQUAL}, {"==", EQUAL},
		    {"<", LESS},        {">", GREATER},        {"=", EQUAL}};
	while (*at[0] == ' ')
		++*at;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = strlen(rows[i].text);
		if (strncmp(*at, rows[i].text, n) == 0) {
			*at += n;
			return rows[i].relation;
		}
	}
	return PLAIN;
}

static bool holds(enum relation relation, const char *version, const char *wanted)
{
	if (relation == PLAIN)
		return falls_under(version, wanted);
	int order = version_compare(version, wanted);
	switch (relation) {
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	case GREATER:
		return order > 0;
	case GREATER_EQUAL:
		return order >= 0;
	case EQUAL:
		return order == 0;
	default:
		return order != 0;
	}
}

/* Cuts the next of a list with commas; false when it is empty, too long, or has two relations. */
static bool take_term(const char **at, enum relation *relation, char term[128])
{
	*relation = take_relation(at);
	size_t n = strcspn(*at, ",");
	if (n >= 128)
		return false;
	memcpy(term, *at, n);
	term[n] = 0;
	*at += n;
	if (**at == ',')
		++*at;
	if (strpbrk(term, "<>=!"))
		return false;
	for (const char *p = term; *p; p++)
		if (isalnum((unsigned char)*p) || *p == '*')
			return true;
	return false;
}

bool version_matches(const char *version, const char *wanted)
{
	char term[128];
	enum relation relation;
	do {
		if (!take_term(&wanted, &relation, term) || !holds(relation, version, term))
			return false;
	} while (*wanted);
	return true;
}

bool version_wanted_valid(const char *wanted)
{
	char term[128];
	enum relation relation;
	do {
		if (!take_term(&wanted, &relation, term))
			return false;
	} while (*wanted);
	return true;
}
