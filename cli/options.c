#include "cli/options.h"

#include "cli/options_file.h"
#include "cli/options_value.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>

static const char *row_name(size_t i, const void *arg)
{
	return ((const struct option_row *)arg)[i].name;
}

static size_t count_rows(const struct option_row *rows)
{
	size_t n = 0;
	while (rows[n].name)
		n++;
	return n;
}

const struct option_row *option_find(const struct option_set *set, const char *name, size_t len)
{
	for (const struct option_row *row = set->rows; row->name; row++)
		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	return NULL;
}

static const struct option_row *find_letter(const struct option_set *set, char letter)
{
	for (const struct option_row *row = set->rows; row->name; row++)
		if (row->letter && row->letter == letter)
			return row;
	return NULL;
}

/* What is wrong in a file is said in the name of the command that reads it. */
static int say_whose(const struct option_set *set, int code, struct error *error)
{
	struct error inner = *error;
	if (strncmp(inner.text, set->command, strlen(set->command)) == 0)
		return code;
	return error_set(error, code, "%s: %s", set->command, inner.text);
}

static int unknown(const struct option_set *set, const char *given, const char *name, struct error *error)
{
	const char *near = nearest_name(name, row_name, set->rows, count_rows(set->rows));
	if (near)
		return error_set(error, ERROR_USAGE, "%s: there is no option %s; did you mean --%s?", set->command,
				 given, near);
	return error_set(error, ERROR_USAGE, "%s: there is no option %s; see %s --help", set->command, given,
			 set->command);
}

/* What is being parsed, and what was given as a flag: the file does not overrule it. */
struct parsing {
	const struct option_set *set;
	int argc, at;
	char **argv;
	void *into;
	struct options *out;
	const char *config;
};

static int take(struct parsing *p, const struct option_row *row, const char *given, const char *value,
		struct error *error)
{
	if (row->type == OPTION_LATER)
		return error_set(error, ERROR_USAGE, "%s: %s is not there yet%s%s", p->set->command, given,
				 *row->help ? "; " : "", row->help);
	if (row->type == OPTION_FLAG && value)
		return error_set(error, ERROR_USAGE, "%s: %s takes no value", p->set->command, given);
	if (row->type != OPTION_FLAG && !value) {
		if (++p->at >= p->argc)
			return error_set(error, ERROR_USAGE, "%s: %s needs a value: %s", p->set->command, given,
					 row->argument);
		value = p->argv[p->at];
	}
	return option_set_value(p->set, row, given, row->type == OPTION_FLAG ? "true" : value, p->into, error);
}

static int take_config(struct parsing *p, const char *value, struct error *error)
{
	if (!value && ++p->at >= p->argc)
		return error_set(error, ERROR_USAGE, "%s: --config needs a value: FILE", p->set->command);
	p->config = value ? value : p->argv[p->at];
	return 0;
}

/* --version asks for the program's version, unless the command has an option of that name and a value follows. */
static bool asks_version(const struct option_set *set, int argc, char **argv, int i)
{
	bool value_follows = i + 1 < argc && argv[i + 1][0] != '-';
	return strcmp(argv[i], "--version") == 0 && !(value_follows && option_find(set, "version", 7));
}

static int take_long(struct parsing *p, const char *given, struct error *error)
{
	const char *name = given + 2, *equal = strchr(name, '=');
	size_t len = equal ? (size_t)(equal - name) : strlen(name);
	char shown[64];
	snprintf(shown, sizeof shown, "--%.*s", (int)(len < 60 ? len : 60), name);
	if (strcmp(shown, "--config") == 0)
		return take_config(p, equal ? equal + 1 : NULL, error);
	p->out->help |= strcmp(shown, "--help") == 0;
	p->out->version |= asks_version(p->set, p->argc, p->argv, p->at);
	if (p->out->help || p->out->version)
		return 0;
	const struct option_row *row = option_find(p->set, name, len);
	return row ? take(p, row, shown, equal ? equal + 1 : NULL, error) : unknown(p->set, shown, shown + 2, error);
}

static int take_short(struct parsing *p, const char *given, struct error *error)
{
	char shown[3] = {'-', given[1], 0};
	if (given[1] == 'h' && !find_letter(p->set, 'h')) {
		p->out->help = true;
		return 0;
	}
	const struct option_row *row = find_letter(p->set, given[1]);
	if (!row)
		return unknown(p->set, shown, shown + 1, error);
	if (row->type == OPTION_FLAG && given[2])
		return error_set(error, ERROR_USAGE, "%s: %s takes no value", p->set->command, shown);
	return take(p, row, shown, given[2] ? given + 2 : NULL, error);
}

static int take_operand(struct parsing *p, const char *text, struct error *error)
{
	if (!p->set->operands)
		return error_set(error, ERROR_USAGE, "%s: what is '%s'? %s%s%s", p->set->command, text,
				 p->set->stray ? p->set->stray : "see ", p->set->stray ? "" : p->set->command,
				 p->set->stray ? "" : " --help");
	return option_texts_add(&p->out->operands, text)
		       ? 0
		       : error_set(error, ERROR_FAILED, "%s: no memory", p->set->command);
}

static int parse_arguments(struct parsing *p, struct error *error)
{
	bool only_operands = false;
	int code = 0;
	for (p->at = 1; p->at < p->argc && !code && !p->out->help && !p->out->version; p->at++) {
		const char *text = p->argv[p->at];
		if (!only_operands && strcmp(text, "--") == 0)
			only_operands = true;
		else if (!only_operands && text[0] == '-' && text[1] == '-')
			code = take_long(p, text, error);
		else if (!only_operands && text[0] == '-' && text[1])
			code = take_short(p, text, error);
		else
			code = take_operand(p, text, error);
	}
	return code;
}

/* The file first, that flags win: the arguments are read once to find it, and once more over what it gave. */
int options_parse(const struct option_set *set, int argc, char **argv, void *into, struct options *out,
		  struct error *error)
{
	*out = (struct options){0};
	struct parsing p = {.set = set, .argc = argc, .argv = argv, .into = into, .out = out};
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			p.config = argv[i + 1];
		else if (strncmp(argv[i], "--config=", 9) == 0)
			p.config = argv[i] + 9;
		else if (strcmp(argv[i], "--help") == 0 || asks_version(set, argc, argv, i))
			return parse_arguments(&p, error);
	}
	int code = p.config ? options_file(set, p.config, argc, argv, into, out, error) : 0;
	return code ? say_whose(set, code, error) : parse_arguments(&p, error);
}

void options_fini(const struct option_set *set, void *into, struct options *out)
{
	for (const struct option_row *row = set->rows; row->name; row++)
		if (row->type == OPTION_TEXTS)
			free(((struct option_texts *)((char *)into + row->at))->items);
	free(out->operands.items);
	options_file_free(out->owned);
	*out = (struct options){0};
}

static void help_row(FILE *out, const struct option_row *row)
{
	char left[64];
	snprintf(left, sizeof left, "%s%c%s--%s%s%s", row->letter ? "-" : " ", row->letter ? row->letter : ' ',
		 row->letter ? ", " : "  ", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
	fprintf(out, "  %-30s %s\n", left, row->help);
}

void options_help(const struct option_set *set, FILE *out)
{
	fprintf(out, "%s [options]%s%s\n\n%s\n\n", set->command, set->operands ? " " : "",
		set->operands ? set->operands : "", set->about);
	for (const struct option_row *row = set->rows; row->name; row++)
		if (row->type != OPTION_LATER)
			help_row(out, row);
	static const struct option_row common[] = {
		{.name = "config", .argument = "FILE", .help = "read options from a YAML file; flags win over it"},
		{.letter = 'h', .name = "help", .help = "this text"},
		{.name = "version", .help = "the version of Onlooker"},
	};
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		help_row(out, &common[i]);
}

int options_start(const struct option_set *set, int argc, char **argv, void *into, struct options *out)
{
	struct error error;
	if (options_parse(set, argc, argv, into, out, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	if (out->help)
		options_help(set, stdout);
	else if (out->version)
		puts("onlooker " ONLOOKER_VERSION);
	return out->help || out->version ? 0 : -1;
}
