#include "ipfix/assertion_message.h"

#include "core/time.h"
#include "ipfix/message.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_BYTES      65535
#define SCRATCH_BYTES      (64 << 10)
#define SCRATCH_LIMIT      (4 << 20)
#define ENTRIES_MAX        UINT16_MAX
#define ORDERED            4 /* RFC 6313 4.4: the order of the list's records means something */
#define NTP_ERA            2208988800ull
#define MICROSECONDS_MASK  (~0x7ffull) /* RFC 7011 6.1.9: these bits are zero */
#define COMMUNITY_ID_BYTES 32

/* The layout has a number of its own: fixbuf mistakes one for the other where lists are about. Templates of list
 * records are one for both, so their structs are packed just as they are exported. */
enum { TEMPLATE = 1000, LAYOUT = 2000, DESIGNATION = 3001, ATTRIBUTE, MEMBER, EVIDENCE, BASIS };

struct record {
	fbVarfield_t statement, endpoint;
	fbSubTemplateMultiList_t list;
	uint64_t start, end, collected;
	uint32_t provenance;
	uint8_t id[16];
	uint8_t unique, open;
};

struct designation_record {
	fbVarfield_t name, value;
	uint8_t known, confidence;
} __attribute__((packed));

struct attribute_record {
	fbVarfield_t name, method, signature;
	uint8_t known, confidence;
} __attribute__((packed));

struct member_record {
	fbVarfield_t name, value;
};

struct evidence_record {
	fbVarfield_t field, value, community, source;
	uint64_t time, packet;
};

struct basis_record {
	uint8_t id[16];
};

static const struct message_row record_rows[] = {
	{"statementType", 0, 0},
	{"endpointIdentifier", 0, 0},
	{"subTemplateMultiList", 0, 0},
	{"intervalStart", 8, 0},
	{"intervalEnd", 8, 0},
	{"collectionTimestamp", 8, 0},
	{"provenanceId", 4, 0},
	{"assertionId", 16, 0},
	{"uniquelyIdentified", 1, 0},
	{"intervalOpen", 1, 0},
	{NULL, 0, 0},
};

static const struct message_row designation_rows[] = {
	{"designationName", 0, 0}, {"designationValue", 0, 0}, {"howKnown", 1, 0}, {"confidence", 1, 0}, {NULL, 0, 0}};

static const struct message_row attribute_rows[] = {{"attributeName", 0, 0}, {"methodLabel", 0, 0},
						    {"signatureName", 0, 0}, {"howKnown", 1, 0},
						    {"confidence", 1, 0},    {NULL, 0, 0}};

static const struct message_row member_rows[] = {{"memberName", 0, 0}, {"memberValue", 0, 0}, {NULL, 0, 0}};

static const struct message_row evidence_rows[] = {
	{"evidenceField", 0, 0}, {"evidenceValue", 0, 0},  {"communityId", 0, 0}, {"evidenceSource", 0, 0},
	{"evidenceTime", 8, 0},  {"evidencePacket", 8, 0}, {NULL, 0, 0}};

static const struct message_row basis_rows[] = {{"basisAssertionId", 16, 0}, {NULL, 0, 0}};

static const struct {
	uint16_t id;
	const struct message_row *rows;
} lists[] = {{DESIGNATION, designation_rows},
	     {ATTRIBUTE, attribute_rows},
	     {MEMBER, member_rows},
	     {EVIDENCE, evidence_rows},
	     {BASIS, basis_rows}};

static const char *const elements[] = {"assertionId",         "provenanceId",
				       "statementType",       "endpointIdentifier",
				       "uniquelyIdentified",  "howKnown",
				       "confidence",          "methodLabel",
				       "signatureName",       "intervalStart",
				       "intervalEnd",         "intervalOpen",
				       "basisAssertionId",    "designationName",
				       "designationValue",    "attributeName",
				       "memberName",          "memberValue",
				       "evidenceField",       "evidenceValue",
				       "evidenceTime",        "evidenceSource",
				       "evidencePacket",      "communityId",
				       "collectionTimestamp", NULL};

struct assertion_encoder {
	struct message_session *session;
	struct arena scratch; /* texts of the record that is being made */
	struct buffer *out;   /* of the call */
	/* The list that is being filled. */
	fbSubTemplateMultiList_t *list;
	fbSubTemplateMultiListEntry_t *entry;
	bool failed;
};

static void take(void *context, const uint8_t *data, size_t len, uint32_t records)
{
	struct assertion_encoder *e = context;
	buffer_add(e->out, data, len);
}

int assertion_encoder_new(uint32_t pen, uint32_t domain, struct assertion_encoder **out, struct error *error)
{
	*out = NULL;
	if (!pen)
		return error_set(
			error, ERROR_USAGE,
			"assertions as IPFIX need a private enterprise number: set pen in the configuration (IANA "
			"gives one to anybody; 32473 serves for trials)");
	struct assertion_encoder *e = calloc(1, sizeof *e);
	if (!e)
		return error_set(error, ERROR_FAILED, "IPFIX: out of memory");
	arena_init(&e->scratch, SCRATCH_BYTES, SCRATCH_LIMIT);
	struct message_options options = {
		.domain = domain, .pen = pen, .max = MESSAGE_BYTES, .elements = elements, .take = take, .context = e};
	e->session = message_open(&options, error);
	int code = e->session ? message_template(e->session, true, LAYOUT, record_rows, 0, error) : ERROR_FAILED;
	if (!code)
		code = message_template(e->session, false, TEMPLATE, record_rows, 0, error);
	for (size_t i = 0; !code && i < 2 * sizeof lists / sizeof lists[0]; i++)
		code = message_template(e->session, i % 2, lists[i / 2].id, lists[i / 2].rows, 0, error);
	if (code)
		assertion_encoder_free(e);
	else
		*out = e;
	return code;
}

void assertion_encoder_free(struct assertion_encoder *e)
{
	if (!e)
		return;
	message_free(e->session);
	arena_fini(&e->scratch);
	free(e);
}

/* Text. */

/* Length of the well-formed UTF-8 sequence at p (Unicode 3.9, table 3-7), 0 when there is none. p ends with a NUL. */
static size_t sequence(const uint8_t *p)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	if ((p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i <= more; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return more + 1;
}

static bool whole(const uint8_t *p)
{
	for (size_t n; *p; p += n) {
		n = sequence(p);
		if (!n)
			return false;
	}
	return true;
}

static fbVarfield_t field(const void *data, size_t len)
{
	return (fbVarfield_t){.buf = (uint8_t *)(uintptr_t)data, .len = len};
}

/* A string element may hold nothing but UTF-8 (RFC 7011 6.1.6). */
static fbVarfield_t text(struct assertion_encoder *e, const char *s)
{
	const uint8_t *p = (const uint8_t *)(s ? s : "");
	size_t len = strlen((const char *)p), n = 0;
	if (whole(p))
		return field(p, len);
	uint8_t *out = arena_take(&e->scratch, 2 * len);
	if (!out) {
		e->failed = true;
		return field(NULL, 0);
	}
	while (*p) {
		size_t take_bytes = sequence(p);
		if (!take_bytes) {
			out[n++] = 0xc0 | *p >> 6;
			out[n++] = 0x80 | (*p++ & 0x3f);
		}
		for (; take_bytes; take_bytes--)
			out[n++] = *p++;
	}
	return field(out, n);
}

/* Rounded up, so that whoever cuts to microseconds gets ours back. */
static uint64_t ntp(uint64_t ns)
{
	uint64_t fraction = (ns % NS_PER_SECOND << 32) / NS_PER_SECOND;
	uint64_t time = (ns / NS_PER_SECOND + NTP_ERA) << 32 | fraction;
	return (time + ~MICROSECONDS_MASK) & MICROSECONDS_MASK;
}

static uint8_t boolean(bool b)
{
	return b ? 1 : 2;
}

/* The list. */

static void append(struct assertion_encoder *e, uint16_t id, const void *record, size_t bytes)
{
	e->entry = fbSubTemplateMultiListGetNextEntry(e->list, e->entry);
	memcpy(fbSubTemplateMultiListEntryInit(e->entry, id, message_list_template(e->session, id), 1), record, bytes);
}

static void append_member(struct assertion_encoder *e, const char *name, fbVarfield_t value)
{
	struct member_record r = {.name = text(e, name), .value = value};
	append(e, MEMBER, &r, sizeof r);
}

static void append_value(struct assertion_encoder *e, const struct member *m)
{
	for (const char *const *item = m->list; item && *item; item++)
		append_member(e, m->name, text(e, *item));
	if (m->list)
		return;
	if (m->text) {
		append_member(e, m->name, text(e, m->text));
		return;
	}
	char number[24];
	int len = snprintf(number, sizeof number, "%lld", (long long)m->number);
	char *copy = arena_text(&e->scratch, number, (size_t)len);
	e->failed |= !copy;
	append_member(e, m->name, field(copy, copy ? (size_t)len : 0));
}

static void append_evidence(struct assertion_encoder *e, const struct evidence *v)
{
	char *community = arena_take(&e->scratch, COMMUNITY_ID_BYTES);
	e->failed |= !community;
	if (community)
		community_id(&v->tuple, community);
	struct evidence_record r = {.field = text(e, v->field),
				    .value = text(e, v->value),
				    .community = field(community, community ? strlen(community) : 0),
				    .source = text(e, v->source),
				    .time = ntp(v->time_ns),
				    .packet = v->packet};
	append(e, EVIDENCE, &r, sizeof r);
}

static void append_attribute(struct assertion_encoder *e, const struct attribute *a)
{
	struct attribute_record r = {.name = text(e, assertion_attribute_name(a)),
				     .method = text(e, a->method),
				     .signature = text(e, a->signature),
				     .known = a->known,
				     .confidence = a->confidence};
	append(e, ATTRIBUTE, &r, sizeof r);
	for (uint32_t i = 0; i < a->n_members; i++)
		append_value(e, &a->members[i]);
	for (uint32_t i = 0; i < a->n_evidence; i++)
		append_evidence(e, &a->evidence[i]);
}

static uint64_t entries(const struct assertion *a)
{
	uint64_t n = (uint64_t)a->n_designations + a->n_basis;
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		const struct attribute *t = &a->attributes[i];
		n += 1 + (uint64_t)t->n_evidence;
		for (uint32_t j = 0; j < t->n_members; j++) {
			const char *const *item = t->members[j].list;
			for (; item && *item; item++)
				n++;
			n += !t->members[j].list;
		}
	}
	return n;
}

static void append_all(struct assertion_encoder *e, const struct assertion *a)
{
	for (uint32_t i = 0; i < a->n_designations; i++) {
		const struct designation *d = &a->designations[i];
		struct designation_record r = {.name = text(e, assertion_designation_name(d->name)),
					       .value = text(e, d->value),
					       .known = d->known,
					       .confidence = d->confidence};
		append(e, DESIGNATION, &r, sizeof r);
	}
	for (uint32_t i = 0; i < a->n_attributes; i++)
		append_attribute(e, &a->attributes[i]);
	for (uint32_t i = 0; i < a->n_basis; i++)
		append(e, BASIS, a->basis[i], sizeof a->basis[i]);
}

static int encode(struct assertion_encoder *e, uint32_t provenance, const struct assertion *a, struct error *error)
{
	uint64_t n = entries(a);
	if (n > ENTRIES_MAX)
		return error_set(error, ERROR_FAILED, "IPFIX: an assertion has more parts than a list can hold");
	arena_reset(&e->scratch);
	e->failed = false;
	struct record r = {.statement = text(e, assertion_statement_name(a->statement)),
			   .endpoint = field(a->endpoint, a->has_endpoint ? sizeof a->endpoint : 0),
			   .start = ntp(a->start_ns),
			   .end = ntp(a->end_ns),
			   .collected = ntp(a->collected_ns),
			   .provenance = provenance,
			   .unique = boolean(a->unique),
			   .open = boolean(a->open)};
	memcpy(r.id, a->id, sizeof r.id);
	e->list = &r.list;
	e->entry = NULL;
	fbSubTemplateMultiListInit(&r.list, ORDERED, (uint16_t)n);
	append_all(e, a);
	int code = e->failed ? error_set(error, ERROR_FAILED, "IPFIX: out of memory")
			     : message_add(e->session, LAYOUT, TEMPLATE, &r, sizeof r, error);
	fbSubTemplateMultiListClear(&r.list);
	return code;
}

uint32_t assertion_messages(struct assertion_encoder *e, uint32_t provenance, const struct assertion *assertions,
			    uint32_t count, struct buffer *out, struct error *error)
{
	uint32_t written = 0;
	e->out = out;
	if (message_templates(e->session, error))
		return 0;
	for (uint32_t i = 0; i < count; i++)
		written += encode(e, provenance, &assertions[i], error) == 0;
	if (message_flush(e->session, error))
		written = 0;
	return out->failed ? 0 : written;
}
