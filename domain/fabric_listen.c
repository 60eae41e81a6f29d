/* Where the fabric listens: its addresses, and what binds them anew when its key is another. */
#include "domain/fabric_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool beside(const char *url, char *out, size_t size)
{
	int n = url ? snprintf(out, size, "%s.broadcast", url) : -1;
	return n > 0 && (size_t)n < size;
}

bool fabric_broadcast_url(const char *url, char *out, size_t size)
{
	if (strncmp(url, "ipc://", 6) == 0 || strncmp(url, "inproc://", 9) == 0)
		return beside(url, out, size);
	const char *colon = strncmp(url, "tcp://", 6) == 0 ? strrchr(url + 6, ':') : NULL;
	if (!colon || colon == url + 6)
		return false;
	char *end = NULL;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (!port || port > 65534 || *end)
		return false;
	int n = snprintf(out, size, "%.*s:%lu", (int)(colon - url), url, port + 1);
	return n > 0 && (size_t)n < size;
}

static bool loopback(const char *url)
{
	return strncmp(url, "ipc://", 6) == 0 || strncmp(url, "inproc://", 9) == 0 ||
	       strncmp(url, "tcp://127.", 10) == 0 || strncmp(url, "tcp://[::1]:", 12) == 0 ||
	       strncmp(url, "tcp://localhost:", 16) == 0;
}

static int bind_address(struct fabric *f, struct listener *l, struct error *error)
{
	const struct socket_security curve = {
		.public_key = f->own.public_key, .secret_key = f->own.secret_key, .server = true};
	int code = socket_bind(l->socket, l->url, l->curve ? &curve : NULL, error);
	l->bound = code == 0;
	if (l->bound)
		socket_endpoint(l->socket, l->endpoint);
	return code;
}

static int add(struct fabric *f, struct socket *socket, const char *url, bool curve, struct error *error)
{
	struct listener *l = &f->listeners[f->n_listeners];
	if (f->n_listeners == MOST_LISTENERS)
		return error_set(error, ERROR_USAGE, "%s: more than %u addresses; leave some out", url,
				 MOST_LISTENERS / 2);
	l->socket = socket;
	l->curve = curve;
	if (!(l->url = strdup(url)))
		return error_set(error, ERROR_FAILED, "%s: no memory", url);
	f->n_listeners++;
	return bind_address(f, l, error);
}

int fabric_listen(struct fabric *f, const char *url, struct error *error)
{
	char broadcast[SOCKET_URL_BYTES];
	bool inproc = strncmp(url, "inproc://", 9) == 0, plain = inproc || (f->plain && loopback(url));
	f->inproc |= inproc;
	if (!fabric_broadcast_url(url, broadcast, sizeof broadcast))
		return error_set(error, ERROR_USAGE,
				 "%s: no address of a fabric; give tcp://HOST:PORT (PORT+1 is used, too) or ipc://PATH",
				 url);
	if (!plain && !*f->own.secret_key)
		return error_set(error, ERROR_USAGE,
				 "%s: needs keys; make them with onlooker keys make fabric and name their directory "
				 "with --keys, or, on this machine only, say --plain",
				 url);
	int code = add(f, f->directed, url, !plain, error);
	return code ? code : add(f, f->broadcast, broadcast, !plain, error);
}

void fabric_unlisten(struct fabric *f)
{
	for (uint32_t i = 0; i < f->n_listeners; i++) {
		struct listener *l = &f->listeners[i];
		if (!l->curve || !l->bound)
			continue;
		socket_unbind(l->socket, l->endpoint);
		l->bound = false;
		f->unbound++;
	}
}

void fabric_relisten(struct fabric *f)
{
	struct error error;
	for (uint32_t i = 0; i < f->n_listeners && f->unbound; i++)
		if (!f->listeners[i].bound && bind_address(f, &f->listeners[i], &error) == 0)
			f->unbound--;
}

void fabric_listeners_free(struct fabric *f)
{
	for (uint32_t i = 0; i < f->n_listeners; i++)
		free(f->listeners[i].url);
	f->n_listeners = 0;
}
