#include "domain/collection.h"

#include "core/time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SECONDS 315360000 /* ten years */

/* What sets instructions to collectors and watches of a repository apart. */
struct form {
	const char *identifier, *topic;
	bool watch;
};

struct reading {
	const struct form *form;
	const json_t *payload;
	struct collection *c;
	uint64_t now_ns;
	struct error *error;
};

static bool wrong(struct reading *r, const char *member, const char *wanted)
{
	error_set(r->error, ERROR_DAMAGED, "`%s` %s", member, wanted);
	return false;
}

/* Of one value among several. */
static bool wrong_value(struct reading *r, const char *member, const char *value, const char *wanted)
{
	error_set(r->error, ERROR_DAMAGED, "`%s`: '%.128s' %s", member, value, wanted);
	return false;
}

bool collection_id_valid(const char *id)
{
	size_t n = strlen(id);
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)id[i]) && !strchr("._:-", id[i]))
			return false;
	return n && n < COLLECTION_ID_BYTES;
}

/* A list of texts, 1 to COLLECTION_LIST; *out stays NULL when it is not there. */
static bool read_texts(struct reading *r, const char *name, const json_t **out)
{
	const json_t *list = json_object_get(r->payload, name);
	size_t i;
	json_t *item;
	if (!list)
		return true;
	if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > COLLECTION_LIST)
		return wrong(r, name, "must be a list of 1 to 256 texts");
	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		if (!json_is_string(item) || !json_string_length(item) || json_string_length(item) > 128)
			return wrong(r, name, "must be a list of texts of 1 to 128 characters");
	}
	*out = list;
	return true;
}

static bool read_identifier(struct reading *r)
{
	const char *id = json_string_value(json_object_get(r->payload, r->form->identifier));
	if (!id || !collection_id_valid(id))
		return wrong(r, r->form->identifier, "must be 1 to 64 of A-Z a-z 0-9 . _ : -");
	snprintf(r->c->id, sizeof r->c->id, "%s", id);
	return true;
}

static bool read_attributes(struct reading *r)
{
	size_t i;
	json_t *item;
	const json_t *list = NULL;
	if (!read_texts(r, "attributes", &list))
		return false;
	if (!list)
		return wrong(r, "attributes", "must be there; [\"*\"] is all");
	bool all = false;
	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		const char *name = json_string_value(item);
		bool star = strcmp(name, "*") == 0;
		if (!star && !assertion_names(name))
			return wrong_value(r, "attributes", name, "is the name of no attribute or designation");
		all |= star;
	}
	r->c->attributes = all ? NULL : list;
	return true;
}

static bool read_networks(struct reading *r)
{
	const json_t *list = NULL;
	size_t i;
	json_t *item;
	if (!read_texts(r, "networks", &list) || !list)
		return !json_object_get(r->payload, "networks");
	r->c->networks = calloc(json_array_size(list), sizeof *r->c->networks);
	if (!r->c->networks)
		return wrong(r, "networks", "found no memory");
	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		if (!prefix_parse(json_string_value(item), &r->c->networks[r->c->n_networks++]))
			return wrong_value(r, "networks", json_string_value(item), "is no prefix like 192.0.2.0/24");
	}
	return true;
}

static bool read_filter(struct reading *r)
{
	const json_t *filter = json_object_get(r->payload, "filter");
	if (!filter)
		return true;
	if (!json_is_string(filter))
		return wrong(r, "filter", "must be a text");
	return selection_compile(json_string_value(filter), &r->c->filter, r->error) == 0;
}

static bool read_time(struct reading *r, const json_t *period, const char *name, uint64_t *out)
{
	const json_t *time = json_object_get(period, name);
	if (!time)
		return true;
	if (json_is_string(time) && time_parse(json_string_value(time), out) == 0)
		return true;
	if (!json_is_string(time))
		return wrong(r, "period", "has a time that is no text; give 2026-11-20T12:00:00Z");
	return wrong_value(r, "period", json_string_value(time), "is no time like 2026-11-20T12:00:00Z");
}

static bool read_period(struct reading *r)
{
	struct collection *c = r->c;
	const json_t *period = json_object_get(r->payload, "period"), *seconds = json_object_get(period, "seconds");
	if (!period)
		return true;
	if (!json_is_object(period) || !read_time(r, period, "start", &c->start_ns) ||
	    !read_time(r, period, "end", &c->end_ns))
		return json_is_object(period) ? false : wrong(r, "period", "must be an object");
	json_int_t n = json_integer_value(seconds);
	if (seconds && (!json_is_integer(seconds) || n < 1 || n > MOST_SECONDS || c->end_ns))
		return wrong(r, "period", "`seconds` must be a whole number from 1, and stand without `end`");
	if (seconds)
		c->end_ns = (c->start_ns ? c->start_ns : r->now_ns) + (uint64_t)n * NS_PER_SECOND;
	if (c->end_ns && (c->end_ns <= c->start_ns || c->end_ns <= r->now_ns))
		return wrong(r, "period", "ends before it begins, or has ended already");
	return true;
}

static bool read_flag(struct reading *r, const json_t *o, const char *name, bool *out)
{
	const json_t *flag = json_object_get(o, name);
	*out = json_is_true(flag);
	return !flag || json_is_boolean(flag) || wrong(r, "snapshot", "has a flag that is neither true nor false");
}

static bool read_snapshot(struct reading *r)
{
	const json_t *s = json_object_get(r->payload, "snapshot"), *seconds = json_object_get(s, "periodSeconds");
	if (!s)
		return true;
	json_int_t n = json_integer_value(seconds);
	if (!json_is_object(s) || (seconds && (!json_is_integer(seconds) || n < 1 || n > MOST_SECONDS)))
		return wrong(r, "snapshot", "must be an object whose `periodSeconds` is a whole number from 1");
	r->c->snapshot_seconds = (uint32_t)n;
	return read_flag(r, s, "immediate", &r->c->immediate) && read_flag(r, s, "final", &r->c->final);
}

static bool read_topic(struct reading *r)
{
	const char *prefix = r->form->topic;
	const json_t *topic = json_object_get(r->payload, "response-topic");
	if (!topic)
		return true;
	const char *text = json_string_value(topic);
	size_t n = text ? strlen(text) : 0, least = strlen(prefix) + 2;
	if (n < least || n > 200 || strncmp(text, prefix, strlen(prefix)) != 0 || text[n - 1] != '/') {
		error_set(r->error, ERROR_DAMAGED, "`response-topic` must begin with %s and end with a slash", prefix);
		return false;
	}
	r->c->topic = text;
	return true;
}

/* What only a collector carries out. */
static bool read_rest(struct reading *r)
{
	static const char *const members[] = {"filter", "snapshot", "collectors"};
	for (size_t i = 0; r->form->watch && i < sizeof members / sizeof *members; i++)
		if (json_object_get(r->payload, members[i]))
			return wrong(r, members[i], "is for collections; a watch has none");
	return true;
}

static bool read_collectors(struct reading *r)
{
	size_t i;
	json_t *item;
	if (!read_texts(r, "collectors", &r->c->collectors))
		return false;
	json_array_foreach((json_t *)(uintptr_t)r->c->collectors, i, item)
	{
		if (!component_valid(json_string_value(item)))
			return wrong_value(r, "collectors", json_string_value(item),
					   "is no identifier like urn:uuid:…");
	}
	return true;
}

static enum refusal read_all(const struct form *form, const json_t *payload, uint64_t now_ns, struct collection **out,
			     struct error *error)
{
	struct collection *c = calloc(1, sizeof *c);
	if (!c) {
		error_set(error, ERROR_FAILED, "no memory");
		return REFUSED_INTERNAL;
	}
	c->instructions = json_deep_copy(payload);
	struct reading r = {form, c->instructions, c, now_ns, error};
	if (read_identifier(&r) && read_attributes(&r) && read_texts(&r, "endpoints", &c->endpoints) &&
	    read_networks(&r) && read_rest(&r) && read_filter(&r) && read_period(&r) && read_snapshot(&r) &&
	    read_topic(&r) && read_collectors(&r)) {
		*out = c;
		return REFUSED_NOT;
	}
	collection_free(c);
	return REFUSED_NONCONFORMING;
}

enum refusal collection_read(const json_t *payload, uint64_t now_ns, struct collection **out, struct error *error)
{
	static const struct form form = {"collection-identifier", "/notification/collection/", false};
	return read_all(&form, payload, now_ns, out, error);
}

enum refusal collection_read_watch(const json_t *payload, uint64_t now_ns, struct collection **out, struct error *error)
{
	static const struct form form = {"watch-identifier", "/notification/repository/watch/", true};
	return read_all(&form, payload, now_ns, out, error);
}

void collection_free(struct collection *c)
{
	if (!c)
		return;
	selection_free(c->filter);
	free(c->networks);
	json_decref(c->instructions);
	free(c);
}

static bool listed(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcasecmp(json_string_value(json_array_get(list, i)), text) == 0)
			return true;
	return false;
}

bool collection_names(const struct collection *c, const char *value)
{
	struct address address;
	uint8_t version = c->n_networks ? address_parse(value, &address) : 0;
	for (uint32_t i = 0; version && i < c->n_networks; i++)
		if (prefix_holds(&c->networks[i], &address, version))
			return true;
	return listed(c->endpoints, value);
}

bool collection_takes_kind(const struct collection *c, const char *name)
{
	return !c->attributes || listed(c->attributes, name);
}

/* Endpoints and networks: either is enough. */
static bool of_interest(const struct collection *c, const struct assertion *a)
{
	char id[37];
	if (!c->endpoints && !c->n_networks)
		return true;
	uuid_text(a->endpoint, id);
	if (a->has_endpoint && listed(c->endpoints, id))
		return true;
	for (uint32_t i = 0; i < a->n_designations; i++)
		if (collection_names(c, a->designations[i].value))
			return true;
	return false;
}

bool collection_takes(const struct collection *c, const struct assertion *a)
{
	if (!of_interest(c, a))
		return false;
	for (uint32_t i = 0; i < a->n_attributes; i++) {
		const struct attribute *t = &a->attributes[i];
		if (!collection_takes_kind(c, assertion_attribute_name(t)))
			continue;
		if (!c->filter || selection_takes(c->filter, a, t))
			return true;
	}
	return false;
}
