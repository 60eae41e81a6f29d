/* What a claim is known by in a repository: its key within its endpoint, and the terms by which its endpoint is found.
 *
 * Engines keep terms as they like; what they are is said here once, so that all engines give the same answers. Any
 * thread; nothing is kept.
 */
#ifndef ONLOOKER_DOMAIN_TERM_H
#define ONLOOKER_DOMAIN_TERM_H

#include "domain/repository.h"

/* Numbers are stored: never give one away again. */
enum term_kind { TERM_SOFTWARE, TERM_ADDRESS, TERM_MAC, TERM_NAME, TERM_SHARED, TERM_ROLE };

#define TERM_MOST     1024 /* more that answer a question: so many endpoints do that any walk soon meets them */
#define TERM_SORT     128
#define TERM_OF_CLAIM 2 /* at most */

struct term {
	enum term_kind kind;
	char text[512], creator[256], version[128];
	uint8_t sort[TERM_SORT]; /* puts addresses and versions in order */
	size_t sort_len;
};

/* The terms of a claim; returns how many. */
uint32_t term_of(const struct claim *c, struct term out[TERM_OF_CLAIM]);

/* By which term those are found who share an identifier, and its text; `value` as the claim has it. */
enum term_kind term_shared(const char *kind, const char *value, char *out, size_t size);

/* Names a claim within its endpoint: by kind and value, and by its start unless it is implied. The same on every start.
 */
int64_t term_claim_key(const struct claim *c);

/* By what a question is narrowed: the narrowest of what it asks. */
enum term_source {
	TERM_BY_MAC,
	TERM_BY_ADDRESS,
	TERM_BY_NAME,
	TERM_BY_NAMES,
	TERM_BY_SOFTWARE,
	TERM_BY_ROLE,
	TERM_BY_NOTHING
};
enum term_source term_source(const struct inventory_filter *f);

/* The ends of what `sort` (an address) or `text` (a name: itself, or what begins with it and a dot) has to lie between.
 */
void term_address_range(const struct prefix *p, uint8_t low[17], uint8_t high[17]);
void term_name_range(const char *name, char text[512], char low[516], char high[516]);

/* True when a term that the source gave answers the question. */
bool term_answers(enum term_source source, const struct inventory_filter *f, const char *text, const char *creator,
		  const char *version);

#endif
