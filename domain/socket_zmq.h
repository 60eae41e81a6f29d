/* What the files of the fabric's sockets share: they alone know ZeroMQ. socket.c has messages and keys, socket_gate.c
 * says who may come, socket_monitor.c what becomes of a connection. */
#ifndef ONLOOKER_DOMAIN_SOCKET_ZMQ_H
#define ONLOOKER_DOMAIN_SOCKET_ZMQ_H

#include "domain/socket.h"

#include <zmq.h>

#define SOCKET_GATE_DOMAIN "onlooker"

_Static_assert(sizeof(struct socket_frame) == sizeof(zmq_msg_t), "a frame is ZeroMQ's message");

struct socket {
	void *zmq;
	enum socket_kind kind;
	void *monitor; /* NULL: nobody asked for events */
	bool told;     /* of the attempt that is over */
};

static inline zmq_msg_t *socket_zmq(const struct socket_frame *f)
{
	return (zmq_msg_t *)(void *)(uintptr_t)f;
}

/* Ends what socket_monitor() began. */
void socket_unmonitor(struct socket *s);

#endif
