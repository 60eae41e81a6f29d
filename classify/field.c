#include "classify/field.h"

#include <string.h>

#define HOST    FIELD_SIDE_HOST
#define SERVER  FIELD_SIDE_SERVER
#define CLIENT  FIELD_SIDE_CLIENT
#define SELF    KNOWN_SELF
#define SEEN    KNOWN_OBSERVATION
#define AUTH    KNOWN_AUTHORITY
#define DERIVED KNOWN_DERIVED

const struct field_row field_table[FIELDS] = {
#define FIELD(symbol, name, recog, side, known, knowledge, confidence) \
	[FIELD_##symbol] = {name, recog, side, known, KNOWLEDGE_##knowledge, confidence},
#include "classify/field.def"
#undef FIELD
};

enum field field_by_name(const char *name)
{
	for (unsigned i = 0; i < FIELDS; i++)
		if (!strcmp(field_table[i].name, name) ||
		    (*field_table[i].recog && !strcmp(field_table[i].recog, name)))
			return (enum field)i;
	return FIELDS;
}

enum field field_read_as(enum field field)
{
	return field == FIELD_HTTP_DOUBTFUL_AGENT  ? FIELD_HTTP_USER_AGENT
	       : field == FIELD_HTTP_PASSED_SERVER ? FIELD_HTTP_SERVER
						   : field;
}

uint8_t field_concluded(enum field field)
{
	switch (field_table[field].knowledge) {
	case KNOWLEDGE_FINGERPRINT_TCP_SYN:
	case KNOWLEDGE_FINGERPRINT_TCP_SYN_ACK:
	case KNOWLEDGE_FINGERPRINT_DHCP:
	case KNOWLEDGE_FINGERPRINT_HTTP_HEADERS:
	case KNOWLEDGE_FINGERPRINT_HTTP_SERVER_HEADERS:
	case KNOWLEDGE_FINGERPRINT_JA4:
	case KNOWLEDGE_SIGNATURE_DERIVED:
		return KNOWN_DERIVED;
	default:
		return field_table[field].known;
	}
}
