/* Puts one message together from pieces that come in any order: the CRYPTO stream of a QUIC client, a DTLS
 * handshake message.
 *
 * Lives in the memory a dissector gets for a flow (dissection_memory), zeroed: no pieces. Bounded: pieces behind
 * its end are cut, more than ASSEMBLY_RANGES islands are dropped. Octets that came first stay.
 * Worker threads only.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_ASSEMBLY_H
#define ONLOOKER_CLASSIFY_DISSECT_ASSEMBLY_H

#include <stddef.h>
#include <stdint.h>

#define ASSEMBLY_BYTES  8100
#define ASSEMBLY_RANGES 16

struct assembly {
	uint32_t tag; /* of its user: which message it is */
	uint16_t count;
	struct {
		uint16_t from, to;
	} range[ASSEMBLY_RANGES]; /* in order, apart from each other */
	uint8_t data[ASSEMBLY_BYTES];
};

/* Adds `len` octets that lie at `offset`. */
void assembly_add(struct assembly *a, uint64_t offset, const uint8_t *data, size_t len);

/* Octets that are there from the start without a hole. */
static inline size_t assembly_front(const struct assembly *a)
{
	return a->count && a->range[0].from == 0 ? a->range[0].to : 0;
}

#endif
