#include "domain/roster.h"

#include "core/buffer.h"
#include "core/time.h"
#include "core/uuid.h"
#include "domain/header.h"
#include "domain/key_file.h"
#include "ipfix/assertion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *component_state_name(enum component_state s)
{
	static const char *const names[] = {"gone", "active", "late", "unreachable"};
	return names[s];
}

static void free_entry(struct roster_entry *e)
{
	if (!e)
		return;
	json_decref(e->capabilities);
	json_decref(e->scope);
	json_decref(e->counters);
	free(e->description);
	free(e);
}

static struct roster_entry *add(struct roster *r)
{
	if (r->count == MOST_COMPONENTS)
		return NULL;
	struct roster_entry *e = calloc(1, sizeof *e);
	struct roster_entry **entries = e ? realloc(r->entries, (r->count + 1) * sizeof(struct roster_entry *)) : NULL;
	if (!entries) {
		free(e);
		return NULL;
	}
	r->entries = entries;
	entries[r->count++] = e;
	return e;
}

struct roster_entry *roster_add(struct roster *r)
{
	uint8_t id[16];
	char text[37];
	struct roster_entry *e = add(r);
	if (!e)
		return NULL;
	if (!uuid_random(id)) {
		roster_drop_last(r);
		return NULL;
	}
	uuid_text(id, text);
	snprintf(e->identifier, sizeof e->identifier, "urn:uuid:%s", text);
	e->registered_ns = time_now();
	return e;
}

static void drop(struct roster *r, uint32_t at)
{
	free_entry(r->entries[at]);
	r->count--;
	memmove(&r->entries[at], &r->entries[at + 1], (r->count - at) * sizeof *r->entries);
}

static uint64_t heard_ns(const struct roster_entry *e)
{
	return e->pulse_ns > e->registered_ns ? e->pulse_ns : e->registered_ns;
}

enum roster_room roster_make_room(struct roster *r, const char *key, uint64_t now_ns)
{
	uint32_t of_key = 0, new_ones = 0, oldest = UINT32_MAX;
	for (uint32_t i = 0; i < r->count; i++) {
		const struct roster_entry *e = r->entries[i];
		if (strcmp(e->key, key) != 0)
			continue;
		of_key++;
		new_ones += now_ns - e->registered_ns < NS_PER_SECOND;
		if (e->state != COMPONENT_ACTIVE && !e->unkept &&
		    (oldest == UINT32_MAX || heard_ns(e) < heard_ns(r->entries[oldest])))
			oldest = i;
	}
	if (new_ones >= MOST_A_SECOND)
		return ROSTER_BUSY;
	if (of_key < MOST_OF_KEY)
		return ROSTER_ROOM;
	if (oldest == UINT32_MAX)
		return ROSTER_FULL;
	drop(r, oldest);
	return ROSTER_ROOM;
}

void roster_drop_last(struct roster *r)
{
	free_entry(r->entries[--r->count]);
}

struct roster_entry *roster_find(const struct roster *r, const char *identifier)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (strcmp(r->entries[i]->identifier, identifier) == 0)
			return r->entries[i];
	return NULL;
}

struct roster_entry *roster_find_registration(const struct roster *r, const char *key, const char *registration)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (strcmp(r->entries[i]->registration, registration) == 0 && strcmp(r->entries[i]->key, key) == 0)
			return r->entries[i];
	return NULL;
}

static void take_text(const json_t *o, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, name));
	snprintf(out, size, "%s", text ? text : "");
}

static bool read_entry(struct roster *r, const char *line, size_t len)
{
	struct error error;
	json_t *o = payload_parse(line, len, &error);
	struct roster_entry *e = o ? add(r) : NULL;
	if (!e) {
		json_decref(o);
		return false;
	}
	const char *description = json_string_value(json_object_get(o, "description"));
	const char *registered = json_string_value(json_object_get(o, "registered"));
	take_text(o, "identifier", e->identifier, sizeof e->identifier);
	take_text(o, "type", e->type, sizeof e->type);
	take_text(o, "name", e->name, sizeof e->name);
	take_text(o, "key", e->key, sizeof e->key);
	take_text(o, "registration", e->registration, sizeof e->registration);
	e->description = strdup(description ? description : "");
	e->capabilities = json_incref(json_object_get(o, "capabilities"));
	e->scope = json_incref(json_object_get(o, "scope"));
	bool good = component_valid(e->identifier) && registered && time_parse(registered, &e->registered_ns) == 0;
	json_decref(o);
	return good;
}

int roster_open(const char *path, struct roster *r, struct error *error)
{
	*r = (struct roster){0};
	if (!path)
		return 0;
	r->path = strdup(path);
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return r->path ? 0 : error_set(error, ERROR_FAILED, "%s: no memory", path);
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s; name a state directory of the manager's", path,
				 strerror(errno));
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int code = 0;
	for (unsigned at = 1; !code && (n = getline(&line, &room, f)) > 0; at++)
		if (!read_entry(r, line, (size_t)n))
			code = error_set(error, ERROR_USAGE,
					 "%s:%u: this is no component; mend the line or restore the file from a copy",
					 path, at);
	free(line);
	fclose(f);
	return code;
}

void roster_close(struct roster *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		free_entry(r->entries[i]);
	free(r->entries);
	free(r->path);
	*r = (struct roster){0};
}

static json_t *lasting(const struct roster_entry *e)
{
	char registered[TIME_TEXT_BYTES];
	time_text(e->registered_ns, registered);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "identifier", e->identifier, "type", e->type, "name",
			      e->name, "description", e->description ? e->description : "", "key", e->key, "registered",
			      registered);
	if (o && e->capabilities)
		json_object_set(o, "capabilities", e->capabilities);
	if (o && e->scope)
		json_object_set(o, "scope", e->scope);
	return o;
}

/* What a request was called is between the manager and who asked. */
static json_t *with_registration(const struct roster_entry *e)
{
	json_t *o = lasting(e);
	if (o && *e->registration)
		json_object_set_new(o, "registration", json_string(e->registration));
	return o;
}

int roster_keep(const struct roster *r, struct error *error)
{
	struct buffer b = {0};
	if (!r->path)
		return 0;
	for (uint32_t i = 0; i < r->count; i++) {
		char *text = header_text(with_registration(r->entries[i]));
		buffer_text(&b, text ? text : "");
		buffer_char(&b, '\n');
		b.failed |= !text;
		free(text);
	}
	int code = b.failed ? error_set(error, ERROR_FAILED, "%s: no memory", r->path)
			    : file_replace(r->path, b.data ? b.data : "", b.len, 0644, error);
	buffer_fini(&b);
	return code;
}

static void add_time(json_t *o, const char *name, uint64_t time_ns)
{
	char text[TIME_TEXT_BYTES];
	if (!time_ns)
		return;
	time_text(time_ns, text);
	json_object_set_new(o, name, json_string(text));
}

json_t *roster_json(const struct roster_entry *e)
{
	json_t *o = lasting(e);
	if (!o)
		return NULL;
	json_object_set_new(o, "state", json_string(component_state_name(e->state)));
	add_time(o, "lastPulse", e->pulse_ns);
	add_time(o, "lastPing", e->ping_ns);
	if (e->ping_ns) {
		json_object_set_new(o, "roundTripMicroseconds", json_integer(e->round_trip_us));
		json_object_set_new(o, "clockDifferenceMicroseconds", json_integer(e->difference_us));
		json_object_set_new(o, "clockUncertaintyMicroseconds", json_integer(e->uncertainty_us));
	}
	if (e->counters)
		json_object_set(o, "counters", e->counters);
	return o;
}
