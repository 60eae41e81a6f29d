#include "domain/reinfer.h"

#include "export/json.h"

static void members_json(struct buffer *b, const struct reinferred_claim *claims, uint32_t n)
{
	bool first = true;
	buffer_char(b, '[');
	for (uint32_t i = 0; i < n; i++) {
		const struct attribute *a = &claims[i].attribute;
		if (claims[i].again)
			continue;
		buffer_text(b, first ? "{\"name\":" : ",{\"name\":");
		first = false;
		json_text(b, assertion_attribute_name(a));
		BUFFER_LITERAL(b, ",\"value\":");
		json_value(b, a);
		BUFFER_LITERAL(b, ",\"confidence\":");
		buffer_u64(b, a->confidence);
		if (a->signature) {
			BUFFER_LITERAL(b, ",\"signature\":");
			json_text(b, a->signature);
		}
		if (json_has_evidence(a)) {
			BUFFER_LITERAL(b, ",\"evidence\":");
			json_attribute_evidence(b, a);
		}
		buffer_char(b, '}');
	}
	buffer_char(b, ']');
}

void reinfer_json(struct buffer *b, const struct reinferred *what)
{
	BUFFER_LITERAL(b, "{\"change\":\"changed\",\"endpointIdentifier\":");
	json_uuid(b, what->endpoint->id);
	BUFFER_LITERAL(b, ",\"gone\":");
	members_json(b, what->gone, what->n_gone);
	BUFFER_LITERAL(b, ",\"new\":");
	members_json(b, what->fresh, what->n_fresh);
	BUFFER_LITERAL(b, "}\n");
}
