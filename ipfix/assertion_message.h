/* Assertions as IPFIX: payloads of whole messages that can be read alone, templates first.
 *
 * One data record an assertion: what holds for all of it, and an ordered subTemplateMultiList of designations,
 * attributes, members, evidence and basis. Members and evidence belong to the attribute before them. The elements are
 * our own, so there must be an enterprise number. Text from the wire that is no UTF-8 is written as in JSON: an octet
 * becomes the character of its number. An encoder belongs to one thread.
 */
#ifndef ONLOOKER_IPFIX_ASSERTION_MESSAGE_H
#define ONLOOKER_IPFIX_ASSERTION_MESSAGE_H

#include "core/buffer.h"
#include "core/error.h"
#include "ipfix/assertion.h"

struct assertion_encoder;

/* ERROR_USAGE and a sentence without an enterprise number. */
int assertion_encoder_new(uint32_t pen, uint32_t domain, struct assertion_encoder **out, struct error *error);
void assertion_encoder_free(struct assertion_encoder *e);

/* Appends a payload with `count` assertions to `out`, all with that provenanceId. Returns how many are in it: fewer
 * only when an assertion is larger than a message (64 KiB) or the heap is out; *error says so. */
uint32_t assertion_messages(struct assertion_encoder *e, uint32_t provenance, const struct assertion *assertions,
			    uint32_t count, struct buffer *out, struct error *error);

#endif
