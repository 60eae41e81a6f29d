/* The connections of an HTTP server, so that nobody who holds them keeps others out.
 *
 * A server has so many connections at once. Who sends a request octet by octet, or reads an answer so, is never idle
 * and would keep its own for ever. So before all are taken the one that has longest finished no request is ended: a
 * client that asks is served meanwhile, however many others only hold on. The server's own thread only, but for the
 * counters.
 */
#ifndef ONLOOKER_DOMAIN_HTTP_CONNECTIONS_H
#define ONLOOKER_DOMAIN_HTTP_CONNECTIONS_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP_CONNECTIONS      64 /* at once */
#define HTTP_CONNECTIONS_KEPT 60 /* with one more the eldest is ended: what ends is there for a moment still */

struct http_connection {
	struct MHD_Connection *connection; /* NULL: nobody's */
	uint64_t since;                    /* order in which they came or last finished a request */
	bool ended;
};

struct http_connections {
	struct http_connection slots[HTTP_CONNECTIONS];
	uint64_t order;
	uint32_t live;
	/* its thread writes, others read */
	_Atomic uint64_t taken, ended, open;
};

/* For MHD_OPTION_NOTIFY_CONNECTION; `arg` is a struct http_connections. */
void http_connections_note(void *arg, struct MHD_Connection *c, void **context,
			   enum MHD_ConnectionNotificationCode what);
/* A request of this connection is over. */
void http_connections_finished(struct http_connections *h, struct MHD_Connection *c);

#endif
