/* What domain/query.c reads and domain/query_run.c answers. For these two files only. */
#ifndef ONLOOKER_DOMAIN_QUERY_RUN_H
#define ONLOOKER_DOMAIN_QUERY_RUN_H

#include "core/buffer.h"
#include "domain/inventory.h"
#include "domain/query.h"

#define QUERY_MOST_ATTRIBUTES 32
#define QUERY_MOST_LIMIT      1000

struct answering; /* query_run.c */

/* Parts of a question: each member is of one. */
enum query_part {
	PART_WHO = 1,         /* names an endpoint, or where it is */
	PART_KNOWN = 2,       /* what is known of it, or by whom */
	PART_MOMENT = 4,      /* what held, or was fresh */
	PART_PERIOD = 8,      /* since and until */
	PART_ATTRIBUTES = 16, /* which claims are told */
	PART_STORED = 32,     /* when it was stored */
	PART_PAGE = 64,
};

/* A row of the table of questions. */
struct query_kind {
	const char *name;
	unsigned parts; /* what it heeds; the rest is refused */
	bool wants_endpoint, wants_since, raw;
	int (*run)(struct answering *a, struct error *error);
};

struct query {
	const struct query_kind *kind;
	struct inventory_filter filter;
	const char *attributes[QUERY_MOST_ATTRIBUTES];
	uint32_t n_attributes;
	const char *endpoint; /* as people name it */
	uint64_t since_ns, until_ns;
	uint64_t known_ns; /* of a history: what was stored later was not known; 0: now */
	uint64_t now_ns;
	uint64_t skip; /* cursor of a history: lines that were given */
	uint32_t limit;
	bool fresh_asked, pending; /* what is seen now was asked for: nobody can force that */
	uint64_t fresh_seconds;
	uint32_t given;  /* members, by their number in the table */
	char *texts[64]; /* what the members point to */
	uint32_t n_texts;
};

extern const struct query_kind query_kinds[];
const struct query_kind *query_kind(const char *name);

#endif
