/* A line from the fabric, whatever it says: refused in a sentence, or claims that an inventory can show. */
#include "domain/claim_text.h"
#include "domain/stored_assertion.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!value)
		abort();
	json_decref(value);
}

/* 0 where it was taken. */
static int read_one(struct stored_assertion_maker *m, const char *line, size_t size, struct stored_assertion *out)
{
	char text[64];
	struct error error = {""};
	int code = stored_assertion_read_next(m, line, size, out, &error);
	if (code && !*error.text)
		abort();
	for (uint32_t i = 0; !code && i < out->n_claims; i++) {
		check(out->claims[i].value);
		if (out->claims[i].evidence)
			check(out->claims[i].evidence);
		claim_rank(&out->claims[i]);
		claim_text(&out->claims[i], "softwareTitle", text, sizeof text);
	}
	return code;
}

static void same(const struct stored_assertion *a, const struct stored_assertion *b)
{
	if (a->n_claims != b->n_claims || a->kinds != b->kinds || a->has_endpoint != b->has_endpoint ||
	    a->unique != b->unique || memcmp(a->endpoint, b->endpoint, 16) != 0)
		abort();
	for (uint32_t i = 0; i < a->n_claims; i++)
		if (strcmp(a->claims[i].value, b->claims[i].value) != 0 ||
		    strcmp(a->claims[i].kind, b->claims[i].kind) != 0)
			abort();
}

/* Two lines: what is read of the second must not depend on the first. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stored_assertion_maker maker, other;
	struct stored_assertion a, b;
	const uint8_t *lf = memchr(data, '\n', size);
	size_t first = lf ? (size_t)(lf - data) : size, second = lf ? size - first - 1 : 0;
	char *line = malloc(first + !first), *next = malloc(second + !second); /* nothing stands behind them */
	if (!line || !next)
		abort();
	memcpy(line, data, first);
	memcpy(next, data + size - second, second);
	stored_assertion_maker_init(&maker);
	stored_assertion_maker_init(&other);
	stored_assertion_begin(&maker, &maker.texts);
	stored_assertion_begin(&other, &other.texts);
	read_one(&maker, line, first, &a);
	int code = read_one(&maker, next, second, &a);
	if (code != read_one(&other, next, second, &b))
		abort();
	if (!code)
		same(&a, &b);
	stored_assertion_maker_fini(&maker);
	stored_assertion_maker_fini(&other);
	free(line);
	free(next);
	return 0;
}
