#include "classify/signature_yaml.h"

#include "classify/match.h"
#include "classify/signature_template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { FIELDS_MAX = 16, LITERAL_MIN = 3, CPE_COMPONENTS = 11 };

/* One file being read. */
struct reader {
	struct model_builder *b;
	yaml_document_t document;
	const char *file;
	uint32_t file_text;
	struct error *error;
	struct match_scratch *scratch;
	uint32_t field[FIELDS_MAX];
	uint32_t fields;
};

/* One entry being read. */
struct draft {
	struct model_entry row;
	struct match_regex *regex;
	uint32_t field[FIELDS_MAX]; /* those of the file, or its own */
	uint32_t fields;
	bool nothing; /* it decides its group and says nothing: text about a product, not of one */
};

__attribute__((format(printf, 3, 4))) static int refuse(struct reader *r, const yaml_node_t *node, const char *format,
							...)
{
	char why[400];
	va_list ap;
	va_start(ap, format);
	vsnprintf(why, sizeof why, format, ap);
	va_end(ap);
	return error_set(r->error, ERROR_USAGE, "%s:%zu: %s", r->file, node ? node->start_mark.line + 1 : 1, why);
}

/* ---- nodes ---- */

static const char *scalar(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static yaml_node_t *at(struct reader *r, int number)
{
	return yaml_document_get_node(&r->document, number);
}

static yaml_node_t *member(struct reader *r, const yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const char *k = scalar(at(r, p->key));
		if (k && !strcmp(k, key))
			return at(r, p->value);
	}
	return NULL;
}

typedef int (*take)(struct reader *r, struct draft *d, const yaml_node_t *node);

/* Calls `f` for each item of a list, or once for what is no list. */
static int each(struct reader *r, struct draft *d, const yaml_node_t *node, take f)
{
	if (!node)
		return 0;
	if (node->type != YAML_SEQUENCE_NODE)
		return f(r, d, node);
	int result = 0;
	for (yaml_node_item_t *i = node->data.sequence.items.start; !result && i < node->data.sequence.items.top; i++)
		result = f(r, d, at(r, *i));
	return result;
}

/* Calls `f` for each pair of a mapping. */
typedef int (*take_pair)(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to);

static int each_pair(struct reader *r, struct draft *d, const yaml_node_t *node, take_pair f, void *to)
{
	if (node->type != YAML_MAPPING_NODE)
		return refuse(r, node, "a mapping is wanted here: {key: value, …}");
	int result = 0;
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; !result && p < node->data.mapping.pairs.top; p++) {
		yaml_node_t *key = at(r, p->key);
		if (!scalar(key))
			return refuse(r, key, "a key must be plain text");
		result = f(r, d, key, at(r, p->value), to);
	}
	return result;
}

static int read_percent(struct reader *r, const yaml_node_t *node, uint8_t *out)
{
	const char *s = scalar(node);
	char *end = NULL;
	long n = s ? strtol(s, &end, 10) : 0;
	if (!s || *end || n < 1 || n > 100)
		return refuse(r, node, "confidence must be a percentage from 1 to 100");
	*out = (uint8_t)n;
	return 0;
}

static int read_field(struct reader *r, const yaml_node_t *node, uint32_t *out)
{
	const char *s = scalar(node);
	enum field f = s ? field_by_name(s) : FIELDS;
	if (f == FIELDS)
		return refuse(r, node, "there is no field «%s»", s ? s : "");
	*out = (uint32_t)f;
	return 0;
}

/* ---- templates ---- */

static int read_template(struct reader *r, const struct draft *d, const yaml_node_t *node, uint32_t *out)
{
	const char *s = scalar(node);
	if (!s)
		return refuse(r, node, "text is wanted here");
	if (!template_good(s, d->regex))
		return refuse(r, node, "«%s» names a group the pattern does not have, or a bracket is not closed", s);
	*out = *s ? model_add_text(r->b, s) : 0;
	return 0;
}

static const char *const cpe_key[CPE_COMPONENTS] = {"part",      "vendor",    "product",  "version",
						    "update",    "edition",   "language", "sw_edition",
						    "target_sw", "target_hw", "other"};

/* {part: a, vendor: v, …} says the same as "a:v:…". */
static int read_cpe(struct reader *r, const struct draft *d, const yaml_node_t *node, uint32_t *out)
{
	char text[512];
	size_t len = 0;
	if (scalar(node)) {
		snprintf(text, sizeof text, "%s", scalar(node));
	} else {
		for (int i = 0; i < CPE_COMPONENTS; i++) {
			const char *s = scalar(member(r, node, cpe_key[i]));
			int n = snprintf(text + len, sizeof text - len, "%s%s", i ? ":" : "", s ? s : "");
			if (n < 0 || (len += (size_t)n) >= sizeof text)
				return refuse(r, node, "the CPE is too long");
		}
		while (len && text[len - 1] == ':')
			text[--len] = 0;
	}
	if (!text[0] || !strchr("aoh", text[0]) || text[1] != ':')
		return refuse(r, node, "a CPE begins with its part: a, o or h, then vendor and product");
	if (!template_good(text, d->regex))
		return refuse(r, node, "«%s» names a group the pattern does not have, or a bracket is not closed",
			      text);
	*out = model_add_text(r->b, text);
	return 0;
}

/* ---- conclusions ---- */

static int read_role(struct reader *r, const yaml_node_t *node, uint8_t *out)
{
	const char *s = scalar(node);
	for (unsigned i = 0; s && i < ROLES; i++)
		if (!strcmp(s, software_role_name[i])) {
			*out = (uint8_t)i;
			return 0;
		}
	return refuse(r, node, "role must be operatingSystem, server, client, library or firmware");
}

static int take_software(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to)
{
	struct model_conclusion *c = to;
	const char *k = scalar(key);
	if (!strcmp(k, "title") || !strcmp(k, "name"))
		return read_template(r, d, value, &c->title);
	if (!strcmp(k, "creator"))
		return read_template(r, d, value, &c->creator);
	if (!strcmp(k, "version"))
		return read_template(r, d, value, &c->version);
	if (!strcmp(k, "revision"))
		return read_template(r, d, value, &c->revision);
	if (!strcmp(k, "purl"))
		return read_template(r, d, value, &c->purl);
	if (!strcmp(k, "cpe"))
		return read_cpe(r, d, value, &c->cpe);
	if (!strcmp(k, "role"))
		return read_role(r, value, &c->role);
	if (!strcmp(k, "confidence"))
		return read_percent(r, value, &c->confidence);
	return refuse(r, key, "software has no «%s»: title, creator, version, revision, role, cpe, purl, confidence",
		      k);
}

static int take_hardware(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to)
{
	struct model_conclusion *c = to;
	const char *k = scalar(key);
	if (!strcmp(k, "model"))
		return read_template(r, d, value, &c->title);
	if (!strcmp(k, "manufacturer"))
		return read_template(r, d, value, &c->creator);
	if (!strcmp(k, "kind"))
		return read_template(r, d, value, &c->hardware_kind);
	if (!strcmp(k, "cpe"))
		return read_cpe(r, d, value, &c->cpe);
	if (!strcmp(k, "confidence"))
		return read_percent(r, value, &c->confidence);
	return refuse(r, key, "hardware has no «%s»: model, manufacturer, kind, cpe, confidence", k);
}

static int add_conclusion(struct reader *r, struct draft *d, const yaml_node_t *node, struct model_conclusion *c,
			  take_pair f)
{
	int result = each_pair(r, d, node, f, c);
	if (result)
		return result;
	if (!c->title && !(c->kind == CONCLUDES_HARDWARE && (c->creator || c->hardware_kind)))
		return refuse(r, node, "a conclusion needs a title (hardware: a model, manufacturer or kind)");
	for (uint32_t i = 0; c->kind == CONCLUDES_SOFTWARE && c->role == MODEL_ROLE_OF_FIELD && i < d->fields; i++)
		if (field_table[d->field[i]].side == FIELD_SIDE_HOST)
			return refuse(r, node, "say the role: %s is neither of a server nor of a client",
				      field_table[d->field[i]].name);
	model_add(r->b, MODEL_CONCLUSIONS, c);
	return 0;
}

static int take_one_software(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_conclusion c = {.kind = CONCLUDES_SOFTWARE, .role = MODEL_ROLE_OF_FIELD};
	return add_conclusion(r, d, node, &c, take_software);
}

static int take_one_os(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_conclusion c = {.kind = CONCLUDES_SOFTWARE, .role = ROLE_OPERATING_SYSTEM};
	return add_conclusion(r, d, node, &c, take_software);
}

static int take_one_hardware(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_conclusion c = {.kind = CONCLUDES_HARDWARE, .role = MODEL_ROLE_OF_FIELD};
	return add_conclusion(r, d, node, &c, take_hardware);
}

static int read_software(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each(r, d, node, take_one_software);
}

static int read_os(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each(r, d, node, take_one_os);
}

static int read_hardware(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each(r, d, node, take_one_hardware);
}

static int read_host_name(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_conclusion c = {.kind = CONCLUDES_HOST_NAME, .role = MODEL_ROLE_OF_FIELD};
	int result = read_template(r, d, node, &c.title);
	if (!result)
		model_add(r->b, MODEL_CONCLUSIONS, &c);
	return result;
}

/* ---- feeds ---- */

static int take_feed(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to)
{
	struct model_feed feed = {0};
	int result = read_field(r, key, &feed.field);
	if (value->type != YAML_SEQUENCE_NODE) {
		if (!result)
			result = read_template(r, d, value, &feed.value);
		if (!result)
			model_add(r->b, MODEL_FEEDS, &feed);
		return result;
	}
	for (yaml_node_item_t *i = value->data.sequence.items.start; !result && i < value->data.sequence.items.top;
	     i++) {
		const yaml_node_t *item = at(r, *i);
		result = item->type == YAML_SEQUENCE_NODE ? refuse(r, item, "a list within a list")
							  : take_feed(r, d, key, item, to);
	}
	return result;
}

static int read_reenter(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each_pair(r, d, node, take_feed, NULL);
}

/* ---- examples ---- */

static int take_expectation(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value,
			    void *to)
{
	struct model_example *example = to;
	const char *k = scalar(key);
	if (!scalar(value))
		return refuse(r, value, "text is wanted here");
	if (!strcmp(k, "value")) {
		example->value = model_add_text(r->b, scalar(value));
		return 0;
	}
	if (!strcmp(k, "field"))
		return read_field(r, value, &example->field);
	for (uint32_t i = 0; i < MEMBERS; i++)
		if (!strcmp(k, model_member_name[i])) {
			struct model_expectation e = {i, model_add_text(r->b, scalar(value))};
			model_add(r->b, MODEL_EXPECTATIONS, &e);
			example->expectations++;
			return 0;
		}
	return refuse(r, key, "an example has no «%s»", k);
}

static int take_example(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_example e = {.field = d->field[0], .first_expectation = model_rows(r->b, MODEL_EXPECTATIONS)};
	int result = 0;
	if (scalar(node))
		e.value = model_add_text(r->b, scalar(node));
	else
		result = each_pair(r, d, node, take_expectation, &e);
	if (!result && !e.value)
		result = refuse(r, node, "an example needs a value");
	if (!result)
		model_add(r->b, MODEL_EXAMPLES, &e);
	return result;
}

static int take_counter(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	struct model_example e = {.field = d->field[0], .counter = 1};
	if (!scalar(node))
		return refuse(r, node, "a counter example is plain text");
	e.value = model_add_text(r->b, scalar(node));
	model_add(r->b, MODEL_EXAMPLES, &e);
	return 0;
}

static int read_examples(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each(r, d, node, take_example);
}

static int read_counter(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return each(r, d, node, take_counter);
}

/* ---- the entry ---- */

static int read_name(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	const char *s = scalar(node);
	if (!s || !*s || strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != strlen(s))
		return refuse(r, node, "a name is made of letters, digits, '_', '.' and '-'");
	d->row.name = model_add_text(r->b, s);
	return 0;
}

static int read_group(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	if (!scalar(node) || !*scalar(node))
		return refuse(r, node, "a group is a word");
	d->row.group = model_add_text(r->b, scalar(node));
	return 0;
}

static int read_confidence(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return read_percent(r, node, &d->row.confidence);
}

static int read_silence(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	d->nothing = scalar(node) && !strcmp(scalar(node), "true");
	return d->nothing ? 0 : refuse(r, node, "nothing is «true», or left out");
}

static int read_over(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	return 0; /* read beforehand, or for people only */
}

static const struct {
	const char *key;
	take read;
} entry_key[] = {
	{"name", read_name},           {"pattern", read_over},
	{"case", read_over},           {"field", read_over},
	{"group", read_group},         {"confidence", read_confidence},
	{"software", read_software},   {"os", read_os},
	{"hardware", read_hardware},   {"reenter", read_reenter},
	{"host_name", read_host_name}, {"nothing", read_silence},
	{"examples", read_examples},   {"counter", read_counter},
	{"note", read_over},
};

static int take_entry_key(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to)
{
	for (size_t i = 0; i < sizeof entry_key / sizeof entry_key[0]; i++)
		if (!strcmp(scalar(key), entry_key[i].key))
			return entry_key[i].read(r, d, value);
	return refuse(r, key, "a signature has no «%s»", scalar(key));
}

static int read_fields(struct reader *r, const yaml_node_t *node, uint32_t *field, uint32_t *fields)
{
	*fields = 0;
	if (node->type == YAML_SCALAR_NODE) {
		*fields = 1;
		return read_field(r, node, field);
	}
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(r, node, "field is a name or a list of names");
	int result = 0;
	for (yaml_node_item_t *i = node->data.sequence.items.start; !result && i < node->data.sequence.items.top; i++) {
		if (*fields == FIELDS_MAX)
			return refuse(r, node, "more than %d fields", FIELDS_MAX);
		result = read_field(r, at(r, *i), &field[(*fields)++]);
	}
	return result;
}

/* A pattern that every value has to be tried against, or that matches no text at all, is a mistake. */
static int check_pattern(struct reader *r, struct draft *d, const yaml_node_t *node, const char *pattern)
{
	char literal[256];
	match_literal(pattern, true, literal, sizeof literal);
	if (pattern[0] != '^' && strncmp(pattern, "\\A", 2) && strlen(literal) < LITERAL_MIN)
		return refuse(r, node, "a pattern must begin with ^ or contain a literal of %d characters",
			      LITERAL_MIN);
	if (match_regex_run(d->regex, r->scratch, "", 0) != MATCH_NO)
		return refuse(r, node, "the pattern matches empty text");
	return 0;
}

static int read_pattern(struct reader *r, struct draft *d, const yaml_node_t *entry)
{
	const yaml_node_t *node = member(r, entry, "pattern");
	const char *pattern = scalar(node), *sensitive = scalar(member(r, entry, "case"));
	struct error why = {""};
	if (!pattern)
		return refuse(r, entry, "a signature needs a pattern");
	d->row.case_sensitive = sensitive && !strcmp(sensitive, "true");
	d->regex = match_regex_new(pattern, d->row.case_sensitive, &why);
	if (!d->regex)
		return refuse(r, node, "the pattern is not valid: %s", why.text);
	d->row.pattern = model_add_text(r->b, pattern);
	return check_pattern(r, d, node, pattern);
}

static int check_entry(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	if (!d->row.name)
		return refuse(r, node, "a signature needs a name");
	bool concludes = d->row.conclusions || d->row.feeds;
	if (!concludes && !d->nothing)
		return refuse(r, node,
			      "the signature concludes nothing: software, os, hardware, host_name, reenter or nothing");
	if (concludes && d->nothing)
		return refuse(r, node, "the signature concludes something, and says that it does not");
	for (uint32_t i = 0; i < d->row.examples; i++) {
		const struct model_example *e = (const void *)r->b->section[MODEL_EXAMPLES].data;
		if (!e[d->row.first_example + i].counter)
			return 0;
	}
	return refuse(r, node, "the signature needs an example that matches");
}

static int fill_entry(struct reader *r, struct draft *d, const yaml_node_t *node)
{
	const yaml_node_t *own = member(r, node, "field");
	int result = own ? read_fields(r, own, d->field, &d->fields) : 0;
	if (!result && !d->fields)
		result = refuse(r, node, "neither the file nor the signature names a field");
	if (!result)
		result = read_pattern(r, d, node);
	if (!result)
		result = each_pair(r, d, node, take_entry_key, NULL);
	if (result || r->b->section[MODEL_EXAMPLES].failed)
		return result ? result : refuse(r, node, "memory is out");
	d->row.fields = d->fields;
	for (uint32_t i = 0; i < d->fields; i++)
		model_add(r->b, MODEL_FIELDS, &d->field[i]);
	d->row.conclusions = model_rows(r->b, MODEL_CONCLUSIONS) - d->row.first_conclusion;
	d->row.feeds = model_rows(r->b, MODEL_FEEDS) - d->row.first_feed;
	d->row.examples = model_rows(r->b, MODEL_EXAMPLES) - d->row.first_example;
	if (!d->row.group)
		d->row.group = model_add_text(r->b, "main");
	return check_entry(r, d, node);
}

static int take_entry(struct reader *r, struct draft *unused, const yaml_node_t *node)
{
	struct draft d = {.regex = NULL, .fields = r->fields};
	if (node->type != YAML_MAPPING_NODE)
		return refuse(r, node, "a signature is a mapping: name, pattern, …");
	memcpy(d.field, r->field, sizeof d.field);
	d.row.file = r->file_text;
	d.row.line = (uint32_t)node->start_mark.line + 1;
	d.row.first_field = model_rows(r->b, MODEL_FIELDS);
	d.row.first_conclusion = model_rows(r->b, MODEL_CONCLUSIONS);
	d.row.first_feed = model_rows(r->b, MODEL_FEEDS);
	d.row.first_example = model_rows(r->b, MODEL_EXAMPLES);
	int result = fill_entry(r, &d, node);
	match_regex_free(d.regex);
	if (!result)
		model_add(r->b, MODEL_ENTRIES, &d.row);
	return result;
}

static int take_file_key(struct reader *r, struct draft *d, const yaml_node_t *key, const yaml_node_t *value, void *to)
{
	const char *k = scalar(key);
	if (!strcmp(k, "field") || !strcmp(k, "signatures") || !strcmp(k, "note"))
		return 0;
	return refuse(r, key, "a signature file has no «%s»: field, signatures, note", k);
}

static int read_root(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(&r->document);
	if (!root)
		return 0; /* an empty file says nothing */
	int result = each_pair(r, NULL, root, take_file_key, NULL);
	const yaml_node_t *field = member(r, root, "field"), *list = member(r, root, "signatures");
	if (!result && field)
		result = read_fields(r, field, r->field, &r->fields);
	if (!result && (!list || list->type != YAML_SEQUENCE_NODE))
		result = refuse(r, root, "the file has no list of «signatures»");
	return result ? result : each(r, NULL, list, take_entry);
}

int signature_yaml_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error)
{
	struct reader r = {.b = b, .file = file, .error = error};
	yaml_parser_t parser;
	int result = 0;
	if (!yaml_parser_initialize(&parser))
		return error_set(error, ERROR_FAILED, "no memory to read %s", file);
	yaml_parser_set_input_string(&parser, text ? text : "", len);
	r.scratch = match_scratch_new();
	if (!r.scratch) {
		result = error_set(error, ERROR_FAILED, "no memory to read %s", file);
	} else if (!yaml_parser_load(&parser, &r.document)) {
		result = error_set(error, ERROR_USAGE, "%s:%zu: %s", file, parser.problem_mark.line + 1,
				   parser.problem ? parser.problem : "not YAML");
	} else {
		r.file_text = model_add_text(b, file);
		result = read_root(&r);
		yaml_document_delete(&r.document);
	}
	match_scratch_free(r.scratch);
	yaml_parser_delete(&parser);
	return result;
}
