/* The text of a SYN or SYN+ACK (fingerprint/tcp.h) with what patterns cannot work out: behind it stand
 *
 *     ttl=N      the TTL it was sent with: 32, 64, 128 or 255, the least that is not less than the one seen
 *     win=mss*N  when the window is N times the MSS, or the MSS without the 12 octets of a timestamp
 *     win=mtu*N  when it is N times the MTU: the MSS and 40 octets of headers (60 with IPv6), or 1500
 *
 * each behind a blank. This is what signatures of tcp.syn and tcp.synAck are matched against. Any thread.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_TCP_READING_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_TCP_READING_H

#include <stddef.h>

enum { TCP_READING_BYTES = 640 };

/* Writes the reading of `text` and returns its length; 0 when the text is no fingerprint of TCP. */
size_t tcp_reading(const char *text, size_t len, char out[TCP_READING_BYTES]);

#endif
