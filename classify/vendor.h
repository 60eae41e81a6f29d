/* Who made a network interface, by the IEEE's registries of address blocks (MA-L, MA-M, MA-S), as Debian's ieee-data
 * brings them: oui.csv, mam.csv, oui36.csv.
 *
 * Read once, on the control path; constant afterwards: any thread may ask.
 */
#ifndef ONLOOKER_CLASSIFY_VENDOR_H
#define ONLOOKER_CLASSIFY_VENDOR_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

struct vendors;

/* Reads the registries in `directory`. *out is NULL when there are none (no error); a line that is no entry is passed
 * over. returns 0, or negative with the reason. */
int vendors_read(const char *directory, struct vendors **out, struct error *error);
void vendors_free(struct vendors *v);

/* The maker's name by the longest block that holds the address; NULL when it is not known, and for addresses that are
 * locally administered or of a group. `v` may be NULL. */
const char *vendor_of(const struct vendors *v, const uint8_t mac[6]);

#endif
