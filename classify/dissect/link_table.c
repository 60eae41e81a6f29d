#include "classify/link.h"

const struct link_dissector *const link_table[] = {
	NULL,
};
