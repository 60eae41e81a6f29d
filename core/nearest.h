/* What was meant by a mistyped name. Any thread; nothing is kept. */
#ifndef ONLOOKER_CORE_NEAREST_H
#define ONLOOKER_CORE_NEAREST_H

#include <stddef.h>

/* The nearest of `count` names to a mistyped one, or NULL. */
const char *nearest_name(const char *typed, const char *(*name)(size_t i, const void *arg), const void *arg,
			 size_t count);

#endif
