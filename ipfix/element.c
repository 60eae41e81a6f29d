#include "ipfix/element.h"

#include <string.h>

const struct element *element_find(const char *name)
{
	for (size_t i = 0; i < n_elements; i++)
		if (!strcmp(elements[i].name, name))
			return &elements[i];
	return NULL;
}

uint16_t element_length(uint8_t type)
{
	static const uint16_t lengths[ELEMENT_TYPE_MAX + 1] = {65535, 1,     2, 4, 8, 1, 2, 4,  8,     4,     8,    1,
							       6,     65535, 4, 8, 8, 8, 4, 16, 65535, 65535, 65535};
	return type <= ELEMENT_TYPE_MAX ? lengths[type] : 65535;
}
