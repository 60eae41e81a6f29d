#include "cli/claim_line.h"

#include "cli/table.h"
#include "domain/claim_text.h"

#include <strings.h>
#include <string.h>

static void add_scalar(struct buffer *out, const json_t *value)
{
	if (json_is_string(value))
		table_escape(out, json_string_value(value));
	else if (json_is_integer(value))
		buffer_format(out, "%lld", (long long)json_integer_value(value));
	for (size_t i = 0; i < json_array_size(value); i++) {
		buffer_text(out, i ? ", " : "");
		add_scalar(out, json_array_get(value, i));
	}
}

void claim_words(struct buffer *out, const json_t *value)
{
	const char *key, *separator = "";
	json_t *member;
	if (!json_is_object(value)) {
		add_scalar(out, value);
		return;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		buffer_text(out, separator);
		table_escape(out, key);
		buffer_char(out, ' ');
		add_scalar(out, member);
		separator = ", ";
	}
}

/* Appends a member between two texts and takes it out of the object. */
static bool take(struct buffer *out, json_t *object, const char *before, const char *name, const char *after)
{
	const json_t *member = json_object_get(object, name);
	if (!member || (json_is_string(member) && !json_string_length(member)))
		return false;
	buffer_text(out, before);
	add_scalar(out, member);
	buffer_text(out, after);
	json_object_del(object, name);
	return true;
}

static void take_port(struct buffer *out, json_t *object, const char *before)
{
	if (take(out, object, before, "transport", ""))
		take(out, object, "/", "port", "");
}

static void add_software(struct buffer *out, json_t *value)
{
	const char *creator = json_string_value(json_object_get(value, "softwareCreator"));
	const char *title = json_string_value(json_object_get(value, "softwareTitle"));
	if (creator && title && strcasecmp(creator, title) == 0) /* said once */
		json_object_del(value, "softwareCreator");
	take(out, value, "", "softwareTitle", "");
	take(out, value, " ", "softwareVersion", "");
	take(out, value, " (", "softwareCreator", ")");
	if (take(out, value, ", ", "role", ""))
		take_port(out, value, " ");
}

static void add_service(struct buffer *out, json_t *value)
{
	take_port(out, value, "");
	take(out, value, " ", "applicationName", "");
}

static bool any_known(const json_t *systems)
{
	for (size_t i = 0; i < json_array_size(systems); i++) {
		const char *name = json_string_value(json_array_get(systems, i));
		if (name && strcmp(name, "unknown") != 0)
			return true;
	}
	return false;
}

static void add_systems(struct buffer *out, json_t *value)
{
	static const char *const words[] = {"no", "one", "two", "three", "four", "five", "six", "seven", "eight"};
	json_int_t least = json_integer_value(json_object_get(value, "atLeast"));
	if (least >= 0 && least < (json_int_t)(sizeof words / sizeof *words))
		buffer_format(out, "at least %s", words[least]);
	else
		buffer_format(out, "at least %lld", (long long)least);
	json_object_del(value, "atLeast");
	if (any_known(json_object_get(value, "systems")))
		take(out, value, ": ", "systems", "");
	else
		json_object_del(value, "systems");
}

/* "D-Link DCS-935L, camera" */
static void add_hardware(struct buffer *out, json_t *value)
{
	const char *separator = "";
	if (take(out, value, "", "manufacturer", ""))
		separator = " ";
	if (take(out, value, separator, "model", ""))
		separator = ", ";
	take(out, value, separator, "kind", "");
}

static void add_fingerprint(struct buffer *out, json_t *value)
{
	if (take(out, value, "fingerprint ", "kind", ""))
		take(out, value, " ", "value", "");
}

static void add_interface(struct buffer *out, json_t *value)
{
	if (!take(out, value, "networkInterface ", "interfaceMacAddress", ""))
		return;
	take(out, value, " ", "interfaceName", "");
	take(out, value, ": ", "addresses", "");
}

/* "newSoftware nginx 1.22.1", "versionChanged nginx 1.20.2 to nginx 1.22.1" */
static void add_event(struct buffer *out, json_t *value)
{
	if (!take(out, value, "", "kind", ""))
		return;
	bool before = take(out, value, " ", "old", "");
	take(out, value, before ? " to " : " ", "new", "");
}

void claim_systems(struct buffer *out, const struct claim *c)
{
	json_t *value = json_loads(c->value, JSON_ALLOW_NUL, NULL);
	add_systems(out, value);
	json_decref(value);
}

/* Values of the kinds that have words of their own. */
static void add_kind(struct buffer *out, const struct claim *c, json_t *value)
{
	switch (claim_group(c)) {
	case GROUP_SOFTWARE:
		add_software(out, value);
		break;
	case GROUP_SYSTEMS:
		add_systems(out, value);
		break;
	case GROUP_SERVICE:
		add_service(out, value);
		break;
	case GROUP_HARDWARE:
		add_hardware(out, value);
		break;
	case GROUP_EVENT:
		add_event(out, value);
		break;
	case GROUP_OTHER:
		if (strcmp(c->kind, "fingerprint") == 0)
			add_fingerprint(out, value);
		else if (strcmp(c->kind, "networkInterface") == 0)
			add_interface(out, value);
		break;
	default:
		break;
	}
}

void claim_line(struct buffer *out, const struct claim *c, json_t **rest)
{
	json_t *value = json_loads(c->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	size_t before = out->len;
	add_kind(out, c, value);
	if (out->len == before) { /* of another kind, or not as it should be: as it is */
		buffer_text(out, c->kind);
		buffer_char(out, ' ');
		claim_words(out, value);
		json_decref(value);
		value = NULL;
	}
	bool more = value && json_object_size(value);
	if (rest)
		*rest = more ? json_incref(value) : NULL;
	json_decref(value);
}

/* The value with most confidence, then seen last, of a kind. */
static const struct claim *best(const struct claim *claims, uint32_t n, const char *kind)
{
	const struct claim *found = NULL;
	for (uint32_t i = 0; i < n && claim_group(&claims[i]) == GROUP_DESIGNATION; i++)
		if (strcmp(claims[i].kind, kind) == 0 &&
		    (!found || claims[i].confidence > found->confidence ||
		     (claims[i].confidence == found->confidence && claims[i].end_ns > found->end_ns)))
			found = &claims[i];
	return found;
}

void claim_names(struct buffer *out, const struct claim *claims, uint32_t n)
{
	static const char *const kinds[2][3] = {{"ipv4Address", "ipv6Address", "macAddress"},
						{"hostName", "domainName"}};
	const char *separator = "";
	for (int k = 0; k < 2; k++)
		for (int i = 0; i < 3 && kinds[k][i]; i++) {
			const struct claim *c = best(claims, n, kinds[k][i]);
			char text[512];
			if (!c || !claim_text(c, NULL, text, sizeof text))
				continue;
			buffer_text(out, separator);
			table_escape(out, text);
			separator = ", ";
			break;
		}
}
