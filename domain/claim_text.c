#include "domain/claim_text.h"

#include "domain/self_report.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Attribute names by group; what is no attribute here is a name of the endpoint. */
static const struct {
	const char *kind;
	enum claim_group group;
} groups[] = {
	{"softwareInstance", GROUP_SOFTWARE},
	{"service", GROUP_SERVICE},
	{"hardware", GROUP_HARDWARE},
	{"endpointMultiplicity", GROUP_SYSTEMS},
	{"location", GROUP_LOCATION},
	{"fingerprint", GROUP_OTHER},
	{"banner", GROUP_OTHER},
	{"certificate", GROUP_OTHER},
	{"networkInterface", GROUP_OTHER},
	{"observingSensor", GROUP_SENSOR},
	{"event", GROUP_EVENT},
};

enum claim_group claim_group(const struct claim *c)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcmp(c->kind, groups[i].kind) == 0)
			return groups[i].group;
	/* userName is a name and an attribute; the attribute's value has members */
	return c->value[0] == '"' ? GROUP_DESIGNATION : strcmp(c->kind, "userName") == 0 ? GROUP_USER : GROUP_OTHER;
}

uint32_t claim_rank(const struct claim *c)
{
	uint32_t group = claim_group(c), place = 0;
	if (group == GROUP_DESIGNATION)
		while (place < DESIGNATIONS &&
		       strcmp(c->kind, assertion_designation_name((enum designation_name)place)) != 0)
			place++;
	return group << 8 | place;
}

/* Where a member's value begins, found without parsing all: a quote inside a text is escaped, so the name between its
 * quotes and colon stands nowhere but before the member (or one within it: those are parsed). NULL when it is absent.
 */
static const char *find_member(const char *json, const char *member)
{
	char name[64];
	size_t n = strlen(member);
	if (n + 4 > sizeof name)
		return NULL;
	snprintf(name, sizeof name, "\"%s\":", member);
	const char *at = strstr(json, name);
	return at ? at + n + 3 : NULL;
}

/* The text or number that begins at `at`; NULL when it is neither, or has escapes. */
static const char *plain_text(const char *at, size_t *len)
{
	bool text = *at == '"';
	at += text;
	*len = text ? strcspn(at, "\"\\") : strspn(at, "0123456789");
	return *len + text && (text ? at[*len] == '"' : strchr(",}", at[*len]) != NULL) ? at : NULL;
}

static bool parsed_text(const char *json, const char *member, char *out, size_t size)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	const json_t *m = member ? json_object_get(value, member) : value;
	if (json_is_string(m))
		snprintf(out, size, "%s", json_string_value(m));
	else if (json_is_integer(m))
		snprintf(out, size, "%lld", (long long)json_integer_value(m));
	bool there = json_is_string(m) || json_is_integer(m);
	json_decref(value);
	return there;
}

bool claim_text(const struct claim *c, const char *member, char *out, size_t size)
{
	size_t len;
	const char *at = member ? find_member(c->value, member) : c->value;
	const char *text = at ? plain_text(at, &len) : NULL;
	if (!text)
		return at && parsed_text(c->value, member, out, size);
	len = len < size ? len : size - 1;
	memcpy(out, text, len);
	out[len] = 0;
	return true;
}

bool claim_is_report(const struct claim *c)
{
	return c->known == KNOWN_SELF;
}

bool claim_is_of_list(const struct claim *c)
{
	return claim_is_report(c) && c->method && strncmp(c->method, REPORT_LIST, sizeof REPORT_LIST - 1) == 0;
}

bool words_in(const char *text, const char *words)
{
	size_t n = strlen(words);
	for (const char *at = strcasestr(text, words); n && at; at = strcasestr(at + 1, words)) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]) || !isalnum((unsigned char)words[0]);
		bool ends = !at[n] || !isalnum((unsigned char)at[n]) || !isalnum((unsigned char)words[n - 1]);
		if (begins && ends)
			return true;
	}
	return false;
}
