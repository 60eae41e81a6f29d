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
	/* what capturing systems put before a frame */
	LINK_PPI,              /* LINKTYPE_PPI 192: a link type of its own inside */
	LINK_PKTAP,            /* LINKTYPE_PKTAP 258, as DLT_USER2 149 too: Apple's, a link type inside */
	LINK_PFLOG,            /* LINKTYPE_PFLOG 117: what BSD's packet filter logs */
	LINK_ENC,              /* LINKTYPE_ENC 109: BSD's view of what IPsec carries */
	LINK_IPNET,            /* LINKTYPE_IPNET 226: Solaris, between zones */
	LINK_JUNIPER_ETHERNET, /* LINKTYPE_JUNIPER_ETHER 178 */
	LINK_JUNIPER_PPP,      /* LINKTYPE_JUNIPER_PPP 179, JUNIPER_CHDLC 181 */
	LINK_NETANALYZER,      /* LINKTYPE_NETANALYZER 240, with the preamble 241 */
	LINK_ERF,              /* LINKTYPE_ERF 197: Endace's records, those of Ethernet */
	LINK_PRISM,            /* LINKTYPE_IEEE802_11_PRISM 119, IEEE802_11_AVS 163 */
	LINK_PPP_DIRECTION,    /* LINKTYPE_PPP_WITH_DIR 204, C_HDLC_WITH_DIR 205 */
	/* Ethernet with a switch's own tag */
	LINK_DSA,            /* LINKTYPE_DSA_TAG_DSA 284 */
	LINK_EDSA,           /* LINKTYPE_DSA_TAG_EDSA 285 */
	LINK_BROADCOM,       /* LINKTYPE_DSA_TAG_BRCM 281 */
	LINK_BROADCOM_FRONT, /* LINKTYPE_DSA_TAG_BRCM_PREPEND 282 */
	/* links that are not Ethernet */
	LINK_FDDI,          /* LINKTYPE_FDDI 10 */
	LINK_TOKEN_RING,    /* LINKTYPE_IEEE802_5 6 */
	LINK_ARCNET,        /* LINKTYPE_ARCNET_BSD 7 */
	LINK_ARCNET_LINUX,  /* LINKTYPE_ARCNET_LINUX 129 */
	LINK_INFINIBAND,    /* LINKTYPE_IPOIB 242: IP over InfiniBand (RFC 4391) */
	LINK_FIBRE_CHANNEL, /* LINKTYPE_IP_OVER_FC 122 (RFC 2625) */
	LINK_ATM,           /* LINKTYPE_ATM_RFC1483 100: LLC at once */
	LINK_SUN_ATM,       /* LINKTYPE_SUNATM 123 */
	LINK_SLIP,          /* LINKTYPE_SLIP 8 */
	LINK_MPLS,          /* LINKTYPE_MPLS 219: a stack of labels at once */
	LINK_PPPOE,         /* LINKTYPE_PPP_ETHER 51: PPPoE at once */
	LINK_UNKNOWN        /* counted under its own reason, never decoded */
};

/* What of a frame its queue is to take. A fragment of a tunnel's datagram may be two queues': of whom the tunnel's flow
 * is, and of whom the flow of what travels in it. */
enum frame_part {
	FRAME_ALL,
	FRAME_OUTSIDE, /* what travels in it is another queue's */
	FRAME_INSIDE   /* … and here it is; the fragment itself is another's, who accounts for it */
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
	uint8_t part;      /* enum frame_part */
};

#define BATCH_FRAMES 64

/* `frames` leads to the batch's own room, or to where the source keeps them: valid until the next poll, too. */
struct batch {
	uint32_t count;
	const struct frame *frames;
	struct frame room[BATCH_FRAMES];
};

#endif
