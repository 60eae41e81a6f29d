/* The registry of information elements as a table: ipfix/elements.csv, compiled.
 *
 * Constant; any thread. Rows derive from the file at build time, so do docs/elements.md and onlooker-elements.xml.
 */
#ifndef ONLOOKER_IPFIX_ELEMENT_H
#define ONLOOKER_IPFIX_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Under whose number an element stands. */
enum element_origin {
	ELEMENT_IANA, /* 0 */
	ELEMENT_CERT, /* 6871 */
	ELEMENT_OWN   /* the configuration's */
};

#define ELEMENT_PEN_CERT      6871u
#define ELEMENT_NUMBER_MAX    16383u /* of enterprise elements: bit 14 says reverse */
#define ELEMENT_TYPE_MAX      22
#define ELEMENT_SEMANTICS_MAX 8

struct element {
	const char *name;
	uint8_t origin; /* enum element_origin */
	uint16_t number;
	uint8_t type;      /* RFC 5610 3.1: 0 octetArray … 22 subTemplateMultiList */
	uint8_t semantics; /* RFC 5610 3.6 */
	uint8_t units;     /* IANA's units */
	bool reversible;
};

extern const struct element elements[];
extern const size_t n_elements;

/* The element of that name, or NULL. */
const struct element *element_find(const char *name);

/* How long a value of a type is on the wire; 65535 when that varies. */
uint16_t element_length(uint8_t type);

#endif
