#include "domain/http_connections.h"

#include <stdio.h>
#include <sys/socket.h>

static struct http_connection *slot_of(struct http_connections *h, const struct MHD_Connection *c)
{
	for (uint32_t i = 0; i < HTTP_CONNECTIONS; i++)
		if (h->slots[i].connection == c)
			return &h->slots[i];
	return NULL;
}

static void end_eldest(struct http_connections *h)
{
	struct http_connection *eldest = NULL;
	for (uint32_t i = 0; i < HTTP_CONNECTIONS; i++) {
		struct http_connection *s = &h->slots[i];
		if (s->connection && !s->ended && (!eldest || s->since < eldest->since))
			eldest = s;
	}
	const union MHD_ConnectionInfo *info =
		eldest ? MHD_get_connection_info(eldest->connection, MHD_CONNECTION_INFO_CONNECTION_FD) : NULL;
	if (!info)
		return;
	shutdown(info->connect_fd, SHUT_RDWR); /* the server finds its end and closes it */
	eldest->ended = true;
	h->live--;
	if (atomic_fetch_add_explicit(&h->ended, 1, memory_order_relaxed) == 0)
		fprintf(stderr,
			"onlooker repository: HTTP: more than %d connections at once; those that have longest asked "
			"for "
			"nothing whole are ended, /v1/counters counts them\n",
			HTTP_CONNECTIONS_KEPT);
}

void http_connections_note(void *arg, struct MHD_Connection *c, void **context,
			   enum MHD_ConnectionNotificationCode what)
{
	struct http_connections *h = arg;
	(void)context;
	bool came = what == MHD_CONNECTION_NOTIFY_STARTED;
	struct http_connection *s = slot_of(h, came ? NULL : c);
	if (!s)
		return;
	if (!came) {
		h->live -= !s->ended;
		*s = (struct http_connection){.connection = NULL};
		atomic_fetch_sub_explicit(&h->open, 1, memory_order_relaxed);
		return;
	}
	*s = (struct http_connection){.connection = c, .since = h->order++};
	atomic_fetch_add_explicit(&h->taken, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->open, 1, memory_order_relaxed);
	if (++h->live > HTTP_CONNECTIONS_KEPT)
		end_eldest(h);
}

void http_connections_finished(struct http_connections *h, struct MHD_Connection *c)
{
	struct http_connection *s = slot_of(h, c);
	if (s)
		s->since = h->order++;
}
