/* Assertions and provenance as JSON Lines, exactly as the contract has them: fixed member order, no spaces,
 * absent members left out. The same assertion gives the same bytes. Texts may hold any bytes: what is written
 * is valid JSON and valid UTF-8 always.
 *
 * Any thread: the caches of formatted times and Community IDs are per thread. Nothing is kept of what is
 * passed in. Lines are appended to the caller's buffer with their newline.
 */
#ifndef ONLOOKER_EXPORT_JSON_H
#define ONLOOKER_EXPORT_JSON_H

#include "core/buffer.h"
#include "ipfix/assertion.h"

void json_provenance(struct buffer *out, const struct provenance *p);
void json_assertion(struct buffer *out, const struct provenance *p, const struct assertion *a);

/* Where the endpoint of the line before stands: much of what is said in a row is said of one. */
struct json_endpoint {
	const struct assertion *of; /* NULL: there is none */
	size_t at, len;
};

/* The same, of assertions of one block in a row. `before` is emptied at the begin, and whenever the buffer is. */
void json_assertion_after(struct buffer *out, const struct provenance *p, const struct assertion *a,
			  struct json_endpoint *before);

/* Pieces, without a newline, for what is kept piecewise. */
void json_provenance_object(struct buffer *out, const struct provenance *p);
/* The attribute's value alone: the object of its members, or the plain text of a name. The same knowledge
 * gives the same bytes. */
void json_value(struct buffer *out, const struct attribute *a);
/* ["self","observation"] */
void json_known(struct buffer *out, unsigned known);
/* The array of evidence; of an attribute, whether it was made here or kept. */
void json_evidence(struct buffer *out, const struct evidence *evidence, uint32_t count);
bool json_has_evidence(const struct attribute *a);
void json_attribute_evidence(struct buffer *out, const struct attribute *a);
/* "2026-11-20T12:00:00.123456Z" with the quotes. */
void json_time(struct buffer *out, uint64_t time_ns);
/* "urn:uuid:…" is the caller's; this is the quoted UUID. */
void json_uuid(struct buffer *out, const uint8_t id[16]);
/* A quoted text of any bytes. */
void json_text(struct buffer *out, const char *text);

#endif
