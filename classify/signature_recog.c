#include "classify/signature_recog.h"

#include "classify/match.h"
#include "classify/signature_recog_fingerprint.h"
#include "core/arena.h"

#include <expat.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 32, NAME_MAX_BYTES = 60 };

enum place { OUTSIDE, IN_FILE, IN_FINGERPRINT, IN_TEXT };

struct reader {
	struct model_builder *b;
	XML_Parser parser;
	const char *file;
	uint32_t file_text, group;
	struct error *error;
	int result;
	enum field field; /* FIELDS: nothing here yields what the file is about */
	enum place place;
	struct arena arena; /* of the fingerprint at hand */
	struct recog_fingerprint now;
	struct buffer text; /* of the element at hand */
	struct match_regex *regex;
};

__attribute__((format(printf, 3, 4))) static void refuse(struct reader *r, unsigned line, const char *format, ...)
{
	char why[400];
	va_list ap;
	if (r->result)
		return; /* the first reason stands */
	va_start(ap, format);
	vsnprintf(why, sizeof why, format, ap);
	va_end(ap);
	r->result = error_set(r->error, ERROR_USAGE, "%s:%u: %s", r->file, line, why);
	XML_StopParser(r->parser, XML_FALSE);
}

static unsigned here(struct reader *r)
{
	return (unsigned)XML_GetCurrentLineNumber(r->parser);
}

static const char *attribute(const char *const *list, const char *name)
{
	for (; *list; list += 2)
		if (!strcmp(list[0], name))
			return list[1];
	return NULL;
}

static const char *copy(struct reader *r, const char *text)
{
	const char *c = text ? arena_text(&r->arena, text, strlen(text)) : NULL;
	if (text && !c)
		refuse(r, here(r), "memory is out");
	return c;
}

/* ---- the entry ---- */

/* A name people can read and nobody else has: words of the description, then the line. */
static uint32_t name_of(struct reader *r)
{
	char name[NAME_MAX_BYTES + 16];
	size_t n = 0;
	const char *d = r->now.description ? r->now.description : "";
	for (; *d && n < NAME_MAX_BYTES; d++) {
		char c = *d;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')
			name[n++] = c;
		else if (c >= 'A' && c <= 'Z')
			name[n++] = (char)(c + ('a' - 'A'));
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	snprintf(name + n, sizeof name - n, "%s%u", n ? "-" : "recog-", r->now.line);
	return model_add_text(r->b, name);
}

/* Recog's reference is Ruby: ^ and $ stand at lines, REG_MULTILINE lets the dot take line ends. */
static uint32_t pattern_of(struct reader *r)
{
	const struct recog_fingerprint *f = &r->now;
	struct buffer text = {0};
	struct error why = {""};
	buffer_format(&text, "(?m%s%s)%s", f->case_blind ? "i" : "", f->dot_all ? "s" : "", f->pattern);
	buffer_char(&text, 0);
	uint32_t offset = text.failed ? 0 : model_add_text(r->b, text.data);
	r->regex = text.failed ? NULL : match_regex_new(text.data, true, &why);
	if (!r->regex)
		refuse(r, f->line, "the pattern is not valid: %s", why.text[0] ? why.text : "memory is out");
	buffer_fini(&text);
	return offset;
}

static void check_positions(struct reader *r)
{
	for (unsigned i = 0; i < r->now.params; i++) {
		char number[16];
		const struct recog_param *p = &r->now.param[i];
		int n = snprintf(number, sizeof number, "%u", p->position);
		if (match_regex_group(r->regex, number, (size_t)n) < 0)
			refuse(r, r->now.line, "%s takes group %u, and the pattern has no such one", p->name,
			       p->position);
	}
}

static void add_entry(struct reader *r)
{
	struct model_entry row = {
		.file = r->file_text,
		.line = r->now.line,
		.group = r->group,
		.case_sensitive = 1, /* the pattern says it itself */
		.confidence = recog_percent(r->now.certainty),
		.fields = 1,
		.first_field = model_rows(r->b, MODEL_FIELDS),
		.first_conclusion = model_rows(r->b, MODEL_CONCLUSIONS),
		.first_feed = model_rows(r->b, MODEL_FEEDS),
		.first_example = model_rows(r->b, MODEL_EXAMPLES),
	};
	uint32_t field = (uint32_t)r->field;
	row.pattern = pattern_of(r);
	if (!r->result)
		check_positions(r);
	match_regex_free(r->regex);
	r->regex = NULL;
	if (r->result || r->field == FIELDS)
		return;
	row.name = name_of(r);
	if (!recog_conclude(r->b, &r->now, r->field) || !recog_examples(r->b, &r->now, r->field, &r->arena)) {
		refuse(r, r->now.line, "memory is out");
		return;
	}
	row.conclusions = model_rows(r->b, MODEL_CONCLUSIONS) - row.first_conclusion;
	row.examples = model_rows(r->b, MODEL_EXAMPLES) - row.first_example;
	model_add(r->b, MODEL_FIELDS, &field);
	model_add(r->b, MODEL_ENTRIES, &row);
}

/* ---- elements ---- */

static void begin_file(struct reader *r, const char *const *list)
{
	const char *matches = attribute(list, "matches");
	if (!matches)
		refuse(r, here(r), "<fingerprints> does not say what it matches");
	else
		r->field = field_by_name(matches);
}

static void begin_fingerprint(struct reader *r, const char *const *list)
{
	arena_reset(&r->arena);
	memset(&r->now, 0, sizeof r->now);
	const char *flags = attribute(list, "flags");
	r->now.line = here(r);
	r->now.pattern = copy(r, attribute(list, "pattern"));
	r->now.certainty = copy(r, attribute(list, "certainty"));
	r->now.case_blind = flags && strstr(flags, "REG_ICASE");
	r->now.dot_all = flags && (strstr(flags, "REG_DOT_NEWLINE") || strstr(flags, "REG_MULTILINE") ||
				   strstr(flags, "REG_LINE_ANY_CRLF"));
	if (!r->now.pattern || !*r->now.pattern)
		refuse(r, here(r), "a fingerprint needs a pattern");
}

static void add_param(struct reader *r, const char *const *list)
{
	const char *position = attribute(list, "pos"), *name = attribute(list, "name"),
		   *value = attribute(list, "value");
	char *end = NULL;
	unsigned long n = position ? strtoul(position, &end, 10) : 0;
	if (!position || *end || !*position || n > 99 || !name || !*name) {
		refuse(r, here(r), "<param> needs pos, a number, and name");
	} else if (!n && !value) {
		refuse(r, here(r), "<param> «%s» has neither a group (pos) nor a value", name);
	} else if (r->now.params == RECOG_PARAMS) {
		refuse(r, here(r), "more than %d parameters", RECOG_PARAMS);
	} else {
		r->now.param[r->now.params++] =
			(struct recog_param){copy(r, name), n ? NULL : copy(r, value), (unsigned)n};
	}
}

static void begin_example(struct reader *r, const char *const *list)
{
	size_t n = 0;
	while (list[n])
		n++;
	if (r->now.examples == RECOG_EXAMPLES)
		return; /* they prove the set, they do not make it */
	const char **kept = arena_take(&r->arena, (n + 1) * sizeof *kept);
	if (!kept) {
		refuse(r, here(r), "memory is out");
		return;
	}
	for (size_t i = 0; i < n; i++)
		kept[i] = copy(r, list[i]);
	kept[n] = NULL;
	r->now.example[r->now.examples++] = (struct recog_example){kept, NULL};
}

static void begin(void *context, const char *name, const char **attributes)
{
	struct reader *r = context;
	const char *const *list = attributes;
	buffer_clear(&r->text);
	if (r->place == OUTSIDE && !strcmp(name, "fingerprints")) {
		begin_file(r, list);
		r->place = IN_FILE;
	} else if (r->place == IN_FILE && !strcmp(name, "fingerprint")) {
		begin_fingerprint(r, list);
		r->place = IN_FINGERPRINT;
	} else if (r->place == IN_FINGERPRINT && !strcmp(name, "param")) {
		add_param(r, list);
		r->place = IN_TEXT;
	} else if (r->place == IN_FINGERPRINT && !strcmp(name, "example")) {
		begin_example(r, list);
		r->place = IN_TEXT;
	} else if (r->place == IN_FINGERPRINT && !strcmp(name, "description")) {
		r->place = IN_TEXT;
	} else {
		refuse(r, here(r),
		       r->place == OUTSIDE ? "<%s> is not Recog's: the file begins with <fingerprints>"
					   : "<%s> is not expected here",
		       name);
	}
}

/* What base64 stands for; NULL when it is none, or holds NUL. */
static const char *decode(struct reader *r, const char *text)
{
	char *clean = arena_take(&r->arena, strlen(text) + 1);
	unsigned char *out = arena_take(&r->arena, strlen(text) + 4);
	size_t n = 0, padding = 0;
	if (!clean || !out)
		return NULL;
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text)) {
			clean[n++] = *text;
			padding += *text == '=';
		}
	int len = EVP_DecodeBlock(out, (const unsigned char *)clean, (int)n);
	if (len < (int)padding)
		return NULL;
	out[len - (int)padding] = 0;
	return strlen((char *)out) == (size_t)len - padding ? (char *)out : NULL;
}

static void end_example(struct reader *r)
{
	struct recog_example *e = r->now.examples ? &r->now.example[r->now.examples - 1] : NULL;
	if (!e || !e->attribute || e->value)
		return;
	const char *encoding = attribute((const char *const *)e->attribute, "_encoding");
	if (attribute((const char *const *)e->attribute, "_filename"))
		return; /* it is in another file */
	e->value = encoding && !strcmp(encoding, "base64") ? decode(r, r->text.data) : copy(r, r->text.data);
}

static void end(void *context, const char *name)
{
	struct reader *r = context;
	buffer_char(&r->text, 0);
	if (r->text.failed)
		refuse(r, here(r), "memory is out");
	if (r->result)
		return;
	if (!strcmp(name, "description"))
		r->now.description = copy(r, r->text.data);
	else if (!strcmp(name, "example"))
		end_example(r);
	else if (!strcmp(name, "fingerprint"))
		add_entry(r);
	r->place = r->place == IN_TEXT ? IN_FINGERPRINT : r->place == IN_FINGERPRINT ? IN_FILE : OUTSIDE;
}

static void take_text(void *context, const char *text, int len)
{
	struct reader *r = context;
	if (r->place == IN_TEXT)
		buffer_add(&r->text, text, (size_t)len);
}

/* Entities of its own have no business in such a file, and are how a small file becomes a large one. */
static void refuse_doctype(void *context, const char *name, const char *system, const char *public, int internal)
{
	struct reader *r = context;
	refuse(r, here(r), "a document type declaration is not taken");
}

static void parse(struct reader *r, const void *text, size_t len)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, begin, end);
	XML_SetCharacterDataHandler(r->parser, take_text);
	XML_SetStartDoctypeDeclHandler(r->parser, refuse_doctype);
	if (XML_Parse(r->parser, text, (int)len, 1) == XML_STATUS_ERROR && !r->result)
		refuse(r, here(r), "%s", XML_ErrorString(XML_GetErrorCode(r->parser)));
}

int signature_recog_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error)
{
	struct reader *r = calloc(1, sizeof *r);
	XML_Parser parser = XML_ParserCreate(NULL);
	int result = ERROR_FAILED;
	if (r && parser && len <= INT32_MAX) {
		r->b = b;
		r->parser = parser;
		r->file = file;
		r->error = error;
		r->field = FIELDS;
		r->file_text = model_add_text(b, file);
		r->group = model_add_text(b, "main");
		arena_init(&r->arena, 16384, 0);
		parse(r, text, len);
		result = r->result;
		arena_fini(&r->arena);
		buffer_fini(&r->text);
	} else {
		error_set(error, ERROR_FAILED, "no memory to read %s", file);
	}
	if (parser)
		XML_ParserFree(parser);
	free(r);
	return result;
}
