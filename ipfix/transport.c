#include "ipfix/transport.h"

#include "core/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT           "4739" /* RFC 7011 10.1 */
#define PORT_TLS       "4740" /* RFC 7011 10.1: ipfixs */
#define PATIENCE_S     10     /* a peer that takes nothing for so long is taken for gone */
#define HOST_BYTES     200
#define DATAGRAM_QUEUE (4 << 20)

static int open_file(struct transport *t, const char *path, struct error *error)
{
	if (!strcmp(path, "-")) {
		t->fd = STDOUT_FILENO;
		return 0;
	}
	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (t->fd < 0)
		return error_set(error, ERROR_USAGE, "flow file %s cannot be written: %s", path, strerror(errno));
	t->close_fd = true;
	return 0;
}

/* host:port, [v6]:port, either without port. */
static bool split(const char *text, const char *usual_port, char host[HOST_BYTES], char port[16])
{
	const char *end = *text == '[' ? strchr(text, ']') : strrchr(text, ':');
	const char *begin = text + (*text == '[');
	if (*text == '[' && !end)
		return false;
	size_t len = end ? (size_t)(end - begin) : strlen(begin);
	const char *rest = end ? end + (*end == ']') : begin + len;
	if (!len || len >= HOST_BYTES || (*rest && *rest != ':') || (*text != '[' && memchr(begin, ':', len)))
		return false;
	memcpy(host, begin, len);
	host[len] = 0;
	int n = snprintf(port, 16, "%s", *rest ? rest + 1 : usual_port);
	return n > 0 && n < 16 && port_is_text(port);
}

static int try_address(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
	if (fd < 0)
		return -1;
	struct timeval patience = {.tv_sec = PATIENCE_S};
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* bounds connect() as well */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience); /* for what is said before the messages */
	if (a->ai_socktype == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){DATAGRAM_QUEUE}, sizeof(int));
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int connect_to(struct transport *t, const char *host, const char *port, int type, struct error *error)
{
	struct addrinfo *all, hints = {.ai_socktype = type, .ai_flags = AI_ADDRCONFIG};
	int e = getaddrinfo(host, port, &hints, &all);
	if (e)
		return error_set(error, ERROR_USAGE, "flows %s: host %s is not known: %s", t->url, host,
				 gai_strerror(e));
	for (struct addrinfo *a = all; a && t->fd < 0; a = a->ai_next)
		t->fd = try_address(a);
	freeaddrinfo(all);
	if (t->fd < 0)
		return error_set(error, ERROR_FAILED, "flows %s: no connection: %s; is a collector listening there?",
				 t->url, strerror(errno));
	t->datagrams = type == SOCK_DGRAM;
	t->close_fd = true;
	return 0;
}

/* The ways there are by a scheme; whatever has none is a file. */
static const struct way {
	const char *scheme, *port;
	int type;
	bool tls;
} ways[] = {
	{"udp://", PORT, SOCK_DGRAM, false},
	{"tcp://", PORT, SOCK_STREAM, false},
	{"tls://", PORT_TLS, SOCK_STREAM, true},
};

static int open_peer(struct transport *t, const struct way *way, const struct tls_identity *identity,
		     struct error *error)
{
	char host[HOST_BYTES], port[16];
	if (!split(t->url + strlen(way->scheme), way->port, host, port))
		return error_set(error, ERROR_USAGE, "flows %s: expected HOST:PORT or [IPv6]:PORT after //", t->url);
	int code = way->tls ? tls_open(t->url, identity, &t->tls, error) : 0;
	if (!code)
		code = connect_to(t, host, port, way->type, error);
	if (!code && t->tls)
		code = tls_connect(t->tls, t->fd, host, error);
	if (code)
		(void)transport_close(t, NULL);
	return code;
}

int transport_open(struct transport *t, const char *url, const struct tls_identity *identity, struct error *error)
{
	*t = (struct transport){.fd = -1};
	int n = snprintf(t->url, sizeof t->url, "%s", url);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && n < (int)sizeof t->url; i++)
		if (!strncmp(url, ways[i].scheme, strlen(ways[i].scheme)))
			return open_peer(t, &ways[i], identity, error);
	if (strstr(url, "://"))
		return error_set(
			error, ERROR_USAGE,
			"flows %s: there is no such transport; use a file, udp://, tcp:// or tls:// with HOST:PORT",
			t->url);
	if (!*url)
		return error_set(error, ERROR_USAGE, "flows: the name of the file is empty");
	return open_file(t, url, error);
}

static ssize_t put(const struct transport *t, const void *data, size_t len)
{
	if (t->tls)
		return tls_put(t->tls, data, len);
	ssize_t n = send(t->fd, data, len, MSG_NOSIGNAL);
	return n < 0 && errno == ENOTSOCK ? write(t->fd, data, len) : n;
}

int transport_send(struct transport *t, const void *data, size_t len, struct error *error)
{
	const uint8_t *p = data;
	bool again = t->datagrams;
	while (len) {
		ssize_t n = put(t, p, len);
		if (n < 0 && !t->tls && errno == EINTR)
			continue;
		if (n < 0 && errno == ECONNREFUSED && again) {
			again = false; /* tells of an earlier datagram; this one has not been tried */
			continue;
		}
		if (n <= 0)
			return error_set(error, ERROR_FAILED,
					 "flows %s: writing failed: %s; what follows is dropped and counted", t->url,
					 t->tls ? tls_problem(t->tls)
					 : n    ? strerror(errno)
						: "nothing was taken");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

bool transport_reopen(struct transport *t)
{
	if (!t->close_fd || strstr(t->url, "://"))
		return false;
	int fd = open(t->url, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	(void)close(t->fd);
	t->fd = fd;
	return true;
}

int transport_close(struct transport *t, struct error *error)
{
	int fd = t->fd;
	t->fd = -1;
	tls_close(t->tls);
	t->tls = NULL;
	if (fd < 0 || !t->close_fd || close(fd) == 0 || errno == EINTR)
		return 0;
	return error_set(error, ERROR_FAILED, "flows %s: closing failed: %s", t->url, strerror(errno));
}
