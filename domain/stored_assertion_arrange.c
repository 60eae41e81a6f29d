#include "domain/stored_assertion_arrange.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Named as information elements are, valued, and known in some way; names of endpoints are texts. */
static bool is_whole(const struct claim *c)
{
	if (!c->kind || !c->value || !c->known || (c->implied && c->value[0] != '"'))
		return false;
	for (const char *p = c->kind; *p; p++)
		if (!isalnum((unsigned char)*p))
			return false;
	return true;
}

static bool are_whole(const struct claim *claims, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!is_whole(&claims[i]))
			return false;
	return true;
}

/* "gone" with the identifier of another: they turned out to be one. */
static void look_for_merge(struct stored_assertion *out, const struct claim *c)
{
	static const char gone[] = "\"kind\":\"gone\"", survivor[] = "\"new\":\"";
	const char *other = strcmp(c->kind, "event") == 0 && strstr(c->value, gone) ? strstr(c->value, survivor) : NULL;
	char id[37];
	if (!other || strlen(other) < sizeof survivor - 1 + 36)
		return;
	snprintf(id, sizeof id, "%.36s", other + sizeof survivor - 1);
	out->merges |= uuid_parse(id, out->survivor) && memcmp(out->survivor, out->endpoint, 16) != 0;
}

/* The plain text of a JSON text; names of addresses have no escapes. */
static const char *unquoted(struct arena *texts, const char *value)
{
	size_t n = strlen(value);
	return n > 2 && value[0] == '"' ? arena_text(texts, value + 1, n - 2) : "";
}

static const char *subject(struct arena *texts, const struct claim *names, uint32_t n_names)
{
	for (uint32_t i = 0; i < n_names; i++)
		if (strcmp(names[i].kind, "ipv4Address") == 0 || strcmp(names[i].kind, "ipv6Address") == 0)
			return unquoted(texts, names[i].value);
	return n_names ? unquoted(texts, names[0].value) : "";
}

static void complete(struct stored_assertion *out, struct claim *c)
{
	c->start_ns = out->start_ns;
	c->end_ns = out->end_ns;
	c->open = out->open;
	out->kinds |= stored_kind_bit(c->kind);
}

static void put_names_first(struct stored_assertion_maker *m, uint32_t n_names, struct stored_assertion *out)
{
	memmove(m->claims + n_names, m->claims, out->n_claims * sizeof *m->claims);
	memcpy(m->claims, m->names, n_names * sizeof *m->names);
	out->n_claims += n_names;
}

const char *stored_assertion_arrange(struct stored_assertion_maker *m, struct arena *texts, uint32_t n_names,
				     struct stored_assertion *out)
{
	if (out->end_ns < out->start_ns)
		return "its interval ends before it starts";
	if (!are_whole(m->names, n_names))
		return "a designation lacks name, value or howKnown";
	if (!are_whole(m->claims, out->n_claims))
		return "an attribute lacks name, value or howKnown";
	if (!out->has_endpoint && !n_names)
		return "it says of nobody what it says";
	out->subject = out->has_endpoint ? NULL : subject(texts, m->names, n_names);
	for (uint32_t i = 0; i < out->n_claims; i++)
		look_for_merge(out, &m->claims[i]);
	put_names_first(m, out->statement == STATEMENT_EVENT ? 0 : n_names, out);
	for (uint32_t i = 0; i < out->n_claims; i++)
		complete(out, &m->claims[i]);
	out->reported = stored_assertion_is_report(out);
	return NULL;
}
