/* An assertion as a repository takes it: what it says as claims, each with its JSON texts, and the line it is.
 *
 * Made of an assertion (a sink in this process) or read from a line of JSON (the fabric, an import): both ways give the
 * same claims, octet for octet. A line from elsewhere is hostile until it was read: what is accepted is valid JSON and
 * valid UTF-8 of bounded size, with the members the contract asks for.
 *
 * One thread owns a maker; what it made is valid until it makes the next.
 */
#ifndef ONLOOKER_DOMAIN_STORED_ASSERTION_H
#define ONLOOKER_DOMAIN_STORED_ASSERTION_H

#include "core/arena.h"
#include "core/buffer.h"
#include "domain/repository.h"

#define STORED_MOST_CLAIMS 128
#define STORED_MOST_OCTETS (1u << 20) /* of a line */
#define STORED_MOST_NAMES  16         /* of an endpoint that is remembered */

/* The endpoint of the last line of a batch, as it stands there and as it was understood. */
struct read_endpoint {
	const char *text; /* NULL: none */
	size_t at, len;   /* octets, from the beginning of its line */
	uint8_t id[16];
	bool identified, unique;
	uint32_t n_names;
	struct claim names[STORED_MOST_NAMES];
};

struct stored_assertion_maker {
	struct arena texts, *batch;
	struct read_endpoint endpoint;
	struct buffer line, piece;
	struct claim claims[STORED_MOST_CLAIMS], names[STORED_MOST_CLAIMS];
};

void stored_assertion_maker_init(struct stored_assertion_maker *m);
void stored_assertion_maker_fini(struct stored_assertion_maker *m);

/* p    whose stream it is of; NULL: the line is not wanted
 * 0, or ERROR_FAILED when the heap is out. The designations of an event are no claims: they held before. */
int stored_assertion_make(struct stored_assertion_maker *m, const struct provenance *p, const struct assertion *a,
			  struct stored_assertion *out);

/* The inverse of export/json.h: reads one line (without its newline). 0, or ERROR_USAGE and what is wrong with it. */
int stored_assertion_read(struct stored_assertion_maker *m, const char *line, size_t len, struct stored_assertion *out,
			  struct error *error);

/* The same for the lines of a batch, which are kept in an arena of the caller's: what is read is valid as long as that
 * and the lines are, and these must stay as they are until the next batch begins. The endpoint of a line that stands in
 * the line before, octet for octet, is taken from there. */
void stored_assertion_begin(struct stored_assertion_maker *m, struct arena *texts);
int stored_assertion_read_next(struct stored_assertion_maker *m, const char *line, size_t len,
			       struct stored_assertion *out, struct error *error);

/* True when all it says is known by `self` alone. */
bool stored_assertion_is_report(const struct stored_assertion *a);

/* A bit for each kind of claim ("softwareInstance", "ipv4Address", …), the last for all that have none of their own. */
uint64_t stored_kind_bit(const char *kind);
/* Their names, by bit; NULL behind the last. */
const char *stored_kind_name(unsigned bit);

#endif
