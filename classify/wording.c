#include "classify/wording.h"

#include <string.h>

/* Members of which names and addresses may be part: text from the wire, what certificates say, and what a switch or
 * its port is called. */
static bool speaks_freely(const char *name)
{
	static const char *const names[] = {"value", "subject", "issuer", "chassis", "port"};
	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* The element whose privacy rule a member falls under: its own, but a certificate's fingerprint has a longer name, and
 * a name is its own designation's. */
static const char *ruling_element(const struct statement_of *s, const struct member *m)
{
	if (s->attribute == ATTRIBUTE_NAME)
		return assertion_designation_name(s->designation);
	bool certificate = s->attribute == ATTRIBUTE_CERTIFICATE && m->name && !strcmp(m->name, "fingerprint");
	return certificate ? assertion_designation_name(DESIGNATION_CERTIFICATE) : m->name;
}

/* The element whose privacy rule the evidence of a statement falls under; NULL when none does. Of a certificate the
 * evidence is its fingerprint, whatever is concluded from it. */
static const char *guarded_element(const struct meaning *m, const struct statement_of *s)
{
	uint8_t knowledge = field_table[m->field].knowledge;
	if (knowledge == KNOWLEDGE_CERTIFICATE || knowledge == KNOWLEDGE_CERTIFICATE_CHAIN)
		return assertion_designation_name(DESIGNATION_CERTIFICATE);
	if (s->attribute == ATTRIBUTE_USER)
		return "userName";
	return s->has_designation ? assertion_designation_name(s->designation) : NULL;
}

static const char *const *scrub_list(const struct privacy *p, const char *const *list, struct arena *arena)
{
	uint32_t n = 0;
	while (list[n])
		n++;
	const char **out = arena_take(arena, (n + 1) * sizeof *out);
	if (!out)
		return NULL;
	for (uint32_t i = n = 0; list[i]; i++)
		if ((out[n] = privacy_scrub(p, list[i], arena)))
			n++;
	out[n] = NULL;
	return out;
}

/* The member as it may be said; false: not at all. */
static bool say_member(const struct privacy *p, const struct statement_of *s, const struct member *m,
		       struct member *out, struct arena *arena)
{
	const char *element = ruling_element(s, m);
	*out = *m;
	if (m->list)
		return (out->list = scrub_list(p, m->list, arena));
	if (!m->text)
		return true;
	out->text = element ? privacy_apply(p, element, m->text, arena) : m->text;
	if (out->text == m->text && speaks_freely(m->name))
		out->text = privacy_scrub(p, m->text, arena);
	return out->text;
}

static void say_members(const struct privacy *p, const struct statement_of *s, struct wording *w, struct arena *arena)
{
	struct member *m = arena_take(arena, s->n_members * sizeof *m);
	w->members = m;
	for (unsigned i = 0; m && i < s->n_members; i++)
		w->n_members += say_member(p, s, &s->members[i], &m[w->n_members], arena);
}

static const char *say_evidence(const struct privacy *p, struct meaning *m, const struct statement_of *s)
{
	const char *element = guarded_element(m, s);
	const char *shown = element ? privacy_apply(p, element, m->shown, &m->arena) : m->shown;
	if (shown == m->shown)
		shown = privacy_scrub(p, m->shown, &m->arena);
	return shown ? shown : "";
}

/* ---- digest ---- */

static void add_text(struct wording *w, const char *text)
{
	size_t bytes = strlen(text) + 1;
	w->bytes += (uint32_t)bytes;
	hash_content_more(w->digest, text, bytes);
}

static void add_member(struct wording *w, const struct member *m)
{
	if (m->name)
		add_text(w, m->name);
	if (m->text)
		add_text(w, m->text);
	for (uint32_t i = 0; m->list && m->list[i]; i++)
		add_text(w, m->list[i]);
	hash_content_more(w->digest, &m->number, sizeof m->number);
}

static void digest(const struct statement_of *s, struct wording *w)
{
	const struct attribute name = {.name = s->attribute, .designation = s->designation};
	add_text(w, assertion_attribute_name(&name));
	if (s->method)
		add_text(w, s->method);
	for (uint32_t i = 0; i < w->n_members; i++)
		add_member(w, &w->members[i]);
}

static void make(const struct privacy *p, struct meaning *m, const struct statement_of *s, struct wording *w)
{
	say_members(p, s, w, &m->arena);
	w->evidence = say_evidence(p, m, s);
	if (s->has_designation)
		w->designation =
			privacy_apply(p, assertion_designation_name(s->designation), s->designation_value, &m->arena);
	digest(s, w);
	w->made = true;
}

const struct wording *wording_of(const struct privacy *p, const struct support *s)
{
	static const struct wording nothing = {.evidence = ""};
	struct meaning *m = s->meaning;
	if (!m->wordings && !(m->wordings = arena_zero(&m->arena, m->n * sizeof *m->wordings)))
		return &nothing;
	struct wording *w = &m->wordings[s->index];
	if (!w->made)
		make(p, m, support_says(s), w);
	return w;
}
