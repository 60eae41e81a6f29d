/* Wordings: what a statement says, as it may be said.
 *
 * The privacy rules are asked once for each statement of a meaning, when it is first said; so are the digest that
 * identifiers of assertions are made of and the octets it takes. Assertions point to these texts: they lie in the
 * meaning, which stays until what was said of it has been read (meanings_read()). The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_WORDING_H
#define ONLOOKER_CLASSIFY_WORDING_H

#include "classify/claim.h"
#include "classify/privacy.h"

struct wording {
	const struct member *members;
	uint32_t n_members;
	uint32_t bytes;          /* of all texts */
	const char *designation; /* NULL: there is none, or it must not be said */
	const char *evidence;    /* the value it was read from; "" where that must not be said */
	uint8_t digest[16];      /* of attribute, method and members */
	bool made;
};

/* The wording of a support's statement; with no members where nothing may be said, or the heap is out. */
const struct wording *wording_of(const struct privacy *p, const struct support *s);

#endif
