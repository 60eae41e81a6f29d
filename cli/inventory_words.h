/* What stands in the inventory's table of devices, services and times, in as few words as are understood.
 * Any thread; nothing is kept. */
#ifndef ONLOOKER_CLI_INVENTORY_WORDS_H
#define ONLOOKER_CLI_INVENTORY_WORDS_H

#include "domain/inventory.h"

/* Where a text stands in its cell: less comes first. */
enum device_rank { DEVICE_MODEL, DEVICE_KIND, DEVICE_MAKER, DEVICE_INTERFACE };

/* "D-Link DCS-935L", "Siemens controller", "NIC by Intel Corporate" where only the maker of the network interface is
 * known. */
enum device_rank device_words(const struct claim *c, char *out, size_t size);

/* "22 ssh", "53/udp domain", "8080": TCP is not said. Returns where it stands: what is known by name before what is
 * not, transfers that come and go (ftp-data) last, by port within. */
uint32_t service_words(const struct claim *c, char *out, size_t size);

/* When the endpoint was first and last seen, UTC, to the minute: "2026-11-21 02:16 to 02:17". */
void seen_words(const struct inventory_endpoint *e, char *out, size_t size);

#endif
