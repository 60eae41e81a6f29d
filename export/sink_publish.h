/* The sinks behind --publish: assertions as JSON Lines and, where there is an encoder, as IPFIX messages too, over one
 * ZeroMQ socket.
 *
 * Each form is a sink of its own ("publish", "publishIpfix") with its topic, its sequence from 1 without gaps and its
 * counters: an assertion is offered once to each. Assertions travel many to a message, JSON as 16 to 64 KiB, at the
 * latest 100 ms after they came. The sinks belong to the publisher's thread; the socket is closed with the last.
 */
#ifndef ONLOOKER_EXPORT_SINK_PUBLISH_H
#define ONLOOKER_EXPORT_SINK_PUBLISH_H

#include "export/sink.h"

#define SINK_PUBLISH_FORMS 2

struct assertion_encoder;

struct publish_options {
	const char *url;                   /* export/zmq.h */
	const char *site;                  /* last part of the topics; NULL: "default" */
	uint32_t wait;                     /* hold until so many have subscribed; 0: do not */
	struct assertion_encoder *encoder; /* of the IPFIX form, the caller's until close; NULL: JSON alone */
};

/* Binds or connects; waits for subscribers when asked, until a signal comes.
 * returns how many sinks are in out[], each released by its close(); ERROR_USAGE (bad URL, address in use) or
 *         ERROR_FAILED and a sentence.
 * thread  control; then the publisher's alone until close */
int sink_publish_open(const struct publish_options *options, struct sink *out[SINK_PUBLISH_FORMS], struct error *error);

#endif
