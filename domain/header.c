#include "domain/header.h"

#include "core/time.h"

#include <stdlib.h>
#include <string.h>

static const char *const refusal_names[REFUSALS] = {
	[REFUSED_NOT] = "none",
	[REFUSED_MALFORMED] = "malformed",
	[REFUSED_VERSION] = "version",
	[REFUSED_FORBIDDEN] = "forbidden",
	[REFUSED_UNREGISTERED] = "unregistered",
	[REFUSED_UNREACHABLE] = "unreachable",
	[REFUSED_BUSY] = "busy",
	[REFUSED_DEADLINE] = "deadline",
	[REFUSED_UNKNOWN_OPERATION] = "unknownOperation",
	[REFUSED_DUPLICATE] = "duplicate",
	[REFUSED_NONCONFORMING] = "nonconforming",
	[REFUSED_NOT_FOUND] = "notFound",
	[REFUSED_STORAGE] = "storage",
	[REFUSED_SIGNATURE] = "signature",
	[REFUSED_INTERNAL] = "internal",
};

const char *refusal_name(enum refusal r)
{
	return refusal_names[r];
}

enum refusal refusal_of(const char *name)
{
	for (unsigned r = 1; r < REFUSALS; r++)
		if (strcmp(refusal_names[r], name) == 0)
			return (enum refusal)r;
	return REFUSED_INTERNAL;
}

bool refusal_passes(enum refusal r)
{
	return r == REFUSED_BUSY || r == REFUSED_UNREACHABLE || r == REFUSED_DEADLINE || r == REFUSED_STORAGE ||
	       r == REFUSED_UNREGISTERED;
}

/* The parser recurses with the text: it is looked at first how deep that goes. */
static bool shallow(const char *text, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth)
			depth--;
		if (depth > HEADER_DEPTH)
			return false;
	}
	return true;
}

static json_t *parse_object(const void *data, size_t len, const char *what, struct error *error)
{
	json_error_t why;
	if (!shallow(data, len)) {
		error_set(error, ERROR_DAMAGED, "the %s is nested more than %d deep", what, HEADER_DEPTH);
		return NULL;
	}
	json_t *json = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(json))
		return json;
	error_set(error, ERROR_DAMAGED, "the %s is no JSON object%s%s", what, json ? "" : ": ", json ? "" : why.text);
	json_decref(json);
	return NULL;
}

json_t *payload_parse(const void *data, size_t len, struct error *error)
{
	if (!len)
		return json_object();
	return parse_object(data, len, "payload", error);
}

/* A text of 1 to `most` printable characters. */
static const char *text_of(const json_t *json, const char *name, size_t most)
{
	const json_t *value = json_object_get(json, name);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (!text || !len || len > most || strlen(text) != len)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return NULL;
	return text;
}

static enum refusal lacks(struct error *error, const char *member)
{
	error_set(error, ERROR_DAMAGED, "the header has no good `%s`", member);
	return REFUSED_MALFORMED;
}

bool component_valid(const char *text)
{
	static const char form[] = "urn:uuid:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	if (strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++) {
		bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
		if (form[i] == 'x' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

static bool good_destination(const char *to)
{
	return strcmp(to, "fabric") == 0 || (strncmp(to, "service:", 8) == 0 && to[8]) || component_valid(to);
}

static enum refusal read_request(struct header *h, struct error *error)
{
	h->operation = text_of(h->json, "operation", 64);
	h->to = text_of(h->json, "to", 64);
	if (!h->correlation && h->ticket < 0)
		return lacks(error, "correlation");
	if (!h->operation)
		return lacks(error, "operation");
	if (!h->to || !good_destination(h->to))
		return lacks(error, "to");
	const json_t *deadline = json_object_get(h->json, "deadlineMs");
	if (!deadline)
		return REFUSED_NOT;
	json_int_t ms = json_integer_value(deadline);
	if (!json_is_integer(deadline) || ms < 1 || ms > DEADLINE_MOST_MS)
		return lacks(error, "deadlineMs");
	h->deadline_ms = (uint32_t)ms;
	return REFUSED_NOT;
}

static enum refusal read_response(struct header *h, struct error *error)
{
	const char *status = text_of(h->json, "status", 16);
	if (h->ticket < 0 && !h->correlation)
		return lacks(error, "ticket");
	if (!status || (strcmp(status, "success") != 0 && strcmp(status, "failure") != 0))
		return lacks(error, "status");
	h->more = json_is_true(json_object_get(h->json, "more"));
	h->bind = text_of(h->json, "bind", 64);
	if (strcmp(status, "success") == 0)
		return REFUSED_NOT;
	const json_t *e = json_object_get(h->json, "error");
	const char *code = text_of(e, "code", 32);
	h->refusal = code ? refusal_of(code) : REFUSED_INTERNAL;
	h->message = json_string_value(json_object_get(e, "message"));
	return REFUSED_NOT;
}

enum refusal header_parse(const void *data, size_t len, struct header *h, struct error *error)
{
	*h = (struct header){.ticket = -1};
	if (len > HEADER_BYTES) {
		error_set(error, ERROR_DAMAGED, "the header is longer than %d octets", HEADER_BYTES);
		return REFUSED_MALFORMED;
	}
	h->json = parse_object(data, len, "header", error);
	if (!h->json)
		return REFUSED_MALFORMED;
	h->correlation = text_of(h->json, "correlation", CORRELATION_BYTES - 1);
	h->from = text_of(h->json, "from", 64);
	h->role = text_of(h->json, "role", 16);
	h->session = text_of(h->json, "session", 32);
	h->boot = text_of(h->json, "boot", 36);
	const json_t *ticket = json_object_get(h->json, "ticket");
	if (json_is_integer(ticket) && json_integer_value(ticket) >= 0)
		h->ticket = json_integer_value(ticket);
	if (json_integer_value(json_object_get(h->json, "version")) != 1) {
		error_set(error, ERROR_DAMAGED, "version 1 is spoken here");
		return REFUSED_VERSION;
	}
	const char *type = text_of(h->json, "type", 16);
	if (type && strcmp(type, "request") == 0)
		return read_request(h, error);
	if (type && strcmp(type, "response") == 0) {
		h->type = HEADER_RESPONSE;
		return read_response(h, error);
	}
	return lacks(error, "type");
}

void header_fini(struct header *h)
{
	json_decref(h->json);
	*h = (struct header){.ticket = -1};
}

void header_stamp(json_t *json, const char *name)
{
	char now[TIME_TEXT_BYTES];
	time_text(time_now(), now);
	json_object_set_new(json, name, json_string(now));
}

json_t *header_request(const char *operation, const char *to, const char *correlation, uint32_t deadline_ms)
{
	json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:s}", "version", 1, "type", "request", "operation", operation,
				 "to", to, "correlation", correlation);
	if (json && deadline_ms)
		json_object_set_new(json, "deadlineMs", json_integer(deadline_ms));
	if (json)
		header_stamp(json, "sentTimestamp");
	return json;
}

json_t *header_response(int64_t ticket, enum refusal refusal, const char *message)
{
	json_t *json = json_pack("{s:i, s:s, s:s}", "version", 1, "type", "response", "status",
				 refusal ? "failure" : "success");
	if (json && ticket >= 0)
		json_object_set_new(json, "ticket", json_integer(ticket));
	if (json && refusal)
		json_object_set_new(json, "error",
				    json_pack("{s:s, s:s}", "code", refusal_name(refusal), "message",
					      message ? message : refusal_name(refusal)));
	if (json)
		header_stamp(json, "sentTimestamp");
	return json;
}

char *header_text(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return text;
}
