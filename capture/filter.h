/* A filter expression in libpcap's language, applied to single frames. The home of libpcap.
 *
 * Compiled once per link: at open for the links known then, and by the reader when another one turns up in the
 * middle of a file. Owned by the reader; one thread at a time.
 */
#ifndef ONLOOKER_CAPTURE_FILTER_H
#define ONLOOKER_CAPTURE_FILTER_H

#include "capture/frame.h"
#include "capture/packet_ring.h"
#include "core/error.h"

#include <stdbool.h>

struct filter;

/* Takes `expression`, which must stay valid. 0, or ERROR_FAILED when the heap is out. */
int filter_new(const char *expression, struct filter **out, struct error *error);
void filter_free(struct filter *f);

/* Compiles for `link` unless that was done. 0, or ERROR_USAGE with libpcap's words. */
int filter_prepare(struct filter *f, enum link link, struct error *error);

/* True when the expression holds for the frame. A link the expression cannot be compiled for holds for none. */
bool filter_match(struct filter *f, const struct frame *frame);

/* A program for the kernel to run on an interface's frames: keeps `snaplen` octets of those the expression (NULL:
 * all) holds for. Unlike the others it finds VLAN tags where the kernel keeps them: beside the frame.
 * out->code is the caller's to free(). Control thread; needs the right to capture when there is an expression.
 * returns  0, ERROR_USAGE with libpcap's words, or ERROR_FAILED */
int filter_live(const char *expression, const char *interface, enum link link, uint32_t snaplen,
		struct packet_program *out, struct error *error);

#endif
