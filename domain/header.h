/* Headers of messages on the fabric: the one codec (docs/fabric.md, 2 and 3).
 *
 * A header is read whole and checked before anything is made of it: bytes come from whoever has a key. What the roles
 * add as members of their own passes through. Owned by the caller; any thread.
 */
#ifndef ONLOOKER_DOMAIN_HEADER_H
#define ONLOOKER_DOMAIN_HEADER_H

#include "core/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADER_BYTES      65536
#define HEADER_DEPTH      16
#define CORRELATION_BYTES 65
#define DEADLINE_MOST_MS  600000u
#define DEADLINE_MS       5000u

/* Why something is refused: section 2.3. */
enum refusal {
	REFUSED_NOT,
	REFUSED_MALFORMED,
	REFUSED_VERSION,
	REFUSED_FORBIDDEN,
	REFUSED_UNREGISTERED,
	REFUSED_UNREACHABLE,
	REFUSED_BUSY,
	REFUSED_DEADLINE,
	REFUSED_UNKNOWN_OPERATION,
	REFUSED_DUPLICATE,
	REFUSED_NONCONFORMING,
	REFUSED_NOT_FOUND,
	REFUSED_STORAGE,
	REFUSED_SIGNATURE,
	REFUSED_INTERNAL,
	REFUSALS
};

const char *refusal_name(enum refusal r);
/* REFUSED_INTERNAL for a name that is none. */
enum refusal refusal_of(const char *name);
/* True when the same request may be sent again later. */
bool refusal_passes(enum refusal r);

enum header_type { HEADER_REQUEST, HEADER_RESPONSE };

struct header {
	json_t *json; /* the whole object; the texts below are in it */
	enum header_type type;
	/* request */
	const char *operation, *to;
	uint32_t deadline_ms; /* 0: none was named */
	/* both; between the fabric and who answers there is a ticket in its place */
	const char *correlation;
	int64_t ticket; /* -1: none */
	/* response */
	enum refusal refusal; /* REFUSED_NOT: success */
	const char *message, *bind;
	bool more;
	/* by the fabric */
	const char *from, *role, *session, *boot;
};

/* Reads a header of either type. REFUSED_NOT; or why not, with a sentence, and as much filled as could be read: a
 * correlation that is there can be answered. Always header_fini() afterwards. */
enum refusal header_parse(const void *data, size_t len, struct header *out, struct error *error);
void header_fini(struct header *h);

/* Beginnings of headers; members are added by json_object_set_new(). NULL when the heap is out. */
json_t *header_request(const char *operation, const char *to, const char *correlation, uint32_t deadline_ms);
json_t *header_response(int64_t ticket, enum refusal refusal, const char *message);

/* The object as compact text, to be freed with free(). Takes the object. */
char *header_text(json_t *json);

/* Adds "name": now, as RFC 3339. */
void header_stamp(json_t *json, const char *name);

/* A JSON object of bounded depth out of payload bytes that may be anything; NULL and a sentence when it is none. An
 * empty payload is an empty object. */
json_t *payload_parse(const void *data, size_t len, struct error *error);

/* True for "urn:uuid:" and a canonical UUID: a component's identifier. */
bool component_valid(const char *text);

#endif
