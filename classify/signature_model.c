#include "classify/signature_model.h"

#include "classify/match.h"
#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 72, ALIGNMENT = 64 };

static const char magic[8] = "ONLSIG1";
static const struct hash_key checksum_key = {0x6f6e6c6f6f6b6572ull, 0x7369676e61747572ull};

struct header {
	char magic[8];
	uint64_t checksum; /* of everything behind this header */
	char digest[DIGEST_SIZE];
	uint32_t offset[MODEL_SECTIONS], count[MODEL_SECTIONS];
};

static const uint32_t row_size[MODEL_SECTIONS] = {
	[MODEL_ENTRIES] = sizeof(struct model_entry),
	[MODEL_FIELDS] = sizeof(uint32_t),
	[MODEL_CONCLUSIONS] = sizeof(struct model_conclusion),
	[MODEL_FEEDS] = sizeof(struct model_feed),
	[MODEL_EXAMPLES] = sizeof(struct model_example),
	[MODEL_EXPECTATIONS] = sizeof(struct model_expectation),
	[MODEL_DATABASES] = sizeof(struct model_database),
	[MODEL_CANDIDATES] = sizeof(struct model_candidate),
	[MODEL_TEXTS] = 1,
	[MODEL_BYTES] = 1,
};

const char *const model_member_name[MEMBERS] = {
	"title", "creator",      "version", "revision", "role", "cpe",       "purl",
	"model", "manufacturer", "kind",    "name",     "os",   "osVersion",
};

/* ---- opening ---- */

static bool within(uint32_t first, uint32_t count, uint32_t rows)
{
	return first <= rows && count <= rows - first;
}

static bool texts_within(const struct model *m, const uint32_t *offset, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (offset[i] >= m->count[MODEL_TEXTS])
			return false;
	return true;
}

static bool good_entries(const struct model *m)
{
	for (uint32_t i = 0; i < m->count[MODEL_ENTRIES]; i++) {
		const struct model_entry *e = model_entry(m, i);
		const uint32_t texts[] = {e->name, e->pattern, e->group, e->file};
		if (!texts_within(m, texts, 4) || !e->name || !e->pattern || !e->group ||
		    !within(e->first_field, e->fields, m->count[MODEL_FIELDS]) ||
		    !within(e->first_conclusion, e->conclusions, m->count[MODEL_CONCLUSIONS]) ||
		    !within(e->first_feed, e->feeds, m->count[MODEL_FEEDS]) ||
		    !within(e->first_example, e->examples, m->count[MODEL_EXAMPLES]))
			return false;
	}
	return true;
}

static bool good_rows(const struct model *m)
{
	for (uint32_t i = 0; i < m->count[MODEL_FIELDS]; i++)
		if (model_field(m, i) >= FIELDS)
			return false;
	for (uint32_t i = 0; i < m->count[MODEL_CONCLUSIONS]; i++)
		if (!texts_within(m, &model_conclusion(m, i)->title, 7))
			return false;
	for (uint32_t i = 0; i < m->count[MODEL_FEEDS]; i++)
		if (model_feed(m, i)->field >= FIELDS || !texts_within(m, &model_feed(m, i)->value, 1))
			return false;
	for (uint32_t i = 0; i < m->count[MODEL_EXAMPLES]; i++) {
		const struct model_example *e = model_example(m, i);
		if (!texts_within(m, &e->value, 1) || !e->value || e->field >= FIELDS ||
		    !within(e->first_expectation, e->expectations, m->count[MODEL_EXPECTATIONS]))
			return false;
	}
	for (uint32_t i = 0; i < m->count[MODEL_EXPECTATIONS]; i++)
		if (model_expectation(m, i)->member >= MEMBERS || !texts_within(m, &model_expectation(m, i)->text, 1))
			return false;
	return true;
}

static bool good_databases(const struct model *m)
{
	for (uint32_t i = 0; i < m->count[MODEL_DATABASES]; i++) {
		const struct model_database *d = model_database(m, i);
		if (d->field >= FIELDS || !within(d->offset, d->len, m->count[MODEL_BYTES]) ||
		    !within(d->first_candidate, d->candidates, m->count[MODEL_CANDIDATES]))
			return false;
	}
	for (uint32_t i = 0; i < m->count[MODEL_CANDIDATES]; i++)
		if (model_candidate(m, i)->entry >= m->count[MODEL_ENTRIES])
			return false;
	return true;
}

static bool place(struct model *m, const struct header *h, size_t len)
{
	for (int s = 0; s < MODEL_SECTIONS; s++) {
		if (h->offset[s] % 8 || h->offset[s] > len || h->count[s] > (len - h->offset[s]) / row_size[s])
			return false;
		m->row[s] = (const char *)h + h->offset[s];
		m->count[s] = h->count[s];
	}
	m->digest = h->digest;
	const char *texts = m->row[MODEL_TEXTS];
	return m->count[MODEL_TEXTS] && !texts[m->count[MODEL_TEXTS] - 1] && memchr(h->digest, 0, DIGEST_SIZE);
}

int model_open(struct model *m, const void *block, size_t len, bool owned, bool checked, struct error *error)
{
	const struct header *h = block;
	*m = (struct model){.memory = NULL};
	if (len < sizeof *h || memcmp(h->magic, magic, sizeof magic) || !place(m, h, len) || !good_entries(m) ||
	    !good_rows(m) || !good_databases(m) ||
	    (checked && hash_bytes(&checksum_key, h + 1, len - sizeof *h) != h->checksum))
		return error_set(error, ERROR_DAMAGED,
				 "a compiled signature set is damaged; remove it and start again");
	m->memory = owned ? (void *)(uintptr_t)block : NULL;
	return 0;
}

void model_close(struct model *m)
{
	free(m->memory);
	*m = (struct model){.memory = NULL};
}

/* ---- building ---- */

void model_builder_init(struct model_builder *b)
{
	memset(b, 0, sizeof *b);
	buffer_char(&b->section[MODEL_TEXTS], 0);
}

void model_builder_fini(struct model_builder *b)
{
	for (int s = 0; s < MODEL_SECTIONS; s++)
		buffer_fini(&b->section[s]);
}

uint32_t model_rows(const struct model_builder *b, enum model_section section)
{
	return (uint32_t)(b->section[section].len / row_size[section]);
}

void model_add(struct model_builder *b, enum model_section section, const void *row)
{
	buffer_add(&b->section[section], row, row_size[section]);
}

uint32_t model_add_text(struct model_builder *b, const char *text)
{
	if (!text)
		return 0;
	struct buffer *texts = &b->section[MODEL_TEXTS];
	uint32_t offset = (uint32_t)texts->len;
	buffer_add(texts, text, strlen(text) + 1);
	return offset;
}

/* The entries that read `field`, in order, as candidates. */
static void list_candidates(struct model_builder *b, enum field field)
{
	const struct model_entry *entry = (const void *)b->section[MODEL_ENTRIES].data;
	const uint32_t *of = (const void *)b->section[MODEL_FIELDS].data;
	for (uint32_t i = 0; i < model_rows(b, MODEL_ENTRIES); i++)
		for (uint32_t k = 0; k < entry[i].fields; k++)
			if (of[entry[i].first_field + k] == (uint32_t)field) {
				model_add(b, MODEL_CANDIDATES, &(struct model_candidate){i, MATCH_HYPERSCAN});
				break;
			}
}

static int compile_patterns(struct model_builder *b, struct model_database *d, struct error *error)
{
	struct match_pattern *patterns = calloc(d->candidates, sizeof *patterns);
	if (!patterns)
		return error_set(error, ERROR_FAILED, "no memory to compile the signatures");
	const struct model_entry *entry = (const void *)b->section[MODEL_ENTRIES].data;
	struct model_candidate *candidate = (struct model_candidate *)(void *)b->section[MODEL_CANDIDATES].data;
	candidate += d->first_candidate;
	for (uint32_t i = 0; i < d->candidates; i++) {
		const struct model_entry *e = &entry[candidate[i].entry];
		patterns[i].text = b->section[MODEL_TEXTS].data + e->pattern;
		patterns[i].case_sensitive = e->case_sensitive;
	}
	struct buffer *bytes = &b->section[MODEL_BYTES];
	while (bytes->len % ALIGNMENT && !bytes->failed)
		buffer_char(bytes, 0);
	d->offset = (uint32_t)bytes->len;
	int result = match_compile(patterns, d->candidates, bytes, error);
	d->len = (uint32_t)bytes->len - d->offset;
	for (uint32_t i = 0; i < d->candidates; i++)
		candidate[i].how = patterns[i].how;
	free(patterns);
	return result;
}

static int compile_field(struct model_builder *b, enum field field, struct error *error)
{
	struct model_database d = {.field = (uint32_t)field, .first_candidate = model_rows(b, MODEL_CANDIDATES)};
	list_candidates(b, field);
	d.candidates = model_rows(b, MODEL_CANDIDATES) - d.first_candidate;
	if (!d.candidates)
		return 0;
	int result = compile_patterns(b, &d, error);
	model_add(b, MODEL_DATABASES, &d);
	return result;
}

static void write_sections(struct model_builder *b, struct header *h, struct buffer *out)
{
	for (int s = 0; s < MODEL_SECTIONS; s++) {
		while (out->len % ALIGNMENT && !out->failed)
			buffer_char(out, 0);
		h->offset[s] = (uint32_t)out->len;
		h->count[s] = model_rows(b, (enum model_section)s);
		buffer_add(out, b->section[s].data, b->section[s].len);
	}
}

int model_finish(struct model_builder *b, const char *digest, struct buffer *out, struct error *error)
{
	for (unsigned f = 0; f < FIELDS; f++) {
		int result = compile_field(b, (enum field)f, error);
		if (result)
			return result;
	}
	struct header h = {.checksum = 0};
	memcpy(h.magic, magic, sizeof magic);
	strncpy(h.digest, digest, DIGEST_SIZE - 1);
	buffer_clear(out);
	buffer_add(out, &h, sizeof h);
	write_sections(b, &h, out);
	for (int s = 0; s < MODEL_SECTIONS; s++)
		if (b->section[s].failed)
			out->failed = true;
	if (out->failed)
		return error_set(error, ERROR_FAILED, "no memory for the compiled signatures");
	h.checksum = hash_bytes(&checksum_key, out->data + sizeof h, out->len - sizeof h);
	memcpy(out->data, &h, sizeof h);
	return 0;
}
