/* What the SYN or SYN+ACK of a TCP stack looks like, as text:
 *
 *     version:ttl:olen:mss:wsize,scale:layout:quirks:pclass
 *
 * version 4 or 6; ttl as seen; olen octets of IP options or extension headers; mss, wsize and scale as numbers (0
 * when absent); layout the option kinds in order (mss, nop, ws, sok, sack, ts, ?N, eol+N with N octets of padding);
 * quirks as p0f version 3 names them, in its order; pclass 0, or + with payload. Patterns are matched against this
 * by whoever has some; nothing is concluded here. Any thread; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_TCP_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_TCP_H

#include "capture/packet.h"

#include <stddef.h>

#define FINGERPRINT_TCP_BYTES 512

/* Returns the length of the text; 0 when the packet has no whole TCP header. */
size_t fingerprint_tcp(const struct packet *packet, char out[FINGERPRINT_TCP_BYTES]);

#endif
