#include "cli/explain.h"

#include "core/buffer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONCLUSIONS_MAX = 32, MARK = 0xf700 /* private use: U+F780-U+F7FF carry bytes 80-FF through the parser */ };

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* An escape \u0080-\u00ff stands for a byte (contract), the same character written out does not: the parser
 * would make both one, so escapes are marked before it sees them. */
static void mark_escapes(char *line, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (line[i] != '\\')
			continue;
		if (i + 5 < len && line[i + 1] == 'u' && line[i + 2] == '0' && line[i + 3] == '0' &&
		    hex(line[i + 4]) >= 8 && hex(line[i + 5]) >= 0) {
			line[i + 2] = 'f';
			line[i + 3] = '7';
		}
		i++;
	}
}

/* UTF-8 of marked characters (EF 9E 80 - EF 9F BF) back into single bytes, in place. */
static size_t unmark(char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char a = (unsigned char)text[i];
		unsigned char b = i + 2 < len ? (unsigned char)text[i + 1] : 0;
		if (a == 0xef && (b == 0x9e || b == 0x9f)) {
			unsigned code = (a & 15u) << 12 | (b & 63u) << 6 | ((unsigned char)text[i + 2] & 63u);
			text[n++] = (char)(code - MARK);
			i += 2;
		} else {
			text[n++] = text[i];
		}
	}
	return n;
}

static void add_member(struct buffer *b, const char *name, const char *text)
{
	if (!text)
		return;
	buffer_format(b, ", \"%s\": ", name);
	buffer_json_string(b, text);
}

static void add_conclusion(struct buffer *b, const struct conclusion *c)
{
	static const char *const kind[] = {"softwareInstance", "hardware", "hostName"};
	bool hardware = c->kind == CONCLUDES_HARDWARE, software = c->kind == CONCLUDES_SOFTWARE;
	buffer_format(b, "{\"name\": \"%s\"", kind[c->kind]);
	add_member(b, software ? "softwareTitle" : hardware ? "model" : "hostName", c->title);
	add_member(b, hardware ? "manufacturer" : "softwareCreator", c->creator);
	add_member(b, "softwareVersion", c->version);
	add_member(b, "packageRevision", c->revision);
	add_member(b, hardware ? "hardwareIdentifier" : "softwareIdentifier", c->cpe);
	add_member(b, "packageUrl", c->purl);
	add_member(b, "kind", c->hardware_kind);
	add_member(b, "role", software ? software_role_name[c->role] : NULL);
	buffer_format(b, ", \"confidence\": %u", c->confidence);
	add_member(b, "method", field_table[c->source].name);
	add_member(b, "signature", c->signature);
	buffer_char(b, '}');
}

struct batch {
	const struct signature_set *set;
	struct signature_scratch *scratch;
	struct arena arena;
	struct buffer out;
};

static void answer(struct batch *batch, enum field field, const char *value, size_t len)
{
	struct conclusion out[CONCLUSIONS_MAX];
	arena_reset(&batch->arena);
	/* A field nobody knows is explained by nobody. */
	size_t n = field == FIELDS ? 0
				   : signature_match(batch->set, batch->scratch, field, value, len, &batch->arena, out,
						     CONCLUSIONS_MAX);
	buffer_clear(&batch->out);
	BUFFER_LITERAL(&batch->out, "{\"matches\": [");
	for (size_t i = 0; i < n; i++) {
		if (i)
			BUFFER_LITERAL(&batch->out, ", ");
		add_conclusion(&batch->out, &out[i]);
	}
	BUFFER_LITERAL(&batch->out, "]}\n");
	fwrite(batch->out.data, 1, batch->out.len, stdout);
}

/* One line in, one line out; false when the line is none. */
static bool answer_line(struct batch *batch, char *line, size_t len)
{
	mark_escapes(line, len);
	json_t *root = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	const char *name = json_string_value(json_object_get(root, "field"));
	json_t *text = json_object_get(root, "value");
	enum field field = name ? field_by_name(name) : FIELDS;
	bool good = name && json_is_string(text);
	char *value = good ? malloc(json_string_length(text) + 1) : NULL;
	if (value) {
		memcpy(value, json_string_value(text), json_string_length(text) + 1);
		size_t n = unmark(value, json_string_length(text));
		answer(batch, field, value, n);
	}
	free(value);
	json_decref(root);
	return good && value;
}

static int read_lines(struct batch *batch)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	unsigned long number = 0;
	int status = 0;
	while (!status && (len = getline(&line, &size, stdin)) > 0) {
		number++;
		if (line[strspn(line, " \t\r\n")] && !answer_line(batch, line, (size_t)len)) {
			fprintf(stderr, "onlooker signatures: line %lu is not {\"field\": text, \"value\": text}\n",
				number);
			status = 2;
		}
	}
	free(line);
	return status;
}

int explain_batch(const struct signature_set *set)
{
	struct batch batch = {.set = set, .scratch = signature_scratch_new(set)};
	int status = 1;
	arena_init(&batch.arena, 16384, 1 << 20);
	if (batch.scratch)
		status = read_lines(&batch);
	else
		fprintf(stderr, "onlooker signatures: memory is out\n");
	signature_scratch_free(batch.scratch);
	arena_fini(&batch.arena);
	buffer_fini(&batch.out);
	return status;
}
