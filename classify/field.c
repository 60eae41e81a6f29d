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
