#include "export/metrics.h"

#include "core/address.h"
#include "core/monotonic.h"
#include "core/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_BYTES   4096
#define PATIENCE_SECOND 2 /* for a client to ask and to listen */
#define CLIENTS         32

/* ---- the text ---- */

static void head(struct buffer *b, const char *name, const char *type, const char *help)
{
	buffer_format(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void line(struct buffer *b, const char *name, const char *type, const char *help, uint64_t value)
{
	head(b, name, type, help);
	buffer_format(b, "%s %" PRIu64 "\n", name, value);
}

static void reasons(struct buffer *b, const char *name, const char *label, const char *help,
		    const struct stats_reasons *first, const struct stats_reasons *second)
{
	const struct stats_reasons *both[] = {first, second};
	head(b, name, "counter", help);
	for (int k = 0; k < 2 && both[k]; k++)
		for (int i = 0; i < STATS_REASONS && both[k]->rows[i].name; i++)
			buffer_format(b, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, both[k]->rows[i].name,
				      both[k]->rows[i].count);
}

/* Single numbers of the whole. */
static const struct row {
	const char *name, *type, *help;
	size_t at;
} rows[] = {
	{"onlooker_capture_received_packets_total", "counter", "Frames received, lost ones after reception included.",
	 offsetof(struct stats, packets.received)},
	{"onlooker_capture_received_bytes_total", "counter", "Their octets on the wire.",
	 offsetof(struct stats, packets.bytes)},
	{"onlooker_capture_filtered_packets_total", "counter",
	 "Frames the filter refused, copies dropped, and what must not be observed.",
	 offsetof(struct stats, packets.filtered)},
	{"onlooker_capture_copied_packets_total", "counter", "Copies of a packet dropped; among the filtered.",
	 offsetof(struct stats, packets.copies)},
	{"onlooker_capture_excluded_packets_total", "counter",
	 "Frames of those who must not be observed; among the filtered.", offsetof(struct stats, packets.excluded)},
	{"onlooker_decode_ip_packets_total", "counter", "Frames decoded down to IP.",
	 offsetof(struct stats, packets.decoded)},
	{"onlooker_decode_other_packets_total", "counter", "Whole frames that are not IP.",
	 offsetof(struct stats, packets.not_ip)},
	{"onlooker_meter_created_flows_total", "counter", "Biflows begun.", offsetof(struct stats, flows.created)},
	{"onlooker_meter_exported_flows_total", "counter", "Biflows ended.", offsetof(struct stats, flows.exported)},
	{"onlooker_meter_active_flows", "gauge", "Biflows at this moment.", offsetof(struct stats, flows.active)},
	{"onlooker_classify_made_observations_total", "counter", "Observations made.",
	 offsetof(struct stats, observations.made)},
	{"onlooker_classify_merged_observations_total", "counter", "Observations that repeated one.",
	 offsetof(struct stats, observations.merged)},
	{"onlooker_classify_made_assertions_total", "counter", "Assertions made.",
	 offsetof(struct stats, assertions_made)},
	{"onlooker_classify_known_endpoints", "gauge", "Endpoints seen.", offsetof(struct stats, endpoints)},
	{"onlooker_process_resident_bytes", "gauge", "Most memory resident so far.",
	 offsetof(struct stats, max_rss_bytes)},
};

/* Numbers of each worker. */
static const struct row worker_rows[] = {
	{"onlooker_worker_received_packets_total", "counter", "Frames of the worker's own queue.",
	 offsetof(struct stats_worker, received)},
	{"onlooker_worker_handed_over_packets_total", "counter", "Of them, passed on to another worker.",
	 offsetof(struct stats_worker, handed_over)},
	{"onlooker_worker_taken_over_packets_total", "counter", "Frames that another worker passed on.",
	 offsetof(struct stats_worker, taken_over)},
	{"onlooker_worker_lost_packets_total", "counter", "Frames lost in the worker's queue.",
	 offsetof(struct stats_worker, lost)},
	{"onlooker_worker_decoded_packets_total", "counter", "Frames decoded down to IP.",
	 offsetof(struct stats_worker, decoded)},
	{"onlooker_worker_active_flows", "gauge", "Biflows at this moment.", offsetof(struct stats_worker, active)},
	{"onlooker_worker_shed_flows_total", "counter", "Biflows shed.", offsetof(struct stats_worker, shed)},
};

static uint64_t number_at(const void *base, size_t at)
{
	return *(const uint64_t *)(const void *)((const char *)base + at);
}

static void workers(struct buffer *b, const struct stats *s)
{
	uint32_t n = s->workers < STATS_WORKERS ? s->workers : STATS_WORKERS;
	for (size_t k = 0; k < sizeof worker_rows / sizeof *worker_rows; k++) {
		const struct row *r = &worker_rows[k];
		head(b, r->name, r->type, r->help);
		for (uint32_t i = 0; i < n; i++)
			buffer_format(b, "%s{worker=\"%" PRIu32 "\"} %" PRIu64 "\n", r->name, i,
				      number_at(&s->per_worker[i], r->at));
	}
}

static void sinks(struct buffer *b, const struct stats *s)
{
	static const char *const names[] = {"onlooker_export_offered_records_total",
					    "onlooker_export_delivered_records_total",
					    "onlooker_export_dropped_records_total"};
	head(b, names[0], "counter", "Records a sink was offered, those it still holds left out.");
	for (uint32_t i = 0; i < s->n_sinks; i++)
		buffer_format(b, "%s{sink=\"%s\"} %" PRIu64 "\n", names[0], s->sinks[i].name,
			      s->sinks[i].counters.offered);
	head(b, names[1], "counter", "Records it delivered.");
	for (uint32_t i = 0; i < s->n_sinks; i++)
		buffer_format(b, "%s{sink=\"%s\"} %" PRIu64 "\n", names[1], s->sinks[i].name,
			      s->sinks[i].counters.delivered);
	head(b, names[2], "counter", "Records it dropped.");
	for (uint32_t i = 0; i < s->n_sinks; i++)
		for (int k = 0; k < SINK_DROP_REASONS && s->sinks[i].counters.dropped[k].reason; k++)
			buffer_format(b, "%s{sink=\"%s\",reason=\"%s\"} %" PRIu64 "\n", names[2], s->sinks[i].name,
				      s->sinks[i].counters.dropped[k].reason, s->sinks[i].counters.dropped[k].count);
}

void metrics_text(struct buffer *b, const struct stats *s)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		line(b, rows[i].name, rows[i].type, rows[i].help, number_at(s, rows[i].at));
	reasons(b, "onlooker_capture_lost_packets_total", "reason", "Frames lost, before or after reception.",
		&s->packets.lost, &s->packets.not_received);
	reasons(b, "onlooker_decode_malformed_packets_total", "reason", "Frames that contradict themselves.",
		&s->packets.malformed, NULL);
	reasons(b, "onlooker_decode_fragmented_datagrams_total", "state", "Fragments, and what became of datagrams.",
		&s->packets.fragments, NULL);
	reasons(b, "onlooker_meter_shed_flows_total", "reason", "Biflows shed.", &s->flows.shed, NULL);
	reasons(b, "onlooker_classify_shed_observations_total", "reason", "Observations shed.", &s->observations.shed,
		NULL);
	workers(b, s);
	sinks(b, s);
	head(b, "onlooker_process_cpu_seconds_total", "counter", "Processor time of all threads.");
	buffer_format(b, "onlooker_process_cpu_seconds_total %.6f\n", s->cpu_seconds);
}

/* ---- the server ---- */

/* One that has not asked all of its question yet. */
struct client {
	int fd;
	uint64_t since_ms;
	size_t have;
	char request[REQUEST_BYTES];
};

struct metrics {
	int listener, stop; /* stop: an eventfd */
	pthread_t thread;
	bool started;
	void (*look)(void *context, struct stats *out);
	void *context;
	/* the thread's */
	struct stats stats;
	struct client clients[CLIENTS]; /* oldest first */
	uint32_t n_clients;
};

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

static void answer(struct metrics *m, int fd, const char *request)
{
	static const char nothing[] = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
	const struct timeval patience = {.tv_sec = PATIENCE_SECOND};
	char top[160];
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (strncmp(request, "GET /metrics ", 13) != 0 && strncmp(request, "GET / ", 6) != 0) {
		send_all(fd, nothing, sizeof nothing - 1);
		return;
	}
	struct buffer b = {0};
	m->look(m->context, &m->stats);
	metrics_text(&b, &m->stats);
	int n = snprintf(top, sizeof top,
			 "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 b.len);
	send_all(fd, top, (size_t)n);
	send_all(fd, b.data, b.len);
	buffer_fini(&b);
}

static void drop(struct metrics *m, uint32_t i)
{
	close(m->clients[i].fd);
	memmove(&m->clients[i], &m->clients[i + 1], (--m->n_clients - i) * sizeof *m->clients);
}

/* A new one; the oldest of those that are silent makes room. */
static void take_client(struct metrics *m)
{
	int fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (m->n_clients == CLIENTS)
		drop(m, 0);
	struct client *c = &m->clients[m->n_clients++];
	c->fd = fd;
	c->since_ms = monotonic_ms();
	c->have = 0;
}

/* Reads on; a request ends with an empty line. True when there is nothing more to do for it. */
static bool hear(struct metrics *m, struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->have, REQUEST_BYTES - 1 - c->have, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return monotonic_ms() > c->since_ms + 1000u * PATIENCE_SECOND;
	if (n <= 0)
		return true;
	c->have += (size_t)n;
	c->request[c->have] = 0;
	bool whole = strstr(c->request, "\r\n\r\n") || strstr(c->request, "\n\n");
	if (whole)
		answer(m, c->fd, c->request);
	return whole || c->have == REQUEST_BYTES - 1;
}

/* Nobody waits for one that is silent. */
static void *serve(void *context)
{
	struct metrics *m = context;
	struct pollfd fds[CLIENTS + 2] = {{.fd = m->listener, .events = POLLIN}, {.fd = m->stop, .events = POLLIN}};
	for (;;) {
		for (uint32_t i = 0; i < m->n_clients; i++)
			fds[i + 2] = (struct pollfd){.fd = m->clients[i].fd, .events = POLLIN};
		if (poll(fds, m->n_clients + 2, m->n_clients ? 1000 : -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		for (uint32_t i = m->n_clients; i-- > 0;)
			if (hear(m, &m->clients[i]))
				drop(m, i);
		if (fds[0].revents)
			take_client(m);
	}
}

/* Takes "HOST:PORT" apart; host gets 127.0.0.1 when only a port is named. */
static bool split(const char *address, char host[256], const char **port)
{
	const char *colon = strrchr(address, ':');
	*port = colon ? colon + 1 : address;
	snprintf(host, 256, "%.*s", colon ? (int)(colon - address) : 9, colon ? address : "127.0.0.1");
	size_t n = strlen(host);
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = 0;
	}
	return *host && port_is_text(*port);
}

static int listen_at(const struct addrinfo *a)
{
	const int one = 1;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, 16))
		return fd;
	close(fd);
	return -1;
}

static int open_listener(const char *address, int *fd, struct error *error)
{
	char host[256];
	const char *port;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
	if (!split(address, host, &port))
		return error_set(error, ERROR_USAGE, "--metrics: '%s' is no HOST:PORT or PORT", address);
	int code = getaddrinfo(host, port, &hints, &found);
	if (code)
		return error_set(error, ERROR_USAGE, "--metrics: %s: %s", address, gai_strerror(code));
	*fd = listen_at(found);
	code = errno;
	freeaddrinfo(found);
	return *fd < 0 ? error_set(error, ERROR_USAGE, "--metrics: %s: %s; name another port", address, strerror(code))
		       : 0;
}

int metrics_open(const char *address, struct metrics **out, struct error *error)
{
	struct metrics *m = calloc(1, sizeof *m);
	if (!m)
		return error_set(error, ERROR_FAILED, "--metrics: no memory");
	m->listener = m->stop = -1;
	int code = open_listener(address, &m->listener, error);
	if (!code && (m->stop = eventfd(0, EFD_CLOEXEC)) < 0)
		code = error_set(error, ERROR_FAILED, "--metrics: %s", strerror(errno));
	if (code)
		metrics_close(m);
	else
		*out = m;
	return code;
}

int metrics_start(struct metrics *m, void (*look)(void *context, struct stats *out), void *context, struct error *error)
{
	m->look = look;
	m->context = context;
	if (thread_start(&m->thread, "metrics", NULL, serve, m))
		return error_set(error, ERROR_FAILED, "--metrics: no thread to answer with");
	m->started = true;
	return 0;
}

void metrics_stop(struct metrics *m)
{
	const uint64_t one = 1;
	if (!m || !m->started)
		return;
	if (write(m->stop, &one, sizeof one) == sizeof one)
		pthread_join(m->thread, NULL);
	m->started = false;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	metrics_stop(m);
	while (m->n_clients)
		drop(m, m->n_clients - 1);
	if (m->listener >= 0)
		close(m->listener);
	if (m->stop >= 0)
		close(m->stop);
	free(m);
}
