/* ZeroMQ, both ends of the broadcast: the sink behind --publish, and the subscriber behind `onlooker watch`.
 *
 * A broadcast is three frames: topic, JSON header, payload (contract, «On the fabric»). Assertions travel many
 * to a message, as JSON Lines of 16 to 64 KiB, at the latest 100 ms after they came. A subscriber that is slow
 * holds the publisher back for a bounded time; only then something is dropped, and counted.
 *
 * URLs: tcp://HOST:PORT and ipc://PATH connect; bind:tcp://… and bind:ipc://… wait for others to connect.
 */
#ifndef ONLOOKER_EXPORT_ZMQ_H
#define ONLOOKER_EXPORT_ZMQ_H

#include "core/buffer.h"
#include "export/sink.h"

#include <stdbool.h>

struct assertion_encoder;

/* Appends one payload of another form (IPFIX: whole messages with their templates) with the assertions to `out`;
 * returns how many are in it. assertion_messages() is one. */
typedef uint32_t zmq_encode_fn(struct assertion_encoder *encoder, uint32_t provenance,
			       const struct assertion *assertions, uint32_t count, struct buffer *out,
			       struct error *error);

struct zmq_options {
	const char *url;
	const char *site;                  /* last part of the topics; NULL: "default" */
	uint32_t wait;                     /* hold until so many have subscribed; 0: do not */
	zmq_encode_fn *encode;             /* NULL: JSON Lines */
	struct assertion_encoder *encoder; /* the caller's until close */
};

/* Binds or connects; waits for subscribers when asked, until a signal comes.
 * returns 0 and *out, released by (*out)->close(); ERROR_USAGE (bad URL, address in use) or ERROR_FAILED.
 * thread  control; then the publisher's alone until close */
int sink_zmq_open(const struct zmq_options *options, struct sink **out, struct error *error);

struct zmq_subscriber;

struct zmq_broadcast {
	const char *topic, *header; /* NUL-terminated */
	const char *payload;
	size_t payload_len;
};

/* Subscribes to topics that start with `topic`. thread: the caller's, as all below */
int zmq_subscriber_open(const char *url, const char *topic, struct zmq_subscriber **out, struct error *error);

/* The next broadcast, valid until the next call. 1 and *out; 0 after `wait_ms` without one or a signal;
 * ERROR_FAILED and a sentence. What does not look like a broadcast is stepped over. */
int zmq_subscriber_next(struct zmq_subscriber *s, int wait_ms, struct zmq_broadcast *out, struct error *error);
void zmq_subscriber_close(struct zmq_subscriber *s);

#endif
