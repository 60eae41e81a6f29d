#include "domain/sensor_join.h"

#include "domain/claim_text.h"

#include <string.h>

static bool names_segment(const char *kind)
{
	return strcmp(kind, "vlanId") == 0 || strcmp(kind, "layer2SegmentId") == 0;
}

bool sensor_join_key(const struct stored_assertion *a, struct sensor_key *out)
{
	char text[64];
	uint8_t mac[6];
	bool has_mac = false;
	*out = (struct sensor_key){.segment = NULL};
	if (!a->has_endpoint || !a->unique || a->reported)
		return false;
	for (uint32_t i = 0; i < a->n_claims; i++) {
		const struct claim *c = &a->claims[i];
		if (c->implied && names_segment(c->kind)) {
			out->segment_kind = c->kind;
			out->segment = c->value;
		}
		if (has_mac || !c->implied || strcmp(c->kind, "macAddress") != 0)
			continue;
		has_mac = claim_text(c, NULL, text, sizeof text) && mac_parse(text, mac) && !(mac[0] & 3) &&
			  !mac_is_zero(mac);
		if (has_mac)
			mac_text(mac, out->mac);
	}
	return has_mac;
}

void sensor_join_look(const struct sensor_key *key, const char *kind, const char *value, struct sensor_candidate *c)
{
	if (names_segment(kind)) {
		bool same = key->segment && strcmp(kind, key->segment_kind) == 0 && strcmp(value, key->segment) == 0;
		c->same_segment |= same;
		c->other_segment |= !same;
	} else if (strcmp(kind, "hardware") == 0) {
		c->router |= strstr(value, "\"kind\":\"router\"") != NULL;
	}
}

bool sensor_join_is_same(const struct sensor_key *key, const struct sensor_candidate *c)
{
	return !c->router && !c->other_segment && c->same_segment == (key->segment != NULL);
}

bool sensor_name(const char *provenance, size_t len, char out[SENSOR_NAME_BYTES])
{
	static const char member[] = "\"component\":\"urn:uuid:";
	const char *at = memmem(provenance, len, member, sizeof member - 1);
	if (!at || (size_t)(provenance + len - at) < sizeof "\"component\":\"" - 1 + SENSOR_NAME_BYTES - 1)
		return false;
	memcpy(out, at + sizeof "\"component\":\"" - 1, SENSOR_NAME_BYTES - 1);
	out[SENSOR_NAME_BYTES - 1] = 0;
	return true;
}
