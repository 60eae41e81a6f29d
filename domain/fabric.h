/* The integration service: a broker between the components of a site (docs/fabric.md).
 *
 * One thread, one loop: handshakes, directed messages, broadcasts. It keeps nothing of what it passes on; payloads are
 * opaque to it. Everything is bounded: peers, requests open, queues; what finds no room is refused or missed, and
 * counted.
 */
#ifndef ONLOOKER_DOMAIN_FABRIC_H
#define ONLOOKER_DOMAIN_FABRIC_H

#include "core/error.h"
#include "domain/socket.h"

#include <stdatomic.h>

struct fabric;

struct fabric_options {
	struct socket_context *context; /* the caller's; for inproc shared by all roles */
	const char *const *listen;      /* URLs to bind, at least one */
	uint32_t n_listen;
	const char *keys;  /* directory with fabric.key and allowed; NULL: every socket is plain */
	const char *state; /* directory of the audit log; NULL: none is kept */
	bool plain;        /* ipc and loopback sockets go without keys */
};

/* The broadcast address that goes with a fabric's URL. False when the URL is none. */
bool fabric_broadcast_url(const char *url, char *out, size_t size);

/* Binds. 0 and *out, or ERROR_USAGE / ERROR_FAILED and a sentence. */
int fabric_open(const struct fabric_options *options, struct fabric **out, struct error *error);

/* Serves until *stop. thread: the caller's */
void fabric_run(struct fabric *f, const atomic_bool *stop);
void fabric_close(struct fabric *f);

#endif
