/* What `onlooker watch` shows a person: a line for each thing. False when standard output could not be written. Any
 * thread. */
#ifndef ONLOOKER_CLI_WATCH_PRINT_H
#define ONLOOKER_CLI_WATCH_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A line of JSON of a broadcast: an assertion, a change that is watched, or whatever else a topic has, in words; an
 * endpoint of a snapshot. What is no JSON is passed over. */
bool watch_print_line(const char *line, size_t len);
bool watch_print_endpoint(const char *line, size_t len);
/* A broadcast whose payload is `len` octets of IPFIX messages. */
bool watch_print_ipfix(const json_t *header, size_t len);

#endif
