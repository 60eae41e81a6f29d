/* Where IPFIX messages go: a file (RFC 5655), a UDP or a TCP peer, a peer over TLS.
 *
 * Messages are built in memory and leave here whole, in order; what goes wrong is known at once and for each message.
 * Calls block. One thread at a time.
 */
#ifndef ONLOOKER_IPFIX_TRANSPORT_H
#define ONLOOKER_IPFIX_TRANSPORT_H

#include "core/error.h"
#include "ipfix/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport {
	int fd;
	bool datagrams;
	bool close_fd;
	struct tls *tls; /* NULL: as it is */
	char url[256];   /* for sentences */
};

/* url: a path, '-' for standard output, udp://host:port, tcp://host:port or tls://host:port (port 4739, with TLS 4740,
 * when left out; IPv6 addresses in brackets). identity: for TLS, may be NULL. ERROR_USAGE for what cannot be meant,
 * ERROR_FAILED for what does not work. */
int transport_open(struct transport *t, const char *url, const struct tls_identity *identity, struct error *error);

/* One message. 0, or ERROR_FAILED and a sentence. */
int transport_send(struct transport *t, const void *data, size_t len, struct error *error);

/* A file is opened anew, behind what is there. False when it is none, or cannot be: what was open stays. */
bool transport_reopen(struct transport *t);

/* 0, or ERROR_FAILED when the last of it did not reach the disk. */
int transport_close(struct transport *t, struct error *error);

#endif
