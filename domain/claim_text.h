/* What a claim is about, and the texts in its value, without parsing all of it. Any thread; nothing is kept. */
#ifndef ONLOOKER_DOMAIN_CLAIM_TEXT_H
#define ONLOOKER_DOMAIN_CLAIM_TEXT_H

#include "domain/repository.h"

/* In the order in which an endpoint is shown. */
enum claim_group {
	GROUP_DESIGNATION,
	GROUP_SOFTWARE,
	GROUP_SERVICE,
	GROUP_HARDWARE,
	GROUP_LOCATION,
	GROUP_USER,
	GROUP_SYSTEMS, /* several systems behind one address */
	GROUP_SENSOR,  /* it is the machine that observes */
	GROUP_OTHER,   /* fingerprints, banners, certificates, interfaces */
	GROUP_EVENT
};

enum claim_group claim_group(const struct claim *c);

/* Where a claim stands in its endpoint: by group, designations by the order of their names. */
uint32_t claim_rank(const struct claim *c);

/* Text of a member of a claim's value ("softwareTitle"), or of a name when member is NULL: decoded into
 * `out`, cut to its size; false when there is none. Numbers are written in digits. */
bool claim_text(const struct claim *c, const char *member, char *out, size_t size);

/* The endpoint said so itself, nobody saw it (domain/import.h). */
bool claim_is_report(const struct claim *c);

/* It is of a list of all there is: what the next of its kind has no more is gone. */
bool claim_is_of_list(const struct claim *c);

/* True when `text` has `words` in it, ignoring case, as whole words: "apache" in "Apache HTTP Server". */
bool words_in(const char *text, const char *words);

#endif
