/* Frames to packets: layers 2 to 4, tags, fragments.
 *
 * Ethernet (802.3 with LLC/SNAP too), Linux cooked, raw IP, null/loop, PPP; 802.1Q/802.1ad stacks, MPLS,
 * PPPoE; IPv4, IPv6 with extension headers; TCP, UDP, SCTP, ICMP; tunnels down to the innermost IP header. Later
 * fragments inherit the ports of their first fragment when that was seen before (a bounded table per decoder), so that
 * each fragment counts in the flow it belongs to; the one that completes a datagram carries all of its payload. Of a
 * FRAME_INSIDE nothing is counted but how its datagram ends, and of a FRAME_OUTSIDE all but that.
 *
 * One decoder per worker thread. Frames in, packets out; no allocation after decoder_new().
 */
#ifndef ONLOOKER_CAPTURE_DECODE_H
#define ONLOOKER_CAPTURE_DECODE_H

#include "capture/reassembly.h"
#include "capture/packet.h"

struct decoder;
struct fragment_table;

/* Single writer (the worker), read by control. verdict counters add up to the frames decoded. */
struct decode_counters {
	uint64_t verdict[VERDICTS];
	uint64_t malformed[MALFORMED_KINDS];
	uint64_t fragments;         /* fragments among the IP packets */
	uint64_t fragments_unowned; /* later fragments whose first was not seen: metered without ports */
	uint64_t cut;               /* packets the snapshot length cut */
	uint64_t bad_transport;     /* PACKET_BAD_L4 */
};

struct decoder *decoder_new(void);
void decoder_free(struct decoder *d);
/* From now on copies of a packet that come within the window get VERDICT_COPY. 0, or ERROR_FAILED without memory. */
int decoder_drop_copies(struct decoder *d, uint64_t window_ns);
/* From now on packets of which unwanted(arg, packet) is true get VERDICT_EXCLUDED. */
void decoder_exclude(struct decoder *d, bool (*unwanted)(const void *arg, const struct packet *packet),
		     const void *arg);
const struct decode_counters *decoder_counters(const struct decoder *d);
/* How fragmented datagrams ended. */
const struct reassembly_counters *decoder_reassemblies(const struct decoder *d);

/* Nothing has come, and it is clock_ns: datagrams of which too much is missing are given up. The owning worker. */
void decoder_rest(struct decoder *d, uint64_t clock_ns);

/* Decodes each frame of the batch into packets[0 … batch->count); they are valid until the next call. thread: the
 * owning worker. */
void decode_batch(struct decoder *d, const struct batch *batch, struct packet *packets);

/* The frame inside a packet with PACKET_CARRIES: NOT_IP, with the segment and, where Ethernet is inside, the MACs that
 * hold there. It leads into the same captured frame as `packet`. False when there is none. Needs no decoder. */
bool decode_carried(const struct packet *packet, struct packet *inner);

/* The tunnel's own packet, of one with PACKET_TUNNEL. It leads into the same captured frame. False when there is none.
 * Needs no decoder. */
bool decode_outermost(const struct packet *packet, struct packet *outer);

/* The packet of another flow that travelled in the fragments of `whole`, a packet with PACKET_WHOLE whose datagram is a
 * tunnel's: it is metered by nobody, for the fragments are. Valid as long as `whole`. False when there is none. With
 * PACKET_FOLLOWED it came to who has its flow. Needs no decoder. */
bool decode_inside(const struct packet *whole, struct packet *inner);

/* The innermost addresses of a frame, as ends[0]. returns how many: 0, it has none; 1; or 2, when it is a fragment of a
 * tunnel's datagram of which the first fragment told what travels in it: its addresses are ends[1]. `fragments`
 * remembers the first ones, and belongs to who asks about all frames; NULL: then there are never 2. Needs no decoder.
 */
unsigned decode_ends(const struct frame *frame, struct fragment_table *fragments, struct ends ends[2]);

/* Hashes of those addresses, each the same for both directions and for every fragment: who owns the flow of the frame,
 * and of what travels in it. Frames without IP give the hash of their source MAC. returns 1 or 2. Needs no decoder. */
unsigned decode_owners(const struct frame *frame, struct fragment_table *fragments, uint64_t owners[2]);

/* The first of those. */
static inline uint64_t decode_owner(const struct frame *frame)
{
	uint64_t owners[2];
	(void)decode_owners(frame, NULL, owners);
	return owners[0];
}

#endif
