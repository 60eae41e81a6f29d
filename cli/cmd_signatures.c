#include "cli/cmd_signatures.h"

#include "classify/signature.h"
#include "classify/signature_test.h"
#include "cli/explain.h"
#include "cli/option_sets.h"
#include "core/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct signatures_cli {
	struct options common;
	struct option_texts paths;
	bool batch;
};

#define AT(member) offsetof(struct signatures_cli, member)

static const struct option_row rows[] = {
	{0, "signatures", OPTION_TEXTS, "PATH", "signatures of one's own (YAML, Recog XML, p0f.fp), any number",
	 AT(paths), 0, 0},
	{0, "batch", OPTION_FLAG, NULL, "explain: JSON Lines {\"field\", \"value\"} in, {\"matches\": […]} out",
	 AT(batch), 0, 0},
	{0},
};

const struct option_set signatures_option_set = {
	.command = "onlooker signatures",
	.section = "signatures",
	.rows = rows,
	.operands = "list | test | explain FIELD VALUE | explain --batch",
	.about = "What values seen on the network mean. One's own signatures are tried before the built-in ones.\n"
		 "  list      every signature: field/name, role, what it concludes, file\n"
		 "  test      prove every signature by its own examples; status 1 when one fails\n"
		 "  explain   what a value of a field (http.server, ssh.banner, …) would conclude, and why",
};

static void print_row(void *context, const struct signature_row *row)
{
	char name[128];
	snprintf(name, sizeof name, "%s/%s", row->field, row->name);
	printf("%-44s %-16s %-36s %s\n", name, row->role, row->title ? row->title : "", row->source ? row->source : "");
}

static int list(const struct signature_set *set)
{
	signature_each(set, print_row, NULL);
	return 0;
}

static void print_failure(void *context, const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
}

static int test(const struct signature_set *set)
{
	struct signature_test_result r;
	if (signature_test(set, print_failure, NULL, &r)) {
		fprintf(stderr, "onlooker signatures: memory is out\n");
		return 1;
	}
	printf("%u signatures, %u examples, %u counter examples, %u failures\n", r.signatures, r.examples, r.counters,
	       r.failures);
	return r.failures ? 1 : 0;
}

static const char *field_name(size_t i, const void *arg)
{
	(void)arg;
	return field_table[i].name;
}

static int explain(const struct signature_set *set, const char *name, const char *value)
{
	enum field field = field_read_as(field_by_name(name));
	if (field < FIELDS)
		return explain_value(set, field, value);
	const char *near = nearest_name(name, field_name, NULL, FIELDS);
	if (near)
		fprintf(stderr, "onlooker signatures: there is no field '%s'; did you mean %s?\n", name, near);
	else
		fprintf(stderr,
			"onlooker signatures: there is no field '%s'; `onlooker signatures list` begins each line with "
			"one\n",
			name);
	return 2;
}

static int usage(const char *why)
{
	fprintf(stderr, "onlooker signatures: %s; see onlooker signatures --help\n", why);
	return 2;
}

/* What the verb wants to be given besides options. */
static int run(const struct signature_set *set, const char **word, int words, bool batch)
{
	if (!strcmp(word[0], "list"))
		return words == 1 ? list(set) : usage("list takes no argument");
	if (!strcmp(word[0], "test"))
		return words == 1 ? test(set) : usage("test takes no argument");
	if (batch)
		return words == 1 ? explain_batch(set) : usage("explain --batch reads its values from standard input");
	return words == 3 ? explain(set, word[1], word[2]) : usage("explain takes FIELD and VALUE, or --batch");
}

static int load_and_run(const struct signatures_cli *o, const char **word, int words)
{
	struct signature_set *set;
	struct error error = {""};
	int result = o->paths.count ? signature_load(o->paths.items, o->paths.count, &set, &error)
				    : signature_builtin(&set, &error);
	if (result) {
		fprintf(stderr, "onlooker signatures: %s\n", error.text);
		return -result < 2 ? 1 : 2;
	}
	int status = run(set, word, words, o->batch);
	signature_free(set);
	return status;
}

static int start(const struct signatures_cli *o)
{
	const struct option_texts *words = &o->common.operands;
	const char *verb = words->count ? words->items[0] : "";
	if (!*verb)
		return usage("say list, test or explain");
	if (strcmp(verb, "list") && strcmp(verb, "test") && strcmp(verb, "explain")) {
		fprintf(stderr, "onlooker signatures: what is '%s'? give list, test or explain\n", verb);
		return 2;
	}
	if (o->batch && strcmp(verb, "explain"))
		return usage("--batch goes with explain");
	return load_and_run(o, words->items, (int)words->count);
}

int cmd_signatures(int argc, char **argv)
{
	struct signatures_cli o = {.batch = false};
	int status = options_start(&signatures_option_set, argc, argv, &o, &o.common);
	if (status < 0)
		status = start(&o);
	options_fini(&signatures_option_set, &o, &o.common);
	return status;
}
