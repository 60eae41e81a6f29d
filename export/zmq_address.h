/* Binding to addresses, and why ZeroMQ does not bind or connect to one, in the words of who runs the program. Any
 * thread. */
#ifndef ONLOOKER_EXPORT_ZMQ_ADDRESS_H
#define ONLOOKER_EXPORT_ZMQ_ADDRESS_H

#include "core/error.h"

/* Binds a socket. ZeroMQ takes the name of an ipc:// address from whoever listens there, who is never reached again and
 * does not know: here it is in use. 0 or an errno, ZeroMQ's own among them. */
int zmq_bind_free(void *socket, const char *address);

/* `code` is ZeroMQ's errno, `forms` what an address may look like. ERROR_USAGE and a sentence. */
int zmq_wrong_address(const char *url, int code, const char *forms, struct error *error);

#endif
