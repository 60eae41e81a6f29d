#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/stored_assertion.h"
#include "export/json.h"
#include "tests/sample.h"

static struct stored_assertion_maker *maker(void)
{
	struct stored_assertion_maker *m = malloc(sizeof *m);
	assert_non_null(m);
	stored_assertion_maker_init(m);
	return m;
}

static void release(struct stored_assertion_maker *m)
{
	stored_assertion_maker_fini(m);
	free(m);
}

static void assert_same_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_true(a == b);
	else
		assert_string_equal(a, b);
}

static void assert_same(const struct stored_assertion *a, const struct stored_assertion *b)
{
	assert_memory_equal(a->id, b->id, 16);
	assert_memory_equal(a->endpoint, b->endpoint, 16);
	assert_int_equal(a->statement, b->statement);
	assert_int_equal(a->has_endpoint, b->has_endpoint);
	assert_int_equal(a->unique, b->unique);
	assert_int_equal(a->open, b->open);
	assert_int_equal(a->merges, b->merges);
	assert_memory_equal(a->survivor, b->survivor, 16);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->end_ns, b->end_ns);
	assert_int_equal(a->collected_ns, b->collected_ns);
	assert_int_equal(a->kinds, b->kinds);
	assert_same_text(a->subject, b->subject);
	assert_int_equal(a->n_claims, b->n_claims);
	for (uint32_t i = 0; i < a->n_claims; i++) {
		const struct claim *x = &a->claims[i], *y = &b->claims[i];
		assert_same_text(x->kind, y->kind);
		assert_same_text(x->value, y->value);
		assert_same_text(x->method, y->method);
		assert_same_text(x->signature, y->signature);
		assert_same_text(x->evidence, y->evidence);
		assert_int_equal(x->known, y->known);
		assert_int_equal(x->confidence, y->confidence);
		assert_int_equal(x->implied, y->implied);
		assert_int_equal(x->start_ns, y->start_ns);
		assert_int_equal(x->end_ns, y->end_ns);
	}
}

/* What is made of an assertion and what is read from its line. */
static void assert_both_ways(const struct assertion *a)
{
	struct stored_assertion_maker *m = maker(), *n = maker();
	struct provenance p = sample_provenance();
	struct stored_assertion made, read;
	struct error error = {""};
	assert_int_equal(stored_assertion_make(m, &p, a, &made), 0);
	if (stored_assertion_read(n, made.line, made.line_len, &read, &error) != 0)
		fail_msg("%s: %.*s", error.text, (int)made.line_len, made.line);
	assert_same(&made, &read);
	release(m);
	release(n);
}

static void a_line_says_what_the_assertion_said(void **state)
{
	(void)state;
	struct sample s;
	sample_fill(&s, 1, 5, 1);
	assert_both_ways(&s.assertion);
	s.assertion.open = true;
	s.assertion.unique = false;
	s.attribute.n_evidence = 0;
	s.attribute.signature = NULL;
	assert_both_ways(&s.assertion);
	s.evidence.value = "a \"quoted\" \\ back\x01slash \xff\xc3\xa9 :, {[";
	s.attribute.n_evidence = 1;
	assert_both_ways(&s.assertion);
	s.assertion.has_endpoint = false;
	memset(s.assertion.endpoint, 0, 16);
	s.assertion.unique = false;
	assert_both_ways(&s.assertion);
}

static void an_event_that_merges_is_understood(void **state)
{
	(void)state;
	struct sample s;
	sample_fill(&s, 1, 5, 1);
	struct member event[] = {{.name = "kind", .text = "gone"},
				 {.name = "new", .text = "02000000-0000-8000-8000-000000000009"}};
	s.assertion.statement = STATEMENT_EVENT;
	s.attribute = (struct attribute){.name = ATTRIBUTE_EVENT, .members = event, .n_members = 2, .known = 16};
	s.assertion.end_ns = s.assertion.start_ns;
	assert_both_ways(&s.assertion);
	struct stored_assertion_maker *m = maker();
	struct stored_assertion made;
	assert_int_equal(stored_assertion_make(m, NULL, &s.assertion, &made), 0);
	assert_true(made.merges && made.survivor[15] == 9 && !made.line);
	assert_int_equal(made.n_claims, 1); /* names of an event are no claims */
	release(m);
}

static const char good[] =
	"{\"assertionId\":\"01000000-0000-8000-8000-000000000001\",\"provenanceId\":1,\"statementType\":"
	"\"Observation\","
	"\"endpoint\":{\"endpointIdentifier\":\"02000000-0000-8000-8000-000000000005\",\"uniquelyIdentified\":true,"
	"\"designation\":[{\"name\":\"ipv4Address\",\"value\":\"192.0.2.7\",\"howKnown\":[\"observation\"],"
	"\"confidence\":95}]},\"attributes\":[{\"name\":\"service\",\"value\":{\"transport\":\"tcp\",\"port\":80},"
	"\"howKnown\":[\"observation\"],\"confidence\":90,\"method\":\"tcp\",\"evidence\":[{\"packet\":7}]}],"
	"\"interval\":{\"start\":\"2026-11-20T12:00:00.000000Z\",\"end\":\"2026-11-20T12:00:01.000000Z\",\"open\":"
	"false},"
	"\"collectionTimestamp\":\"2026-11-20T12:00:01.000000Z\",\"later\":[{\"x\":[1,{\"y\":null}]}]}";

static int read_line(const char *line, size_t len, struct error *error)
{
	struct stored_assertion_maker *m = maker();
	struct stored_assertion a;
	int code = stored_assertion_read(m, line, len, &a, error);
	release(m);
	return code;
}

static void spaces_and_strangers_do_not_matter(void **state)
{
	(void)state;
	struct stored_assertion_maker *m = maker();
	struct stored_assertion a;
	char line[2 * sizeof good], *p = line;
	for (const char *c = good; *c; c++) {
		*p++ = *c;
		if ((*c == ':' && c[-1] == '"') || *c == ',')
			*p++ = ' ';
	}
	assert_int_equal(stored_assertion_read(m, line, (size_t)(p - line), &a, NULL), 0);
	assert_int_equal(a.n_claims, 2);
	assert_string_equal(a.claims[1].value, "{\"transport\":\"tcp\",\"port\":80}");
	assert_string_equal(a.claims[1].evidence, "[{\"packet\":7}]");
	release(m);
}

/* One thing broken at a time. */
static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *said;
	} rows[] = {
		{"01000000-0000-8000", "01000000-0000-800g", "no UUID"},
		{"\"Observation\"", "\"Rumour\"", "statementType"},
		{"\"confidence\":95", "\"confidence\":101", "percentage"},
		{"\"confidence\":95", "\"confidence\":-5", "percentage"},
		{"[\"observation\"]", "[\"hearsay\"]", "howKnown"},
		{"[\"observation\"]", "[]", "lacks name, value or howKnown"},
		{"\"192.0.2.7\"", "7", "lacks name, value or howKnown"},
		{"\"name\":\"ipv4Address\",", "", "lacks name, value or howKnown"},
		{"\"name\":\"service\"", "\"name\":\"ser vice\"", "lacks name, value or howKnown"},
		{"\"2026-11-20T12:00:00.000000Z\",\"end\"", "\"soon\",\"end\"", "time"},
		{"2026-11-20T12:00:00.000000Z\",\"end\"", "2026-11-20T13:00:00.000000Z\",\"end\"", "ends before"},
		{"\"collectionTimestamp\"", "\"collected\"", "lacks assertionId"},
		{"\"interval\":{", "\"interval\":[{", "object or a list"},
		{"\"attributes\":[", "\"attributes\":[\"x\",", "object's place"},
		{"{\"x\":[1,", "{\"x\":[[[[[[[[[[[[1,", "deeply"},
		{"\"port\":80", "\"port\":80x", "no JSON"},
		{"null}]}]}", "null}]}]}}", "no JSON"},
		{"\"tcp\"", "\"\xff\"", "no JSON"},
		{"[{\"packet\"", "\v[{\"packet\"", "no JSON"},
		{"[{\"packet\"", "[\f{\"packet\"", "no JSON"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[2 * sizeof good];
		const char *at = strstr(good, rows[i].from);
		struct error error = {""};
		assert_non_null(at);
		snprintf(line, sizeof line, "%.*s%s%s", (int)(at - good), good, rows[i].to, at + strlen(rows[i].from));
		if (read_line(line, strlen(line), &error) != ERROR_USAGE || !strstr(error.text, rows[i].said))
			fail_msg("%s for %s: '%s'", rows[i].to, rows[i].from, error.text);
	}
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_line(good, sizeof good - 1, NULL), 0);
	for (size_t len = 0; len < sizeof good - 1; len++) {
		struct error error = {""};
		char *cut = malloc(len + 1); /* of its own, so that reading past it shows */
		assert_non_null(cut);
		memcpy(cut, good, len);
		assert_int_equal(read_line(cut, len, &error), ERROR_USAGE);
		assert_true(strlen(error.text) > 0);
		free(cut);
	}
}

/* What is read of `second` behind `first` is what is read of it alone. */
static void assert_first_does_not_matter(const char *first, const char *second)
{
	struct stored_assertion_maker *m = maker(), *n = maker();
	struct arena texts;
	struct stored_assertion before, behind, alone;
	struct error error = {""}, why = {""};
	arena_init(&texts, 4096, 0);
	stored_assertion_begin(m, &texts);
	(void)stored_assertion_read_next(m, first, strlen(first), &before, &error);
	int code = stored_assertion_read_next(m, second, strlen(second), &behind, &error);
	if (code != stored_assertion_read(n, second, strlen(second), &alone, &why))
		fail_msg("'%s' behind another, '%s' alone: %s", error.text, why.text, second);
	if (!code)
		assert_same(&alone, &behind);
	else
		assert_string_equal(error.text, why.text);
	arena_fini(&texts);
	release(m);
	release(n);
}

/* good[] with `from` replaced. */
static const char *with(const char *from, const char *to, char out[2 * sizeof good])
{
	const char *at = strstr(good, from);
	assert_non_null(at);
	snprintf(out, 2 * sizeof good, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	return out;
}

static void lines_of_one_endpoint_are_read_as_each_alone(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"01000000", "11000000"},
		{"\"port\":80", "\"port\":8080"},
		{"02000000", "12000000"},                  /* another endpoint of the same length */
		{"192.0.2.7", "192.0.2.8"},                /* another address */
		{"\"confidence\":95", "\"confidence\":9"}, /* shorter */
		{"\"uniquelyIdentified\":true", "\"uniquelyIdentified\":null"},
		{"\"Observation\"", "\"Correlation\""},
		{"\"Observation\"", "\"Observatiom\""}, /* no statement type, as long */
		{"\"attributes\":[", "\"endpoint\":{\"designation\":[]},\"attributes\":["},
		{"\"endpoint\":{",
		 "\"endpoint\":{\"designation\":[{\"name\":\"hostName\",\"value\":\"a\",\"howKnown\":["
		 "\"self\"]}]},\"endpoint\":{"},
		{"\"endpoint\":", "\"endpoind\":"}, /* the same object of another member */
		{"\"endpoint\":", "\"x\":{\"endpoint\":1},\"endpoint\":"},
		{"Observation\",\"endpoint\":{", "Observation\\\"endpoint\":{"},
		{"}]},\"attributes\"", "}]}x,\"attributes\""}, /* more than the endpoint */
		{"\"provenanceId\":1", "\"provenanceId\":1x"},
	};
	char changed[2 * sizeof good];
	assert_first_does_not_matter(good, good);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		with(rows[i].from, rows[i].to, changed);
		assert_first_does_not_matter(good, changed);
		assert_first_does_not_matter(changed, good);
		assert_first_does_not_matter(changed, changed);
	}
	for (size_t len = 0; len < sizeof good; len++) {
		snprintf(changed, sizeof changed, "%.*s", (int)len, good);
		assert_first_does_not_matter(good, changed);
	}
}

/* The same object, in a text and in a member of a member, where the line before had its endpoint. */
static void an_endpoint_elsewhere_is_none(void **state)
{
	(void)state;
	static const char
		object[] = "{\"endpointIdentifier\":\"02000000-0000-8000-8000-000000000005\"}",
		rest[] = "\"assertionId\":\"01000000-0000-8000-8000-000000000001\",\"statementType\":\"Observation\","
			 "\"interval\":{\"start\":\"2026-11-20T12:00:00Z\",\"end\":\"2026-11-20T12:00:01Z\"},"
			 "\"collectionTimestamp\":\"2026-11-20T12:00:01Z\"}";
	static const char *const forms[] = {"{\"endpoint\":%s,%s", "{\"x\":{\"y\":%s},%s", "{\"end\\u0070\":%s,%s",
					    "{\"later\":[%s],%s", "{\"a\": 1234:%s,%s"};
	char first[512], second[512];
	snprintf(first, sizeof first, forms[0], object, rest);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		snprintf(second, sizeof second, forms[i], object, rest);
		assert_first_does_not_matter(first, second);
	}
}

static void kinds_have_bits(void **state)
{
	(void)state;
	unsigned n = 0;
	for (; stored_kind_name(n); n++)
		assert_int_equal(stored_kind_bit(stored_kind_name(n)), 1ull << n);
	assert_true(n > DESIGNATIONS && n < 64);
	assert_int_equal(stored_kind_bit("somethingNew"), 1ull << (n - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_what_the_assertion_said),
		cmocka_unit_test(an_event_that_merges_is_understood),
		cmocka_unit_test(spaces_and_strangers_do_not_matter),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(lines_of_one_endpoint_are_read_as_each_alone),
		cmocka_unit_test(an_endpoint_elsewhere_is_none),
		cmocka_unit_test(kinds_have_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
