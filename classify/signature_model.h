/* A compiled signature set as it lies in one block of memory: arrays of rows, texts, Hyperscan databases.
 *
 * The same bytes are built into the program, kept in a cache file and used in place; rows refer to one another
 * by number and to texts by offset, so nothing is unpacked at start. A builder collects rows and makes the block.
 * Internal to the signature engine, its build tool and its tests. A model is constant: any thread may read it.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_MODEL_H
#define ONLOOKER_CLASSIFY_SIGNATURE_MODEL_H

#include "classify/field.h"
#include "classify/signature.h"
#include "core/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum model_section {
	MODEL_ENTRIES,
	MODEL_FIELDS, /* uint32_t, enum field */
	MODEL_CONCLUSIONS,
	MODEL_FEEDS,
	MODEL_EXAMPLES,
	MODEL_EXPECTATIONS,
	MODEL_DATABASES,
	MODEL_CANDIDATES,
	MODEL_TEXTS, /* octets; texts are NUL-terminated, offset 0 is "absent" */
	MODEL_BYTES, /* octets; serialized databases */
	MODEL_SECTIONS
};

/* Members with a template hold text in which {group} stands for what a group of the pattern took. */
struct model_entry {
	uint32_t name, pattern, group;
	uint32_t file, line; /* where it was written */
	uint32_t first_field, fields;
	uint32_t first_conclusion, conclusions;
	uint32_t first_feed, feeds;
	uint32_t first_example, examples;
	uint8_t case_sensitive;
	uint8_t confidence; /* percent; 0: the field's */
	uint8_t unused[2];
};

enum { MODEL_ROLE_OF_FIELD = 255 };

struct model_conclusion {
	uint32_t title, creator, version, revision, cpe, purl, hardware_kind; /* templates */
	uint8_t kind;                                                         /* enum conclusion_kind */
	uint8_t role;       /* enum software_role, or MODEL_ROLE_OF_FIELD: server or client by the field's side */
	uint8_t confidence; /* percent; 0: the entry's */
	uint8_t unused;
};

/* Captured text that is read again as the value of another field. */
struct model_feed {
	uint32_t field, value;
};

struct model_example {
	uint32_t value, field;
	uint32_t counter; /* nonzero: the pattern must not match it */
	uint32_t first_expectation, expectations;
};

enum model_member {
	MEMBER_TITLE,
	MEMBER_CREATOR,
	MEMBER_VERSION,
	MEMBER_REVISION,
	MEMBER_ROLE,
	MEMBER_CPE,
	MEMBER_PURL,
	MEMBER_MODEL,
	MEMBER_MANUFACTURER,
	MEMBER_KIND,
	MEMBER_NAME,
	MEMBER_OS,
	MEMBER_OS_VERSION,
	MEMBERS
};
extern const char *const model_member_name[MEMBERS];

struct model_expectation {
	uint32_t member, text;
};

struct model_database {
	uint32_t field;
	uint32_t offset, len;                 /* in MODEL_BYTES; len 0 when every candidate is always one */
	uint32_t first_candidate, candidates; /* a pattern's number in the database is its number among these */
};

struct model_candidate {
	uint32_t entry;
	uint32_t how; /* enum match_how */
};

struct model {
	const void *row[MODEL_SECTIONS];
	uint32_t count[MODEL_SECTIONS];
	const char *digest; /* "sha256:…" over the sources */
	void *memory;       /* to free, or NULL */
};

/* Looks at a block; everything is checked so that no row can lead outside of it. The block stays the caller's
 * unless `owned`, then the model frees it. `checked` also compares the checksum (files, not the program itself). */
int model_open(struct model *m, const void *block, size_t len, bool owned, bool checked, struct error *error);
void model_close(struct model *m);

static inline const char *model_text(const struct model *m, uint32_t offset)
{
	return offset ? (const char *)m->row[MODEL_TEXTS] + offset : NULL;
}

static inline const struct model_entry *model_entry(const struct model *m, uint32_t i)
{
	return (const struct model_entry *)m->row[MODEL_ENTRIES] + i;
}

static inline const struct model_conclusion *model_conclusion(const struct model *m, uint32_t i)
{
	return (const struct model_conclusion *)m->row[MODEL_CONCLUSIONS] + i;
}

static inline const struct model_feed *model_feed(const struct model *m, uint32_t i)
{
	return (const struct model_feed *)m->row[MODEL_FEEDS] + i;
}

static inline const struct model_example *model_example(const struct model *m, uint32_t i)
{
	return (const struct model_example *)m->row[MODEL_EXAMPLES] + i;
}

static inline const struct model_expectation *model_expectation(const struct model *m, uint32_t i)
{
	return (const struct model_expectation *)m->row[MODEL_EXPECTATIONS] + i;
}

static inline const struct model_database *model_database(const struct model *m, uint32_t i)
{
	return (const struct model_database *)m->row[MODEL_DATABASES] + i;
}

static inline const struct model_candidate *model_candidate(const struct model *m, uint32_t i)
{
	return (const struct model_candidate *)m->row[MODEL_CANDIDATES] + i;
}

static inline enum field model_field(const struct model *m, uint32_t i)
{
	return (enum field)((const uint32_t *)m->row[MODEL_FIELDS])[i];
}

/* ---- building (control path) ---- */

struct model_builder {
	struct buffer section[MODEL_SECTIONS];
};

void model_builder_init(struct model_builder *b);
void model_builder_fini(struct model_builder *b);

/* Number of rows of a section so far: what the next row's number will be. */
uint32_t model_rows(const struct model_builder *b, enum model_section section);
void model_add(struct model_builder *b, enum model_section section, const void *row);
/* Offset of a copy of `text`; 0 for NULL. Texts cannot hold NUL. */
uint32_t model_add_text(struct model_builder *b, const char *text);

/* Compiles a database per field and writes the block to `out`. */
int model_finish(struct model_builder *b, const char *digest, struct buffer *out, struct error *error);

#endif
