/* The audit log of the fabric: administrative acts, one JSON object a line, each bound to the one before by its
 * digest (docs/fabric.md, 7). Appended and synced, never rewritten. Whoever knows a head that was published sees
 * whether the file was cut or changed. One thread. */
#ifndef ONLOOKER_DOMAIN_AUDIT_H
#define ONLOOKER_DOMAIN_AUDIT_H

#include "core/error.h"

#include <jansson.h>
#include <stdint.h>

#define AUDIT_DIGEST_BYTES 65

struct audit;

struct audit_head {
	uint64_t n; /* of the last line; 0: there is none */
	char digest[AUDIT_DIGEST_BYTES];
};

/* Opens or makes it; checks the chain first. A last line that a crash left half written is taken off: its
 * head was never published. 0 and *out, or ERROR_USAGE and a sentence. */
int audit_open(const char *path, struct audit **out, struct error *error);

/* SHA-256 in hex. */
void audit_digest(const void *data, size_t len, char out[AUDIT_DIGEST_BYTES]);

/* Appends an act; takes `detail` (NULL: none). When the disk takes nothing, that is told once on standard error and
 * counted; the head does not move on then. */
void audit_act(struct audit *a, const char *actor, const char *act, json_t *detail);

struct audit_head audit_head(const struct audit *a);
uint64_t audit_failures(const struct audit *a);
void audit_close(struct audit *a);

/* Checks a file: each line, its number and its digests. With `head` that line must be there with that digest. 0 and the
 * last line's head in *out (may be NULL); ERROR_USAGE when it cannot be read; ERROR_DAMAGED and a sentence that names
 * the line. */
int audit_verify(const char *path, const struct audit_head *head, struct audit_head *out, struct error *error);

#endif
