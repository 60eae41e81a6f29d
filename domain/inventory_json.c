#include "domain/claim_text.h"
#include "domain/explain.h"
#include "domain/inventory_diff.h"
#include "export/json.h"

static void interval(struct buffer *out, const struct claim *c)
{
	BUFFER_LITERAL(out, ",\"interval\":{\"start\":");
	json_time(out, c->start_ns);
	BUFFER_LITERAL(out, ",\"end\":");
	json_time(out, c->end_ns);
	buffer_text(out, c->open ? ",\"open\":true}}" : ",\"open\":false}}");
}

static void value_of(struct buffer *out, const struct claim *c)
{
	BUFFER_LITERAL(out, "{\"name\":");
	json_text(out, c->kind);
	BUFFER_LITERAL(out, ",\"value\":");
	buffer_text(out, c->value);
	BUFFER_LITERAL(out, ",\"confidence\":");
	buffer_u64(out, c->confidence);
}

static void explanation(struct buffer *out, const struct inventory_endpoint *e, const struct claim *c)
{
	struct explanation x;
	explain_claim(e, c, &x);
	BUFFER_LITERAL(out, ",\"explanation\":{\"rule\":");
	json_text(out, x.rule);
	if (!c->evidence && x.evidence) {
		BUFFER_LITERAL(out, ",\"evidence\":");
		buffer_text(out, x.evidence);
	}
	BUFFER_LITERAL(out, ",\"against\":[");
	for (uint32_t i = 0; i < x.n_rivals; i++) {
		buffer_text(out, i ? "," : "");
		value_of(out, x.rivals[i].claim);
		BUFFER_LITERAL(out, ",\"why\":");
		json_text(out, x.rivals[i].why);
		if (x.rivals[i].claim->evidence) {
			BUFFER_LITERAL(out, ",\"evidence\":");
			buffer_text(out, x.rivals[i].claim->evidence);
		}
		buffer_char(out, '}');
	}
	BUFFER_LITERAL(out, "],\"wouldChange\":");
	json_text(out, x.change);
	buffer_char(out, '}');
}

/* `explained`: the endpoint, when the member is to be explained, else NULL. */
static void member(struct buffer *out, const struct claim *c, bool name_only,
		   const struct inventory_endpoint *explained)
{
	name_only &= !explained;
	BUFFER_LITERAL(out, "{\"name\":");
	json_text(out, c->kind);
	BUFFER_LITERAL(out, ",\"value\":");
	buffer_text(out, c->value);
	BUFFER_LITERAL(out, ",\"howKnown\":");
	json_known(out, c->known);
	BUFFER_LITERAL(out, ",\"confidence\":");
	buffer_u64(out, c->confidence);
	if (c->method && !name_only) {
		BUFFER_LITERAL(out, ",\"method\":");
		json_text(out, c->method);
	}
	if (c->signature && !name_only) {
		BUFFER_LITERAL(out, ",\"signature\":");
		json_text(out, c->signature);
	}
	if (c->evidence && !name_only) {
		BUFFER_LITERAL(out, ",\"evidence\":");
		buffer_text(out, c->evidence);
	}
	if (explained)
		explanation(out, explained, c);
	interval(out, c);
}

void inventory_claim_json(struct buffer *out, const struct claim *c)
{
	member(out, c, claim_group(c) == GROUP_DESIGNATION, NULL);
}

static void array(struct buffer *out, const char *name, const struct inventory_endpoint *e, enum claim_group group,
		  bool explain)
{
	buffer_text(out, name);
	bool first = true;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (claim_group(&e->claims[i]) != group)
			continue;
		if (!first)
			buffer_char(out, ',');
		first = false;
		member(out, &e->claims[i], group == GROUP_DESIGNATION, explain ? e : NULL);
	}
	buffer_char(out, ']');
}

static bool has(const struct inventory_endpoint *e, enum claim_group group)
{
	for (uint32_t i = 0; i < e->n_claims; i++)
		if (claim_group(&e->claims[i]) == group)
			return true;
	return false;
}

void inventory_designation_json(struct buffer *out, const struct inventory_endpoint *e)
{
	array(out, "[", e, GROUP_DESIGNATION, false);
}

static void write(struct buffer *out, const struct inventory_endpoint *e, const struct related *related, bool explain)
{
	BUFFER_LITERAL(out, "{\"endpointIdentifier\":");
	json_uuid(out, e->id);
	buffer_text(out, e->unique ? ",\"uniquelyIdentified\":true" : ",\"uniquelyIdentified\":false");
	if (explain) {
		BUFFER_LITERAL(out, ",\"explanation\":{\"uniquelyIdentified\":");
		json_text(out, explain_unique(e));
		buffer_char(out, '}');
	}
	array(out, ",\"designation\":[", e, GROUP_DESIGNATION, explain);
	array(out, ",\"software\":[", e, GROUP_SOFTWARE, explain);
	array(out, ",\"services\":[", e, GROUP_SERVICE, explain);
	array(out, ",\"hardware\":[", e, GROUP_HARDWARE, explain);
	array(out, ",\"location\":[", e, GROUP_LOCATION, explain);
	array(out, ",\"users\":[", e, GROUP_USER, explain);
	if (has(e, GROUP_SYSTEMS))
		array(out, ",\"multiplicity\":[", e, GROUP_SYSTEMS, explain);
	if (has(e, GROUP_SENSOR))
		array(out, ",\"sensor\":[", e, GROUP_SENSOR, explain);
	if (explain)
		array(out, ",\"other\":[", e, GROUP_OTHER, explain);
	BUFFER_LITERAL(out, ",\"related\":");
	related_json(out, related, e->id, e->claims, e->n_claims);
	BUFFER_LITERAL(out, ",\"firstSeen\":");
	json_time(out, e->first_ns);
	BUFFER_LITERAL(out, ",\"lastSeen\":");
	json_time(out, e->last_ns);
	BUFFER_LITERAL(out, "}\n");
}

void inventory_json(struct buffer *out, const struct inventory_endpoint *e, const struct related *related)
{
	write(out, e, related, false);
}

void inventory_json_explained(struct buffer *out, const struct inventory_endpoint *e, const struct related *related)
{
	write(out, e, related, true);
}

static bool is_name(const struct claim *c)
{
	return claim_group(c) == GROUP_DESIGNATION;
}

/* The members that are new, or gone. */
static void one_sided(struct buffer *out, const char *name, const struct inventory_change *c, bool gone)
{
	const char *separator = "";
	buffer_text(out, name);
	for (uint32_t i = 0; i < c->n_claims; i++) {
		const struct claim_change *k = &c->claims[i];
		if (gone ? k->after != NULL : k->before != NULL)
			continue;
		buffer_text(out, separator);
		member(out, gone ? k->before : k->after, is_name(gone ? k->before : k->after), NULL);
		separator = ",";
	}
	buffer_char(out, ']');
}

static void replaced(struct buffer *out, const struct inventory_change *c)
{
	const char *separator = "";
	BUFFER_LITERAL(out, ",\"changed\":[");
	for (uint32_t i = 0; i < c->n_claims; i++) {
		const struct claim_change *k = &c->claims[i];
		if (!k->before || !k->after)
			continue;
		buffer_text(out, separator);
		BUFFER_LITERAL(out, "{\"before\":");
		member(out, k->before, is_name(k->before), NULL);
		BUFFER_LITERAL(out, ",\"after\":");
		member(out, k->after, is_name(k->after), NULL);
		buffer_char(out, '}');
		separator = ",";
	}
	buffer_char(out, ']');
}

void inventory_change_json(struct buffer *out, const struct inventory_change *c)
{
	BUFFER_LITERAL(out, "{\"change\":");
	json_text(out, change_name(c->change));
	BUFFER_LITERAL(out, ",\"endpointIdentifier\":");
	json_uuid(out, c->endpoint.id);
	one_sided(out, ",\"gone\":[", c, true);
	replaced(out, c);
	one_sided(out, ",\"new\":[", c, false);
	BUFFER_LITERAL(out, ",\"firstSeen\":");
	json_time(out, c->endpoint.first_ns);
	BUFFER_LITERAL(out, ",\"lastSeen\":");
	json_time(out, c->endpoint.last_ns);
	BUFFER_LITERAL(out, "}\n");
}
