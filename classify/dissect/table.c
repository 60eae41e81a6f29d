#include "classify/dissect.h"

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	NULL,
};
