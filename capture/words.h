/* A text into words, as a shell would: blanks part words, '…' takes everything, "…" and \ take blanks and quotes.
 * Nothing is expanded. Control thread.
 */
#ifndef ONLOOKER_CAPTURE_WORDS_H
#define ONLOOKER_CAPTURE_WORDS_H

#include "core/error.h"

#include <stdint.h>

struct words {
	char **items; /* ends with NULL */
	uint32_t count;
	char *text; /* what the items point into */
};

/* `first` becomes the first word unless it is NULL. 0, or ERROR_USAGE when a quote is left open, or ERROR_FAILED. */
int words_init(struct words *w, const char *first, const char *text, struct error *error);
void words_fini(struct words *w);

#endif
