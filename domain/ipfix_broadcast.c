#include "domain/ipfix_broadcast.h"

#include "core/buffer.h"
#include "core/monotonic.h"
#include "export/json.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PER_PAYLOAD 64                 /* assertions: some 32 KiB */
#define MOST_OCTETS ((size_t)32 << 20) /* queued */
#define SETTLE_NS   10000000

struct payload {
	struct payload *next;
	uint32_t count; /* assertions */
	size_t len;
	char *provenance; /* JSON */
	char octets[];
};

struct ipfix_broadcast {
	struct sink sink;
	char topic[160];
	uint32_t drain_seconds;
	uint64_t settling_ms;
	/* publisher's thread */
	struct assertion_encoder *encoder;
	struct provenance provenance;
	struct buffer provenance_json, encoded;
	uint64_t full, unencoded;
	/* both, under the lock */
	pthread_mutex_t lock;
	struct payload *first, *last;
	size_t octets;
	uint64_t sent;
};

/* ---- publisher's thread ---- */

static void take_provenance(struct sink *s, const struct provenance *p)
{
	struct ipfix_broadcast *b = (struct ipfix_broadcast *)s;
	b->provenance = *p;
	buffer_clear(&b->provenance_json);
	json_provenance_object(&b->provenance_json, p);
}

static struct payload *make_payload(const struct ipfix_broadcast *b, uint32_t count)
{
	if (b->encoded.failed || b->provenance_json.failed)
		return NULL;
	struct payload *p = malloc(sizeof *p + b->encoded.len);
	if (!p)
		return NULL;
	*p = (struct payload){.count = count, .len = b->encoded.len};
	memcpy(p->octets, b->encoded.data, b->encoded.len);
	p->provenance = strndup(b->provenance_json.data ? b->provenance_json.data : "", b->provenance_json.len);
	if (p->provenance)
		return p;
	free(p);
	return NULL;
}

static void queue(struct ipfix_broadcast *b, uint32_t count)
{
	struct payload *p = make_payload(b, count);
	pthread_mutex_lock(&b->lock);
	bool room = p && b->octets + p->len <= MOST_OCTETS;
	if (room) {
		*(b->last ? &b->last->next : &b->first) = p;
		b->last = p;
		b->octets += p->len;
	}
	pthread_mutex_unlock(&b->lock);
	if (room)
		return;
	b->full += count;
	if (p)
		free(p->provenance);
	free(p);
}

static void write_block(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct ipfix_broadcast *b = (struct ipfix_broadcast *)s;
	s->counters.offered += count;
	for (uint32_t done = 0; done < count; done += PER_PAYLOAD) {
		uint32_t n = count - done < PER_PAYLOAD ? count - done : PER_PAYLOAD;
		struct error error = {""};
		buffer_clear(&b->encoded);
		uint32_t taken =
			assertion_messages(b->encoder, b->provenance.id, assertions + done, n, &b->encoded, &error);
		b->unencoded += n - taken;
		if (taken)
			queue(b, taken);
	}
}

static void flush(struct sink *s)
{
	(void)s; /* nothing is pending: the component's thread sends as it turns */
}

/* ---- component's thread ---- */

static struct payload *take(struct ipfix_broadcast *b)
{
	pthread_mutex_lock(&b->lock);
	struct payload *p = b->first;
	pthread_mutex_unlock(&b->lock);
	return p; /* only this thread takes it out */
}

static void take_out(struct ipfix_broadcast *b, struct payload *p)
{
	pthread_mutex_lock(&b->lock);
	b->first = p->next;
	if (!b->first)
		b->last = NULL;
	b->octets -= p->len;
	b->sent += p->count;
	pthread_mutex_unlock(&b->lock);
	free(p->provenance);
	free(p);
}

static bool send_payload(const struct ipfix_broadcast *b, const struct payload *p, struct component *c,
			 struct sealer *sealer)
{
	uint8_t seal[SEAL_BYTES];
	const struct part octets = {p->octets, p->len}, sealed = {seal, sizeof seal};
	bool signs = sealer && sealer_seal(sealer, p->octets, p->len, seal);
	json_t *provenance = json_loads(p->provenance, 0, NULL);
	json_t *extra = provenance ? json_pack("{s:o}", "provenance", provenance) : NULL;
	return component_publish(c, b->topic, p->count, "application/ipfix", extra, &octets, signs ? &sealed : NULL);
}

void ipfix_broadcast_turn(struct ipfix_broadcast *b, struct component *c, struct sealer *sealer)
{
	for (struct payload *p; component_onboarded(c) && (p = take(b)) && send_payload(b, p, c, sealer);)
		take_out(b, p);
}

/* ---- control thread ---- */

/* Waits while it gets on; then the counters are final. */
static void settle(struct sink *s)
{
	struct ipfix_broadcast *b = (struct ipfix_broadcast *)s;
	uint64_t since_ms = monotonic_ms(), sent = 0;
	bool waiting = true;
	b->settling_ms = since_ms;
	while (waiting && monotonic_ms() < since_ms + 1000ull * b->drain_seconds) {
		pthread_mutex_lock(&b->lock);
		waiting = b->first != NULL;
		if (b->sent != sent)
			since_ms = monotonic_ms();
		sent = b->sent;
		pthread_mutex_unlock(&b->lock);
		if (waiting)
			nanosleep(&(struct timespec){0, SETTLE_NS}, NULL);
	}
	pthread_mutex_lock(&b->lock);
	s->counters.delivered = b->sent;
	pthread_mutex_unlock(&b->lock);
	uint64_t unsent = s->counters.offered - s->counters.delivered - b->full - b->unencoded;
	s->counters.dropped[0].reason = "queueFull";
	s->counters.dropped[0].count = b->full;
	s->counters.dropped[1].reason = "tooLarge";
	s->counters.dropped[1].count = b->unencoded;
	s->counters.dropped[2].reason = "unsent";
	s->counters.dropped[2].count = unsent;
}

static int close_sink(struct sink *s, struct error *error)
{
	uint64_t lost = s->counters.offered - s->counters.delivered;
	if (!lost)
		return 0;
	return error_set(error, ERROR_DAMAGED,
			 "--publish: %llu assertions were not broadcast as IPFIX; "
			 "see publishIpfix in the statistics",
			 (unsigned long long)lost);
}

uint64_t ipfix_broadcast_settling_ms(const struct ipfix_broadcast *b)
{
	return b->settling_ms;
}

struct sink *ipfix_broadcast_sink(struct ipfix_broadcast *b)
{
	return &b->sink;
}

struct ipfix_broadcast *ipfix_broadcast_new(struct assertion_encoder *encoder, const char *site, uint32_t drain_seconds)
{
	struct ipfix_broadcast *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	b->encoder = encoder;
	b->drain_seconds = drain_seconds;
	pthread_mutex_init(&b->lock, NULL);
	snprintf(b->topic, sizeof b->topic, "/notification/collection/observation/ipfix/%.64s/",
		 site && *site ? site : "default");
	b->sink = (struct sink){.name = "publishIpfix",
				.provenance = take_provenance,
				.write = write_block,
				.flush = flush,
				.settle = settle,
				.close = close_sink};
	return b;
}

void ipfix_broadcast_free(struct ipfix_broadcast *b)
{
	if (!b)
		return;
	for (struct payload *p = b->first, *next; p; p = next) {
		next = p->next;
		free(p->provenance);
		free(p);
	}
	buffer_fini(&b->provenance_json);
	buffer_fini(&b->encoded);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
