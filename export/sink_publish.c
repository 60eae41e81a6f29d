#include "export/sink_publish.h"

#include "core/buffer.h"
#include "core/uuid.h"
#include "export/json.h"
#include "export/zmq.h"
#include "ipfix/assertion_message.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES ((size_t)48 << 10)
#define PER_ENCODED 64 /* assertions: some 32 KiB */

enum { DROP_SLOW, DROP_SEND };

/* The socket that the forms share. */
struct fabric {
	struct zmq_publisher *socket;
	uint8_t boot[16];
	uint32_t users;
};

struct sink_publish {
	struct sink sink;
	struct fabric *fabric;
	char topic[160];
	uint64_t sequence;                 /* of the last message */
	struct assertion_encoder *encoder; /* NULL: JSON Lines */
	struct provenance provenance;
	struct buffer provenance_json, header, payload;
	uint32_t pending; /* assertions in `payload` */
	struct error failure;
	int failed;
};

static void drop(struct sink_publish *s, int which, uint64_t count)
{
	static const char *const reasons[] = {[DROP_SLOW] = "slowSubscriber", [DROP_SEND] = "send"};
	if (!count)
		return;
	s->sink.counters.dropped[which].reason = reasons[which];
	s->sink.counters.dropped[which].count += count;
	if (!s->sink.counters.dropped[0].reason) /* a reason without a count ends no list */
		s->sink.counters.dropped[0].reason = reasons[0];
}

/* The first failure is told at close. */
static void fail(struct sink_publish *s, int code, const struct error *error)
{
	if (s->failed)
		return;
	s->failed = code;
	s->failure = *error;
}

static void write_header(struct sink_publish *s, uint64_t sequence, uint32_t count)
{
	struct buffer *b = &s->header;
	char id[37];
	buffer_clear(b);
	uuid_text(s->provenance.component, id);
	BUFFER_LITERAL(b, "{\"component\":\"urn:uuid:");
	buffer_text(b, id);
	BUFFER_LITERAL(b, "\",\"boot\":");
	json_uuid(b, s->fabric->boot);
	BUFFER_LITERAL(b, ",\"sequence\":");
	buffer_u64(b, sequence);
	BUFFER_LITERAL(b, ",\"count\":");
	buffer_u64(b, count);
	buffer_text(b, s->encoder ? ",\"contentType\":\"application/ipfix\",\"provenance\":"
				  : ",\"contentType\":\"application/x-ndjson\",\"provenance\":");
	buffer_add(b, s->provenance_json.data, s->provenance_json.len);
	buffer_char(b, '}');
}

/* Sends the payload, which holds that many assertions, and forgets it. */
static void send_payload(struct sink_publish *s, uint32_t count)
{
	struct error error = {""};
	write_header(s, s->sequence + 1, count);
	int code = s->header.failed || s->payload.failed
			   ? error_set(&error, ERROR_FAILED, "--publish: no memory for a message")
			   : zmq_publisher_send(s->fabric->socket, s->topic, &s->header, s->payload.data,
						s->payload.len, &error);
	buffer_clear(&s->payload);
	if (!code) {
		s->sequence++;
		s->sink.counters.delivered += count;
		return;
	}
	drop(s, code == ERROR_DAMAGED ? DROP_SLOW : DROP_SEND, count);
	fail(s, code, &error);
}

static void flush(struct sink *sink)
{
	struct sink_publish *s = (struct sink_publish *)sink;
	if (s->pending)
		send_payload(s, s->pending);
	s->pending = 0;
}

static void provenance(struct sink *sink, const struct provenance *p)
{
	struct sink_publish *s = (struct sink_publish *)sink;
	flush(sink);
	s->provenance = *p;
	buffer_clear(&s->provenance_json);
	json_provenance_object(&s->provenance_json, p);
}

static void write_json(struct sink *sink, const struct assertion *assertions, uint32_t count)
{
	struct sink_publish *s = (struct sink_publish *)sink;
	sink->counters.offered += count;
	struct json_endpoint before = {.of = NULL};
	for (uint32_t i = 0; i < count; i++) {
		json_assertion_after(&s->payload, &s->provenance, &assertions[i], &before);
		s->pending++;
		if (s->payload.len < BATCH_BYTES && !s->payload.failed)
			continue;
		flush(sink);
		before.of = NULL;
	}
}

/* Whole messages with their templates at once: nothing is pending. */
static void write_ipfix(struct sink *sink, const struct assertion *assertions, uint32_t count)
{
	struct sink_publish *s = (struct sink_publish *)sink;
	sink->counters.offered += count;
	for (uint32_t done = 0; done < count; done += PER_ENCODED) {
		uint32_t n = count - done < PER_ENCODED ? count - done : PER_ENCODED;
		struct error error = {""};
		buffer_clear(&s->payload);
		uint32_t taken =
			assertion_messages(s->encoder, s->provenance.id, assertions + done, n, &s->payload, &error);
		if (taken)
			send_payload(s, taken);
		drop(s, DROP_SEND, n - taken);
		if (taken < n)
			fail(s, ERROR_DAMAGED, &error);
	}
}

static void release(struct sink_publish *s)
{
	buffer_fini(&s->provenance_json);
	buffer_fini(&s->header);
	buffer_fini(&s->payload);
	free(s);
}

/* Closes the socket with its last user. */
static int leave(struct fabric *f, struct error *error)
{
	if (--f->users)
		return 0;
	int code = zmq_publisher_close(f->socket, error);
	free(f);
	return code;
}

static int close_sink(struct sink *sink, struct error *error)
{
	struct sink_publish *s = (struct sink_publish *)sink;
	struct error late = {""};
	flush(sink);
	int code = leave(s->fabric, &late);
	if ((s->failed || code) && error)
		*error = s->failed ? s->failure : late;
	code = s->failed ? s->failed : code;
	release(s);
	return code;
}

static int add_form(struct fabric *f, const struct publish_options *o, struct assertion_encoder *encoder,
		    struct sink **out, struct error *error)
{
	struct sink_publish *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	s->fabric = f;
	s->encoder = encoder;
	s->sink = (struct sink){.name = encoder ? "publishIpfix" : "publish",
				.provenance = provenance,
				.write = encoder ? write_ipfix : write_json,
				.flush = flush,
				.close = close_sink};
	snprintf(s->topic, sizeof s->topic, "/notification/collection/observation/%s/%.100s/",
		 encoder ? "ipfix" : "json", o->site && *o->site ? o->site : "default");
	int code = zmq_publisher_topic(f->socket, s->topic, error);
	if (code) {
		free(s);
		return code;
	}
	f->users++;
	*out = &s->sink;
	return 0;
}

static int open_fabric(const char *url, struct fabric **out, struct error *error)
{
	struct fabric *f = calloc(1, sizeof *f);
	if (!f || !uuid_random(f->boot)) {
		free(f);
		return error_set(error, ERROR_FAILED, "%s: no memory", url);
	}
	int code = zmq_publisher_open(url, &f->socket, error);
	if (code) {
		free(f);
		return code;
	}
	f->users = 1; /* ours, until all is set up */
	*out = f;
	return 0;
}

int sink_publish_open(const struct publish_options *o, struct sink *out[SINK_PUBLISH_FORMS], struct error *error)
{
	struct fabric *f = NULL;
	int n = 0, code = open_fabric(o->url, &f, error);
	if (code || !f)
		return code;
	code = add_form(f, o, NULL, &out[n], error);
	n += !code;
	if (!code && o->encoder) {
		code = add_form(f, o, o->encoder, &out[n], error);
		n += !code;
	}
	if (!code)
		code = zmq_publisher_await(f->socket, o->wait, error);
	for (; code && n > 0; n--)
		out[n - 1]->close(out[n - 1], NULL);
	leave(f, NULL);
	return code ? code : n;
}
