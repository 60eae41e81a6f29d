#include "cli/cmd_signatures.h"

#include "classify/signature.h"
#include "classify/signature_test.h"
#include "cli/explain.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PATHS_MAX = 64 };

static const char help[] =
	"usage: onlooker signatures list    [--signatures PATH]\n"
	"       onlooker signatures test    [--signatures PATH]\n"
	"       onlooker signatures explain [--signatures PATH] FIELD VALUE\n"
	"       onlooker signatures explain [--signatures PATH] --batch < LINES\n"
	"\n"
	"  list      every signature: field/name, role, what it concludes, file\n"
	"  test      prove every signature by its own examples; status 1 when one fails\n"
	"  explain   what a value of a field (http.server, ssh.banner, …) would conclude, and why\n"
	"\n"
	"  --signatures PATH  one's own signatures, tried before the built-in ones; any number of files and\n"
	"                     directories (*.yaml, *.xml of Recog, *.fp of p0f)\n"
	"  --batch            JSON Lines {\"field\", \"value\"} in, one {\"matches\": […]} out per line\n"
	"  --help             this text\n";

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

static int explain(const struct signature_set *set, const char *name, const char *value)
{
	enum field field = field_by_name(name);
	if (field < FIELDS)
		return explain_value(set, field, value);
	fprintf(stderr, "onlooker signatures: there is no field «%s»; the known ones are", name);
	for (unsigned i = 0; i < FIELDS; i++)
		if (field_table[i].knowledge == KNOWLEDGE_SIGNATURE ||
		    field_table[i].knowledge == KNOWLEDGE_SIGNATURE_QUIET)
			fprintf(stderr, " %s", field_table[i].name);
	fputc('\n', stderr);
	return 2;
}

static int usage(const char *why)
{
	fprintf(stderr, "onlooker signatures: %s; see onlooker signatures --help\n", why);
	return 2;
}

/* What the verb wants to be given besides options. */
static int run(const struct signature_set *set, char **word, int words, bool batch)
{
	if (!strcmp(word[0], "list"))
		return words == 1 ? list(set) : usage("list takes no argument");
	if (!strcmp(word[0], "test"))
		return words == 1 ? test(set) : usage("test takes no argument");
	if (batch)
		return words == 1 ? explain_batch(set) : usage("explain --batch reads its values from standard input");
	return words == 3 ? explain(set, word[1], word[2]) : usage("explain takes FIELD and VALUE, or --batch");
}

/* What --signatures named. */
struct paths {
	const char *path[PATHS_MAX];
	size_t count;
};

static int load_and_run(const struct paths *own, char **word, int words, bool batch)
{
	struct signature_set *set;
	struct error error = {""};
	int result = own->count ? signature_load(own->path, own->count, &set, &error) : signature_builtin(&set, &error);
	if (result) {
		fprintf(stderr, "onlooker signatures: %s\n", error.text);
		return -result < 2 ? 1 : 2;
	}
	int status = run(set, word, words, batch);
	signature_free(set);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "onlooker signatures: cannot write to standard output\n");
		return 1;
	}
	return status;
}

int cmd_signatures(int argc, char **argv)
{
	static const struct option options[] = {
		{"signatures", required_argument, NULL, 's'},
		{"batch", no_argument, NULL, 'b'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	struct paths own = {.count = 0};
	bool batch = false;
	optind = 0; /* begin anew: the caller may have parsed options of its own */
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 's') {
			if (own.count == PATHS_MAX)
				return usage("--signatures was given too often");
			own.path[own.count++] = optarg;
		} else if (c == 'b') {
			batch = true;
		} else if (c == 'h') {
			fputs(help, stdout);
			return 0;
		} else if (c == 'v') {
			puts("onlooker " ONLOOKER_VERSION);
			return 0;
		} else {
			return usage("unknown option");
		}
	}
	if (optind == argc)
		return usage("list, test or explain?");
	const char *verb = argv[optind];
	if (strcmp(verb, "list") && strcmp(verb, "test") && strcmp(verb, "explain"))
		return usage("list, test or explain?");
	return load_and_run(&own, argv + optind, argc - optind, batch);
}
