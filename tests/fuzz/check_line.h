/* What must hold of every line of JSON that leaves the program; aborts where it does not. */
#ifndef ONLOOKER_TESTS_FUZZ_CHECK_LINE_H
#define ONLOOKER_TESTS_FUZZ_CHECK_LINE_H

#include "export/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition, line)                                       \
	do {                                                         \
		if (!(condition)) {                                  \
			fprintf(stderr, "not so: %s\n", #condition); \
			json_dumpf(line, stderr, 0);                 \
			abort();                                     \
		}                                                    \
	} while (0)

/* One whole line: an object that parses, without a name twice. The caller's reference. */
static inline json_t *check_line(const char *line, size_t len)
{
	json_error_t error;
	json_t *o = len && line[len - 1] == '\n' && !memchr(line, '\n', len - 1)
			    ? json_loadb(line, len - 1, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error)
			    : NULL;
	if (!json_is_object(o)) {
		fprintf(stderr, "no line of JSON: %.*s\n", (int)len, line);
		abort();
	}
	return o;
}

static inline bool is_known(const json_t *known)
{
	size_t i;
	json_t *one;
	json_array_foreach(known, i, one) if (!json_string_length(one)) return false;
	return json_array_size(known) > 0;
}

static inline bool is_percent(const json_t *confidence)
{
	return json_is_integer(confidence) && json_integer_value(confidence) >= 1 &&
	       json_integer_value(confidence) <= 100;
}

static inline bool is_time(const json_t *time)
{
	return json_string_length(time) == 27;
}

static inline void check_endpoint(const json_t *a)
{
	const json_t *e = json_object_get(a, "endpoint"), *all = json_object_get(e, "designation");
	const json_t *id = json_object_get(e, "endpointIdentifier");
	size_t i;
	json_t *d;
	CHECK(json_is_object(e) && json_is_array(all) && json_array_size(all) <= 8, a);
	CHECK(!id || (json_string_length(id) == 36 && json_is_boolean(json_object_get(e, "uniquelyIdentified"))), a);
	json_array_foreach(all, i, d)
	{
		CHECK(json_string_length(json_object_get(d, "name")), a);
		CHECK(json_is_string(json_object_get(d, "value")), a);
		CHECK(is_known(json_object_get(d, "howKnown")) && is_percent(json_object_get(d, "confidence")), a);
	}
}

static inline void check_attributes(const json_t *a)
{
	const json_t *all = json_object_get(a, "attributes");
	size_t i;
	json_t *one;
	CHECK(json_array_size(all) > 0, a);
	json_array_foreach(all, i, one)
	{
		const json_t *value = json_object_get(one, "value");
		CHECK(json_string_length(json_object_get(one, "name")), a);
		CHECK(json_is_string(value) || json_object_size(value), a);
		CHECK(is_known(json_object_get(one, "howKnown")) && is_percent(json_object_get(one, "confidence")), a);
		if (json_object_get(value, "role") &&
		    !strcmp(json_string_value(json_object_get(value, "role")), "server"))
			CHECK(json_object_get(value, "transport") && json_object_get(value, "port"), a);
	}
}

static inline void check_assertion(const json_t *a)
{
	static const char *const types[] = {"Observation", "Correlation", "Event"};
	const char *type = json_string_value(json_object_get(a, "statementType"));
	const json_t *interval = json_object_get(a, "interval");
	const json_t *start = json_object_get(interval, "start"), *end = json_object_get(interval, "end");
	CHECK(json_string_length(json_object_get(a, "assertionId")) == 36, a);
	CHECK(json_integer_value(json_object_get(a, "provenanceId")) == 1, a);
	CHECK(type && (!strcmp(type, types[0]) || !strcmp(type, types[1]) || !strcmp(type, types[2])), a);
	check_endpoint(a);
	check_attributes(a);
	CHECK(is_time(start) && is_time(end) && is_time(json_object_get(a, "collectionTimestamp")), a);
	CHECK(strcmp(json_string_value(start), json_string_value(end)) <= 0, a);
	CHECK(json_is_boolean(json_object_get(interval, "open")), a);
}

#endif
