#include "domain/reinfer.h"

#include "classify/certificate.h"
#include "core/hash.h"
#include "domain/claim_text.h"
#include "export/json.h"

#include <jansson.h>
#include <string.h>

#define MOST_FEATURES    512 /* of one endpoint */
#define MOST_CONCLUSIONS 16

/* Fingerprints that are fields as they stand. */
static const struct {
	const char *kind;
	enum field field;
} fingerprints[] = {
	{"tcpSyn", FIELD_TCP_SYN},
	{"tcpSynAck", FIELD_TCP_SYN_ACK},
	{"dhcpParameters", FIELD_DHCP_PARAMETERS},
	{"ja4", FIELD_TLS_JA4},
};

struct walk {
	const struct signature_set *signatures;
	struct signature_scratch *scratch;
	struct arena arena; /* of one reading */
	struct arena texts; /* of one claim */
	struct buffer line;
	reinfer_fn *fn;
	void *arg;
	struct reinfer_counts *counts;
	uint64_t seen[MOST_FEATURES]; /* of the endpoint at hand */
	uint32_t n_seen;
	json_t *before, *after; /* by what is said: member */
};

/* What makes two members the same thing. */
static void name_of(const json_t *value, char *out, size_t size)
{
	static const char *const parts[] = {"role",         "softwareTitle", "softwareVersion", "packageRevision",
					    "manufacturer", "model"};
	size_t n = 0;
	*out = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts && n < size; i++) {
		const char *text = json_string_value(json_object_get(value, parts[i]));
		n += (size_t)snprintf(out + n, size - n, "%s\x1f", text ? text : "");
	}
}

static json_t *member(const char *kind, json_t *value, unsigned confidence, const char *signature, json_t *evidence)
{
	json_t *m = json_pack("{s:s,s:o,s:i}", "name", kind, "value", value, "confidence", (int)confidence);
	if (signature)
		json_object_set_new(m, "signature", json_string(signature));
	if (evidence)
		json_object_set_new(m, "evidence", evidence);
	return m;
}

static void put(json_t *value, const char *name, const char *text)
{
	if (text && *text)
		json_object_set_new(value, name, json_stringn_nocheck(text, strlen(text)));
}

static json_t *value_of(const struct conclusion *c)
{
	json_t *v = json_object();
	if (c->kind == CONCLUDES_HARDWARE) {
		put(v, "manufacturer", c->creator);
		put(v, "model", c->title);
		put(v, "kind", c->hardware_kind);
		return v;
	}
	put(v, "softwareTitle", c->title);
	put(v, "softwareCreator", c->creator);
	put(v, "softwareVersion", c->version);
	put(v, "packageRevision", c->revision);
	put(v, "softwareIdentifier", c->cpe);
	put(v, "role", software_role_name[c->role]);
	return v;
}

/* Reads a feature again. */
static void conclude(struct walk *w, enum field field, const char *text, const json_t *evidence)
{
	struct conclusion found[MOST_CONCLUSIONS];
	char name[1024];
	arena_reset(&w->arena);
	enum field read_as = field == FIELD_HTTP_DOUBTFUL_AGENT ? FIELD_HTTP_USER_AGENT : field;
	size_t n = signature_match(w->signatures, w->scratch, read_as, text, strlen(text), &w->arena, found,
				   MOST_CONCLUSIONS);
	w->counts->features++;
	for (size_t i = 0; i < n; i++) {
		if (found[i].kind == CONCLUDES_HOST_NAME || (found[i].kind == CONCLUDES_SOFTWARE && !found[i].title))
			continue;
		bool hardware = found[i].kind == CONCLUDES_HARDWARE;
		json_t *value = value_of(&found[i]);
		name_of(value, name, sizeof name);
		if (json_object_get(w->after, name)) {
			json_decref(value);
			continue;
		}
		json_t *list = evidence ? json_pack("[O]", evidence) : NULL;
		json_object_set_new_nocheck(w->after, name,
					    member(hardware ? "hardware" : "softwareInstance", value,
						   found[i].confidence, found[i].signature, list));
	}
}

/* A feature is read once for an endpoint. */
static void feature(struct walk *w, enum field field, const char *text, const json_t *evidence)
{
	static const struct hash_key key = {0x7265696e666572ull, 0x6f6e6c6f6f6bull};
	if (field == FIELDS || !text)
		return;
	uint64_t h = hash_combine(field, hash_bytes(&key, text, strlen(text)));
	for (uint32_t i = 0; i < w->n_seen; i++)
		if (w->seen[i] == h)
			return;
	if (w->n_seen == MOST_FEATURES)
		return;
	w->seen[w->n_seen++] = h;
	conclude(w, field, text, evidence);
}

static const char *text_in(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* The evidence of a certificate is its fingerprint; what is read of it stands in the claim. */
static void certificate_of(struct walk *w, const json_t *value, const json_t *evidence)
{
	const struct certificate c = {.subject = text_in(value, "subject"), .issuer = text_in(value, "issuer")};
	const json_t *e = json_array_get(evidence, 0);
	const char *field = text_in(e, "field");
	if (!field || field_by_name(field) != FIELD_TLS_CERTIFICATE)
		return;
	arena_reset(&w->texts);
	feature(w, FIELD_TLS_CERTIFICATE_SUBJECT, certificate_maker(&c, &w->texts), e);
	feature(w, FIELD_TLS_CERTIFICATE_ISSUER, c.issuer, e);
}

static void features_of(struct walk *w, const struct claim *c, const json_t *value, const json_t *evidence)
{
	const char *kind = text_in(value, "kind");
	const json_t *e;
	size_t i;
	json_array_foreach(evidence, i, e)
	{
		const char *field = text_in(e, "field");
		feature(w, field ? field_by_name(field) : FIELDS, text_in(e, "value"), e);
	}
	if (!strcmp(c->kind, "certificate"))
		certificate_of(w, value, evidence);
	for (i = 0; kind && !strcmp(c->kind, "fingerprint") && i < sizeof fingerprints / sizeof *fingerprints; i++)
		if (!strcmp(kind, fingerprints[i].kind))
			feature(w, fingerprints[i].field, text_in(value, "value"), json_array_get(evidence, 0));
	if (!strcmp(c->kind, "banner") && text_in(value, "field"))
		feature(w, field_by_name(text_in(value, "field")), text_in(value, "value"),
			json_array_get(evidence, 0));
}

static void take(struct walk *w, const struct claim *c)
{
	json_t *value = json_loads(c->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	json_t *evidence = c->evidence ? json_loads(c->evidence, JSON_ALLOW_NUL, NULL) : NULL;
	char name[1024];
	features_of(w, c, value, evidence);
	bool labelled = c->signature && json_array_size(evidence) && json_is_object(value) &&
			(claim_group(c) == GROUP_SOFTWARE || claim_group(c) == GROUP_HARDWARE);
	if (labelled) {
		name_of(value, name, sizeof name);
		if (!json_object_get(w->before, name))
			json_object_set_new_nocheck(w->before, name,
						    member(c->kind, json_incref(value), c->confidence, c->signature,
							   json_incref(evidence)));
	}
	json_decref(value);
	json_decref(evidence);
}

static json_t *only_in(json_t *these, json_t *others)
{
	json_t *out = json_array(), *m;
	const char *name;
	json_object_foreach(these, name, m) if (!json_object_get(others, name)) json_array_append(out, m);
	return out;
}

static bool tell(struct walk *w, const struct inventory_endpoint *e)
{
	json_t *gone = only_in(w->before, w->after), *fresh = only_in(w->after, w->before);
	bool more = true;
	if (json_array_size(gone) || json_array_size(fresh)) {
		char id[37];
		uuid_text(e->id, id);
		w->counts->changed++;
		json_t *line = json_pack("{s:s,s:s,s:O,s:O}", "change", "changed", "endpointIdentifier", id, "gone",
					 gone, "new", fresh);
		char *text = json_dumps(line, JSON_COMPACT);
		json_decref(line);
		buffer_clear(&w->line);
		buffer_text(&w->line, text ? text : "");
		buffer_char(&w->line, '\n');
		free(text);
		more = !w->line.failed && w->fn(w->arg, w->line.data, w->line.len);
	}
	json_decref(gone);
	json_decref(fresh);
	return more;
}

static bool each(void *arg, const struct inventory_endpoint *e)
{
	struct walk *w = arg;
	w->n_seen = 0;
	w->before = json_object();
	w->after = json_object();
	w->counts->endpoints++;
	for (uint32_t i = 0; i < e->n_all; i++)
		take(w, &e->all[i]);
	bool more = tell(w, e);
	json_decref(w->before);
	json_decref(w->after);
	return more;
}

int reinfer(struct repository *r, const struct inventory_filter *filter, const struct signature_set *signatures,
	    reinfer_fn *fn, void *arg, struct reinfer_counts *counts, struct error *error)
{
	struct walk w = {.signatures = signatures, .fn = fn, .arg = arg, .counts = counts};
	*counts = (struct reinfer_counts){0};
	w.scratch = signature_scratch_new(signatures);
	if (!w.scratch)
		return error_set(error, ERROR_FAILED, "no memory for the signatures");
	arena_init(&w.arena, 16384, 0);
	arena_init(&w.texts, 4096, 0);
	int code = inventory_each(r, filter, each, &w, error);
	arena_fini(&w.arena);
	arena_fini(&w.texts);
	buffer_fini(&w.line);
	signature_scratch_free(w.scratch);
	return code;
}
