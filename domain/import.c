#include "domain/import.h"

#include "classify/digest.h"
#include "core/uuid.h"
#include "domain/naming.h"
#include "domain/query.h"
#include "domain/self_report.h"
#include "domain/stored_assertion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Assertions, each on its line; other records are who says them. */

static bool is_provenance(const char *line, size_t len)
{
	return len > 16 && memcmp(line, "{\"provenanceId\":", 16) == 0;
}

/* The next line that has anything; NULL at the end. */
static const char *next_line(const char **at, const char *end, size_t *len)
{
	while (*at < end) {
		const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));
		stop = stop ? stop : end;
		*at = stop + (stop < end);
		*len = (size_t)(stop - line);
		if (*len)
			return line;
	}
	return NULL;
}

static int store_line(struct repository *r, struct stored_assertion_maker *m, const char *line, size_t len,
		      struct imported *out, struct error *error)
{
	struct stored_assertion a;
	struct error why = {""};
	if (is_provenance(line, len))
		return repository_provenance_line(r, line, len, error);
	if (stored_assertion_read(m, line, len, &a, &why) != 0) {
		if (!out->refused++)
			out->first = why;
		return 0;
	}
	int code = repository_store(r, &a, NULL, error);
	out->stored += !code;
	return code;
}

static int import_lines(struct repository *r, const char *data, size_t len, struct imported *out, struct error *error)
{
	struct stored_assertion_maker *m = malloc(sizeof *m);
	if (!m)
		return error_set(error, ERROR_FAILED, "no memory for what is to be imported");
	stored_assertion_maker_init(m);
	int code = 0;
	size_t n;
	for (const char *at = data, *line; !code && (line = next_line(&at, data + len, &n));)
		code = store_line(r, m, line, n, out, error);
	stored_assertion_maker_fini(m);
	free(m);
	return code;
}

/* Until the first that can be read. */
static int look_at_lines(const char *data, size_t len, bool *any, struct imported *out, struct error *error)
{
	struct stored_assertion_maker *m = malloc(sizeof *m);
	if (!m)
		return error_set(error, ERROR_FAILED, "no memory for what is to be imported");
	stored_assertion_maker_init(m);
	size_t n;
	for (const char *at = data, *line; !*any && (line = next_line(&at, data + len, &n));) {
		struct stored_assertion a;
		struct error why = {""};
		if (is_provenance(line, n))
			continue;
		*any = stored_assertion_read(m, line, n, &a, &why) == 0;
		if (!*any && !out->refused++)
			out->first = why;
	}
	stored_assertion_maker_fini(m);
	free(m);
	return 0;
}

/* Reports: of an endpoint the repository knows. */

struct reporter {
	uint8_t id[16];
	bool unique;
	uint32_t found;
	struct naming naming;
};

static bool take_reporter(void *arg, const struct inventory_endpoint *e)
{
	struct reporter *r = arg;
	if (++r->found > 1)
		return false;
	memcpy(r->id, e->id, 16);
	r->unique = e->unique;
	naming_of(e, 0, 0, &r->naming);
	return true;
}

static int name_reporter(struct inventory_filter *f, const char *endpoint, struct error *error)
{
	if (!endpoint)
		return error_set(error, ERROR_USAGE, "a report is of somebody: name the endpoint");
	return filter_name_endpoint(f, endpoint)
		       ? 0
		       : error_set(error, ERROR_USAGE, "%.128s: this names no endpoint", endpoint);
}

static int find_reporter(struct repository *r, const char *endpoint, struct reporter *out, struct error *error)
{
	struct inventory_filter f = {0};
	int code = name_reporter(&f, endpoint, error);
	if (code)
		return code;
	*out = (struct reporter){.found = 0};
	code = inventory_each(r, &f, take_reporter, out, error);
	if (!code && out->found != 1)
		code = error_set(error, ERROR_USAGE, "%.128s: %s; give an identifier", endpoint,
				 out->found ? "several endpoints are named so" : "no endpoint is named so");
	return code;
}

/* RFC 9562 version 8: of what was said and of whom, so that the same report says the same again. */
static void name_assertion(const struct reporter *who, const struct import *import, const struct reported_software *s,
			   uint8_t id[16])
{
	uint8_t digest[32], content[16 + 2048];
	char *text = (char *)content + 16;
	size_t room = sizeof content - 16;
	memcpy(content, who->id, 16);
	int n = snprintf(text, room, "%s|%llu|%s|%s|%s|%s", import->format, (unsigned long long)import->time_ns,
			 s->title, s->version ? s->version : "", s->creator ? s->creator : "", s->purl ? s->purl : "");
	size_t len = n > 0 && (size_t)n < room ? (size_t)n : room - 1;
	digest_sha256(content, 16 + len, digest);
	memcpy(id, digest, 16);
	uuid_of_digest(id);
}

static uint32_t members_of(const struct reported_software *s, struct member members[8])
{
	const struct member all[] = {{.name = "softwareTitle", .text = s->title},
				     {.name = "softwareCreator", .text = s->creator},
				     {.name = "softwareVersion", .text = s->version},
				     {.name = "softwareIdentifier", .text = s->cpe ? s->cpe : s->tag},
				     {.name = "packageIdentifier", .text = s->purl},
				     {.name = "role", .text = s->system ? "operatingSystem" : NULL}};
	uint32_t n = 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].text)
			members[n++] = all[i];
	return n;
}

static int store_item(struct repository *r, struct stored_assertion_maker *m, const struct provenance *p,
		      const struct import *import, const struct reporter *who, const struct reported_software *s,
		      const char *method, struct imported *out, struct error *error)
{
	struct member members[8];
	struct attribute attribute = {.name = ATTRIBUTE_SOFTWARE,
				      .members = members,
				      .n_members = members_of(s, members),
				      .known = KNOWN_SELF,
				      .confidence = 90,
				      .method = method};
	struct assertion a = {.statement = STATEMENT_OBSERVATION,
			      .has_endpoint = true,
			      .unique = who->unique,
			      .designations = who->naming.names,
			      .n_designations = who->naming.n,
			      .attributes = &attribute,
			      .n_attributes = 1,
			      .start_ns = import->time_ns,
			      .end_ns = import->time_ns,
			      .collected_ns = import->time_ns};
	struct stored_assertion stored;
	memcpy(a.endpoint, who->id, 16);
	name_assertion(who, import, s, a.id);
	if (stored_assertion_make(m, p, &a, &stored) != 0)
		return error_set(error, ERROR_FAILED, "no memory for what is to be imported");
	int code = repository_store(r, &stored, NULL, error);
	out->stored += !code;
	return code;
}

static int store_report(struct repository *r, const struct import *import, const struct reporter *who,
			const struct self_report *report, struct imported *out, struct error *error)
{
	char point[256];
	snprintf(point, sizeof point, "import:%s:%s", import->format, import->source);
	struct provenance p = {.id = 1,
			       .software = "onlooker " ONLOOKER_VERSION,
			       .observation_point = point,
			       .clock = "system",
			       .created_ns = import->time_ns};
	memcpy(p.component, who->id, 16); /* it speaks of itself */
	struct stored_assertion_maker *m = malloc(sizeof *m);
	int code = m ? repository_provenance(r, &p, error) : error_set(error, ERROR_FAILED, "no memory for a report");
	if (m)
		stored_assertion_maker_init(m);
	for (uint32_t i = 0; i < report->count && !code; i++)
		code = store_item(r, m, &p, import, who, &report->items[i], report->method, out, error);
	if (m)
		stored_assertion_maker_fini(m);
	free(m);
	return code;
}

static int import_report(struct repository *r, const struct import *import, const char *data, size_t len,
			 struct imported *out, struct error *error)
{
	struct self_report report;
	struct reporter who;
	int code = self_report_read(import->format, data, len, &report, error);
	if (!code)
		code = find_reporter(r, import->endpoint, &who, error);
	if (!code)
		code = store_report(r, import, &who, &report, out, error);
	self_report_free(&report);
	return code;
}

int import_look(const struct import *import, const char *data, size_t len, bool *any, struct imported *out,
		struct error *error)
{
	struct self_report report = {0};
	struct inventory_filter f = {0};
	*out = (struct imported){0};
	*any = false;
	if (strcmp(import->format, "assertions") == 0)
		return look_at_lines(data, len, any, out, error);
	int code = self_report_read(import->format, data, len, &report, error);
	self_report_free(&report);
	*any = !code;
	return code ? code : name_reporter(&f, import->endpoint, error);
}

int import_data(struct repository *r, const struct import *import, const char *data, size_t len, struct imported *out,
		struct error *error)
{
	bool lines = strcmp(import->format, "assertions") == 0;
	uint64_t before = 0, after = 0;
	*out = (struct imported){0};
	int code = repository_revision(r, &before, error);
	if (!code)
		code = lines ? import_lines(r, data, len, out, error) : import_report(r, import, data, len, out, error);
	if (!code)
		code = repository_revision(r, &after, error); /* commits, too */
	if (code)
		return code;
	out->duplicates = out->stored - (after - before);
	out->stored = after - before;
	return 0;
}
