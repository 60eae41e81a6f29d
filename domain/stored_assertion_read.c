/* A line of JSON taken apart in one pass (yajl), its values kept as they stand in the line. */
#include "core/time.h"
#include "domain/stored_assertion.h"
#include "domain/stored_assertion_arrange.h"

#include <yajl/yajl_parse.h>

#include <stdio.h>
#include <string.h>

#define MOST_DEPTH 12
#define MOST_NAME  128

/* What a brace or bracket encloses. */
enum place {
	LINE,
	ENDPOINT,
	DESIGNATION_OBJECTS,
	DESIGNATION,
	ATTRIBUTE_OBJECTS,
	ATTRIBUTE,
	HOW_KNOWN,
	INTERVAL,
	SLICE, /* kept as text, whatever it is */
	PASSED /* of no interest */
};

/* Members by the place they stand in. */
enum line_member {
	NO_MEMBER,
	ASSERTION_ID,
	STATEMENT_TYPE,
	ENDPOINT_MEMBER,
	IDENTIFIER,
	UNIQUE,
	DESIGNATION_LIST,
	ATTRIBUTE_LIST,
	NAME,
	VALUE,
	KNOWN_LIST,
	CONFIDENCE,
	METHOD,
	SIGNATURE,
	EVIDENCE,
	INTERVAL_MEMBER,
	START,
	END,
	OPEN,
	COLLECTED
};

#define MEMBER(place, name, member, inside)                   \
	{                                                     \
		place, name, sizeof(name) - 1, member, inside \
	}

static const struct {
	enum place place;
	const char *name;
	size_t len;
	enum line_member member;
	enum place inside; /* when it is an object or array */
} members[] = {
	MEMBER(LINE, "assertionId", ASSERTION_ID, PASSED),
	MEMBER(LINE, "statementType", STATEMENT_TYPE, PASSED),
	MEMBER(LINE, "endpoint", ENDPOINT_MEMBER, ENDPOINT),
	MEMBER(LINE, "attributes", ATTRIBUTE_LIST, ATTRIBUTE_OBJECTS),
	MEMBER(LINE, "interval", INTERVAL_MEMBER, INTERVAL),
	MEMBER(LINE, "collectionTimestamp", COLLECTED, PASSED),
	MEMBER(ENDPOINT, "endpointIdentifier", IDENTIFIER, PASSED),
	MEMBER(ENDPOINT, "uniquelyIdentified", UNIQUE, PASSED),
	MEMBER(ENDPOINT, "designation", DESIGNATION_LIST, DESIGNATION_OBJECTS),
	MEMBER(DESIGNATION, "name", NAME, PASSED),
	MEMBER(DESIGNATION, "value", VALUE, SLICE),
	MEMBER(DESIGNATION, "howKnown", KNOWN_LIST, HOW_KNOWN),
	MEMBER(DESIGNATION, "confidence", CONFIDENCE, PASSED),
	MEMBER(ATTRIBUTE, "name", NAME, PASSED),
	MEMBER(ATTRIBUTE, "value", VALUE, SLICE),
	MEMBER(ATTRIBUTE, "howKnown", KNOWN_LIST, HOW_KNOWN),
	MEMBER(ATTRIBUTE, "confidence", CONFIDENCE, PASSED),
	MEMBER(ATTRIBUTE, "method", METHOD, PASSED),
	MEMBER(ATTRIBUTE, "signature", SIGNATURE, PASSED),
	MEMBER(ATTRIBUTE, "evidence", EVIDENCE, SLICE),
	MEMBER(INTERVAL, "start", START, PASSED),
	MEMBER(INTERVAL, "end", END, PASSED),
	MEMBER(INTERVAL, "open", OPEN, PASSED),
};

struct reading {
	struct stored_assertion_maker *maker;
	struct arena *texts; /* where they are kept */
	struct stored_assertion *out;
	yajl_handle parser;
	const char *line;
	size_t len;
	enum place places[MOST_DEPTH];
	unsigned depth;
	enum line_member member; /* named last in the innermost place that is taken apart */
	enum place inside;
	size_t next_member; /* of the table: members mostly come in its order */
	size_t fed;         /* octets of the line that the parser took in earlier pieces */
	size_t slice;       /* where the value of the last member begins */
	unsigned slice_depth;
	size_t endpoint_at; /* where the endpoint begins, 0: it is not remembered */
	bool kept;          /* line and texts stay until the batch is over */
	bool told[COLLECTED + 1];
	uint32_t n_names; /* of the maker's names: designations, until it is known whether they are claims */
	struct claim *claim;
	const char *address;
	char wrong[128];
};

static int refuse(struct reading *r, const char *what)
{
	if (!*r->wrong)
		snprintf(r->wrong, sizeof r->wrong, "%s", what);
	return 0;
}

static size_t place_at(const struct reading *r)
{
	return r->fed + yajl_get_bytes_consumed(r->parser);
}

static enum place innermost(const struct reading *r)
{
	return r->depth ? r->places[r->depth - 1] : LINE;
}

/* The text between two places of the line, without the spaces that only look good. */
static const char *keep_slice(struct reading *r, size_t from, size_t to)
{
	const char *slice = r->line + from;
	if (!memchr(slice, ' ', to - from) && !memchr(slice, '\t', to - from))
		return arena_text(r->texts, slice, to - from);
	char *text = arena_take(r->texts, to - from + 1), *at = text;
	bool quoted = false;
	for (size_t i = from; text && i < to; i++) {
		char c = r->line[i];
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && i + 1 < to)
			*at++ = r->line[i++];
		if (quoted || (r->line[i] != ' ' && r->line[i] != '\t'))
			*at++ = r->line[i];
	}
	if (text)
		*at = 0;
	return text;
}

static int store_slice(struct reading *r)
{
	const char *text = keep_slice(r, r->slice, place_at(r));
	if (!text)
		return refuse(r, "there is no memory for it");
	if (r->member == EVIDENCE)
		r->claim->evidence = text;
	else
		r->claim->value = text;
	return 1;
}

static void find_member(struct reading *r, const unsigned char *text, size_t len)
{
	static const size_t n = sizeof members / sizeof *members;
	enum place here = innermost(r);
	r->member = NO_MEMBER;
	r->inside = PASSED;
	for (size_t tried = 0, i = r->next_member; tried < n; tried++, i = i + 1 < n ? i + 1 : 0)
		if (members[i].place == here && members[i].len == len && memcmp(members[i].name, text, len) == 0) {
			r->member = members[i].member;
			r->inside = members[i].inside;
			r->next_member = i + 1 < n ? i + 1 : 0;
			return;
		}
}

static int on_key(void *arg, const unsigned char *text, size_t len)
{
	struct reading *r = arg;
	enum place here = innermost(r);
	if (here == SLICE || here == PASSED)
		return 1;
	find_member(r, text, len);
	r->slice = place_at(r);
	while (r->slice < r->len && (r->line[r->slice] == ' ' || r->line[r->slice] == '\t' || r->line[r->slice] == ':'))
		r->slice++;
	return 1;
}

/* Where a new object or array stands. */
static enum place entered(const struct reading *r)
{
	switch (innermost(r)) {
	case DESIGNATION_OBJECTS:
		return DESIGNATION;
	case ATTRIBUTE_OBJECTS:
		return ATTRIBUTE;
	case SLICE:
		return SLICE;
	case PASSED:
	case HOW_KNOWN:
		return PASSED;
	default:
		return r->depth ? r->inside : LINE;
	}
}

static bool new_claim(struct reading *r, enum place place)
{
	uint32_t *n = place == DESIGNATION ? &r->n_names : &r->out->n_claims;
	if (*n >= STORED_MOST_CLAIMS / 2)
		return refuse(r, "it says too much at once");
	r->claim = place == DESIGNATION ? &r->maker->names[*n] : &r->maker->claims[*n];
	*r->claim = (struct claim){.implied = place == DESIGNATION};
	++*n;
	r->member = NO_MEMBER;
	return true;
}

static int enter(void *arg, bool object)
{
	struct reading *r = arg;
	if (r->depth == MOST_DEPTH)
		return refuse(r, "it is nested too deeply");
	enum place place = entered(r);
	bool list = place == DESIGNATION_OBJECTS || place == ATTRIBUTE_OBJECTS || place == HOW_KNOWN;
	if (place < SLICE && list == object)
		return refuse(r, "an object or a list stands in the other's place");
	if (place == SLICE && innermost(r) != SLICE)
		r->slice_depth = r->depth;
	if (place == ENDPOINT)
		r->endpoint_at = r->n_names || r->out->has_endpoint || r->out->unique ? 0 : r->slice;
	r->places[r->depth++] = place;
	return place == DESIGNATION || place == ATTRIBUTE ? new_claim(r, place) : 1;
}

/* Lines that follow one another are mostly of one endpoint. */
static void remember_endpoint(struct reading *r)
{
	struct read_endpoint *e = &r->maker->endpoint;
	e->text = NULL;
	if (!r->endpoint_at || r->n_names > STORED_MOST_NAMES || !r->kept)
		return;
	*e = (struct read_endpoint){.text = r->line + r->endpoint_at,
				    .at = r->endpoint_at,
				    .len = place_at(r) - r->endpoint_at,
				    .identified = r->out->has_endpoint,
				    .unique = r->out->unique,
				    .n_names = r->n_names};
	memcpy(e->id, r->out->endpoint, sizeof e->id);
	memcpy(e->names, r->maker->names, r->n_names * sizeof *r->maker->names);
}

/* True where the line goes on with the endpoint of the line before, octet for octet, as the value of its member. */
static bool is_remembered(const struct reading *r)
{
	const struct read_endpoint *e = &r->maker->endpoint;
	return r->depth == 1 && r->member == ENDPOINT_MEMBER && r->slice == e->at && !r->n_names &&
	       !r->out->has_endpoint && !r->out->unique && memcmp(r->line + e->at, e->text, e->len) == 0;
}

static void recall_endpoint(struct reading *r)
{
	const struct read_endpoint *e = &r->maker->endpoint;
	r->out->has_endpoint = e->identified;
	r->out->unique = e->unique;
	memcpy(r->out->endpoint, e->id, sizeof e->id);
	memcpy(r->maker->names, e->names, e->n_names * sizeof *e->names);
	r->n_names = e->n_names;
}

static int leave(void *arg)
{
	struct reading *r = arg;
	enum place left = r->places[--r->depth];
	if (left == ENDPOINT)
		remember_endpoint(r);
	if (left == SLICE && r->depth == r->slice_depth)
		return store_slice(r);
	return 1;
}

static int enter_object(void *arg)
{
	return enter(arg, true);
}

static int enter_list(void *arg)
{
	return enter(arg, false);
}

static bool is_short(const unsigned char *text, size_t len)
{
	return len && len <= MOST_NAME && !memchr(text, 0, len);
}

/* A short text that is none of a value: names and methods. */
static const char *text_of(struct reading *r, const unsigned char *text, size_t len)
{
	return is_short(text, len) ? arena_text(r->texts, text, len) : NULL;
}

/* The same for as long as it is looked at: times and identifiers. */
static const char *pass_text(const unsigned char *text, size_t len, char out[MOST_NAME + 1])
{
	if (!is_short(text, len))
		return "";
	memcpy(out, text, len);
	out[len] = 0;
	return out;
}

static int take_time(struct reading *r, const unsigned char *text, size_t len, uint64_t *out)
{
	char copy[MOST_NAME + 1];
	if (time_parse(pass_text(text, len, copy), out) != 0)
		return refuse(r, "a time in it is none");
	*out -= *out % 1000;
	return 1;
}

static int take_uuid(struct reading *r, const unsigned char *text, size_t len, uint8_t out[16])
{
	char copy[MOST_NAME + 1];
	return uuid_parse(pass_text(text, len, copy), out) ? 1 : refuse(r, "an identifier in it is no UUID");
}

static int take_statement(struct reading *r, const unsigned char *text, size_t len)
{
	for (int i = STATEMENT_OBSERVATION; i <= STATEMENT_EVENT; i++) {
		const char *name = assertion_statement_name((enum statement)i);
		if (strlen(name) == len && memcmp(name, text, len) == 0) {
			r->out->statement = (enum statement)i;
			return 1;
		}
	}
	return refuse(r, "its statementType is none");
}

static int take_known(struct reading *r, const unsigned char *text, size_t len)
{
	for (unsigned bit = KNOWN_SELF; bit <= KNOWN_DERIVED; bit <<= 1) {
		const char *name = assertion_known_name(bit);
		if (strlen(name) == len && memcmp(name, text, len) == 0) {
			r->claim->known |= (uint8_t)bit;
			return 1;
		}
	}
	return refuse(r, "a howKnown in it is none");
}

static int on_text(void *arg, const unsigned char *text, size_t len)
{
	struct reading *r = arg;
	enum place here = innermost(r);
	if (here == HOW_KNOWN)
		return take_known(r, text, len);
	if (here >= SLICE || here == DESIGNATION_OBJECTS || here == ATTRIBUTE_OBJECTS)
		return here >= SLICE ? 1 : refuse(r, "a text stands in an object's place");
	r->told[r->member] = true;
	switch (r->member) {
	case ASSERTION_ID:
		return take_uuid(r, text, len, r->out->id);
	case IDENTIFIER:
		r->out->has_endpoint = true;
		return take_uuid(r, text, len, r->out->endpoint);
	case STATEMENT_TYPE:
		return take_statement(r, text, len);
	case START:
		return take_time(r, text, len, &r->out->start_ns);
	case END:
		return take_time(r, text, len, &r->out->end_ns);
	case COLLECTED:
		return take_time(r, text, len, &r->out->collected_ns);
	case NAME:
		r->claim->kind = text_of(r, text, len);
		return 1;
	case METHOD:
		r->claim->method = text_of(r, text, len);
		return 1;
	case SIGNATURE:
		r->claim->signature = text_of(r, text, len);
		return 1;
	case VALUE:
		return store_slice(r);
	default:
		return 1;
	}
}

static int on_number(void *arg, const char *text, size_t len)
{
	struct reading *r = arg;
	enum place here = innermost(r);
	if (here >= SLICE)
		return 1;
	if (r->member == VALUE && (here == ATTRIBUTE || here == DESIGNATION))
		return store_slice(r);
	if (r->member != CONFIDENCE || (here != ATTRIBUTE && here != DESIGNATION))
		return 1;
	unsigned percent = 0;
	for (size_t i = 0; i < len && percent <= 100; i++)
		percent = text[i] >= '0' && text[i] <= '9' ? 10 * percent + (unsigned)(text[i] - '0') : 101;
	if (percent > 100)
		return refuse(r, "a confidence in it is no percentage");
	r->claim->confidence = (uint8_t)percent;
	return 1;
}

static int on_boolean(void *arg, int value)
{
	struct reading *r = arg;
	enum place here = innermost(r);
	if (here == INTERVAL && r->member == OPEN)
		r->out->open = value;
	if (here == ENDPOINT && r->member == UNIQUE)
		r->out->unique = value;
	if ((here == ATTRIBUTE || here == DESIGNATION) && r->member == VALUE)
		return store_slice(r);
	return 1;
}

static int on_null(void *arg)
{
	(void)arg;
	return 1;
}

static const yajl_callbacks callbacks = {.yajl_null = on_null,
					 .yajl_boolean = on_boolean,
					 .yajl_number = on_number,
					 .yajl_string = on_text,
					 .yajl_start_map = enter_object,
					 .yajl_map_key = on_key,
					 .yajl_end_map = leave,
					 .yajl_start_array = enter_list,
					 .yajl_end_array = leave};

static int arrange(struct reading *r)
{
	static const enum line_member wanted[] = {ASSERTION_ID, STATEMENT_TYPE, START, END, COLLECTED};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!r->told[wanted[i]])
			return refuse(r, "it lacks assertionId, statementType, interval or collectionTimestamp");
	const char *wrong = stored_assertion_arrange(r->maker, r->texts, r->n_names, r->out);
	return wrong ? refuse(r, wrong) : 1;
}

static yajl_status feed(struct reading *r, size_t len)
{
	yajl_status status = yajl_parse(r->parser, (const unsigned char *)r->line + r->fed, len);
	r->fed += len;
	return status;
}

/* An endpoint that was taken apart in the line before is passed over; the parser gets a null in its place. */
static yajl_status feed_line(struct reading *r, size_t len)
{
	static const unsigned char nothing[] = "null";
	const struct read_endpoint *e = &r->maker->endpoint;
	if (!r->kept || !e->text || e->at + e->len >= len)
		return feed(r, len);
	yajl_status status = feed(r, e->at);
	if (status == yajl_status_ok && is_remembered(r)) {
		status = yajl_parse(r->parser, nothing, sizeof nothing - 1);
		r->fed += e->len;
		recall_endpoint(r);
	}
	return status == yajl_status_ok ? feed(r, len - r->fed) : status;
}

static bool parse(struct reading *r, size_t len)
{
	r->parser = yajl_alloc(&callbacks, NULL, r);
	if (!r->parser)
		return refuse(r, "there is no memory for it");
	yajl_status status = feed_line(r, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(r->parser);
	yajl_free(r->parser);
	if (status != yajl_status_ok)
		return refuse(r, "it is no JSON object");
	return arrange(r);
}

static int read_line(struct reading *r, size_t len, struct error *error)
{
	r->len = len;
	*r->out = (struct stored_assertion){.claims = r->maker->claims, .line = r->line, .line_len = (uint32_t)len};
	return parse(r, len) ? 0 : error_set(error, ERROR_USAGE, "this is no assertion: %s", r->wrong);
}

/* No octet that JSON has nowhere (RFC 8259 2, 7), though the parser takes some for white space: values are kept as they
 * stand in the line, and others read them. */
static bool has_control(const char *line, size_t len)
{
	static const char none[] = {0, '\n', '\v', '\f'};
	for (size_t i = 0; i < sizeof none; i++)
		if (memchr(line, none[i], len))
			return true;
	return false;
}

static bool can_be(const char *line, size_t len, struct error *error)
{
	bool good = len && len <= STORED_MOST_OCTETS && line[0] == '{' && !has_control(line, len);
	if (!good)
		error_set(error, ERROR_USAGE,
			  "this is no assertion: it is no JSON object on one line of at most %u octets",
			  STORED_MOST_OCTETS);
	return good;
}

int stored_assertion_read(struct stored_assertion_maker *m, const char *line, size_t len, struct stored_assertion *out,
			  struct error *error)
{
	if (!can_be(line, len, error))
		return ERROR_USAGE;
	arena_reset(&m->texts);
	buffer_clear(&m->line);
	buffer_add(&m->line, line, len);
	if (m->line.failed)
		return error_set(error, ERROR_FAILED, "no memory for an assertion of %zu octets", len);
	struct reading r = {.maker = m, .texts = &m->texts, .out = out, .line = m->line.data};
	return read_line(&r, len, error);
}

void stored_assertion_begin(struct stored_assertion_maker *m, struct arena *texts)
{
	m->batch = texts;
	m->endpoint.text = NULL;
}

int stored_assertion_read_next(struct stored_assertion_maker *m, const char *line, size_t len,
			       struct stored_assertion *out, struct error *error)
{
	struct reading r = {.maker = m, .texts = m->batch, .out = out, .line = line, .kept = true};
	int code = can_be(line, len, error) ? read_line(&r, len, error) : ERROR_USAGE;
	if (code || !out->n_claims)
		return code;
	struct claim *claims = arena_take(m->batch, out->n_claims * sizeof *claims);
	if (!claims)
		return error_set(error, ERROR_FAILED, "no memory for an assertion of %zu octets", len);
	memcpy(claims, m->claims, out->n_claims * sizeof *claims);
	out->claims = claims;
	return 0;
}
