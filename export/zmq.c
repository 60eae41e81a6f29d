#include "export/zmq.h"

#include "core/monotonic.h"
#include "export/zmq_address.h"

#include <ctype.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <zmq.h>

#define QUEUE_MESSAGES 256   /* per subscriber */
#define SEND_WAIT_MS   10000 /* how long a slow subscriber may hold us back */
#define LINGER_MS      10000
#define SETTLE_MS      1000
#define MOST_TOPICS    4
#define MOST_PEERS     256
#define QUIET_CHECKS   4          /* 5 ms apart */
#define MOST_BYTES     (64 << 20) /* of a message that comes in */
#define HEADER_BYTES   65536

struct zmq_publisher {
	char *url; /* for sentences */
	void *context, *socket;
	char *topics[MOST_TOPICS];
	uint32_t n_topics;
	bool lagging;         /* the last message was not taken: do not wait for the next */
	uint32_t subscribers; /* to any of the topics */
	void *monitor;
	int peers[MOST_PEERS]; /* their connections */
	uint32_t n_peers;
};

/* Opening. */

/* ZeroMQ would take the rest of a port that is too large. */
static bool port_fits(const char *address)
{
	const char *colon = strrchr(address, ':');
	return strncmp(address, "tcp://", 6) != 0 || !isdigit((unsigned char)colon[1]) ||
	       strtoul(colon + 1, NULL, 10) < 65536;
}

/* Binds or connects as the URL says. 0 or an errno. */
static int attach(void *socket, const char *url)
{
	bool binds = strncmp(url, "bind:", 5) == 0;
	const char *address = binds ? url + 5 : url;
	if (strncmp(address, "tcp://", 6) != 0 && strncmp(address, "ipc://", 6) != 0)
		return EINVAL;
	if (!port_fits(address))
		return EINVAL;
	if (binds)
		return zmq_bind_free(socket, address);
	return zmq_connect(socket, address) == 0 ? 0 : zmq_errno();
}

static void set_int(void *socket, int option, int value)
{
	(void)zmq_setsockopt(socket, option, &value, sizeof value);
}

/* Publishing. */

/* Keeps the list of connections; true when there was news. */
static bool hear_monitor(struct zmq_publisher *p)
{
	unsigned char event[6] = {0};
	uint16_t kind;
	int32_t fd;
	if (!p->monitor || zmq_recv(p->monitor, event, sizeof event, ZMQ_DONTWAIT) < 0)
		return false;
	char address[256];
	(void)zmq_recv(p->monitor, address, sizeof address, ZMQ_DONTWAIT);
	memcpy(&kind, event, sizeof kind);
	memcpy(&fd, event + 2, sizeof fd);
	if (kind != ZMQ_EVENT_DISCONNECTED) {
		if (p->n_peers < MOST_PEERS)
			p->peers[p->n_peers++] = fd;
		return true;
	}
	for (uint32_t i = 0; i < p->n_peers; i++)
		if (p->peers[i] == fd)
			p->peers[i--] = p->peers[--p->n_peers];
	return true;
}

/* True when a subscription is the beginning of one of our topics. */
static bool ours(const struct zmq_publisher *p, const unsigned char *prefix, size_t len)
{
	for (uint32_t i = 0; i < p->n_topics; i++)
		if (len <= strlen(p->topics[i]) && memcmp(prefix, p->topics[i], len) == 0)
			return true;
	return false;
}

/* Takes what subscribers said; true when there was something. */
static bool hear(struct zmq_publisher *p)
{
	unsigned char message[256];
	int n = zmq_recv(p->socket, message, sizeof message, ZMQ_DONTWAIT);
	if (n < 0)
		return false;
	size_t len = (size_t)n > sizeof message ? sizeof message : (size_t)n;
	if (!len || !ours(p, message + 1, len - 1))
		return true;
	if (message[0] == 1)
		p->subscribers++;
	else if (p->subscribers)
		p->subscribers--;
	return true;
}

/* A pair of sockets inside the process on which libzmq tells of connections. */
static void watch_peers(struct zmq_publisher *p)
{
	static const char address[] = "inproc://peers";
	int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED;
	if (zmq_socket_monitor(p->socket, address, events) != 0)
		return;
	p->monitor = zmq_socket(p->context, ZMQ_PAIR);
	if (p->monitor && zmq_connect(p->monitor, address) == 0)
		return;
	zmq_socket_monitor(p->socket, NULL, 0);
}

static void release(struct zmq_publisher *p)
{
	if (p->monitor)
		zmq_close(p->monitor);
	if (p->socket)
		zmq_close(p->socket);
	if (p->context)
		zmq_ctx_term(p->context);
	for (uint32_t i = 0; i < p->n_topics; i++)
		free(p->topics[i]);
	free(p->url);
	free(p);
}

static int set_up(struct zmq_publisher *p, struct error *error)
{
	p->context = zmq_ctx_new();
	p->socket = p->context ? zmq_socket(p->context, ZMQ_XPUB) : NULL;
	if (!p->socket)
		return error_set(error, ERROR_FAILED, "%s: no socket can be made; raise the limit of open files",
				 p->url);
	set_int(p->socket, ZMQ_XPUB_NODROP, 1);
	set_int(p->socket, ZMQ_XPUB_VERBOSER, 1); /* count subscribers, not topics */
	set_int(p->socket, ZMQ_SNDHWM, QUEUE_MESSAGES);
	set_int(p->socket, ZMQ_LINGER, LINGER_MS);
	set_int(p->socket, ZMQ_IPV6, 1);
	watch_peers(p);
	int code = attach(p->socket, p->url);
	if (!code)
		return 0;
	set_int(p->socket, ZMQ_LINGER, 0);
	return zmq_wrong_address(p->url, code, "bind:tcp://HOST:PORT or bind:ipc://PATH", error);
}

int zmq_publisher_open(const char *url, struct zmq_publisher **out, struct error *error)
{
	struct zmq_publisher *p = calloc(1, sizeof *p);
	char *copy = strdup(url);
	if (!p || !copy) {
		free(p);
		free(copy);
		return error_set(error, ERROR_FAILED, "%s: no memory", url);
	}
	p->url = copy;
	int code = set_up(p, error);
	if (code) {
		release(p);
		return code;
	}
	*out = p;
	return 0;
}

int zmq_publisher_topic(struct zmq_publisher *p, const char *topic, struct error *error)
{
	char *copy = p->n_topics < MOST_TOPICS ? strdup(topic) : NULL;
	if (!copy)
		return error_set(error, ERROR_FAILED, "%s: no memory", p->url);
	p->topics[p->n_topics++] = copy;
	return 0;
}

int zmq_publisher_await(struct zmq_publisher *p, uint32_t wanted, struct error *error)
{
	zmq_pollitem_t item = {.socket = p->socket, .events = ZMQ_POLLIN};
	/* Connecting takes a moment: subscriptions that a fabric has already are given that long to arrive. */
	if (!wanted && strncmp(p->url, "bind:", 5) != 0)
		(void)zmq_poll(&item, 1, SETTLE_MS);
	while (p->subscribers < wanted) {
		if (zmq_poll(&item, 1, -1) < 0)
			return error_set(error, ERROR_FAILED,
					 "%s: interrupted while waiting for %u subscribers, %u came", p->url, wanted,
					 p->subscribers);
		while (hear(p))
			;
	}
	return 0;
}

/* 0, or the errno: EAGAIN when a subscriber's queue stayed full. Later parts follow the first without waiting,
 * for libzmq counts whole messages. */
static int send_frame(void *socket, const void *data, size_t len, int flags)
{
	while (zmq_send(socket, data, len, flags) < 0)
		if (zmq_errno() != EINTR)
			return zmq_errno();
	return 0;
}

int zmq_publisher_send(struct zmq_publisher *p, const char *topic, const struct buffer *header, const void *payload,
		       size_t len, struct error *error)
{
	while (hear(p) || hear_monitor(p))
		;
	set_int(p->socket, ZMQ_SNDTIMEO, p->lagging ? 0 : SEND_WAIT_MS);
	int code = send_frame(p->socket, topic, strlen(topic), ZMQ_SNDMORE);
	p->lagging = code == EAGAIN;
	if (!code)
		code = send_frame(p->socket, header->data, header->len, ZMQ_SNDMORE);
	if (!code)
		code = send_frame(p->socket, payload, len, 0);
	if (!code)
		return 0;
	if (code == EAGAIN)
		return error_set(error, ERROR_DAMAGED,
				 "%s: a subscriber took nothing for %d s, assertions were dropped; "
				 "make it faster or end it",
				 p->url, SEND_WAIT_MS / 1000);
	return error_set(error, ERROR_FAILED, "%s: %s; start again", p->url, zmq_strerror(code));
}

/* True while the kernel holds something that a subscriber has not read. */
static bool unread(struct zmq_publisher *p)
{
	while (hear(p) || hear_monitor(p))
		;
	for (uint32_t i = 0; i < p->n_peers; i++) {
		int octets = 0;
		if (ioctl(p->peers[i], SIOCOUTQ, &octets) == 0 && octets > 0)
			return true;
	}
	return false;
}

/* Lets the subscribers read to the end before the socket is closed. Its linger alone would not do: what libzmq has
 * taken from its queue and not yet brought into the kernel is forgotten at close, and a receiver over ipc that is
 * busy forgets what it has not read when the other side has gone. Bounded by LINGER_MS. */
static bool drain(struct zmq_publisher *p)
{
	uint64_t until_ms = monotonic_ms() + LINGER_MS;
	for (int quiet = 0; quiet < QUIET_CHECKS; quiet++) {
		if (unread(p))
			quiet = -1;
		if (monotonic_ms() > until_ms)
			return false;
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	return true;
}

int zmq_publisher_close(struct zmq_publisher *p, struct error *error)
{
	bool drained = drain(p);
	int code = 0;
	if (!drained) {
		set_int(p->socket, ZMQ_LINGER, 0);
		code = error_set(error, ERROR_DAMAGED,
				 "%s: subscribers had not taken everything after %d s; the last of it is lost to them",
				 p->url, LINGER_MS / 1000);
	}
	release(p);
	return code;
}

/* Subscribing. */

struct zmq_subscriber {
	char *url;
	void *context, *socket;
	zmq_msg_t frames[3];
	char topic[256];
	struct buffer header;
};

static void forget_frames(struct zmq_subscriber *s)
{
	for (int i = 0; i < 3; i++) {
		zmq_msg_close(&s->frames[i]);
		zmq_msg_init(&s->frames[i]);
	}
}

void zmq_subscriber_close(struct zmq_subscriber *s)
{
	if (!s)
		return;
	for (int i = 0; i < 3; i++)
		zmq_msg_close(&s->frames[i]);
	if (s->socket)
		zmq_close(s->socket);
	if (s->context)
		zmq_ctx_term(s->context);
	buffer_fini(&s->header);
	free(s->url);
	free(s);
}

static int subscribe(struct zmq_subscriber *s, const char *url, const char *topic, struct error *error)
{
	s->context = zmq_ctx_new();
	s->socket = s->context ? zmq_socket(s->context, ZMQ_SUB) : NULL;
	if (!s->socket || !s->url)
		return error_set(error, ERROR_FAILED, "%s: no socket can be made; raise the limit of open files", url);
	int64_t most = MOST_BYTES;
	zmq_setsockopt(s->socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
	set_int(s->socket, ZMQ_LINGER, 0);
	set_int(s->socket, ZMQ_IPV6, 1);
	set_int(s->socket, ZMQ_RCVHWM, QUEUE_MESSAGES);
	zmq_setsockopt(s->socket, ZMQ_SUBSCRIBE, topic, strlen(topic));
	int code = attach(s->socket, url);
	return code ? zmq_wrong_address(url, code, "tcp://HOST:PORT or ipc://PATH", error) : 0;
}

int zmq_subscriber_open(const char *url, const char *topic, struct zmq_subscriber **out, struct error *error)
{
	struct zmq_subscriber *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(error, ERROR_FAILED, "%s: no memory", url);
	for (int i = 0; i < 3; i++)
		zmq_msg_init(&s->frames[i]);
	s->url = strdup(url);
	int code = subscribe(s, url, topic, error);
	if (code) {
		zmq_subscriber_close(s);
		return code;
	}
	*out = s;
	return 0;
}

/* All parts of a message; how many there were, or -1 and errno. Parts behind the third are let go. */
static int take_message(struct zmq_subscriber *s)
{
	int n = 0, more = 1;
	zmq_msg_t rest;
	zmq_msg_init(&rest);
	forget_frames(s);
	while (more) {
		zmq_msg_t *frame = n < 3 ? &s->frames[n] : &rest;
		if (zmq_msg_recv(frame, s->socket, n ? 0 : ZMQ_DONTWAIT) < 0)
			break;
		more = zmq_msg_more(frame);
		n++;
	}
	zmq_msg_close(&rest);
	return more ? -1 : n;
}

static bool broadcast(struct zmq_subscriber *s, struct zmq_broadcast *out)
{
	size_t topic = zmq_msg_size(&s->frames[0]), header = zmq_msg_size(&s->frames[1]);
	if (topic >= sizeof s->topic || header > HEADER_BYTES)
		return false;
	memcpy(s->topic, zmq_msg_data(&s->frames[0]), topic);
	s->topic[topic] = 0;
	buffer_clear(&s->header);
	buffer_add(&s->header, zmq_msg_data(&s->frames[1]), header);
	buffer_char(&s->header, 0);
	*out = (struct zmq_broadcast){.topic = s->topic,
				      .header = s->header.data,
				      .payload = zmq_msg_data(&s->frames[2]),
				      .payload_len = zmq_msg_size(&s->frames[2])};
	return !s->header.failed;
}

int zmq_subscriber_next(struct zmq_subscriber *s, int wait_ms, struct zmq_broadcast *out, struct error *error)
{
	zmq_pollitem_t item = {.socket = s->socket, .events = ZMQ_POLLIN};
	int ready = zmq_poll(&item, 1, wait_ms);
	if (ready == 0 || (ready < 0 && zmq_errno() == EINTR))
		return 0;
	if (ready < 0)
		return error_set(error, ERROR_FAILED, "%s: %s; start again", s->url, zmq_strerror(zmq_errno()));
	int parts = take_message(s);
	return parts == 3 && broadcast(s, out) ? 1 : 0;
}
