/* The collector's sink into a fabric: what is made goes into the spool, and from there to the repository and to
 * everybody who listens (docs/fabric.md, 3).
 *
 * The publisher's thread only appends to the spool. A thread of its own is the component: it registers, broadcasts each
 * batch once, persists it until the repository has acknowledged it, and carries out collections. What the repository
 * acknowledged counts as delivered.
 */
#ifndef ONLOOKER_DOMAIN_SINK_FABRIC_H
#define ONLOOKER_DOMAIN_SINK_FABRIC_H

#include "domain/component.h"
#include "export/sink.h"
#include "ipfix/assertion_message.h"

struct sink_fabric_options {
	struct component_options connection; /* url, key, fabric_key, context, state, site, prefix, command, name */
	const char *spool;                   /* directory; NULL: memory */
	uint64_t spool_bytes;
	const char *sign;                  /* Ed25519 private key; NULL: payloads are not signed */
	uint32_t drain_seconds;            /* at the end: how long it waits without getting on */
	struct assertion_encoder *encoder; /* broadcasts as IPFIX, too; borrowed; NULL: as JSON alone */
};

#define SINK_FABRIC_MOST 2

/* How many sinks, in `out`, the fabric's last; or ERROR_USAGE / ERROR_FAILED and a sentence. They are closed in that
 * order. */
int sink_fabric_open(const struct sink_fabric_options *options, struct sink *out[SINK_FABRIC_MOST],
		     struct error *error);

/* Assertions of this run that the repository has acknowledged so far. Any thread. */
uint64_t sink_fabric_acknowledged(const struct sink *s);

#endif
