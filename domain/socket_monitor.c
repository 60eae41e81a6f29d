/* What becomes of a connection, as ZeroMQ's monitor tells it (ZMTP 3.1, handshake). */
#include "domain/socket_zmq.h"

#include <stdio.h>
#include <string.h>

#define EVENTS                                                                                                   \
	(ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | \
	 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

int socket_monitor(struct socket_context *c, struct socket *s, struct error *error)
{
	char name[64];
	snprintf(name, sizeof name, "inproc://monitor.%p", (void *)s);
	if (zmq_socket_monitor(s->zmq, name, EVENTS) == 0)
		s->monitor = zmq_socket(c, ZMQ_PAIR);
	if (s->monitor && zmq_connect(s->monitor, name) == 0)
		return 0;
	return error_set(error, ERROR_FAILED, "no socket can be made; raise the limit of open files (ulimit -n)");
}

void socket_unmonitor(struct socket *s)
{
	if (!s->monitor)
		return;
	(void)zmq_socket_monitor(s->zmq, NULL, 0);
	zmq_close(s->monitor);
	s->monitor = NULL;
}

/* The number of the next event and its value; false when nothing happened. Its second frame is the address. */
static bool next(struct socket *s, uint16_t *number, uint32_t *value)
{
	uint8_t octets[6], address[256];
	int more = 0;
	size_t size = sizeof more;
	if (!s->monitor || zmq_recv(s->monitor, octets, sizeof octets, ZMQ_DONTWAIT) != (int)sizeof octets)
		return false;
	memcpy(number, octets, sizeof *number);
	memcpy(value, octets + 2, sizeof *value);
	if (zmq_getsockopt(s->monitor, ZMQ_RCVMORE, &more, &size) == 0 && more)
		(void)zmq_recv(s->monitor, address, sizeof address, 0);
	return true;
}

static enum socket_event meaning(uint16_t number, uint32_t value)
{
	switch (number) {
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		return SOCKET_UP;
	case ZMQ_EVENT_DISCONNECTED:
		return SOCKET_DOWN;
	case ZMQ_EVENT_CLOSED:
	case ZMQ_EVENT_CONNECT_RETRIED:
		return SOCKET_ABSENT;
	case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
		return value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? SOCKET_OTHER_SECURITY : SOCKET_TURNED_AWAY;
	case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		return SOCKET_REFUSED;
	default:
		return SOCKET_TURNED_AWAY;
	}
}

enum socket_event socket_event(struct socket *s)
{
	uint16_t number = 0;
	uint32_t value = 0;
	while (next(s, &number, &value)) {
		bool over = number == ZMQ_EVENT_CONNECT_RETRIED, told = s->told;
		s->told = !over;
		if (!over || !told) /* else why it tries again was told already */
			return meaning(number, value);
	}
	return SOCKET_QUIET;
}
