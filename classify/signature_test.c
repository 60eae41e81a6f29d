#include "classify/signature_test.h"

#include "classify/signature_set.h"
#include "classify/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONCLUSIONS_MAX = 32 };

struct tester {
	const struct signature_set *set;
	struct signature_scratch *scratch;
	struct arena arena;
	void (*report)(void *context, const char *sentence);
	void *context;
	struct signature_test_result *result;
	const struct model_entry *entry; /* under test */
	const struct set_part *part;
	unsigned number; /* of the part */
	bool won, matched;
	bool overridden;    /* by one of the user's: that is what they are for */
	const char *winner; /* who took the group instead */
};

__attribute__((format(printf, 2, 3))) static void fail(struct tester *t, const char *format, ...)
{
	char text[1200];
	const struct model *m = &t->part->model;
	int n = snprintf(text, sizeof text, "%s:%u: %s: ", t->entry->file ? model_text(m, t->entry->file) : "?",
			 t->entry->line, model_text(m, t->entry->name));
	va_list ap;
	va_start(ap, format);
	if (n > 0 && (size_t)n < sizeof text)
		vsnprintf(text + n, sizeof text - (size_t)n, format, ap);
	va_end(ap);
	t->result->failures++;
	t->report(t->context, text);
}

static void hear(void *context, const struct signature_event *e)
{
	struct tester *t = context;
	if (e->entry != t->entry)
		return;
	t->won |= e->outcome == OUTCOME_WON;
	t->matched |= e->outcome == OUTCOME_WON || e->outcome == OUTCOME_LOST;
	if (e->outcome == OUTCOME_LOST) {
		t->winner = model_text(&e->winner_part->model, e->winner->name);
		t->overridden |= e->winner_part != t->part;
	}
}

static size_t run(struct tester *t, enum field field, const char *value, struct conclusion *out)
{
	struct signature_trace trace = {hear, t};
	t->won = t->matched = t->overridden = false;
	t->winner = NULL;
	arena_reset(&t->arena);
	return signature_match_traced(t->set, t->scratch, field, value, strlen(value), &t->arena, out, CONCLUSIONS_MAX,
				      &trace);
}

/* ---- examples ---- */

/* What a conclusion says of a member; NULL when the member is none of its kind's. */
static const char *said(const struct conclusion *c, enum model_member member)
{
	bool software = c->kind == CONCLUDES_SOFTWARE, hardware = c->kind == CONCLUDES_HARDWARE;
	bool os = software && c->role == ROLE_OPERATING_SYSTEM;
	switch (member) {
	case MEMBER_TITLE:
		return software ? c->title : NULL;
	case MEMBER_CREATOR:
		return software ? c->creator : NULL;
	case MEMBER_VERSION:
		return software ? c->version : NULL;
	case MEMBER_REVISION:
		return software ? c->revision : NULL;
	case MEMBER_ROLE:
		return software ? software_role_name[c->role] : NULL;
	case MEMBER_CPE:
		return c->cpe;
	case MEMBER_PURL:
		return c->purl;
	case MEMBER_MODEL:
		return hardware ? c->title : NULL;
	case MEMBER_MANUFACTURER:
		return hardware ? c->creator : NULL;
	case MEMBER_KIND:
		return hardware ? c->hardware_kind : NULL;
	case MEMBER_NAME:
		return c->kind == CONCLUDES_HOST_NAME ? c->title : NULL;
	case MEMBER_OS:
		return os ? c->title : NULL;
	case MEMBER_OS_VERSION:
		return os ? c->version : NULL;
	case MEMBERS:
		break;
	}
	return NULL;
}

/* Members of one thing have to be said by one conclusion: the title's version, the system's version. */
static unsigned family(uint32_t member)
{
	if (member <= MEMBER_PURL)
		return 0;
	return member <= MEMBER_KIND ? 1 : member == MEMBER_NAME ? 2 : 3;
}

static bool says_all(const struct tester *t, const struct conclusion *c, const struct model_example *e, unsigned which)
{
	const struct model *m = &t->part->model;
	for (uint32_t i = 0; i < e->expectations; i++) {
		const struct model_expectation *x = model_expectation(m, e->first_expectation + i);
		if (family(x->member) != which)
			continue;
		const char *want = x->text ? model_text(m, x->text) : "";
		const char *got = said(c, (enum model_member)x->member);
		if (strcmp(want, got ? got : ""))
			return false;
	}
	return true;
}

static bool expects(const struct tester *t, const struct model_example *e, unsigned which)
{
	for (uint32_t i = 0; i < e->expectations; i++)
		if (family(model_expectation(&t->part->model, e->first_expectation + i)->member) == which)
			return true;
	return false;
}

static void describe(const struct conclusion *c, size_t n, char *out, size_t size)
{
	size_t len = 0;
	out[0] = 0;
	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s «%s» %s%s%s%s%s", i ? "; " : "",
					c[i].kind == CONCLUDES_SOFTWARE ? software_role_name[c[i].role] : "hardware",
					c[i].title ? c[i].title : "", c[i].version ? c[i].version : "(no version)",
					c[i].revision ? " " : "", c[i].revision ? c[i].revision : "",
					c[i].cpe ? " " : "", c[i].cpe ? c[i].cpe : "");
}

/* One value must not be read as two systems that exclude one another, nor as two versions of one program. */
static void test_conflict(struct tester *t, const char *value, const struct conclusion *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			if (c[i].kind != CONCLUDES_SOFTWARE || c[k].kind != CONCLUDES_SOFTWARE ||
			    c[i].role != c[k].role)
				continue;
			bool os = c[i].role == ROLE_OPERATING_SYSTEM;
			bool differ = os ? system_differ(system_family(c[i].title), system_family(c[k].title))
					 : c[i].version && c[k].version && !strcmp(c[i].title, c[k].title) &&
						      strcmp(c[i].version, c[k].version) != 0;
			if (!differ)
				continue;
			fail(t, "the example «%s» is read as %s %s and as %s %s (%s), which contradict", value,
			     c[i].title, c[i].version ? c[i].version : "", c[k].title, c[k].version ? c[k].version : "",
			     c[k].signature);
			return;
		}
}

static void test_example(struct tester *t, const struct model_example *e)
{
	static const char *const what[] = {"software", "hardware", "host name", "operating system"};
	struct conclusion out[CONCLUSIONS_MAX];
	char got[600];
	const char *value = model_text(&t->part->model, e->value);
	size_t n = run(t, (enum field)e->field, value, out);
	t->result->examples++;
	if (!t->matched) {
		fail(t, "the example «%s» does not match", value);
		return;
	}
	if (t->overridden)
		return;
	if (!t->won) {
		fail(t, "the example «%s» is taken by %s before it", value, t->winner ? t->winner : "another");
		return;
	}
	for (unsigned which = 0; which < 4; which++) {
		bool good = !expects(t, e, which);
		for (size_t i = 0; !good && i < n; i++)
			good = says_all(t, &out[i], e, which);
		if (good)
			continue;
		describe(out, n, got, sizeof got);
		fail(t, "the example «%s» says otherwise about the %s: %s", value, what[which], got);
	}
	test_conflict(t, value, out, n);
}

static void test_counter(struct tester *t, const struct model_example *e)
{
	struct conclusion out[CONCLUSIONS_MAX];
	const char *value = model_text(&t->part->model, e->value);
	run(t, (enum field)e->field, value, out);
	t->result->counters++;
	if (t->matched)
		fail(t, "the counter example «%s» matches", value);
}

/* ---- hostile values ---- */

static size_t put(char *out, size_t size, size_t at, const char *text)
{
	size_t n = strlen(text);
	if (n >= size - at)
		n = size - at - 1;
	memcpy(out + at, text, n);
	out[at + n] = 0;
	return at + n;
}

/* Three long values: the body again and again; the same behind a good value; the same before a good value that a
 * stray octet spoils at its end. */
static void fill(char *out, size_t size, const char *good, const char *body, unsigned kind)
{
	size_t m = strlen(body), n = kind == 1 ? put(out, size, 0, good) : 0;
	size_t room = kind == 2 ? size / 2 : size;
	while (n + m < room)
		n = put(out, room, n, body);
	if (kind == 2)
		put(out, size, put(out, size, n, good), "\001");
}

static void test_hostile(struct tester *t)
{
	static const char *const body[] = {"a", "1.", " ", "(", "a/1 ", "9_", "-b;"};
	static char value[SIGNATURE_VALUE_MAX + 1];
	const struct model *m = &t->part->model;
	uint32_t number = (uint32_t)(t->entry - model_entry(m, 0));
	const struct match_regex *regex = signature_regex(t->set, t->scratch, t->number, number);
	const char *good = "";
	for (uint32_t i = 0; i < t->entry->examples && !*good; i++)
		if (!model_example(m, t->entry->first_example + i)->counter)
			good = model_text(m, model_example(m, t->entry->first_example + i)->value);
	for (size_t i = 0; i < 3 * sizeof body / sizeof body[0]; i++) {
		const char *b = body[i / 3];
		fill(value, sizeof value, good, b, i % 3);
		if (regex && match_regex_run(regex, t->scratch->match, value, strlen(value)) != MATCH_LIMIT)
			continue;
		fail(t, "the pattern runs into its limits on a long value of «%s»", b);
		return;
	}
}

/* ---- entries ---- */

static bool share_field(const struct model *m, const struct model_entry *a, const struct model_entry *b)
{
	for (uint32_t i = 0; i < a->fields; i++)
		for (uint32_t k = 0; k < b->fields; k++)
			if (model_field(m, a->first_field + i) == model_field(m, b->first_field + k))
				return true;
	return false;
}

static bool same(const struct model *m, uint32_t a, uint32_t b)
{
	return !strcmp(model_text(m, a), model_text(m, b));
}

/* What stands before the entry with its name, or with its pattern so that it can never decide. */
static void test_before(struct tester *t)
{
	const struct model *m = &t->part->model;
	const struct model_entry *own = t->entry;
	for (const struct model_entry *e = model_entry(m, 0); e < own; e++) {
		const char *file = e->file ? model_text(m, e->file) : "?";
		bool name = same(m, e->name, own->name);
		bool pattern = same(m, e->pattern, own->pattern) && same(m, e->group, own->group);
		if (!(name || pattern) || !share_field(m, e, own))
			continue;
		if (name)
			fail(t, "the name is also that of %s:%u", file, e->line);
		if (pattern)
			fail(t, "it never decides: the pattern is also that of %s:%u before it", file, e->line);
	}
}

/* ---- anchors ---- */

/* Past one alternative of the whole pattern: the bar that ends it, or the end. */
static const char *skip_alternative(const char *p)
{
	int depth = 0;
	for (bool class = false; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (class)
			class = *p != ']';
		else if (*p == '[')
			class = true, p += p[1] == '^', p += p[1] == ']';
		else if (*p == '|' && !depth)
			break;
		else
			depth += (*p == '(') - (*p == ')');
	}
	return p;
}

/* Bound to an end of the value, or to an end of a word. */
static bool is_anchored(const char *p, const char *end)
{
	static const char *const opening[] = {"^", "\\A", "\\b", "(?:^", "(^", "(?:\\b"};
	for (size_t i = 0; i < sizeof opening / sizeof *opening; i++)
		if (!strncmp(p, opening[i], strlen(opening[i])))
			return true;
	return end - p > 1 && end[-1] == '$' && end[-2] != '\\';
}

/* "^a|b" finds b anywhere, which is seldom meant: "b|^a" says that it is. ".*a" is a slow way of saying "a". */
static void test_anchor(struct tester *t)
{
	const char *pattern = model_text(&t->part->model, t->entry->pattern), *p = pattern;
	if (!strncmp(p, "(?m", 3)) /* how flags are written before patterns of other sets */
		p += strcspn(p, ")") + 1;
	if (!strncmp(p, ".*", 2))
		fail(t, "the pattern begins with .*: leave it out");
	const char *end = skip_alternative(p);
	for (bool anchored = is_anchored(p, end); anchored && *end; end = skip_alternative(p)) {
		p = end + 1;
		anchored = is_anchored(p, skip_alternative(p));
		if (!anchored)
			fail(t, "«%.40s» is found anywhere, while what stands before it is anchored: put it first", p);
	}
}

static void test_entry(struct tester *t)
{
	const struct model *m = &t->part->model;
	t->result->signatures++;
	test_before(t);
	test_anchor(t);
	for (uint32_t i = 0; i < t->entry->examples; i++) {
		const struct model_example *e = model_example(m, t->entry->first_example + i);
		if (e->counter)
			test_counter(t, e);
		else
			test_example(t, e);
	}
	test_hostile(t);
}

int signature_test(const struct signature_set *set, void (*report)(void *context, const char *sentence), void *context,
		   struct signature_test_result *result)
{
	struct tester t = {.set = set, .report = report, .context = context, .result = result};
	*result = (struct signature_test_result){0};
	t.scratch = signature_scratch_new(set);
	if (!t.scratch)
		return ERROR_FAILED;
	arena_init(&t.arena, 16384, 1 << 20);
	for (t.number = 0; t.number < set->parts; t.number++) {
		t.part = &set->part[t.number];
		for (uint32_t i = 0; i < t.part->model.count[MODEL_ENTRIES]; i++) {
			t.entry = model_entry(&t.part->model, i);
			test_entry(&t);
		}
	}
	arena_fini(&t.arena);
	signature_scratch_free(t.scratch);
	return 0;
}
