/* Questions to a repository over HTTP, on loopback, as JSON (docs/repository.md, «Over HTTP»).
 *
 * Reads only. The server has one thread of its own (libmicrohttpd) and a connection of its own to the repository, so
 * that nobody waits for it. It speaks no TLS: it listens on loopback addresses alone; a proxy that does stands before
 * it. Who asks shows a token; each token has a role: `admin` sees everything, `viewer` neither user names nor
 * histories. Without a list of tokens everybody on this machine is a viewer.
 */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_HTTP_H
#define ONLOOKER_DOMAIN_REPOSITORY_HTTP_H

#include "core/error.h"

#include <stdint.h>

struct repository_http;

struct repository_http_settings {
	const char *url;    /* of the repository */
	const char *listen; /* "127.0.0.1:5580", "[::1]:5580"; port 0: any */
	const char *tokens; /* file: "ROLE SHA256-OF-TOKEN-IN-HEX NAME" a line; NULL: there are none */
};

/* Counters, read at any time. requests = answered + refused; of the connections `taken`, `open` are there and `ended`
 * were ended because others came (domain/http_connections.h). */
struct repository_http_counters {
	uint64_t requests, answered, refused, taken, open, ended;
};

/* 0 and *out, or ERROR_USAGE and a sentence. */
int repository_http_start(const struct repository_http_settings *settings, struct repository_http **out,
			  struct error *error);
/* Reads the file of tokens anew; from the thread that started it. 0, or ERROR_USAGE and a sentence: those it had
 * stay. */
int repository_http_reload(struct repository_http *http, struct error *error);
/* Answers what is being asked, then ends. */
void repository_http_stop(struct repository_http *http);

uint16_t repository_http_port(const struct repository_http *http);
struct repository_http_counters repository_http_counted(const struct repository_http *http);

#endif
