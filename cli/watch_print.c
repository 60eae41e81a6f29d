#include "cli/watch_print.h"

#include "cli/claim_line.h"
#include "cli/table.h"
#include "core/buffer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void add_text(struct buffer *b, const char *before, const json_t *text)
{
	if (!json_is_string(text))
		return;
	buffer_text(b, before);
	table_escape(b, json_string_value(text));
}

/* "nginx 1.22.1 (server)" of an attribute's value: its texts, without their names. */
static void add_value(struct buffer *b, const json_t *value)
{
	const char *key;
	json_t *member;
	add_text(b, " ", value);
	json_object_foreach((json_t *)value, key, member)
	{
		add_text(b, " ", member);
		if (json_is_integer(member))
			buffer_format(b, " %lld", (long long)json_integer_value(member));
	}
}

/* Frees it. False when standard output took less. */
static bool put(struct buffer *b, bool whole)
{
	bool good = !whole || b->failed || fwrite(b->data, 1, b->len, stdout) == b->len;
	buffer_fini(b);
	return good;
}

/* Nothing at first sight; later since when it holds, and that it does no more. Events are moments. */
static void add_interval(struct buffer *b, const json_t *a)
{
	const json_t *interval = json_object_get(a, "interval");
	const char *start = json_string_value(json_object_get(interval, "start"));
	const char *end = json_string_value(json_object_get(interval, "end"));
	const char *type = json_string_value(json_object_get(a, "statementType"));
	if (!start || !end || (type && strcmp(type, "Event") == 0))
		return;
	if (strcmp(start, end) != 0)
		add_text(b, "  since ", json_object_get(interval, "start"));
	if (json_is_false(json_object_get(interval, "open")))
		BUFFER_LITERAL(b, "  ended");
}

static void add_identifier(struct buffer *b, const json_t *identifier)
{
	const char *id = json_string_value(identifier);
	char start[9];
	snprintf(start, sizeof start, "%s", id ? id : "-");
	buffer_char(b, ' ');
	table_escape(b, start);
}

static void add_confidence(struct buffer *b, const json_t *of)
{
	buffer_format(b, "  %lld %%", (long long)json_integer_value(json_object_get(of, "confidence")));
}

/* "2026-… 02000000 10.0.0.5  softwareInstance nginx …  90 %", with "  since 2026-…  ended" behind it */
static void add_assertion(struct buffer *b, const json_t *a)
{
	const json_t *endpoint = json_object_get(a, "endpoint"), *names = json_object_get(endpoint, "designation");
	const json_t *attributes = json_object_get(a, "attributes");
	add_text(b, "", json_object_get(json_object_get(a, "interval"), "end"));
	add_identifier(b, json_object_get(endpoint, "endpointIdentifier"));
	for (size_t i = 0; i < json_array_size(names); i++)
		add_text(b, " ", json_object_get(json_array_get(names, i), "value"));
	for (size_t i = 0; i < json_array_size(attributes); i++) {
		const json_t *t = json_array_get(attributes, i);
		add_text(b, "  ", json_object_get(t, "name"));
		add_value(b, json_object_get(t, "value"));
		add_confidence(b, t);
	}
	add_interval(b, a);
}

/* "2026-… 02000000  softwareInstance nginx 1.22.1 …  ->  nginx 1.24.0 …  90 %  before until 2026-…  (watch up)": what a
 * watch tells of. What is new has nothing before the arrow. */
static void add_change(struct buffer *b, const json_t *change)
{
	add_text(b, "", json_object_get(change, "time"));
	add_identifier(b, json_object_get(change, "endpointIdentifier"));
	add_text(b, "  ", json_object_get(change, "attribute"));
	add_value(b, json_object_get(change, "old"));
	BUFFER_LITERAL(b, "  -> ");
	add_value(b, json_object_get(change, "new"));
	add_confidence(b, change);
	add_text(b, "  before until ", json_object_get(change, "oldLastSeen"));
	add_text(b, "  (watch ", json_object_get(change, "watch-identifier"));
	buffer_char(b, ')');
}

bool watch_print_line(const char *line, size_t len)
{
	struct buffer b = {0};
	json_t *o = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	if (json_object_get(o, "attributes"))
		add_assertion(&b, o);
	else if (json_object_get(o, "watch-identifier") && json_object_get(o, "new"))
		add_change(&b, o);
	else
		claim_words(&b, o);
	buffer_char(&b, '\n');
	json_decref(o);
	return put(&b, o != NULL);
}

/* "2026-… 02000000 web.lab.test 10.0.0.5  nginx 1.22.1": an endpoint of a snapshot. */
bool watch_print_endpoint(const char *line, size_t len)
{
	struct buffer b = {0};
	json_t *e = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *item;
	size_t i;
	add_text(&b, "", json_object_get(e, "lastSeen"));
	add_identifier(&b, json_object_get(e, "endpointIdentifier"));
	json_array_foreach(json_object_get(e, "designation"), i, item)
		add_text(&b, " ", json_object_get(item, "value"));
	json_array_foreach(json_object_get(e, "software"), i, item)
	{
		const json_t *value = json_object_get(item, "value") ? json_object_get(item, "value") : item;
		add_text(&b, "  ", json_object_get(value, "softwareTitle"));
		add_text(&b, " ", json_object_get(value, "softwareVersion"));
	}
	buffer_char(&b, '\n');
	json_decref(e);
	return put(&b, e != NULL);
}

/* "2026-… urn:uuid:…  27 assertions as IPFIX, 8120 octets": what a person cannot read is named. */
bool watch_print_ipfix(const json_t *header, size_t len)
{
	struct buffer b = {0};
	add_text(&b, "", json_object_get(header, "relayTimestamp"));
	add_text(&b, b.len ? " " : "", json_object_get(header, "component"));
	buffer_format(&b, "  %lld assertions as IPFIX, %zu octets; --ipfix FILE keeps them\n",
		      (long long)json_integer_value(json_object_get(header, "count")), len);
	return put(&b, true);
}
