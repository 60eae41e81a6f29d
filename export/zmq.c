#include "export/zmq.h"

#include "export/json.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include <time.h>
#include <zmq.h>

#define BATCH_BYTES    ((size_t)48 << 10)
#define QUEUE_MESSAGES 256   /* per subscriber */
#define SEND_WAIT_MS   10000 /* how long a slow subscriber may hold us back */
#define LINGER_MS      10000
#define SETTLE_MS      1000
#define PER_ENCODED    64 /* assertions: some 32 KiB */
#define MOST_PEERS     256
#define QUIET_CHECKS   4          /* 5 ms apart */
#define MOST_BYTES     (64 << 20) /* of a message that comes in */
#define HEADER_BYTES   65536

enum { DROP_SLOW, DROP_SEND };

struct sink_zmq {
	struct sink sink;
	char *url; /* for sentences */
	void *context, *socket;
	char topic[160];
	uint8_t boot[16];
	uint64_t sequence; /* of the last message */
	bool lagging;      /* the last message was not taken: do not wait for the next */
	uint32_t subscribers;
	void *monitor;
	int peers[MOST_PEERS]; /* their connections */
	uint32_t n_peers;
	zmq_encode_fn *encode;
	struct assertion_encoder *encoder;
	struct provenance provenance;
	struct buffer provenance_json, header, lines;
	uint32_t pending; /* assertions in `lines` */
	struct error failure;
	int failed;
};

/* Opening. */

static int wrong_url(const char *url, int code, struct error *error)
{
	switch (code) {
	case EADDRINUSE:
		return error_set(error, ERROR_USAGE,
				 "%s: the address is in use; choose another or end the program that has it", url);
	case EADDRNOTAVAIL:
	case ENODEV:
		return error_set(error, ERROR_USAGE, "%s: this machine has no such address; give one it has, or *",
				 url);
	case EACCES:
		return error_set(error, ERROR_USAGE,
				 "%s: not allowed; choose a port above 1023 or a directory of yours", url);
	case ENOENT:
		return error_set(error, ERROR_USAGE, "%s: no such directory; make it or choose another", url);
	case EINVAL:
	case EPROTONOSUPPORT:
	case ENOCOMPATPROTO:
		return error_set(error, ERROR_USAGE,
				 "%s: no such address; give tcp://HOST:PORT or ipc://PATH, with bind: before it to "
				 "wait for others",
				 url);
	default:
		return error_set(error, ERROR_USAGE, "%s: %s; give another address", url, zmq_strerror(code));
	}
}

/* Binds or connects as the URL says. 0 or an errno. */
static int attach(void *socket, const char *url)
{
	bool binds = strncmp(url, "bind:", 5) == 0;
	const char *address = binds ? url + 5 : url;
	if (strncmp(address, "tcp://", 6) != 0 && strncmp(address, "ipc://", 6) != 0)
		return EINVAL;
	return (binds ? zmq_bind(socket, address) : zmq_connect(socket, address)) == 0 ? 0 : zmq_errno();
}

static void set_int(void *socket, int option, int value)
{
	(void)zmq_setsockopt(socket, option, &value, sizeof value);
}

/* Keeps the list of connections; true when there was news. */
static bool hear_monitor(struct sink_zmq *z)
{
	unsigned char event[6] = {0};
	uint16_t kind;
	int32_t fd;
	if (!z->monitor || zmq_recv(z->monitor, event, sizeof event, ZMQ_DONTWAIT) < 0)
		return false;
	char address[256];
	(void)zmq_recv(z->monitor, address, sizeof address, ZMQ_DONTWAIT);
	memcpy(&kind, event, sizeof kind);
	memcpy(&fd, event + 2, sizeof fd);
	if (kind != ZMQ_EVENT_DISCONNECTED) {
		if (z->n_peers < MOST_PEERS)
			z->peers[z->n_peers++] = fd;
		return true;
	}
	for (uint32_t i = 0; i < z->n_peers; i++)
		if (z->peers[i] == fd)
			z->peers[i--] = z->peers[--z->n_peers];
	return true;
}

/* Takes what subscribers said; true when there was something. */
static bool hear(struct sink_zmq *z)
{
	unsigned char message[256];
	int n = zmq_recv(z->socket, message, sizeof message, ZMQ_DONTWAIT);
	if (n < 0)
		return false;
	size_t len = (size_t)n > sizeof message ? sizeof message : (size_t)n;
	bool ours = len && len - 1 <= strlen(z->topic) && memcmp(message + 1, z->topic, len - 1) == 0;
	if (ours && message[0] == 1)
		z->subscribers++;
	else if (ours && z->subscribers)
		z->subscribers--;
	return true;
}

/* Connecting takes a moment: subscriptions that a fabric has already are given that long to arrive. */
static void settle(struct sink_zmq *z)
{
	zmq_pollitem_t item = {.socket = z->socket, .events = ZMQ_POLLIN};
	(void)zmq_poll(&item, 1, SETTLE_MS);
}

static int await_subscribers(struct sink_zmq *z, uint32_t wanted, struct error *error)
{
	while (z->subscribers < wanted) {
		zmq_pollitem_t item = {.socket = z->socket, .events = ZMQ_POLLIN};
		if (zmq_poll(&item, 1, -1) < 0)
			return error_set(error, ERROR_FAILED,
					 "%s: interrupted while waiting for %u subscribers, %u came", z->url, wanted,
					 z->subscribers);
		while (hear(z))
			;
	}
	return 0;
}

/* Sending. */

static void drop(struct sink_zmq *z, int which, uint64_t count)
{
	static const char *const reasons[] = {[DROP_SLOW] = "slowSubscriber", [DROP_SEND] = "send"};
	if (!count)
		return;
	z->sink.counters.dropped[which].reason = reasons[which];
	z->sink.counters.dropped[which].count += count;
	if (!z->sink.counters.dropped[0].reason) /* a reason without a count ends no list */
		z->sink.counters.dropped[0].reason = reasons[0];
}

static void write_header(struct sink_zmq *z, uint64_t sequence, uint32_t count)
{
	struct buffer *b = &z->header;
	char id[37];
	buffer_clear(b);
	uuid_text(z->provenance.component, id);
	BUFFER_LITERAL(b, "{\"component\":\"urn:uuid:");
	buffer_text(b, id);
	BUFFER_LITERAL(b, "\",\"boot\":");
	json_uuid(b, z->boot);
	BUFFER_LITERAL(b, ",\"sequence\":");
	buffer_u64(b, sequence);
	BUFFER_LITERAL(b, ",\"count\":");
	buffer_u64(b, count);
	buffer_text(b, z->encode ? ",\"contentType\":\"application/ipfix\",\"provenance\":"
				 : ",\"contentType\":\"application/x-ndjson\",\"provenance\":");
	buffer_add(b, z->provenance_json.data, z->provenance_json.len);
	buffer_char(b, '}');
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

/* The three frames. 0 or an errno. */
static int send_frames(struct sink_zmq *z, const void *payload, size_t len)
{
	set_int(z->socket, ZMQ_SNDTIMEO, z->lagging ? 0 : SEND_WAIT_MS);
	int code = z->header.failed ? ENOMEM : send_frame(z->socket, z->topic, strlen(z->topic), ZMQ_SNDMORE);
	z->lagging = code == EAGAIN;
	if (!code)
		code = send_frame(z->socket, z->header.data, z->header.len, ZMQ_SNDMORE);
	return code ? code : send_frame(z->socket, payload, len, 0);
}

static void send_message(struct sink_zmq *z, const void *payload, size_t len, uint32_t count)
{
	while (hear(z) || hear_monitor(z))
		;
	write_header(z, z->sequence + 1, count);
	int code = send_frames(z, payload, len);
	if (!code) {
		z->sequence++;
		z->sink.counters.delivered += count;
		return;
	}
	drop(z, code == EAGAIN ? DROP_SLOW : DROP_SEND, count);
	if (z->failed)
		return;
	if (code == EAGAIN)
		z->failed = error_set(&z->failure, ERROR_DAMAGED,
				      "%s: a subscriber took nothing for %d s, assertions were dropped; "
				      "make it faster or end it",
				      z->url, SEND_WAIT_MS / 1000);
	else
		z->failed = error_set(&z->failure, ERROR_FAILED, "%s: %s; start again", z->url, zmq_strerror(code));
}

static void flush(struct sink *s)
{
	struct sink_zmq *z = (struct sink_zmq *)s;
	if (!z->pending)
		return;
	if (z->lines.failed)
		drop(z, DROP_SEND, z->pending);
	else
		send_message(z, z->lines.data, z->lines.len, z->pending);
	z->pending = 0;
	buffer_clear(&z->lines);
}

static void provenance(struct sink *s, const struct provenance *p)
{
	struct sink_zmq *z = (struct sink_zmq *)s;
	flush(s);
	z->provenance = *p;
	buffer_clear(&z->provenance_json);
	json_provenance_object(&z->provenance_json, p);
}

/* Assertions of a block as messages of the other form. */
static void encode(struct sink_zmq *z, const struct assertion *assertions, uint32_t count)
{
	for (uint32_t done = 0; done < count;) {
		uint32_t n = count - done < PER_ENCODED ? count - done : PER_ENCODED;
		struct error error = {""};
		buffer_clear(&z->lines);
		uint32_t taken = z->encode(z->encoder, z->provenance.id, assertions + done, n, &z->lines, &error);
		if (taken)
			send_message(z, z->lines.data, z->lines.len, taken);
		drop(z, DROP_SEND, n - taken);
		if (taken < n && !z->failed) {
			z->failure = error;
			z->failed = ERROR_DAMAGED;
		}
		done += n;
	}
	buffer_clear(&z->lines);
}

static void write_assertions(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct sink_zmq *z = (struct sink_zmq *)s;
	s->counters.offered += count;
	if (z->encode) {
		encode(z, assertions, count);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		json_assertion(&z->lines, &z->provenance, &assertions[i]);
		z->pending++;
		if (z->lines.len >= BATCH_BYTES || z->lines.failed)
			flush(s);
	}
}

static uint64_t monotonic_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* True while the kernel holds something that a subscriber has not read. */
static bool unread(struct sink_zmq *z)
{
	while (hear(z) || hear_monitor(z))
		;
	for (uint32_t i = 0; i < z->n_peers; i++) {
		int octets = 0;
		if (ioctl(z->peers[i], SIOCOUTQ, &octets) == 0 && octets > 0)
			return true;
	}
	return false;
}

/* Lets the subscribers read to the end before the socket is closed. Its linger alone would not do: what libzmq has
 * taken from its queue and not yet brought into the kernel is forgotten at close, and a receiver over ipc that is
 * busy forgets what it has not read when the other side has gone. Bounded by LINGER_MS. */
static bool drain(struct sink_zmq *z)
{
	uint64_t until_ms = monotonic_ms() + LINGER_MS;
	for (int quiet = 0; quiet < QUIET_CHECKS; quiet++) {
		if (unread(z))
			quiet = -1;
		if (monotonic_ms() > until_ms)
			return false;
		nanosleep(&(struct timespec){0, 5000000}, NULL);
	}
	return true;
}

static void release(struct sink_zmq *z)
{
	if (z->monitor)
		zmq_close(z->monitor);
	if (z->socket)
		zmq_close(z->socket);
	if (z->context)
		zmq_ctx_term(z->context);
	buffer_fini(&z->provenance_json);
	buffer_fini(&z->header);
	buffer_fini(&z->lines);
	free(z->url);
	free(z);
}

static int close_sink(struct sink *s, struct error *error)
{
	struct sink_zmq *z = (struct sink_zmq *)s;
	flush(s);
	bool drained = drain(z);
	if (!drained)
		set_int(z->socket, ZMQ_LINGER, 0);
	int code = z->failed;
	if (code && error)
		*error = z->failure;
	else if (!drained)
		code = error_set(error, ERROR_DAMAGED,
				 "%s: subscribers had not taken everything after %d s; the last of it is lost to them",
				 z->url, LINGER_MS / 1000);
	release(z);
	return code;
}

/* A pair of sockets inside the process on which libzmq tells of connections. */
static void watch_peers(struct sink_zmq *z)
{
	static const char address[] = "inproc://peers";
	int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED;
	if (zmq_socket_monitor(z->socket, address, events) != 0)
		return;
	z->monitor = zmq_socket(z->context, ZMQ_PAIR);
	if (z->monitor && zmq_connect(z->monitor, address) == 0)
		return;
	zmq_socket_monitor(z->socket, NULL, 0);
}

static int set_up(struct sink_zmq *z, const struct zmq_options *o, struct error *error)
{
	z->context = zmq_ctx_new();
	z->socket = z->context ? zmq_socket(z->context, ZMQ_XPUB) : NULL;
	if (!z->socket || getrandom(z->boot, sizeof z->boot, 0) != (ssize_t)sizeof z->boot)
		return error_set(error, ERROR_FAILED, "%s: no socket can be made; raise the limit of open files",
				 o->url);
	z->boot[6] = (uint8_t)((z->boot[6] & 0x0f) | 0x40);
	z->boot[8] = (uint8_t)((z->boot[8] & 0x3f) | 0x80);
	set_int(z->socket, ZMQ_XPUB_NODROP, 1);
	set_int(z->socket, ZMQ_XPUB_VERBOSER, 1); /* count subscribers, not topics */
	set_int(z->socket, ZMQ_SNDHWM, QUEUE_MESSAGES);
	set_int(z->socket, ZMQ_LINGER, LINGER_MS);
	set_int(z->socket, ZMQ_IPV6, 1);
	watch_peers(z);
	int code = attach(z->socket, o->url);
	if (code) {
		set_int(z->socket, ZMQ_LINGER, 0);
		return wrong_url(o->url, code, error);
	}
	if (!o->wait && strncmp(o->url, "bind:", 5) != 0)
		settle(z);
	return await_subscribers(z, o->wait, error);
}

int sink_zmq_open(const struct zmq_options *o, struct sink **out, struct error *error)
{
	struct sink_zmq *z = calloc(1, sizeof *z);
	char *url = strdup(o->url);
	if (!z || !url) {
		free(z);
		free(url);
		return error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	}
	z->url = url;
	z->encode = o->encode;
	z->encoder = o->encoder;
	z->sink = (struct sink){.name = "publish",
				.provenance = provenance,
				.write = write_assertions,
				.flush = flush,
				.close = close_sink};
	snprintf(z->topic, sizeof z->topic, "/notification/collection/observation/%s/%.100s/",
		 o->encode ? "ipfix" : "json", o->site && *o->site ? o->site : "default");
	int code = set_up(z, o, error);
	if (code) {
		release(z);
		return code;
	}
	*out = &z->sink;
	return 0;
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
	return code ? wrong_url(url, code, error) : 0;
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
