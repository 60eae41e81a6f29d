/* Reading a question: a table of members, each with how its text is understood. */
#include "core/moment.h"
#include "core/time.h"
#include "domain/query_run.h"
#include "domain/version_compare.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 100

/* A text that lives as long as the question; NULL when there are too many. */
static const char *keep(struct query *q, const char *text)
{
	if (q->n_texts == sizeof q->texts / sizeof *q->texts)
		return NULL;
	char *copy = strdup(text);
	if (copy)
		q->texts[q->n_texts++] = copy;
	return copy;
}

static bool keep_text(struct query *q, const char **member, const char *value)
{
	*member = keep(q, value);
	return *member && *value;
}

static bool take_software(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.software, value);
}

static bool take_creator(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.creator, value);
}

static bool take_version(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.version, value) && version_wanted_valid(value);
}

static bool take_service(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.service, value);
}

static bool take_device(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.device, value);
}

static bool take_address(struct query *q, const char *value)
{
	q->filter.has_address = true;
	return prefix_parse(value, &q->filter.address);
}

static bool take_mac(struct query *q, const char *value)
{
	q->filter.has_mac = true;
	return mac_parse(value, q->filter.mac);
}

static bool take_name(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.name, value);
}

static bool take_identifier(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.identifier, value) && filter_is_identifier(value);
}

/* An endpoint as people name it: by address, MAC address, the start of its identifier, or a name. */
static bool take_endpoint(struct query *q, const char *value)
{
	if (!keep_text(q, &q->endpoint, value))
		return false;
	return filter_name_endpoint(&q->filter, q->endpoint);
}

static bool take_role(struct query *q, const char *value)
{
	return keep_text(q, &q->filter.role, value);
}

static bool take_provider(struct query *q, const char *value)
{
	return strncmp(value, "urn:uuid:", 9) == 0 && keep_text(q, &q->filter.provider, value);
}

static bool take_at(struct query *q, const char *value)
{
	return moment_parse(value, q->now_ns, &q->filter.at_ns) == 0;
}

static bool take_latest(struct query *q, const char *value)
{
	q->filter.latest = strcmp(value, "true") == 0;
	return q->filter.latest || strcmp(value, "false") == 0;
}

static bool take_known(struct query *q, const char *value)
{
	return moment_parse(value, q->now_ns, &q->known_ns) == 0;
}

static bool take_since(struct query *q, const char *value)
{
	return moment_parse(value, q->now_ns, &q->since_ns) == 0;
}

static bool take_until(struct query *q, const char *value)
{
	return moment_parse(value, q->now_ns, &q->until_ns) == 0;
}

static bool take_number(const char *value, uint64_t least, uint64_t most, uint64_t *out)
{
	char *end;
	size_t n = strlen(value);
	if (!n || n > 18 || strspn(value, "0123456789") != n)
		return false;
	*out = strtoull(value, &end, 10);
	return *out >= least && *out <= most;
}

static bool take_freshness(struct query *q, const char *value)
{
	q->fresh_asked = true;
	return take_number(value, 0, 1000000000, &q->fresh_seconds);
}

static bool take_limit(struct query *q, const char *value)
{
	uint64_t limit = 0;
	bool good = take_number(value, 1, QUERY_MOST_LIMIT, &limit);
	q->limit = (uint32_t)limit;
	return good;
}

/* "e" and an identifier, or "n" and how many lines were given: what query_run() wrote. */
static bool take_cursor(struct query *q, const char *value)
{
	q->filter.has_after = *value == 'e';
	return *value == 'e' ? uuid_parse(value + 1, q->filter.after)
			     : *value == 'n' && take_number(value + 1, 0, INT64_MAX, &q->skip);
}

/* Names with commas between them. */
static bool take_attributes(struct query *q, const char *value)
{
	const char *kept = keep(q, value);
	char *at = kept ? q->texts[q->n_texts - 1] : NULL;
	for (char *name; at && (name = strsep(&at, ","));) {
		if (!*name || q->n_attributes == QUERY_MOST_ATTRIBUTES)
			return false;
		q->attributes[q->n_attributes++] = name;
	}
	return kept;
}

static const struct {
	const char *name;
	enum query_part part;
	bool parameter; /* member of "parameters" */
	bool (*take)(struct query *q, const char *value);
	const char *wanted;
} members[] = {
	{"software", PART_KNOWN, true, take_software, "a word of a title, or a title with * and ?"},
	{"creator", PART_KNOWN, true, take_creator, "a word of a name, or a name with * and ?"},
	{"version", PART_KNOWN, true, take_version, "a version like 1.22 or <2.4.50 or >=2.4,<2.4.50"},
	{"service", PART_KNOWN, true, take_service, "a service's name, its port, or both like tcp/443"},
	{"device", PART_KNOWN, true, take_device, "a word of a maker, model or kind, or a text with * and ?"},
	{"address", PART_WHO, true, take_address, "an address or a prefix like 192.0.2.0/24"},
	{"mac", PART_WHO, true, take_mac, "a MAC address like 00:0c:29:aa:bb:cc"},
	{"name", PART_WHO, true, take_name, "a host or domain name, or one with * and ?"},
	{"identifier", PART_WHO, true, take_identifier, "the start of an endpoint's identifier"},
	{"endpoint", PART_WHO, true, take_endpoint, "an address, a MAC address, a name or the start of an identifier"},
	{"role", PART_KNOWN, true, take_role, "a role like server, client or operatingSystem"},
	{"since", PART_PERIOD, true, take_since, "a time like 2026-11-20T12:00:00Z"},
	{"until", PART_PERIOD, true, take_until, "a time like 2026-11-20T12:00:00Z"},
	{"attributes", PART_ATTRIBUTES, true, take_attributes, "up to 32 names of attributes, * and ? stand for text"},
	{"at", PART_MOMENT, false, take_at, "a time like 2026-11-20T12:00:00Z"},
	{"latest", PART_MOMENT, true, take_latest, "true or false"},
	{"knownAt", PART_STORED, false, take_known, "a time like 2026-11-20T12:00:00Z"},
	{"freshnessSeconds", PART_MOMENT, false, take_freshness, "a number of seconds"},
	{"provider", PART_KNOWN, false, take_provider, "a component's identifier, urn:uuid:…"},
	{"limit", PART_PAGE, false, take_limit, "a number from 1 to 1000"},
	{"cursor", PART_PAGE, false, take_cursor, "what the page before gave"},
};

int query_new(const char *name, uint64_t now_ns, struct query **out, struct error *error)
{
	const struct query_kind *kind = query_kind(name);
	if (!kind)
		return error_set(error, ERROR_USAGE, "query: there is none of this name; see docs/repository.md");
	struct query *q = calloc(1, sizeof *q);
	if (!q)
		return error_set(error, ERROR_FAILED, "no memory for a question");
	q->kind = kind;
	q->limit = DEFAULT_LIMIT;
	q->now_ns = now_ns;
	*out = q;
	return 0;
}

/* A member that does nothing would leave who gave it with a wrong answer. */
static int not_for(const struct query *q, const char *name, enum query_part part, struct error *error)
{
	char those[128] = "";
	size_t n = 0;
	for (const struct query_kind *k = query_kinds; k->name; k++)
		if (k->parts & part)
			n += (size_t)snprintf(those + n, sizeof those - n, "%s%s", n ? ", " : "", k->name);
	return error_set(error, ERROR_USAGE, "%s: not for %s; leave it out, or ask %s", name, q->kind->name, those);
}

static int take(struct query *q, size_t i, const char *value, struct error *error)
{
	const char *name = members[i].name;
	if (!(q->kind->parts & members[i].part))
		return not_for(q, name, members[i].part, error);
	if (q->given & 1u << i)
		return error_set(error, ERROR_USAGE, "%s: is given twice; give it once", name);
	q->given |= 1u << i;
	return members[i].take(q, value) ? 0 : error_set(error, ERROR_USAGE, "%s: give %s", name, members[i].wanted);
}

static int set(struct query *q, const char *name, const char *value, bool any, bool parameter, struct error *error)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(members[i].name, name) == 0 && (any || members[i].parameter == parameter))
			return take(q, i, value, error);
	return error_set(error, ERROR_USAGE, "%.64s: a question has no such member; see docs/repository.md", name);
}

int query_set(struct query *q, const char *name, const char *value, struct error *error)
{
	return set(q, name, value, true, true, error);
}

int query_check(struct query *q, struct error *error)
{
	if (q->kind->wants_endpoint && !q->endpoint)
		return error_set(error, ERROR_USAGE, "endpoint: %s wants one", q->kind->name);
	if (q->kind->wants_since && !q->since_ns)
		return error_set(error, ERROR_USAGE, "since: %s wants a time to compare with", q->kind->name);
	if (q->filter.latest && q->filter.at_ns)
		return error_set(error, ERROR_USAGE,
				 "latest: what held at a time has one version of each; leave out at");
	if (q->until_ns && q->until_ns <= q->since_ns)
		return error_set(error, ERROR_USAGE, "until: give a time after since");
	uint64_t from_ns = q->filter.at_ns ? q->filter.at_ns : q->now_ns;
	q->pending = q->fresh_asked && !q->fresh_seconds;
	if (q->fresh_asked && q->fresh_seconds && q->fresh_seconds * NS_PER_SECOND < from_ns)
		q->filter.fresh_ns = from_ns - q->fresh_seconds * NS_PER_SECOND;
	return 0;
}

/* The text of a member, of a list its items with commas; false when it is neither text, number, nor true or false. */
static bool member_text(const json_t *value, char *out, size_t size)
{
	size_t i, len = 0;
	const json_t *item;
	if (json_is_string(value))
		return (size_t)snprintf(out, size, "%s", json_string_value(value)) < size;
	if (json_is_boolean(value))
		return (size_t)snprintf(out, size, json_is_true(value) ? "true" : "false") < size;
	if (json_is_integer(value))
		return snprintf(out, size, "%lld", (long long)json_integer_value(value)) > 0;
	*out = 0;
	json_array_foreach((json_t *)value, i, item)
	{
		const char *text = json_string_value(item);
		if (!text || strchr(text, ',') || len + strlen(text) + 2 > size)
			return false;
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? "," : "", text);
	}
	return json_is_array(value);
}

static int read_members(struct query *q, const json_t *object, bool parameters, struct error *error)
{
	const char *name;
	json_t *value;
	char text[1024];
	int code = 0;
	json_object_foreach((json_t *)object, name, value)
	{
		if (code || json_is_null(value) ||
		    (!parameters && (strcmp(name, "query") == 0 || strcmp(name, "parameters") == 0)))
			continue;
		if (!member_text(value, text, sizeof text))
			return error_set(error, ERROR_USAGE, "%.64s: give a text, a number or a list of texts", name);
		code = set(q, name, text, false, parameters, error);
	}
	return code;
}

static int read_all(struct query *q, const json_t *root, struct error *error)
{
	const json_t *parameters = json_object_get(root, "parameters");
	if (parameters && !json_is_object(parameters))
		return error_set(error, ERROR_USAGE, "parameters: give an object");
	int code = read_members(q, root, false, error);
	if (!code && parameters)
		code = read_members(q, parameters, true, error);
	return code ? code : query_check(q, error);
}

int query_read(const char *json, size_t len, uint64_t now_ns, struct query **out, struct error *error)
{
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(root, "query"));
	int code = name ? query_new(name, now_ns, out, error)
			: error_set(error, ERROR_USAGE, "a question is a JSON object with the member query");
	if (!code) {
		code = read_all(*out, root, error);
		if (code) {
			query_free(*out);
			*out = NULL;
		}
	}
	json_decref(root);
	return code;
}

void query_hide_users(struct query *q)
{
	q->filter.hide_users = true;
}

bool query_is_raw(const struct query *q)
{
	return q->kind->raw;
}

void query_free(struct query *q)
{
	for (uint32_t i = 0; q && i < q->n_texts; i++)
		free(q->texts[i]);
	free(q);
}
