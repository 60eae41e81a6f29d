#include "classify/statement.h"

#include "classify/system.h"
#include "core/hash.h"

#include <string.h>

#define CONCLUSIONS 24u

/* Identities of things are compared by hash; the key only has to be the same throughout a process. */
static const struct hash_key identity_key = {0x6f6e6c6f6f6b6572ull, 0x6964656e74697479ull};

struct statement_of *statement_add(struct interpreter *in, enum field field, enum attribute_name attribute)
{
	if (in->n == sizeof in->says / sizeof *in->says)
		return NULL;
	const struct field_row *row = &field_table[field];
	struct statement_of *s = &in->says[in->n++];
	*s = (struct statement_of){
		.attribute = attribute, .known = row->known, .confidence = row->confidence, .method = row->name};
	return s;
}

void statement_member(struct statement_of *s, const char *name, const char *text)
{
	if (text && *text && s->n_members < STATEMENT_MEMBERS)
		s->members[s->n_members++] = (struct member){.name = name, .text = text};
}

/* The identity of a statement: attribute, designation or role, port-boundness and every member but the detail. */
void statement_identify(struct statement_of *s)
{
	uint64_t h = hash_combine(s->attribute, (uint64_t)s->designation << 8 | s->role);
	for (unsigned i = 0; i < s->n_members; i++) {
		const struct member *m = &s->members[i];
		bool names_it = !s->software || !strcmp(m->name, "softwareTitle");
		if (m->text && m->text != s->detail && names_it)
			h = hash_combine(h, hash_bytes(&identity_key, m->text, strlen(m->text)));
	}
	s->head = h;
	s->full = s->detail ? hash_combine(h, hash_bytes(&identity_key, s->detail, strlen(s->detail))) : h;
}

const char *statement_text(struct arena *a, const void *value, size_t len)
{
	char *t = arena_text(a, value, len < SHOWN_BYTES ? len : SHOWN_BYTES);
	if (!t)
		return NULL;
	size_t n = len < SHOWN_BYTES ? len : SHOWN_BYTES;
	for (size_t i = 0; i < n; i++)
		if (!t[i] || t[i] == '\n' || t[i] == '\r')
			t[i] = ' ';
	while (n && t[n - 1] == ' ')
		t[--n] = 0;
	return t;
}

void statement_designate(struct interpreter *in, enum field field, enum designation_name name, const char *value)
{
	if (!value || !*value)
		return;
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_NAME);
	if (!s)
		return;
	s->has_designation = true;
	s->designation = name;
	s->designation_value = value;
	s->members[s->n_members++] = (struct member){.name = NULL, .text = value};
}

void statement_fingerprint(struct interpreter *in, enum field field, const char *kind, const char *value)
{
	struct statement_of *s = value && *value ? statement_add(in, field, ATTRIBUTE_FINGERPRINT) : NULL;
	if (!s)
		return;
	statement_member(s, "kind", kind);
	statement_member(s, "value", value);
}

void statement_banner(struct interpreter *in, enum field field, const char *shown)
{
	struct statement_of *s = *shown ? statement_add(in, field, ATTRIBUTE_BANNER) : NULL;
	if (!s)
		return;
	statement_member(s, "field", field_table[field].name);
	statement_member(s, "value", shown);
	s->has_port = field_table[field].side == FIELD_SIDE_SERVER;
}

static const char *kept(struct meaning *m, const char *text)
{
	return text && *text ? arena_text(&m->arena, text, strlen(text)) : NULL;
}

void statement_software(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c)
{
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_SOFTWARE);
	if (!s)
		return;
	s->software = true;
	s->role = (uint8_t)c->role;
	s->known = field_concluded(field);
	if (c->role == ROLE_OPERATING_SYSTEM)
		s->system = (uint8_t)system_family(c->title);
	s->confidence = c->confidence;
	s->title = kept(m, c->title);
	s->detail = kept(m, c->version);
	s->signature = kept(m, c->signature);
	s->has_port =
		c->role == ROLE_SERVER || (c->role == ROLE_LIBRARY && field_table[field].side == FIELD_SIDE_SERVER);
	statement_member(s, "softwareTitle", s->title);
	statement_member(s, "softwareCreator", kept(m, c->creator));
	statement_member(s, "softwareVersion", s->detail);
	statement_member(s, "packageRevision", kept(m, c->revision));
	statement_member(s, "softwareIdentifier", kept(m, c->cpe));
	statement_member(s, "packageIdentifier", kept(m, c->purl));
	statement_member(s, "role", software_role_name[c->role]);
}

void statement_hardware(struct interpreter *in, enum field field, struct meaning *m, const struct conclusion *c)
{
	struct statement_of *s = statement_add(in, field, ATTRIBUTE_HARDWARE);
	if (!s)
		return;
	s->known = field_concluded(field);
	s->confidence = c->confidence;
	s->signature = kept(m, c->signature);
	statement_member(s, "manufacturer", kept(m, c->creator));
	statement_member(s, "model", kept(m, c->title));
	statement_member(s, "kind", kept(m, c->hardware_kind));
}

/* Matches signatures; returns whether any explained the value. */
bool statement_recognise(struct interpreter *in, enum field field, enum field read_as, struct meaning *m,
			 const void *value, size_t len)
{
	struct conclusion found[CONCLUSIONS];
	arena_reset(&in->work);
	size_t n = signature_match(in->signatures, in->scratch, read_as, value, len, &in->work, found, CONCLUSIONS);
	for (size_t i = 0; i < n; i++) {
		if (found[i].kind == CONCLUDES_SOFTWARE && found[i].title)
			statement_software(in, field, m, &found[i]);
		else if (found[i].kind == CONCLUDES_HARDWARE)
			statement_hardware(in, field, m, &found[i]);
		else if (found[i].kind == CONCLUDES_HOST_NAME && found[i].title)
			statement_designate(in, field, DESIGNATION_HOST_NAME, kept(m, found[i].title));
	}
	return n > 0;
}

bool statement_says(const struct interpreter *in, enum attribute_name attribute)
{
	for (uint32_t i = 0; i < in->n; i++)
		if (in->says[i].attribute == attribute)
			return true;
	return false;
}
