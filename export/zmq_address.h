/* Why ZeroMQ does not bind or connect to an address, in the words of who runs the program. Any thread. */
#ifndef ONLOOKER_EXPORT_ZMQ_ADDRESS_H
#define ONLOOKER_EXPORT_ZMQ_ADDRESS_H

#include "core/error.h"

/* `code` is ZeroMQ's errno, `forms` what an address may look like. ERROR_USAGE and a sentence. */
int zmq_wrong_address(const char *url, int code, const char *forms, struct error *error);

#endif
