/* CoSWID tags (RFC 9393): CBOR, one or a sequence of them, with or without their CBOR tag.
 *
 * libcbor takes one head after the other apart and allocates nothing; what belongs together is decided here, and what
 * is not asked for is passed over whatever it is. */
#include "domain/self_report_read.h"

#include <cbor.h>
#include <stdio.h>
#include <string.h>

#define MOST_DEPTH       16
#define INDEFINITE       UINT64_MAX
#define TAG_CREATOR      1 /* RFC 9393 4.2 */
#define SOFTWARE_CREATOR 2

/* Keys of RFC 9393 2.3 and 2.6. */
enum key {
	TAG_ID = 0,
	SOFTWARE_NAME = 1,
	ENTITY = 2,
	CORPUS = 8,
	PATCH = 9,
	SUPPLEMENTAL = 11,
	SOFTWARE_VERSION = 13,
	ENTITY_NAME = 31,
	REG_ID = 32,
	ROLE = 33
};

struct item {
	enum { NUMBER, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, TRUE, OTHER, BREAK } kind;
	uint64_t number; /* or how many there are of it */
	const char *octets;
};

struct cbor {
	struct self_report *report;
	const uint8_t *at, *end;
	struct item item;
	const char *wrong;
};

static bool fail(struct cbor *c, const char *what)
{
	if (!c->wrong)
		c->wrong = what;
	return false;
}

static void set(void *arg, int kind, uint64_t number)
{
	((struct cbor *)arg)->item = (struct item){.kind = kind, .number = number};
}

static void on_u8(void *arg, uint8_t value)
{
	set(arg, NUMBER, value);
}

static void on_u16(void *arg, uint16_t value)
{
	set(arg, NUMBER, value);
}

static void on_u32(void *arg, uint32_t value)
{
	set(arg, NUMBER, value);
}

static void on_u64(void *arg, uint64_t value)
{
	set(arg, NUMBER, value);
}

static void on_n8(void *arg, uint8_t value)
{
	set(arg, NEGATIVE, value);
}

static void on_n16(void *arg, uint16_t value)
{
	set(arg, NEGATIVE, value);
}

static void on_n32(void *arg, uint32_t value)
{
	set(arg, NEGATIVE, value);
}

static void on_n64(void *arg, uint64_t value)
{
	set(arg, NEGATIVE, value);
}

static void on_octets(struct cbor *c, int kind, cbor_data data, size_t len)
{
	c->item = (struct item){.kind = kind, .number = len, .octets = (const char *)data};
}

static void on_bytes(void *arg, cbor_data data, size_t len)
{
	on_octets(arg, BYTES, data, len);
}

static void on_text(void *arg, cbor_data data, size_t len)
{
	on_octets(arg, TEXT, data, len);
}

static void on_bytes_start(void *arg)
{
	set(arg, BYTES, INDEFINITE);
}

static void on_text_start(void *arg)
{
	set(arg, TEXT, INDEFINITE);
}

static void on_array(void *arg, size_t count)
{
	set(arg, ARRAY, count);
}

static void on_array_start(void *arg)
{
	set(arg, ARRAY, INDEFINITE);
}

static void on_map(void *arg, size_t count)
{
	set(arg, MAP, count);
}

static void on_map_start(void *arg)
{
	set(arg, MAP, INDEFINITE);
}

static void on_tag(void *arg, uint64_t number)
{
	set(arg, TAG, number);
}

static void on_float(void *arg, float value)
{
	(void)value;
	set(arg, OTHER, 0);
}

static void on_double(void *arg, double value)
{
	(void)value;
	set(arg, OTHER, 0);
}

static void on_bool(void *arg, bool value)
{
	set(arg, value ? TRUE : OTHER, 0);
}

static void on_nothing(void *arg)
{
	set(arg, OTHER, 0);
}

static void on_break(void *arg)
{
	set(arg, BREAK, 0);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_u8,
	.uint16 = on_u16,
	.uint32 = on_u32,
	.uint64 = on_u64,
	.negint8 = on_n8,
	.negint16 = on_n16,
	.negint32 = on_n32,
	.negint64 = on_n64,
	.byte_string_start = on_bytes_start,
	.byte_string = on_bytes,
	.string = on_text,
	.string_start = on_text_start,
	.indef_array_start = on_array_start,
	.array_start = on_array,
	.indef_map_start = on_map_start,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_nothing,
	.null = on_nothing,
	.boolean = on_bool,
	.indef_break = on_break,
};

/* The next head, in c->item. */
static bool next(struct cbor *c)
{
	if (c->wrong)
		return false;
	struct cbor_decoder_result result = cbor_stream_decode(c->at, (size_t)(c->end - c->at), &callbacks, c);
	if (result.status != CBOR_DECODER_FINISHED)
		return fail(c, result.status == CBOR_DECODER_NEDATA ? "it is cut" : "it is no CBOR");
	c->at += result.read;
	return true;
}

/* The next head, past tags. */
static bool next_value(struct cbor *c)
{
	bool there = next(c);
	for (unsigned i = 0; there && c->item.kind == TAG; i++)
		there = i < MOST_DEPTH ? next(c) : fail(c, "it is nested too deeply");
	return there;
}

/* Counts down what a collection holds; false at its end. The next head is in c->item. */
static bool each(struct cbor *c, uint64_t *left)
{
	if (*left == 0 || !next_value(c))
		return false;
	*left -= *left != INDEFINITE;
	return c->item.kind != BREAK || (*left != INDEFINITE && fail(c, "a collection ends within"));
}

/* Passes over the rest of c->item. */
static void skip(struct cbor *c, unsigned depth)
{
	struct item i = c->item;
	bool bundle =
		i.kind == ARRAY || i.kind == MAP || ((i.kind == BYTES || i.kind == TEXT) && i.number == INDEFINITE);
	if (!bundle)
		return;
	if (depth > MOST_DEPTH || (i.number != INDEFINITE && i.number > REPORT_MOST_OCTETS)) {
		fail(c, "it is nested too deeply or says to be larger than it is");
		return;
	}
	for (uint64_t left = i.kind == MAP && i.number != INDEFINITE ? 2 * i.number : i.number; each(c, &left);)
		skip(c, depth + 1);
}

/* What stands behind a key. */
static bool value_of(struct cbor *c)
{
	skip(c, 0);
	return next_value(c) && (c->item.kind != BREAK || fail(c, "a key has no value"));
}

static const char *text(struct cbor *c)
{
	if (c->item.kind == TEXT && c->item.number != INDEFINITE && !memchr(c->item.octets, 0, c->item.number))
		return self_report_keep(c->report, c->item.octets, c->item.number);
	skip(c, 0);
	return NULL;
}

/* A text, or the 16 octets of a UUID. */
static const char *tag_id(struct cbor *c)
{
	if (c->item.kind != BYTES || c->item.number != 16)
		return text(c);
	const uint8_t *o = (const uint8_t *)c->item.octets;
	char uuid[37];
	snprintf(uuid, sizeof uuid, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", o[0], o[1],
		 o[2], o[3], o[4], o[5], o[6], o[7], o[8], o[9], o[10], o[11], o[12], o[13], o[14], o[15]);
	return self_report_keep(c->report, uuid, 36);
}

/* One role or a list of them: a bit each. */
static unsigned roles(struct cbor *c)
{
	unsigned bits = c->item.kind == NUMBER && c->item.number < 32 ? 1u << c->item.number : 0;
	if (c->item.kind != ARRAY) {
		skip(c, 0);
		return bits;
	}
	for (uint64_t left = c->item.number; each(c, &left);)
		if (c->item.kind == NUMBER && c->item.number < 32)
			bits |= 1u << c->item.number;
		else
			skip(c, 0);
	return bits;
}

static void entity(struct cbor *c, struct software_tag *t)
{
	const char *name = NULL, *id = NULL;
	unsigned bits = 0;
	if (c->item.kind != MAP) {
		fail(c, "an entity is no map");
		return;
	}
	for (uint64_t left = c->item.number; each(c, &left);) {
		struct item key = c->item;
		if (!value_of(c))
			return;
		if (key.kind == NUMBER && key.number == ENTITY_NAME)
			name = text(c);
		else if (key.kind == NUMBER && key.number == REG_ID)
			id = text(c);
		else if (key.kind == NUMBER && key.number == ROLE)
			bits = roles(c);
		else
			skip(c, 0);
	}
	t->creator = bits & 1u << SOFTWARE_CREATOR ? name : t->creator;
	t->tag_creator_id = bits & 1u << TAG_CREATOR ? id : t->tag_creator_id;
}

static void entities(struct cbor *c, struct software_tag *t)
{
	if (c->item.kind != ARRAY) {
		entity(c, t);
		return;
	}
	for (uint64_t left = c->item.number; each(c, &left);)
		entity(c, t);
}

static void member(struct cbor *c, const struct item *key, struct software_tag *t)
{
	switch (key->kind == NUMBER ? key->number : UINT64_MAX) {
	case TAG_ID:
		t->id = tag_id(c);
		break;
	case SOFTWARE_NAME:
		t->name = text(c);
		break;
	case SOFTWARE_VERSION:
		t->version = text(c);
		break;
	case ENTITY:
		entities(c, t);
		break;
	case CORPUS:
	case PATCH:
	case SUPPLEMENTAL:
		t->other |= c->item.kind == TRUE;
		break;
	default:
		skip(c, 0);
	}
}

static bool tag(struct cbor *c)
{
	struct software_tag t = {0};
	if (!next_value(c))
		return false;
	if (c->item.kind != MAP)
		return fail(c, "a tag is no map");
	for (uint64_t left = c->item.number; each(c, &left);) {
		struct item key = c->item;
		if (!value_of(c))
			return false;
		member(c, &key, &t);
	}
	return !c->wrong &&
	       (self_report_add_tag(c->report, &t) || fail(c, "a tag has no name or tag-id, or there are too many"));
}

int self_report_coswid(struct self_report *r, const char *data, size_t len, struct error *error)
{
	struct cbor c = {.report = r, .at = (const uint8_t *)data, .end = (const uint8_t *)data + len};
	while (c.at < c.end)
		if (!tag(&c))
			return error_set(error, ERROR_USAGE, "octet %zu: this is no CoSWID tag: %s",
					 (size_t)(c.at - (const uint8_t *)data), c.wrong);
	return 0;
}
