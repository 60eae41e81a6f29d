/* A frame as a source gives it, and the batch in which frames travel.
 *
 * Frames stay in place: `data` points into the source's memory and is valid until the next poll of the same
 * queue. Nothing here is shared between threads.
 */
#ifndef ONLOOKER_CAPTURE_FRAME_H
#define ONLOOKER_CAPTURE_FRAME_H

#include <stdint.h>

/* What the first bytes of a frame are. Sources map their own numbers (DLT_, LINKTYPE_) onto these. */
enum link {
	LINK_ETHERNET,
	LINK_LINUX_SLL,   /* LINKTYPE_LINUX_SLL 113 */
	LINK_LINUX_SLL2,  /* LINKTYPE_LINUX_SLL2 276 */
	LINK_RAW,         /* LINKTYPE_RAW 101, IPV4 228, IPV6 229, DLT_RAW 12 and 14: version nibble decides */
	LINK_NULL,        /* LINKTYPE_NULL 0 and LOOP 108: 4-octet family in either byte order */
	LINK_PPP,         /* LINKTYPE_PPP 9 and PPP_HDLC 50, with or without ff 03; Cisco HDLC 104 */
	LINK_WIRELESS,    /* LINKTYPE_IEEE802_11 105 */
	LINK_RADIOTAP,    /* LINKTYPE_IEEE802_11_RADIOTAP 127 */
	LINK_NFLOG,       /* LINKTYPE_NFLOG 239 */
	LINK_FRAME_RELAY, /* LINKTYPE_FRELAY 107 */
	LINK_UNKNOWN      /* counted under its own reason, never decoded */
};

struct frame {
	const uint8_t *data;
	uint32_t caplen;   /* octets there */
	uint32_t wirelen;  /* octets on the wire; never below caplen */
	uint64_t time_ns;  /* packet time, ns since 1970, as recorded (may step backwards) */
	uint64_t clock_ns; /* the input's clock: the largest time_ns up to this frame, whatever queue gave it */
	uint64_t ordinal;  /* position in the whole input, from 1: the same with any number of workers */
	uint64_t number;   /* position in its own source, from 1: what a person calls "packet 1042" */
	uint16_t source;   /* index of the file or interface (source_name()) */
	uint16_t link;     /* enum link */
};

#define BATCH_FRAMES 64

/* `frames` leads to the batch's own room, or to where the source keeps them: valid until the next poll, too. */
struct batch {
	uint32_t count;
	const struct frame *frames;
	struct frame room[BATCH_FRAMES];
};

#endif
