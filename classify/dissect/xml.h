/* A walk over the elements of an XML text that may be cut anywhere: names without their prefix, and the character
 * data right behind each start tag. No tree, no entities but the five and numbers, no memory.
 *
 * Any thread; slices borrow from the text. A walk costs one pass over the octets.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_XML_H
#define ONLOOKER_CLASSIFY_DISSECT_XML_H

#include "classify/dissect/wire.h"

struct xml_element {
	struct cursor name; /* local name */
	struct cursor attributes;
	struct cursor text; /* up to the next tag, not decoded */
	bool end;           /* an end tag: no attributes, no text */
};

/* Steps to the next start or end tag; false at the end, or where the text is cut inside one. */
bool xml_next(struct cursor *c, struct xml_element *e);

bool xml_is(const struct xml_element *e, const char *name);

/* Adds character data with its entities decoded, trimmed, at most `most` octets of the source. */
void xml_text(struct wire_text *t, struct cursor text, size_t most);

#endif
