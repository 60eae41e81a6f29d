#include "core/thread.h"

#include <stdio.h>

int thread_start(pthread_t *thread, const char *name, const pthread_attr_t *attributes, void *(*run)(void *),
		 void *argument)
{
	int code = pthread_create(thread, attributes, run, argument);
	if (code)
		return code;
	char kept[THREAD_NAME_BYTES];
	snprintf(kept, sizeof kept, "%.*s", THREAD_NAME_BYTES - 1, name);
	(void)pthread_setname_np(*thread, kept);
	return 0;
}
