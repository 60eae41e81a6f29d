#include "domain/socket_zmq.h"

#include "export/zmq_address.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEARTBEAT_MS      2000
#define HEARTBEAT_GIVEUP  10000
#define HANDSHAKE_MS      3000
#define RECONNECT_MS      50
#define RECONNECT_MOST_MS 2000
#define MOST_SOCKETS      4
#define KEPT_FREE         (64 << 20) /* octets */
#define MMAP_OVER         (4 << 20)  /* what is larger is given back at once */

static void set_int(void *socket, int option, int value)
{
	(void)zmq_setsockopt(socket, option, &value, sizeof value);
}

/* Messages of some hundred kilobytes come and go all the time: the heap keeps their pages, else each is given back to
 * the kernel and faulted in again. */
static void keep_pages(void)
{
	mallopt(M_MMAP_THRESHOLD, MMAP_OVER);
	mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
}

struct socket_context *socket_context_new(void)
{
	keep_pages();
	void *c = zmq_ctx_new();
	if (c)
		zmq_ctx_set(c, ZMQ_BLOCKY, 0); /* nothing lingers that was not asked to */
	return c;
}

void socket_context_free(struct socket_context *c)
{
	if (c)
		while (zmq_ctx_term(c) != 0 && zmq_errno() == EINTR)
			;
}

int socket_open(struct socket_context *c, enum socket_kind kind, int queue, struct socket **out, struct error *error)
{
	struct socket *s = calloc(1, sizeof *s);
	if (s)
		s->zmq = zmq_socket(c, kind == SOCKET_ROUTER ? ZMQ_ROUTER : ZMQ_DEALER);
	if (!s || !s->zmq) {
		free(s);
		return error_set(error, ERROR_FAILED,
				 "no socket can be made; raise the limit of open files (ulimit -n)");
	}
	int64_t most = (int64_t)SOCKET_PAYLOAD_BYTES;
	s->kind = kind;
	zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &most, sizeof most);
	set_int(s->zmq, ZMQ_SNDHWM, queue);
	set_int(s->zmq, ZMQ_RCVHWM, queue);
	set_int(s->zmq, ZMQ_LINGER, 0);
	set_int(s->zmq, ZMQ_IPV6, 1);
	set_int(s->zmq, ZMQ_BACKLOG, 512);
	set_int(s->zmq, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	set_int(s->zmq, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_GIVEUP);
	set_int(s->zmq, ZMQ_HEARTBEAT_TTL, HEARTBEAT_GIVEUP);
	set_int(s->zmq, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	set_int(s->zmq, ZMQ_RECONNECT_IVL, RECONNECT_MS);
	set_int(s->zmq, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MOST_MS);
	if (kind == SOCKET_ROUTER)
		set_int(s->zmq, ZMQ_ROUTER_MANDATORY, 1);
	*out = s;
	return 0;
}

void socket_close(struct socket *s)
{
	if (!s)
		return;
	socket_unmonitor(s);
	zmq_close(s->zmq);
	free(s);
}

void socket_linger(struct socket *s, int ms)
{
	set_int(s->zmq, ZMQ_LINGER, ms);
}

#define FORMS "tcp://HOST:PORT or ipc://PATH"

/* Options hold for what is bound or connected after them. */
static void secure(struct socket *s, const struct socket_security *security)
{
	bool curve = security && security->secret_key;
	set_int(s->zmq, ZMQ_CURVE_SERVER, curve && security->server);
	if (s->kind == SOCKET_ROUTER)
		zmq_setsockopt(s->zmq, ZMQ_ZAP_DOMAIN, SOCKET_GATE_DOMAIN, strlen(SOCKET_GATE_DOMAIN));
	if (!curve)
		return;
	zmq_setsockopt(s->zmq, ZMQ_CURVE_SECRETKEY, security->secret_key, SOCKET_KEY_BYTES);
	if (security->server)
		return;
	zmq_setsockopt(s->zmq, ZMQ_CURVE_PUBLICKEY, security->public_key, SOCKET_KEY_BYTES);
	zmq_setsockopt(s->zmq, ZMQ_CURVE_SERVERKEY, security->server_key, SOCKET_KEY_BYTES);
}

int socket_bind(struct socket *s, const char *url, const struct socket_security *security, struct error *error)
{
	secure(s, security);
	int code = zmq_bind_free(s->zmq, url);
	return code ? zmq_wrong_address(url, code, FORMS, error) : 0;
}

void socket_endpoint(const struct socket *s, char out[SOCKET_URL_BYTES])
{
	size_t size = SOCKET_URL_BYTES;
	if (zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, out, &size) != 0)
		*out = 0;
}

void socket_unbind(struct socket *s, const char *endpoint)
{
	(void)zmq_unbind(s->zmq, endpoint);
}

int socket_connect(struct socket *s, const char *url, const struct socket_security *security, struct error *error)
{
	secure(s, security);
	return zmq_connect(s->zmq, url) == 0 ? 0 : zmq_wrong_address(url, zmq_errno(), FORMS, error);
}

void message_init(struct message *m)
{
	memset(m, 0, sizeof *m);
	for (uint32_t i = 0; i < SOCKET_FRAMES; i++)
		zmq_msg_init(socket_zmq(&m->frames[i]));
}

void message_fini(struct message *m)
{
	for (uint32_t i = 0; i < SOCKET_FRAMES; i++)
		zmq_msg_close(socket_zmq(&m->frames[i]));
}

const void *frame_data(const struct socket_frame *f)
{
	return zmq_msg_data(socket_zmq(f));
}

size_t frame_size(const struct socket_frame *f)
{
	return zmq_msg_size(socket_zmq(f));
}

/* Who sent it, by the frame behind the routing id, which is of our own making. */
static void note_user(const struct socket *s, struct message *m)
{
	const zmq_msg_t *frame = socket_zmq(&m->frames[s->kind == SOCKET_ROUTER && m->count > 1]);
	const char *user = zmq_msg_gets(frame, "User-Id");
	snprintf(m->user, sizeof m->user, "%s", user ? user : "");
}

int socket_receive(struct socket *s, struct message *m)
{
	zmq_msg_t rest;
	int more = 1;
	m->count = 0;
	m->excess = false;
	zmq_msg_init(&rest);
	while (more) {
		m->excess |= m->count == SOCKET_FRAMES;
		zmq_msg_t *frame = m->excess ? &rest : socket_zmq(&m->frames[m->count]);
		if (zmq_msg_recv(frame, s->zmq, ZMQ_DONTWAIT) < 0)
			break;
		m->count += !m->excess;
		more = zmq_msg_more(frame);
	}
	zmq_msg_close(&rest);
	if (m->count)
		note_user(s, m);
	return m->count > 0;
}

static int outcome(void)
{
	return zmq_errno() == EHOSTUNREACH ? SOCKET_GONE : SOCKET_FULL;
}

static bool send_bytes(struct socket *s, const void *data, size_t len, bool more)
{
	int n;
	do
		n = zmq_send(s->zmq, data, len, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
	while (n < 0 && zmq_errno() == EINTR);
	return n >= 0;
}

int socket_send(struct socket *s, const struct socket_frame *to, const struct part *parts, uint32_t count)
{
	if (to && !send_bytes(s, frame_data(to), frame_size(to), true))
		return outcome();
	for (uint32_t i = 0; i < count; i++)
		if (!send_bytes(s, parts[i].data, parts[i].len, i + 1 < count))
			return outcome();
	return SOCKET_SENT;
}

static bool send_shared(struct socket *s, const struct socket_frame *frame, bool more)
{
	zmq_msg_t copy;
	zmq_msg_init(&copy);
	zmq_msg_copy(&copy, socket_zmq(frame));
	if (zmq_msg_send(&copy, s->zmq, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0)
		return true;
	zmq_msg_close(&copy);
	return false;
}

int socket_forward(struct socket *s, const struct part *to, const struct part *parts, uint32_t count, struct message *m,
		   uint32_t first)
{
	if (to && !send_bytes(s, to->data, to->len, true))
		return outcome();
	for (uint32_t i = 0; i < count; i++)
		if (!send_bytes(s, parts[i].data, parts[i].len, i + 1 < count || first < m->count))
			return outcome();
	for (uint32_t i = first; i < m->count; i++)
		if (!send_shared(s, &m->frames[i], i + 1 < m->count))
			return outcome();
	return SOCKET_SENT;
}

bool socket_wait(struct socket *const *sockets, uint32_t count, int fd, int timeout_ms, bool *ready)
{
	zmq_pollitem_t items[MOST_SOCKETS + 1];
	for (uint32_t i = 0; i < count && i < MOST_SOCKETS; i++)
		items[i] = (zmq_pollitem_t){.socket = sockets[i]->zmq, .events = ZMQ_POLLIN};
	items[count] = (zmq_pollitem_t){.fd = fd, .events = ZMQ_POLLIN};
	int n = zmq_poll(items, (int)count + (fd >= 0), timeout_ms);
	for (uint32_t i = 0; i < count; i++)
		ready[i] = n > 0 && (items[i].revents & ZMQ_POLLIN);
	return n > 0;
}

/* Keys. */

void socket_key_pair(char public_key[SOCKET_KEY_BYTES], char secret_key[SOCKET_KEY_BYTES])
{
	if (zmq_curve_keypair(public_key, secret_key) != 0)
		abort(); /* checked when the program is built: libzmq has CURVE */
}

bool socket_key_valid(const char *text)
{
	uint8_t octets[32];
	return strlen(text) == SOCKET_KEY_BYTES - 1 && zmq_z85_decode(octets, text) != NULL;
}

bool socket_key_public(const char *secret_key, char public_key[SOCKET_KEY_BYTES])
{
	return socket_key_valid(secret_key) && zmq_curve_public(public_key, secret_key) == 0;
}
