#include "domain/collecting.h"

#include "core/buffer.h"
#include "core/time.h"
#include "domain/collection.h"
#include "domain/standing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ACTIVE    64u
#define MOST_PENDING   ((size_t)4 << 20) /* octets of a collection that wait to be sent */
#define BATCH_BYTES    ((size_t)48 << 10)
#define STANDING_BYTES ((uint64_t)64 << 20)

struct active {
	struct collection *collection; /* NULL: a free place */
	struct buffer pending;         /* lines */
	uint32_t pending_count;
	uint64_t sent, missed; /* assertions */
	uint64_t snapshot_due_ns;
	uint64_t snapshots;
};

struct collecting {
	char topic[160]; /* for those that name none */
	/* both threads, under the lock */
	pthread_mutex_t lock;
	struct active active[MOST_ACTIVE];
	uint32_t count;
	struct standing *standing;
};

struct collecting *collecting_new(const char *site)
{
	struct collecting *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	snprintf(c->topic, sizeof c->topic, "/notification/collection/result/%.64s/", site && *site ? site : "default");
	c->standing = standing_new(STANDING_BYTES);
	if (c->standing)
		return c;
	collecting_free(c);
	return NULL;
}

static void end_active(struct collecting *c, struct active *a)
{
	collection_free(a->collection);
	buffer_fini(&a->pending);
	*a = (struct active){0};
	c->count--;
}

void collecting_free(struct collecting *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < MOST_ACTIVE; i++)
		if (c->active[i].collection)
			end_active(c, &c->active[i]);
	standing_free(c->standing);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static bool in_time(const struct collection *c, uint64_t now_ns)
{
	return now_ns >= c->start_ns && (!c->end_ns || now_ns < c->end_ns);
}

void collecting_offer(struct collecting *c, const struct assertion *a, const char *line, size_t len)
{
	pthread_mutex_lock(&c->lock);
	standing_take(c->standing, a, line, len);
	uint64_t now_ns = c->count ? time_now() : 0;
	for (uint32_t i = 0; c->count && i < MOST_ACTIVE; i++) {
		struct active *t = &c->active[i];
		if (!t->collection || !in_time(t->collection, now_ns) || !collection_takes(t->collection, a))
			continue;
		bool room = t->pending.len + len <= MOST_PENDING;
		if (room)
			buffer_add(&t->pending, line, len);
		t->pending_count += room;
		t->missed += !room;
	}
	pthread_mutex_unlock(&c->lock);
}

/* ---- sending; the lock is held ---- */

struct sending {
	struct collecting *c;
	struct active *active;
	struct component *component;
	const char *provenance, *kind; /* kind: of a snapshot; NULL: changes */
	uint32_t part;
	struct buffer lines;
	uint32_t count;
};

static void send_lines(struct sending *s, bool last)
{
	const struct collection *c = s->active->collection;
	const struct part part = {s->lines.data ? s->lines.data : "", s->lines.len};
	json_t *extra = json_pack("{s:s}", "collection", c->id);
	json_t *provenance = json_loads(s->provenance, 0, NULL);
	if (provenance)
		json_object_set_new(extra, "provenance", provenance);
	if (s->kind)
		json_object_set_new(
			extra, "snapshot",
			json_pack("{s:s, s:i, s:b}", "kind", s->kind, "part", (int)++s->part, "last", last));
	bool sent = !s->lines.failed && component_publish(s->component, c->topic ? c->topic : s->c->topic, s->count,
							  "application/x-ndjson", extra, &part, NULL);
	s->active->sent += sent ? s->count : 0;
	s->active->missed += sent ? 0 : s->count;
	buffer_clear(&s->lines);
	s->count = 0;
}

static bool add_standing(void *arg, const struct assertion *a, const char *line, size_t len)
{
	struct sending *s = arg;
	if (!collection_takes(s->active->collection, a))
		return true;
	buffer_add(&s->lines, line, len);
	s->count++;
	if (s->lines.len >= BATCH_BYTES)
		send_lines(s, false);
	return true;
}

static void send_snapshot(struct collecting *c, struct active *a, struct component *component, const char *provenance,
			  const char *kind)
{
	struct sending s = {c, a, component, provenance, kind, 0, {0}, 0};
	standing_walk(c->standing, add_standing, &s);
	send_lines(&s, true);
	buffer_fini(&s.lines);
	a->snapshots++;
}

static void send_pending(struct collecting *c, struct active *a, struct component *component, const char *provenance)
{
	if (!a->pending_count)
		return;
	struct sending s = {c, a, component, provenance, NULL, 0, a->pending, a->pending_count};
	send_lines(&s, true);
	a->pending = s.lines;
	a->pending_count = 0;
}

static void tell(struct component *component, const char *code, const char *id, const char *what)
{
	component_status(component, code, json_pack("{s:s}", "collection", id), "collection %s %s", id, what);
}

static void turn_one(struct collecting *c, struct active *a, struct component *component, const char *provenance,
		     uint64_t now_ns)
{
	const struct collection *o = a->collection;
	send_pending(c, a, component, provenance);
	if (a->snapshot_due_ns && now_ns >= a->snapshot_due_ns) {
		bool first = !a->snapshots && o->immediate;
		send_snapshot(c, a, component, provenance, first ? "immediate" : "periodic");
		a->snapshot_due_ns = o->snapshot_seconds ? now_ns + (uint64_t)o->snapshot_seconds * NS_PER_SECOND : 0;
	}
	if (!o->end_ns || now_ns < o->end_ns)
		return;
	if (o->final)
		send_snapshot(c, a, component, provenance, "final");
	tell(component, "ended", o->id, "is over");
	end_active(c, a);
}

void collecting_turn(struct collecting *c, struct component *component, const char *provenance)
{
	uint64_t now_ns = time_now();
	pthread_mutex_lock(&c->lock);
	for (uint32_t i = 0; c->count && i < MOST_ACTIVE; i++)
		if (c->active[i].collection && now_ns >= c->active[i].collection->start_ns)
			turn_one(c, &c->active[i], component, provenance, now_ns);
	pthread_mutex_unlock(&c->lock);
}

/* ---- instructions; the lock is held ---- */

static struct active *find(struct collecting *c, const char *id)
{
	for (uint32_t i = 0; id && i < MOST_ACTIVE; i++)
		if (c->active[i].collection && strcmp(c->active[i].collection->id, id) == 0)
			return &c->active[i];
	return NULL;
}

static struct active *free_place(struct collecting *c)
{
	for (uint32_t i = 0; i < MOST_ACTIVE; i++)
		if (!c->active[i].collection)
			return &c->active[i];
	return NULL;
}

static enum refusal start(struct collecting *c, struct component *component, const json_t *payload, json_t **answer,
			  struct error *why)
{
	struct collection *o = NULL;
	uint64_t now_ns = time_now();
	enum refusal refusal = collection_read(payload, now_ns, &o, why);
	if (refusal)
		return refusal;
	struct active *same = find(c, o->id), *a = same ? NULL : free_place(c);
	/* The same again, from an orchestrator that was started anew, is no new instruction. */
	bool repeated = same &&
			json_equal(json_object_get(same->collection->instructions, "attributes"),
				   json_object_get(o->instructions, "attributes")) &&
			json_equal(json_object_get(same->collection->instructions, "filter"),
				   json_object_get(o->instructions, "filter"));
	if (!a) {
		error_set(why, ERROR_DAMAGED,
			  same ? "the identifier %s is taken" : "too many collections, %s is one more", o->id);
		collection_free(o);
		return repeated ? REFUSED_NOT : same ? REFUSED_DUPLICATE : REFUSED_BUSY;
	}
	uint64_t begin_ns = o->start_ns > now_ns ? o->start_ns : now_ns;
	*a = (struct active){.collection = o};
	if (o->immediate)
		a->snapshot_due_ns = begin_ns;
	else if (o->snapshot_seconds)
		a->snapshot_due_ns = begin_ns + (uint64_t)o->snapshot_seconds * NS_PER_SECOND;
	c->count++;
	tell(component, "begun", o->id, "has begun");
	*answer = json_pack("{s:s}", "collection-identifier", o->id);
	return REFUSED_NOT;
}

static json_t *counters_of(const struct active *a)
{
	return json_pack("{s:I, s:I, s:I}", "sent", (json_int_t)a->sent, "missed", (json_int_t)a->missed, "snapshots",
			 (json_int_t)a->snapshots);
}

static enum refusal cancel(struct collecting *c, struct component *component, const json_t *payload, json_t **answer,
			   struct error *why)
{
	const char *id = json_string_value(json_object_get(payload, "collection-identifier"));
	struct active *a = find(c, id);
	if (!a) {
		error_set(why, ERROR_DAMAGED, "no collection of this identifier runs here");
		return REFUSED_NOT_FOUND;
	}
	send_pending(c, a, component, "null");
	if (json_is_true(json_object_get(payload, "final")) || a->collection->final)
		send_snapshot(c, a, component, "null", "final");
	tell(component, "ended", id, "was cancelled");
	*answer = json_pack("{s:s, s:o}", "collection-identifier", id, "counters", counters_of(a));
	end_active(c, a);
	return REFUSED_NOT;
}

static enum refusal list(struct collecting *c, struct component *component, const json_t *payload, json_t **answer,
			 struct error *why)
{
	(void)component;
	(void)payload;
	(void)why;
	json_t *all = json_array();
	for (uint32_t i = 0; i < MOST_ACTIVE; i++) {
		const struct active *a = &c->active[i];
		if (a->collection)
			json_array_append_new(all, json_pack("{s:s, s:O, s:o}", "collection-identifier",
							     a->collection->id, "instructions",
							     a->collection->instructions, "counters", counters_of(a)));
	}
	*answer = json_pack("{s:o, s:I}", "collections", all, "standingLeftOut",
			    (json_int_t)standing_left_out(c->standing));
	return REFUSED_NOT;
}

static const struct {
	const char *operation;
	enum refusal (*fn)(struct collecting *, struct component *, const json_t *, json_t **, struct error *);
} handlers[] = {
	{"collect.start", start},
	{"collect.cancel", cancel},
	{"collect.list", list},
};

bool collecting_serve(struct collecting *c, struct component *component, const struct component_request *r)
{
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		if (strcmp(handlers[i].operation, r->operation) != 0)
			continue;
		struct error why = {""};
		json_t *answer = NULL, *payload = payload_parse(r->payload, r->len, &why);
		pthread_mutex_lock(&c->lock);
		enum refusal refusal =
			payload ? handlers[i].fn(c, component, payload, &answer, &why) : REFUSED_MALFORMED;
		pthread_mutex_unlock(&c->lock);
		if (refusal)
			component_status(component, "refused", json_pack("{s:s}", "operation", r->operation), "%s",
					 why.text);
		component_answer(component, r->ticket, refusal, why.text, answer);
		json_decref(payload);
		return true;
	}
	return false;
}
