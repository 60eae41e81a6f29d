/* Threads that bear a name: top -H, ps -L, perf and debuggers show which part of Onlooker works or waits.
 *
 * Any thread may start another; who starts one joins it.
 */
#ifndef ONLOOKER_CORE_THREAD_H
#define ONLOOKER_CORE_THREAD_H

#include <pthread.h>

#define THREAD_NAME_BYTES 16 /* with its NUL: the kernel keeps no more */

/* Starts run(argument) under `name`, of which the first 15 octets are kept. attributes may be NULL.
 * returns  0, or what pthread_create() says; the name never makes it fail
 */
int thread_start(pthread_t *thread, const char *name, const pthread_attr_t *attributes, void *(*run)(void *),
		 void *argument);

#endif
