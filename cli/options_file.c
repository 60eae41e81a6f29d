#include "cli/options_file.h"

#include "cli/option_sets.h"
#include "cli/options_value.h"
#include "core/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

struct reading {
	const struct option_set *set;
	const char *path;
	int argc;
	char **argv;
	void *into;
	yaml_document_t *document;
	struct error *error;
};

static const char *text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static int mistake(struct reading *r, const yaml_node_t *at, const char *what, const char *name)
{
	return error_set(r->error, ERROR_USAGE, "%s:%zu: %s%s%s", r->path, at->start_mark.line + 1, name,
			 *name ? ": " : "", what);
}

/* True when the arguments name the option: flags win, for lists as a whole. */
static bool given_as_flag(const struct reading *r, const struct option_row *row)
{
	size_t n = strlen(row->name);
	for (int i = 1; i < r->argc && strcmp(r->argv[i], "--") != 0; i++) {
		const char *a = r->argv[i];
		if (a[0] == '-' && row->letter && a[1] == row->letter)
			return true;
		if (a[0] == '-' && a[1] == '-' && strncmp(a + 2, row->name, n) == 0 && (!a[2 + n] || a[2 + n] == '='))
			return true;
	}
	return false;
}

static int set_one(struct reading *r, const struct option_row *row, const yaml_node_t *value)
{
	char given[300];
	if (value->type != YAML_SCALAR_NODE)
		return mistake(r, value, "wants one value", row->name);
	if (strlen(text(value)) != value->data.scalar.length)
		return mistake(r, value, "has a zero octet in it", row->name);
	snprintf(given, sizeof given, "%.200s:%zu: %s", r->path, value->start_mark.line + 1, row->name);
	return option_set_value(r->set, row, given, text(value), r->into, r->error);
}

static int set_option(struct reading *r, const struct option_row *row, const yaml_node_t *value)
{
	if (row->type == OPTION_TEXTS && given_as_flag(r, row))
		return 0;
	if (row->type != OPTION_TEXTS || value->type != YAML_SEQUENCE_NODE)
		return set_one(r, row, value);
	int code = 0;
	for (yaml_node_item_t *i = value->data.sequence.items.start; i < value->data.sequence.items.top && !code; i++)
		code = set_one(r, row, yaml_document_get_node(r->document, *i));
	return code;
}

/* A file may serve every command. */
static const struct option_set *const sets[] = {
	&observe_option_set,          &inventory_option_set,   &watch_option_set,
	&doctor_option_set,           &fabric_option_set,      &keys_option_set,
	&manager_option_set,          &orchestrate_option_set, &repository_option_set,
	&repository_verbs_option_set, &signatures_option_set,  &up_option_set};
#define SETS (sizeof sets / sizeof *sets)

static bool known_elsewhere(const char *name)
{
	for (size_t i = 0; i < SETS; i++)
		if (option_find(sets[i], name, strlen(name)))
			return true;
	return false;
}

static const char *section_name(size_t i, const void *arg)
{
	(void)arg;
	return sets[i]->section;
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < SETS; i++)
		if (strcmp(sets[i]->section, name) == 0)
			return true;
	return false;
}

static const char *row_name(size_t i, const void *rows)
{
	return ((const struct option_row *)rows)[i].name;
}

static int unknown(struct reading *r, const yaml_node_t *key)
{
	char what[128];
	size_t n = 0;
	while (r->set->rows[n].name)
		n++;
	const char *near = nearest_name(text(key), row_name, r->set->rows, n);
	if (is_section(text(key)))
		return mistake(r, key, "is a command; its options stand below it, indented, each with its value",
			       text(key));
	snprintf(what, sizeof what, near ? "there is no such option; did you mean %s?" : "there is no such option",
		 near);
	return mistake(r, key, what, text(key));
}

static int no_section(struct reading *r, const yaml_node_t *key)
{
	char what[128];
	const char *near = nearest_name(text(key), section_name, NULL, SETS);
	snprintf(what, sizeof what, near ? "there is no such command; did you mean %s?" : "there is no such command",
		 near);
	return mistake(r, key, what, text(key));
}

/* A name that stands alone: YAML can write a zero octet, at which the rest of it would be lost. */
static bool is_name(const yaml_node_t *key)
{
	return key->type == YAML_SCALAR_NODE && strlen(text(key)) == key->data.scalar.length;
}

static bool is_empty(const yaml_node_t *value)
{
	return value->type == YAML_SCALAR_NODE && !value->data.scalar.length;
}

/* Which of the two is meant cannot be told. Keys before this one are names, each another: there are not many. */
static int given_before(struct reading *r, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
	char what[64];
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
		const yaml_node_t *before = yaml_document_get_node(r->document, p->key);
		if (strcmp(text(before), text(key)) != 0)
			continue;
		snprintf(what, sizeof what, "stands in line %zu already; keep one", before->start_mark.line + 1);
		return mistake(r, key, what, text(key));
	}
	return 0;
}

static int read_mapping(struct reading *r, const yaml_node_t *map, bool top)
{
	int code = 0;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top && !code; p++) {
		const yaml_node_t *key = yaml_document_get_node(r->document, p->key);
		const yaml_node_t *value = yaml_document_get_node(r->document, p->value);
		if (!is_name(key))
			return mistake(r, key, "a key must be the name of an option", "");
		if ((code = given_before(r, map, p)) != 0)
			return code;
		if (top && value->type == YAML_MAPPING_NODE) {
			if (strcmp(text(key), r->set->section) == 0)
				code = read_mapping(r, value, false);
			else if (!is_section(text(key)))
				code = no_section(r, key);
			continue;
		}
		const struct option_row *row = option_find(r->set, text(key), strlen(text(key)));
		if (top && !row && is_empty(value) && is_section(text(key)))
			continue; /* all that stood below it is commented out */
		if (row)
			code = set_option(r, row, value);
		else if (!top || !known_elsewhere(text(key)))
			code = unknown(r, key);
	}
	return code;
}

static int read_document(struct reading *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->document);
	if (!root)
		return 0; /* an empty file asks for nothing */
	if (root->type != YAML_MAPPING_NODE)
		return mistake(r, root, "a configuration is a mapping: option: value", "");
	return read_mapping(r, root, true);
}

static int no_yaml(const yaml_parser_t *parser, const char *path, struct error *error)
{
	return error_set(error, ERROR_USAGE, "%s:%zu: this is no YAML: %s", path, parser->problem_mark.line + 1,
			 parser->problem ? parser->problem : "it cannot be read");
}

/* A second document ("---") would be left out in silence. */
static int nothing_more(yaml_parser_t *parser, const char *path, struct error *error)
{
	yaml_document_t next;
	int code = 0;
	if (!yaml_parser_load(parser, &next))
		return no_yaml(parser, path, error);
	if (yaml_document_get_root_node(&next))
		code = error_set(error, ERROR_USAGE,
				 "%s:%zu: a configuration is one document; take out the --- before it", path,
				 yaml_document_get_root_node(&next)->start_mark.line + 1);
	yaml_document_delete(&next);
	return code;
}

static int load(const char *path, FILE *f, yaml_document_t *document, struct error *error)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return error_set(error, ERROR_FAILED, "%s: no memory", path);
	yaml_parser_set_input_file(&parser, f);
	int code = 0;
	if (!yaml_parser_load(&parser, document))
		code = no_yaml(&parser, path, error);
	else if ((code = nothing_more(&parser, path, error)) != 0)
		yaml_document_delete(document);
	yaml_parser_delete(&parser);
	return code;
}

int options_file(const struct option_set *set, const char *path, int argc, char **argv, void *into, struct options *out,
		 struct error *error)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: --config: %s: %s", set->command, path, strerror(errno));
	struct stat about;
	if (fstat(fileno(f), &about) == 0 && S_ISDIR(about.st_mode)) {
		fclose(f);
		return error_set(error, ERROR_USAGE, "%s: --config: %s: is a directory; name a file", set->command,
				 path);
	}
	yaml_document_t *document = calloc(1, sizeof *document);
	int code = document ? load(path, f, document, error) : ERROR_FAILED;
	fclose(f);
	if (code) {
		free(document);
		return code;
	}
	out->owned = document;
	struct reading r = {set, path, argc, argv, into, document, error};
	return read_document(&r);
}

void options_file_free(void *owned)
{
	if (!owned)
		return;
	yaml_document_delete(owned);
	free(owned);
}
