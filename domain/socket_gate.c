/* Who may come to the fabric: the answering side of ZeroMQ's authentication protocol (RFC 27). */
#include "domain/socket_zmq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct socket_gate {
	struct socket socket; /* REP */
};

int socket_gate_open(struct socket_context *c, struct socket_gate **out, struct error *error)
{
	struct socket_gate *g = calloc(1, sizeof *g);
	if (g)
		g->socket.zmq = zmq_socket(c, ZMQ_REP);
	if (!g || !g->socket.zmq || zmq_bind(g->socket.zmq, "inproc://zeromq.zap.01") != 0) {
		if (g && g->socket.zmq)
			zmq_close(g->socket.zmq);
		free(g);
		return error_set(error, ERROR_FAILED,
				 "the gate of the fabric cannot be set up; raise the limit of open files");
	}
	*out = g;
	return 0;
}

struct socket *socket_gate_socket(struct socket_gate *g)
{
	return &g->socket;
}

static void answer(struct socket_gate *g, const zmq_msg_t *request, bool good, const char *user)
{
	zmq_send(g->socket.zmq, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(g->socket.zmq, zmq_msg_data((zmq_msg_t *)(uintptr_t)request), zmq_msg_size(request), ZMQ_SNDMORE);
	/* 400 is told to the client at once, which libzmq then lets rest: a component of ours tries again itself. */
	zmq_send(g->socket.zmq, good ? "200" : "400", 3, ZMQ_SNDMORE);
	zmq_send(g->socket.zmq, good ? "OK" : "No", 2, ZMQ_SNDMORE);
	zmq_send(g->socket.zmq, user, good ? strlen(user) : 0, ZMQ_SNDMORE);
	zmq_send(g->socket.zmq, "", 0, 0);
}

static bool equals(const struct socket_frame *f, const char *text)
{
	return frame_size(f) == strlen(text) && memcmp(frame_data(f), text, strlen(text)) == 0;
}

/* The seventh frame of a handshake, behind the six that a message holds. */
#define GATE_FRAMES 7

void socket_gate_serve(struct socket_gate *g, socket_gate_fn *fn, void *arg)
{
	struct socket_frame f[GATE_FRAMES];
	for (int i = 0; i < GATE_FRAMES; i++)
		zmq_msg_init(socket_zmq(&f[i]));
	/* A request is version, number, domain, address, identity, mechanism, credentials; all come at once. */
	while (zmq_msg_recv(socket_zmq(&f[0]), g->socket.zmq, ZMQ_DONTWAIT) >= 0) {
		int n = 1;
		while (n < GATE_FRAMES && zmq_msg_more(socket_zmq(&f[n - 1])) &&
		       zmq_msg_recv(socket_zmq(&f[n]), g->socket.zmq, 0) >= 0)
			n++;
		char address[64], key[SOCKET_KEY_BYTES] = "";
		snprintf(address, sizeof address, "%.*s", (int)frame_size(&f[3]), (const char *)frame_data(&f[3]));
		bool curve = n == GATE_FRAMES && equals(&f[5], "CURVE") && frame_size(&f[6]) == 32;
		bool null = n >= 6 && equals(&f[5], "NULL");
		if (curve)
			zmq_z85_encode(key, frame_data(&f[6]), 32);
		answer(g, socket_zmq(&f[1]), (curve || null) && fn(arg, curve ? key : NULL, address),
		       curve ? key : SOCKET_PLAIN_USER);
	}
	for (int i = 0; i < GATE_FRAMES; i++)
		zmq_msg_close(socket_zmq(&f[i]));
}

void socket_gate_close(struct socket_gate *g)
{
	if (!g)
		return;
	zmq_close(g->socket.zmq);
	free(g);
}
