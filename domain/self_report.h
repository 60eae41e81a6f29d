/* What an endpoint says of its own software, as other programs write it down: read into one list.
 *
 * Formats are rows of a table: a package list of dpkg, osquery's JSON, CycloneDX, SWID (ISO 19770-2). A report is
 * hostile until it was read: bounded in size and count, and refused with a sentence when it is not what it should be.
 */
#ifndef ONLOOKER_DOMAIN_SELF_REPORT_H
#define ONLOOKER_DOMAIN_SELF_REPORT_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_MOST_ITEMS  100000
#define REPORT_MOST_OCTETS (64u << 20)

/* Methods of what is reported: one thing, or one of a list (followed by its format) of all there is. */
#define REPORT_ITEM "selfReport"
#define REPORT_LIST "selfReport."

/* Texts are the report's; those that are not known are NULL. */
struct reported_software {
	const char *title, *version, *creator;
	const char *cpe, *purl, *tag; /* identifiers, as they stand there */
	bool system;                  /* an operating system */
};

struct self_report {
	struct reported_software *items;
	uint32_t count, room;
	const char *method;
	struct arena texts;
};

/* Names of formats, by number; NULL behind the last. */
const char *self_report_format(unsigned i);

/* Reads `len` octets. 0, or ERROR_USAGE and what is wrong, and the line where lines matter. */
int self_report_read(const char *format, const char *data, size_t len, struct self_report *out, struct error *error);
void self_report_free(struct self_report *report);

#endif
