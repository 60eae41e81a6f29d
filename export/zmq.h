/* ZeroMQ, both ends of a broadcast: the socket behind --publish, and the subscriber behind `onlooker watch`.
 *
 * A broadcast is three frames: topic, JSON header, payload (contract, «On the fabric»). A subscriber that is slow
 * holds the publisher back for a bounded time; only then something is dropped.
 *
 * URLs: tcp://HOST:PORT and ipc://PATH connect; bind:tcp://… and bind:ipc://… wait for others to connect.
 */
#ifndef ONLOOKER_EXPORT_ZMQ_H
#define ONLOOKER_EXPORT_ZMQ_H

#include "core/buffer.h"
#include "core/error.h"

#include <stdbool.h>

struct zmq_publisher;

/* Binds or connects. 0 and *out; ERROR_USAGE (bad URL, address in use) or ERROR_FAILED and a sentence.
 * thread  one at a time, as all below */
int zmq_publisher_open(const char *url, struct zmq_publisher **out, struct error *error);

/* Names a topic that will be sent to: subscriptions to it count. 0 or ERROR_FAILED. */
int zmq_publisher_topic(struct zmq_publisher *p, const char *topic, struct error *error);

/* Waits until so many have subscribed to one of the topics or what begins like one, or until a signal (ERROR_FAILED);
 * with 0, as long as a fabric that was connected to needs to say what it wants already. */
int zmq_publisher_await(struct zmq_publisher *p, uint32_t wanted, struct error *error);

/* Sends the three frames to every subscriber. 0; ERROR_DAMAGED when one took nothing for ten seconds, ERROR_FAILED. */
int zmq_publisher_send(struct zmq_publisher *p, const char *topic, const struct buffer *header, const void *payload,
		       size_t len, struct error *error);

/* Lets the subscribers read to the end, releases it. ERROR_DAMAGED and a sentence when they did not. */
int zmq_publisher_close(struct zmq_publisher *p, struct error *error);

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
