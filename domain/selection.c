#include "domain/selection.h"

#include "core/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MOST_NODES 128u

enum kind { AND, OR, NOT, EQUAL, UNEQUAL, LESS, LESS_EQUAL, MORE, MORE_EQUAL, CONTAINS };

struct node {
	enum kind kind;
	uint16_t left, right; /* AND, OR, NOT: indices of nodes */
	const char *name;     /* comparisons */
	const char *text;     /* the value; for numbers too */
	int64_t number;
	bool numeric;
};

struct selection {
	char *words; /* what names and texts point into */
	struct node nodes[MOST_NODES];
	uint32_t count;
	uint16_t root;
};

struct parsing {
	struct selection *s;
	const char *text, *at;
	char *free_word;
	unsigned depth;
	struct error *error;
	bool failed;
};

static void fail_at(struct parsing *p, const char *at, const char *what)
{
	if (!p->failed)
		error_set(p->error, ERROR_USAGE, "`filter`, character %zu: %s", (size_t)(at - p->text) + 1, what);
	p->failed = true;
}

static void fail(struct parsing *p, const char *what)
{
	fail_at(p, p->at, what);
}

static void skip_space(struct parsing *p)
{
	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* True, and stepped over, when this keyword is next. */
static bool keyword(struct parsing *p, const char *word)
{
	skip_space(p);
	size_t n = strlen(word);
	if (strncmp(p->at, word, n) != 0 || word_char(p->at[n]))
		return false;
	p->at += n;
	return true;
}

static bool symbol(struct parsing *p, const char *text)
{
	skip_space(p);
	size_t n = strlen(text);
	if (strncmp(p->at, text, n) != 0)
		return false;
	p->at += n;
	return true;
}

static uint16_t add(struct parsing *p, struct node n)
{
	struct selection *s = p->s;
	if (s->count == MOST_NODES) {
		fail(p, "there are too many parts");
		return 0;
	}
	s->nodes[s->count] = n;
	return (uint16_t)s->count++;
}

static const char *keep(struct parsing *p, const char *from, size_t len)
{
	char *word = p->free_word;
	memcpy(word, from, len);
	word[len] = 0;
	p->free_word += len + 1;
	return word;
}

/* What an attribute can be asked about, by number: itself, its value's members, and names, which have one. */
static const char *askable(size_t i, const void *arg)
{
	static const char *const own[] = {"attribute", "confidence", "statementType"};
	const size_t n = sizeof own / sizeof *own;
	(void)arg;
	if (i < n)
		return own[i];
	return i < n + DESIGNATIONS ? assertion_designation_name((enum designation_name)(i - n))
				    : assertion_member_name(i - n - DESIGNATIONS);
}

/* A name that nothing has is a slip of the pen, and would select nothing for ever. */
static void check_name(struct parsing *p, const char *at, const char *name)
{
	char what[192];
	size_t n = 0;
	for (const char *known; (known = askable(n, NULL)); n++)
		if (strcmp(known, name) == 0)
			return;
	const char *near = nearest_name(name, askable, NULL, n);
	snprintf(what, sizeof what,
		 near ? "nothing has a member '%.64s'; did you mean %s?" : "nothing has a member '%.64s'%s", name,
		 near ? near : "; give one like softwareTitle or port");
	fail_at(p, at, what);
}

static const char *name(struct parsing *p)
{
	const char *from = p->at;
	while (word_char(*p->at))
		p->at++;
	const char *word = keep(p, from, (size_t)(p->at - from));
	if (p->at == from)
		fail(p, "the name of a member is wanted here");
	else
		check_name(p, from, word);
	return word;
}

/* A text in quotes, where \" and \\ stand for themselves, or an integer. */
static void value(struct parsing *p, struct node *n)
{
	skip_space(p);
	const char *from = p->at;
	if (*p->at != '"') {
		p->at += *p->at == '-';
		while (isdigit((unsigned char)*p->at))
			p->at++;
		if (p->at == from || p->at - from > 18 || word_char(*p->at)) {
			fail(p, "a text in quotes or a whole number is wanted here");
			return;
		}
		n->numeric = true;
		n->text = keep(p, from, (size_t)(p->at - from));
		n->number = strtoll(n->text, NULL, 10);
		return;
	}
	char *word = p->free_word;
	n->text = word;
	for (p->at++; *p->at && *p->at != '"'; p->at++) {
		p->at += *p->at == '\\' && p->at[1];
		*word++ = *p->at;
	}
	*word++ = 0;
	p->free_word = word;
	if (*p->at != '"')
		fail(p, "the text has no end");
	else
		p->at++;
}

static uint16_t comparison(struct parsing *p)
{
	static const struct {
		const char *symbol;
		enum kind kind;
	} operators[] = {{"!=", UNEQUAL}, {"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"=", EQUAL},
			 {"<", LESS},     {">", MORE},        {"~", CONTAINS}};
	struct node n = {.name = name(p)};
	size_t i = 0;
	while (i < sizeof operators / sizeof *operators && !symbol(p, operators[i].symbol))
		i++;
	if (i == sizeof operators / sizeof *operators) {
		fail(p, "one of = != < <= > >= ~ is wanted here");
		return 0;
	}
	n.kind = operators[i].kind;
	if (!p->failed)
		value(p, &n);
	return add(p, n);
}

static uint16_t either(struct parsing *p);

static uint16_t factor(struct parsing *p)
{
	if (p->failed)
		return 0;
	if (++p->depth > SELECTION_DEPTH) {
		fail(p, "this is nested too deep");
		return 0;
	}
	uint16_t node;
	if (keyword(p, "not")) {
		uint16_t inner = factor(p);
		node = add(p, (struct node){.kind = NOT, .left = inner});
	} else if (symbol(p, "(")) {
		node = either(p);
		if (!p->failed && !symbol(p, ")"))
			fail(p, "a closing bracket is wanted here");
	} else {
		node = comparison(p);
	}
	p->depth--;
	return node;
}

static uint16_t both(struct parsing *p)
{
	uint16_t left = factor(p);
	while (!p->failed && keyword(p, "and")) {
		uint16_t right = factor(p);
		left = add(p, (struct node){.kind = AND, .left = left, .right = right});
	}
	return left;
}

static uint16_t either(struct parsing *p)
{
	uint16_t left = both(p);
	while (!p->failed && keyword(p, "or")) {
		uint16_t right = both(p);
		left = add(p, (struct node){.kind = OR, .left = left, .right = right});
	}
	return left;
}

int selection_compile(const char *text, struct selection **out, struct error *error)
{
	size_t len = strlen(text);
	if (len > SELECTION_BYTES)
		return error_set(error, ERROR_USAGE, "`filter` is longer than %d characters", SELECTION_BYTES);
	struct selection *s = calloc(1, sizeof *s);
	if (s)
		s->words = malloc(2 * len + 2); /* each word and its end take no more than twice its characters */
	if (!s || !s->words) {
		free(s);
		return error_set(error, ERROR_FAILED, "`filter`: no memory");
	}
	struct parsing p = {.s = s, .text = text, .at = text, .free_word = s->words, .error = error};
	s->root = either(&p);
	skip_space(&p);
	if (!p.failed && *p.at)
		fail(&p, "`and`, `or` or the end is wanted here");
	if (p.failed) {
		selection_free(s);
		return ERROR_USAGE;
	}
	*out = s;
	return 0;
}

void selection_free(struct selection *s)
{
	if (!s)
		return;
	free(s->words);
	free(s);
}

/* Order of what is there against the node's value. */
static bool holds(const struct node *n, const char *text, int64_t number)
{
	if (n->kind == CONTAINS)
		return text && strcasestr(text, n->text);
	int order = text ? strcmp(text, n->text) : n->numeric ? (number > n->number) - (number < n->number) : 1;
	if (!text && !n->numeric)
		return n->kind == UNEQUAL;
	switch (n->kind) {
	case EQUAL:
		return order == 0;
	case UNEQUAL:
		return order != 0;
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	case MORE:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool compare(const struct node *n, const struct assertion *a, const struct attribute *t)
{
	if (strcmp(n->name, "attribute") == 0)
		return holds(n, assertion_attribute_name(t), 0);
	if (strcmp(n->name, "confidence") == 0)
		return holds(n, NULL, t->confidence);
	if (strcmp(n->name, "statementType") == 0)
		return holds(n, assertion_statement_name(a->statement), 0);
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct member *m = &t->members[i];
		/* A name's attribute is its value alone, which goes by the attribute's name. */
		const char *called = m->name && *m->name ? m->name : assertion_attribute_name(t);
		if (strcmp(called, n->name) != 0)
			continue;
		for (size_t k = 0; m->list && m->list[k]; k++)
			if (holds(n, m->list[k], 0))
				return true;
		return !m->list && holds(n, m->text, m->number);
	}
	return false;
}

static bool ask(const struct selection *s, uint16_t at, const struct assertion *a, const struct attribute *t)
{
	const struct node *n = &s->nodes[at];
	switch (n->kind) {
	case AND:
		return ask(s, n->left, a, t) && ask(s, n->right, a, t);
	case OR:
		return ask(s, n->left, a, t) || ask(s, n->right, a, t);
	case NOT:
		return !ask(s, n->left, a, t);
	default:
		return compare(n, a, t);
	}
}

bool selection_takes(const struct selection *s, const struct assertion *a, const struct attribute *t)
{
	return ask(s, s->root, a, t);
}
