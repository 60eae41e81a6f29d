/* Reads a p0f.fp (p0f version 3) into a model builder, and says file, line and reason when it is wrong.
 *
 * Signatures of SYN and SYN+ACK become entries of tcp.syn and tcp.synAck, specific ones before generic ones, each of
 * which concludes an operating system as the label names it. Sections about link types and HTTP are read over: no
 * field holds what they look at.
 *
 * Control path; keeps nothing of the text it is given.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_P0F_H
#define ONLOOKER_CLASSIFY_SIGNATURE_P0F_H

#include "classify/signature_model.h"

/* `file` is the name to call the text by. returns 0, or ERROR_USAGE with "FILE:LINE: reason". */
int signature_p0f_read(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error);

#endif
