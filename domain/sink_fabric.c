#include "domain/sink_fabric.h"

#include "core/buffer.h"
#include "core/monotonic.h"
#include "core/thread.h"
#include "domain/collecting.h"
#include "domain/ipfix_broadcast.h"
#include "domain/sealing.h"
#include "domain/spool.h"
#include "export/json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_BYTES   ((size_t)96 << 10)
#define WINDOW        48u
#define WINDOW_MOST   192u
#define WIDEN_AFTER   16u  /* batches that were taken */
#define SLOTS         256u /* asked and not answered, with those given up */
#define PERSIST_MS    10000u
#define TURN_MS       50
#define RETRY_MS      100u
#define RETRY_MOST_MS 5000u
#define SETTLE_NS     10000000

struct slot {
	struct sink_fabric *sink;
	uint64_t sequence; /* 0: free */
	uint32_t count, epoch;
	bool done;
};

struct sink_fabric {
	struct sink sink;
	struct sink_fabric_options options;
	struct spool *spool;
	struct collecting *collecting;
	struct ipfix_broadcast *ipfix; /* NULL: JSON alone */
	pthread_t thread;
	atomic_bool stop;
	/* publisher's thread */
	struct provenance provenance;
	struct buffer payload;
	size_t head; /* octets of the provenance line that begins a payload */
	uint32_t pending;
	uint64_t full, failed;
	/* both, under the lock */
	pthread_mutex_t lock;
	char *provenance_json;
	/* component's thread */
	struct component *component;
	struct sealer *sealer;
	struct slot slots[SLOTS];
	uint64_t sent, broadcast; /* sequence numbers up to which that was done */
	uint32_t epoch, in_flight, window, taken, retry_ms;
	uint64_t again_ms;                     /* not before */
	char telling[128];                     /* why nothing is taken; "": it is */
	_Atomic uint64_t refused, progress_ms; /* progress_ms: when something was taken last, monotonic */
};

/* ---- publisher's thread ---- */

static void begin_payload(struct sink_fabric *k)
{
	buffer_clear(&k->payload);
	json_provenance(&k->payload, &k->provenance);
	k->head = k->payload.len;
	k->pending = 0;
}

static void flush(struct sink *s)
{
	struct sink_fabric *k = (struct sink_fabric *)s;
	if (!k->pending)
		return;
	if (k->payload.failed || !spool_append(k->spool, k->payload.data, k->payload.len, k->pending)) {
		struct spool_counters c = spool_counters(k->spool);
		k->full = c.full;
		k->failed = c.failed;
	}
	k->payload.len = k->head;
	k->pending = 0;
}

static void provenance(struct sink *s, const struct provenance *p)
{
	struct sink_fabric *k = (struct sink_fabric *)s;
	flush(s);
	k->provenance = *p;
	begin_payload(k);
	char *text = k->payload.failed ? NULL : strndup(k->payload.data, k->head - 1);
	pthread_mutex_lock(&k->lock);
	free(k->provenance_json);
	k->provenance_json = text;
	pthread_mutex_unlock(&k->lock);
}

static void write_block(struct sink *s, const struct assertion *assertions, uint32_t count)
{
	struct sink_fabric *k = (struct sink_fabric *)s;
	s->counters.offered += count;
	struct json_endpoint before = {.of = NULL};
	for (uint32_t i = 0; i < count; i++) {
		size_t at = k->payload.len;
		json_assertion_after(&k->payload, &k->provenance, &assertions[i], &before);
		if (!k->payload.failed)
			collecting_offer(k->collecting, &assertions[i], k->payload.data + at, k->payload.len - at);
		k->pending++;
		if (k->payload.len < BATCH_BYTES && !k->payload.failed)
			continue;
		flush(s);
		before.of = NULL;
	}
	flush(s); /* a short block is news: it does not wait for company */
}

/* ---- component's thread: delivery ---- */

/* What is on its way and not answered is asked again. */
static void start_over(struct sink_fabric *k)
{
	k->epoch++;
	k->in_flight = k->taken = 0;
	k->window = WINDOW;
	k->sent = spool_acknowledged(k->spool);
	k->again_ms = 0;
}

static void go_back(struct sink_fabric *k, const char *why)
{
	start_over(k);
	k->again_ms = monotonic_ms() + k->retry_ms;
	k->retry_ms = k->retry_ms * 2 < RETRY_MOST_MS ? k->retry_ms * 2 : RETRY_MOST_MS;
	if (!*k->telling && k->options.connection.command)
		fprintf(stderr, "%s: the repository takes nothing: %s; it waits in the spool\n",
			k->options.connection.command, why);
	snprintf(k->telling, sizeof k->telling, "%s", why);
}

/* A repository that commits ten thousand at once is given them; one that has many collectors soon says that it is busy.
 */
static void widen(struct sink_fabric *k)
{
	if (++k->taken % WIDEN_AFTER == 0 && k->window < WINDOW_MOST)
		k->window++;
}

/* What was answered up to the first that was not. */
static void settle_window(struct sink_fabric *k)
{
	uint64_t up_to = 0, oldest = UINT64_MAX;
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct slot *t = &k->slots[i];
		if (t->sequence && t->epoch == k->epoch && !t->done && t->sequence < oldest)
			oldest = t->sequence;
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct slot *t = &k->slots[i];
		if (!t->sequence || !t->done || t->sequence > oldest)
			continue;
		if (t->epoch == k->epoch && t->sequence > up_to)
			up_to = t->sequence;
		t->sequence = 0;
	}
	if (up_to)
		spool_acknowledge(k->spool, up_to);
}

static void persisted(void *arg, const struct component_reply *r)
{
	struct slot *t = arg;
	struct sink_fabric *k = t->sink;
	if (t->epoch != k->epoch) { /* given up: it is on its way again */
		t->sequence = 0;
		return;
	}
	if (r->refusal && refusal_passes(r->refusal)) {
		t->sequence = 0;
		go_back(k, r->message ? r->message : refusal_name(r->refusal));
		return;
	}
	if (r->refusal)
		atomic_fetch_add_explicit(&k->refused, t->count, memory_order_relaxed);
	if (r->refusal && k->options.connection.command)
		fprintf(stderr, "%s: the repository refused %u assertions: %s\n", k->options.connection.command,
			t->count, r->message ? r->message : refusal_name(r->refusal));
	if (*k->telling && k->options.connection.command)
		fprintf(stderr, "%s: the repository takes assertions again\n", k->options.connection.command);
	*k->telling = 0;
	k->retry_ms = RETRY_MS;
	t->done = true;
	k->in_flight--;
	widen(k);
	atomic_store_explicit(&k->progress_ms, monotonic_ms(), memory_order_relaxed);
	settle_window(k);
}

static struct slot *free_slot(struct sink_fabric *k)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		if (!k->slots[i].sequence)
			return &k->slots[i];
	return NULL;
}

/* NULL when payloads are not signed. */
static const struct part *seal(struct sink_fabric *k, const void *data, size_t len, uint8_t octets[SEAL_BYTES],
			       struct part *out)
{
	*out = (struct part){octets, SEAL_BYTES};
	return k->sealer && sealer_seal(k->sealer, data, len, octets) ? out : NULL;
}

static bool send_batch(struct sink_fabric *k, const struct spool_batch *b)
{
	uint8_t octets[SEAL_BYTES];
	struct part sealed;
	struct slot *t = free_slot(k);
	const struct part payload = {b->payload, b->len};
	json_t *extra =
		json_pack("{s:s, s:{s:s, s:I, s:i}}", "contentType", "application/x-ndjson", "batch", "spool",
			  spool_identifier(k->spool), "sequence", (json_int_t)b->sequence, "count", (int)b->count);
	if (!t || !extra) {
		json_decref(extra);
		return false;
	}
	*t = (struct slot){k, b->sequence, b->count, k->epoch, false};
	if (component_ask(k->component, "persist", "service:repository", PERSIST_MS, extra, &payload,
			  seal(k, b->payload, b->len, octets, &sealed), persisted, t))
		return true;
	t->sequence = 0;
	return false;
}

static void broadcast_batch(struct sink_fabric *k, const struct spool_batch *b)
{
	uint8_t octets[SEAL_BYTES];
	struct part sealed;
	char topic[160];
	const char *lf = memchr(b->payload, '\n', b->len);
	if (!lf || b->sequence <= k->broadcast)
		return;
	json_t *head = json_loadb(b->payload, (size_t)(lf - b->payload), 0, NULL);
	json_t *extra = head ? json_pack("{s:o}", "provenance", head) : NULL;
	const struct part lines = {lf + 1, b->len - (size_t)(lf + 1 - b->payload)};
	const char *site = k->options.connection.site;
	snprintf(topic, sizeof topic, "/notification/collection/observation/json/%.64s/",
		 site && *site ? site : "default");
	(void)component_publish(k->component, topic, b->count, "application/x-ndjson", extra, &lines,
				seal(k, lines.data, lines.len, octets, &sealed));
	k->broadcast = b->sequence;
}

static void deliver(struct sink_fabric *k)
{
	struct spool_batch b;
	spool_calm(k->spool);
	if (!component_onboarded(k->component) || monotonic_ms() < k->again_ms)
		return;
	while (k->in_flight < k->window && spool_next(k->spool, k->sent, &b)) {
		broadcast_batch(k, &b);
		if (!send_batch(k, &b)) {
			go_back(k, "the fabric takes nothing");
			return;
		}
		k->sent = b.sequence;
		k->in_flight++;
	}
}

static void serve(void *arg, const struct component_request *r)
{
	struct sink_fabric *k = arg;
	if (!collecting_serve(k->collecting, k->component, r))
		component_answer(k->component, r->ticket, REFUSED_UNKNOWN_OPERATION, "a collector does not do that",
				 NULL);
}

static json_t *counters(void *arg)
{
	struct sink_fabric *k = arg;
	struct spool_counters c = spool_counters(k->spool);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "made", (json_int_t)c.appended, "acknowledged",
			 (json_int_t)c.acknowledged, "waiting", (json_int_t)c.waiting, "spoolFull", (json_int_t)c.full,
			 "spoolFailed", (json_int_t)c.failed, "spoolDamaged", (json_int_t)c.damaged);
}

static void onboarded(void *arg)
{
	struct sink_fabric *k = arg;
	start_over(k); /* what was asked of a fabric that has gone is not answered */
	component_status(k->component, "start", NULL, "%s observes", k->options.connection.name);
}

static void tell_overflow(struct sink_fabric *k, uint64_t *told)
{
	struct spool_counters c = spool_counters(k->spool);
	if (c.full + c.failed == *told || !component_onboarded(k->component))
		return;
	*told = c.full + c.failed;
	component_status(k->component, "overflow", counters(k), "the spool had no room for %llu assertions",
			 (unsigned long long)*told);
}

static void *run(void *arg)
{
	struct sink_fabric *k = arg;
	uint64_t told = 0;
	while (!atomic_load_explicit(&k->stop, memory_order_acquire)) {
		component_turn(k->component, TURN_MS, spool_event(k->spool));
		deliver(k);
		if (k->ipfix)
			ipfix_broadcast_turn(k->ipfix, k->component, k->sealer);
		tell_overflow(k, &told);
		pthread_mutex_lock(&k->lock);
		char *text = k->provenance_json ? strdup(k->provenance_json) : NULL;
		pthread_mutex_unlock(&k->lock);
		collecting_turn(k->collecting, k->component, text ? text : "null");
		free(text);
	}
	return NULL;
}

/* ---- control thread ---- */

/* Waits while it gets on. What was broadcast beside it was waited for at the same time. */
static void drain(struct sink_fabric *k)
{
	uint64_t began_ms = k->ipfix ? ipfix_broadcast_settling_ms(k->ipfix) : monotonic_ms();
	while (spool_counters(k->spool).waiting) {
		uint64_t progress_ms = atomic_load_explicit(&k->progress_ms, memory_order_relaxed);
		uint64_t since_ms = progress_ms > began_ms ? progress_ms : began_ms;
		if (monotonic_ms() >= since_ms + 1000ull * k->options.drain_seconds)
			break;
		nanosleep(&(struct timespec){0, SETTLE_NS}, NULL);
	}
}

static void end_thread(struct sink_fabric *k)
{
	atomic_store_explicit(&k->stop, true, memory_order_release);
	if (k->thread)
		pthread_join(k->thread, NULL);
	k->thread = 0;
}

/* What was made and not acknowledged: it waits on disk, or is lost with the memory it was kept in. */
static void settle(struct sink *s)
{
	struct sink_fabric *k = (struct sink_fabric *)s;
	flush(s);
	drain(k);
	end_thread(k);
	struct spool_counters c = spool_counters(k->spool);
	uint64_t refused = atomic_load_explicit(&k->refused, memory_order_relaxed);
	refused = refused < c.acknowledged ? refused : c.acknowledged;
	s->counters.delivered = c.acknowledged - refused;
	const struct {
		const char *reason;
		uint64_t count;
	} dropped[SINK_DROP_REASONS] = {
		{"spoolFull", c.full},
		{"spoolFailed", c.failed},
		{"refused", refused},
		{spool_lasting(k->spool) ? "inSpool" : "unacknowledged", c.appended - c.acknowledged},
	};
	for (int i = 0; i < SINK_DROP_REASONS; i++) {
		s->counters.dropped[i].reason = dropped[i].reason;
		s->counters.dropped[i].count = dropped[i].count;
	}
}

static void release(struct sink_fabric *k)
{
	k->options.connection.command = NULL; /* that requests end with the connection is no news */
	component_close(k->component, 500);
	spool_close(k->spool);
	collecting_free(k->collecting);
	ipfix_broadcast_free(k->ipfix);
	sealer_close(k->sealer);
	buffer_fini(&k->payload);
	pthread_mutex_destroy(&k->lock);
	free(k->provenance_json);
	free(k);
}

static int close_sink(struct sink *s, struct error *error)
{
	struct sink_fabric *k = (struct sink_fabric *)s;
	end_thread(k);
	struct spool_counters c = spool_counters(k->spool);
	int code = 0;
	if (c.waiting)
		code = error_set(error, ERROR_DAMAGED, "%s: %llu assertions were not acknowledged by a repository; %s",
				 k->options.connection.url, (unsigned long long)c.waiting,
				 spool_lasting(k->spool) ? "they wait in the spool for the next run"
							 : "give a --spool DIR that outlives the run");
	else if (c.damaged)
		code = error_set(error, ERROR_DAMAGED,
				 "--spool: %s: %llu places were damaged; what stood behind them is lost",
				 k->options.spool, (unsigned long long)c.damaged);
	release(k);
	return code;
}

static int set_up(struct sink_fabric *k, struct error *error)
{
	static const char *const able[] = {"action:health-check",
					   "action:heartbeat",
					   "publish:status-notification",
					   "publish:observation:json:1",
					   "collect:observational:1",
					   "collect:snapshot:1",
					   NULL};
	static const char *const able_ipfix[] = {"action:health-check",         "action:heartbeat",
						 "publish:status-notification", "publish:observation:json:1",
						 "publish:observation:ipfix:1", "collect:observational:1",
						 "collect:snapshot:1",          NULL};
	struct component_options *c = &k->options.connection;
	c->type = "posture-collection-service";
	c->capabilities = k->options.encoder ? able_ipfix : able;
	c->arg = k;
	c->request = serve;
	c->counters = counters;
	c->onboarded = onboarded;
	int code = component_open(c, &k->component, error);
	if (!code)
		code = spool_open(k->options.spool, k->options.spool_bytes, &k->spool, error);
	if (!code && k->options.sign)
		code = sealer_open(k->options.sign, &k->sealer, error);
	k->collecting = collecting_new(c->site);
	if (k->options.encoder)
		k->ipfix = ipfix_broadcast_new(k->options.encoder, c->site, k->options.drain_seconds);
	if (!code && (!k->collecting || (k->options.encoder && !k->ipfix)))
		code = error_set(error, ERROR_FAILED, "%s: no memory", c->url);
	if (code)
		return code;
	k->sent = spool_acknowledged(k->spool);
	k->window = WINDOW;
	k->retry_ms = RETRY_MS;
	return thread_start(&k->thread, "fabric sink", NULL, run, k)
		       ? error_set(error, ERROR_FAILED, "%s: no thread", c->url)
		       : 0;
}

int sink_fabric_open(const struct sink_fabric_options *o, struct sink *out[SINK_FABRIC_MOST], struct error *error)
{
	struct sink_fabric *k = calloc(1, sizeof *k);
	if (!k)
		return error_set(error, ERROR_FAILED, "%s: no memory", o->connection.url);
	k->options = *o;
	pthread_mutex_init(&k->lock, NULL);
	k->sink = (struct sink){.name = "fabric",
				.provenance = provenance,
				.write = write_block,
				.flush = flush,
				.settle = settle,
				.close = close_sink};
	int code = set_up(k, error);
	if (code) {
		release(k);
		return code;
	}
	int n = 0;
	if (k->ipfix)
		out[n++] = ipfix_broadcast_sink(k->ipfix);
	out[n++] = &k->sink;
	return n;
}

uint64_t sink_fabric_acknowledged(const struct sink *s)
{
	return spool_counters(((const struct sink_fabric *)s)->spool).acknowledged;
}
