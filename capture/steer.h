/* Who works on a frame when cards or the kernel choose: their own hash, over the innermost addresses.
 *
 * Receive-side scaling hashes addresses by Toeplitz's function; with a key that repeats 6d5a every 16 bits the result
 * depends only on the exclusive or of all 16-bit words of the addresses, and so is the same for both directions (Woo,
 * Park: Scalable TCP Session Monitoring with Symmetric Receive-side Scaling, 2012). A card set up by this key and
 * steer_worker() over its redirection table puts frames where steer_hash() wants them; what it cannot look into
 * (tunnels, stacked tags) is then handed on by software. Any thread.
 */
#ifndef ONLOOKER_CAPTURE_STEER_H
#define ONLOOKER_CAPTURE_STEER_H

#include "capture/packet.h"

#include <stdbool.h>

#define STEER_KEY     0x6d5a
#define STEER_BUCKETS 64u /* of the redirection table; most workers there can be */

/* The exclusive or of all 16-bit words of two addresses. For interfaces, where the kernel chooses by a program of ours:
 * steer_spread() is what that can compute for plain frames. */
uint16_t steer_fold(const struct ends *ends);

/* The RSS hash of two addresses. */
uint32_t steer_hash(const struct ends *ends);

#define STEER_FACTOR 0x9e3779b1u

/* Below STEER_BUCKETS, evenly. */
static inline uint32_t steer_spread(uint16_t fold)
{
	return fold * STEER_FACTOR >> 26;
}

/* Entry `hash` of a redirection table of any power of two from STEER_BUCKETS on. */
static inline uint32_t steer_worker(uint32_t hash, uint32_t workers)
{
	return hash % STEER_BUCKETS % workers;
}

#endif
