#include "classify/expected.h"

#include "core/hash.h"
#include "core/time.h"

#include <stdlib.h>

#define SETS    1024u /* a power of two */
#define WAYS    4u
#define LIFE_NS (300 * NS_PER_SECOND)

struct entry {
	uint64_t key;
	uint64_t time_ns;
	const char *application; /* NULL: free */
	uint16_t asked;          /* the port of which an answer is awaited; 0: a connection is */
};

struct expectations {
	uint64_t count; /* of entries in use: mostly none, and then nothing is looked up */
	struct entry entries[SETS][WAYS];
};

/* Who listens where for whom. */
struct end {
	const struct address *listener, *peer;
	uint32_t segment;
	uint16_t port;
	uint8_t version;
	bool answers; /* from another port, not connections */
};

struct expectations *expectations_new(void)
{
	return calloc(1, sizeof(struct expectations));
}

void expectations_free(struct expectations *e)
{
	free(e);
}

static uint64_t hash_of(const struct address *a)
{
	return hash_combine(a->words[0], a->words[1]);
}

/* The set is chosen as decode_owner() chooses workers: by the high bits of a hash that both directions share. */
static struct entry *set_of(struct expectations *e, const struct end *end)
{
	uint64_t h = hash_mix(hash_of(end->listener) + hash_of(end->peer));
	return e->entries[(h >> 32) * SETS >> 32];
}

static uint64_t key_of(const struct end *end)
{
	uint64_t place = (uint64_t)end->segment << 32 | (uint32_t)end->port << 8 | end->answers << 7 | end->version;
	return hash_mix(hash_combine(hash_combine(hash_of(end->listener), 3 * hash_of(end->peer)), place));
}

static struct end sender_of(const struct flow *flow, enum flow_direction direction)
{
	bool forward = direction == FLOW_FORWARD;
	return (struct end){.listener = forward ? &flow->src : &flow->dst,
			    .peer = forward ? &flow->dst : &flow->src,
			    .segment = flow->segment,
			    .version = flow->version};
}

static void add(struct expectations *e, const struct end *end, const struct entry *what)
{
	struct entry *set = set_of(e, end), *oldest = set;
	uint64_t key = key_of(end);
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].application && set[i].key == key) {
			oldest = &set[i];
			break;
		}
		if (!set[i].application || (oldest->application && set[i].time_ns < oldest->time_ns))
			oldest = &set[i];
	}
	e->count += !oldest->application;
	*oldest = *what;
	oldest->key = key;
}

void expectations_add(struct expectations *e, const struct flow *flow, enum flow_direction direction, uint16_t port,
		      const char *application, uint64_t now_ns)
{
	struct end end = sender_of(flow, direction);
	end.port = port;
	add(e, &end, &(struct entry){.time_ns = now_ns, .application = application});
}

void expectations_await(struct expectations *e, const struct flow *flow, enum flow_direction direction, uint64_t now_ns)
{
	bool forward = direction == FLOW_FORWARD;
	struct end end = sender_of(flow, direction);
	end.port = forward ? flow->sport : flow->dport;
	end.answers = true;
	add(e, &end,
	    &(struct entry){.time_ns = now_ns, .application = "", .asked = forward ? flow->dport : flow->sport});
}

/* What was expected at this end, once; without an application when nothing was, or too long ago. */
static struct entry take(struct expectations *e, const struct end *end, uint64_t now_ns)
{
	struct entry *set = set_of(e, end), found = {.application = NULL};
	uint64_t key = key_of(end);
	for (unsigned i = 0; i < WAYS; i++) {
		if (!set[i].application || set[i].key != key)
			continue;
		if (now_ns <= set[i].time_ns + LIFE_NS)
			found = set[i];
		set[i].application = NULL;
		e->count--;
		break;
	}
	return found;
}

const char *expectations_take(struct expectations *e, const struct packet *syn_ack)
{
	if (!e->count)
		return NULL;
	struct end end = {.listener = &syn_ack->src,
			  .peer = &syn_ack->dst,
			  .segment = syn_ack->segment,
			  .port = syn_ack->sport,
			  .version = syn_ack->version};
	return take(e, &end, syn_ack->clock_ns).application;
}

uint16_t expectations_answered(struct expectations *e, const struct packet *datagram)
{
	if (!e->count)
		return 0;
	struct end end = {.listener = &datagram->dst,
			  .peer = &datagram->src,
			  .segment = datagram->segment,
			  .port = datagram->dport,
			  .version = datagram->version,
			  .answers = true};
	return take(e, &end, datagram->clock_ns).asked;
}
