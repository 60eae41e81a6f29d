#include "domain/claim_text.h"
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

static void member(struct buffer *out, const struct claim *c, bool name_only)
{
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
	interval(out, c);
}

void inventory_claim_json(struct buffer *out, const struct claim *c)
{
	member(out, c, claim_group(c) == GROUP_DESIGNATION);
}

static void array(struct buffer *out, const char *name, const struct inventory_endpoint *e, enum claim_group group)
{
	buffer_text(out, name);
	bool first = true;
	for (uint32_t i = 0; i < e->n_claims; i++) {
		if (claim_group(&e->claims[i]) != group)
			continue;
		if (!first)
			buffer_char(out, ',');
		first = false;
		member(out, &e->claims[i], group == GROUP_DESIGNATION);
	}
	buffer_char(out, ']');
}

void inventory_designation_json(struct buffer *out, const struct inventory_endpoint *e)
{
	array(out, "[", e, GROUP_DESIGNATION);
}

void inventory_json(struct buffer *out, const struct inventory_endpoint *e, const struct related *related)
{
	BUFFER_LITERAL(out, "{\"endpointIdentifier\":");
	json_uuid(out, e->id);
	buffer_text(out, e->unique ? ",\"uniquelyIdentified\":true" : ",\"uniquelyIdentified\":false");
	array(out, ",\"designation\":[", e, GROUP_DESIGNATION);
	array(out, ",\"software\":[", e, GROUP_SOFTWARE);
	array(out, ",\"services\":[", e, GROUP_SERVICE);
	array(out, ",\"hardware\":[", e, GROUP_HARDWARE);
	array(out, ",\"location\":[", e, GROUP_LOCATION);
	array(out, ",\"users\":[", e, GROUP_USER);
	BUFFER_LITERAL(out, ",\"related\":");
	related_json(out, related, e->id, e->claims, e->n_claims);
	BUFFER_LITERAL(out, ",\"firstSeen\":");
	json_time(out, e->first_ns);
	BUFFER_LITERAL(out, ",\"lastSeen\":");
	json_time(out, e->last_ns);
	BUFFER_LITERAL(out, "}\n");
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
		member(out, gone ? k->before : k->after, is_name(gone ? k->before : k->after));
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
		member(out, k->before, is_name(k->before));
		BUFFER_LITERAL(out, ",\"after\":");
		member(out, k->after, is_name(k->after));
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
