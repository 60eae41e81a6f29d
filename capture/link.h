/* The numbers capture files give to what their frames begin with, and what they are called here.
 *
 * One const table; any thread.
 */
#ifndef ONLOOKER_CAPTURE_LINK_H
#define ONLOOKER_CAPTURE_LINK_H

#include "capture/frame.h"

#include <stddef.h>

/* The link of a LINKTYPE_ (or DLT_) number from a file; LINK_UNKNOWN when it has no row. */
enum link link_of(uint32_t number);

/* A libpcap DLT_ that stands for `link` when a filter is compiled; -1 for LINK_UNKNOWN. */
int link_dlt(enum link link);

/* The supported ones as text for people: "Ethernet, Linux cooked, …". Returns out. */
const char *link_list(char *out, size_t size);

#endif
