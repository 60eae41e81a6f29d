/* The filter of a collection: an expression over an assertion's attribute (docs/fabric.md, 6).
 *
 * It comes from the wire, so it is data and nothing else: parsed by us, bounded in length and depth, and what it costs
 * to ask is at most its length. Immutable once compiled; any thread may ask.
 *
 *   softwareTitle = "nginx" and (port = 80 or port = 443) and not confidence < 50
 */
#ifndef ONLOOKER_DOMAIN_SELECTION_H
#define ONLOOKER_DOMAIN_SELECTION_H

#include "core/error.h"
#include "ipfix/assertion.h"

#define SELECTION_BYTES 1024
#define SELECTION_DEPTH 16

struct selection;

/* 0 and *out; ERROR_USAGE and a sentence that names the place. */
int selection_compile(const char *text, struct selection **out, struct error *error);
void selection_free(struct selection *s);

/* A comparison with a member that is not there is false. */
bool selection_takes(const struct selection *s, const struct assertion *a, const struct attribute *t);

#endif
