/* One interface's ring in memory shared with the kernel: an AF_PACKET socket with TPACKET_V3 blocks.
 *
 * Read here and not through libpcap, because libpcap gives a block back to the kernel as soon as its last frame was
 * shown: a batch of frames in place would not outlive the call. Here a block stays ours until packet_ring_release().
 *
 * A frame may be handed to another thread: its block stays until that one gives it back by packet_ring_done().
 * Blocks go to the kernel in their order.
 *
 * A ring is opened with its door closed: bound to the interface, but taking nothing. So it can join its group before
 * the first frame, and no frame comes twice. Opening, joining and closing are control; everything else is the one
 * thread that reads. Source: Documentation/networking/packet_mmap.rst of the kernel.
 */
#ifndef ONLOOKER_CAPTURE_PACKET_RING_H
#define ONLOOKER_CAPTURE_PACKET_RING_H

#include "capture/frame.h"
#include "core/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PACKET_RING_BLOCK (256u << 10) /* octets: holds any frame, and many blocks make a ring patient */

struct sock_filter;

/* What the kernel runs on every frame: how much of it is taken, 0 for nothing. */
struct packet_program {
	struct sock_filter *code;
	uint16_t count;
};

struct packet_ring_options {
	const char *interface;
	uint64_t bytes; /* of the ring, rounded down to whole blocks, at least two */
	uint32_t block_timeout_ms;
	bool promiscuous;
};

struct packet_ring {
	/* set by open */
	int fd;
	int index; /* of the interface */
	uint8_t *map;
	uint64_t bytes;
	uint32_t blocks;
	enum link link;
	/* reader only */
	uint32_t block;   /* the one at hand, or the next to come */
	uint32_t oldest;  /* of those taken to their last frame and not given back */
	uint32_t held;    /* … and how many they are */
	uint32_t left;    /* frames of it that were not taken */
	uint8_t *head;    /* the next of them */
	bool ready;       /* the block at hand is ours */
	bool gone;        /* the interface was removed */
	uint64_t time_ns; /* of the frame at head, while ready */
	/* what the kernel counted up to the last packet_ring_count(): frames let in, and those of them it dropped */
	uint64_t packets, drops;
	/* any thread: frames of each block that are with other threads */
	_Atomic uint32_t *away;
};

/* returns  0; ERROR_USAGE (no such interface, no permission, a link that cannot be decoded) or ERROR_FAILED */
int packet_ring_open(const struct packet_ring_options *options, struct packet_ring *out, struct error *error);
void packet_ring_close(struct packet_ring *r);

/* Joins the fanout group, which spreads frames by steer_spread() as far as the kernel sees addresses; a kernel without
 * programs for that takes its own hash, the same for both directions. *group -1 makes one. */
int packet_ring_join(struct packet_ring *r, int *group, const char *interface, struct error *error);

/* Opens the door to what the program lets in. */
int packet_ring_admit(struct packet_ring *r, const struct packet_program *program, const char *interface,
		      struct error *error);
/* Closes it again: what is in the ring stays there to be taken. */
void packet_ring_refuse(struct packet_ring *r);

/* True when a frame can be taken; its time is then r->time_ns. */
bool packet_ring_ready(struct packet_ring *r);

/* Takes the frame at hand: data, caplen, wirelen, time_ns and link are set. Valid until packet_ring_release(), or
 * packet_ring_done() when it was lent. Returns what names it then. */
void *packet_ring_take(struct packet_ring *r, struct frame *f);

/* The frame just taken goes to another thread. */
void packet_ring_lend(struct packet_ring *r, const void *item);
/* There: the frame, without its time; and the end of it. */
void packet_ring_borrowed(const struct packet_ring *r, const void *item, struct frame *f);
void packet_ring_done(struct packet_ring *r, const void *item);

/* Gives the blocks that were taken to their last frame, and of which no frame is lent, back to the kernel. */
void packet_ring_release(struct packet_ring *r);

/* Asks the kernel for its counters. */
void packet_ring_count(struct packet_ring *r);

/* After poll() reported an error: notes whether the interface is gone. One that is merely down may come back. */
void packet_ring_check(struct packet_ring *r);

#endif
