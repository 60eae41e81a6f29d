#include "domain/orchestrator.h"

#include "core/buffer.h"
#include "core/time.h"
#include "domain/collection.h"
#include "domain/key_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_COLLECTIONS 1024u
#define MOST_KEPT        16384u /* with those that are over: identifiers are unique for ever */

enum progress { RUNNING, ENDED, CANCELLED };

struct kept {
	char id[COLLECTION_ID_BYTES];
	json_t *instructions;
	enum progress progress;
	uint64_t end_ns;    /* 0: until cancelled */
	json_t *collectors; /* identifier -> what it answered last */
};

struct orchestrator {
	struct component *component;
	const struct roster *roster;
	char *path;
	struct kept *kept;
	uint32_t count;
};

/* A request to several collectors, answered when all have. */
struct round {
	struct orchestrator *o;
	char id[COLLECTION_ID_BYTES];
	int64_t ticket; /* -1: nobody waits */
	uint32_t open, good;
	json_t *answers;
	enum refusal worst;
	char message[256];
};

struct errand {
	struct round *round;
	char component[46];
};

bool orchestrator_has(const struct roster_entry *e, const char *capability)
{
	size_t n = strlen(capability);
	for (size_t i = 0; i < json_array_size(e->capabilities); i++) {
		const char *urn = json_string_value(json_array_get(e->capabilities, i));
		size_t len = urn ? strlen(urn) : 0;
		if (len >= n && strcmp(urn + len - n, capability) == 0)
			return true;
	}
	return false;
}

static const char *progress_name(enum progress p)
{
	static const char *const names[] = {"running", "ended", "cancelled"};
	return names[p];
}

static struct kept *find(struct orchestrator *o, const char *id)
{
	for (uint32_t i = 0; id && i < o->count; i++)
		if (strcmp(o->kept[i].id, id) == 0)
			return &o->kept[i];
	return NULL;
}

static void settle(struct orchestrator *o)
{
	uint64_t now = time_now();
	for (uint32_t i = 0; i < o->count; i++)
		if (o->kept[i].progress == RUNNING && o->kept[i].end_ns && now >= o->kept[i].end_ns)
			o->kept[i].progress = ENDED;
}

static uint32_t running(struct orchestrator *o)
{
	uint32_t n = 0;
	settle(o);
	for (uint32_t i = 0; i < o->count; i++)
		n += o->kept[i].progress == RUNNING;
	return n;
}

/* ---- on disk ---- */

static int keep(const struct orchestrator *o, struct error *error)
{
	struct buffer b = {0};
	if (!o->path)
		return 0;
	for (uint32_t i = 0; i < o->count; i++) {
		const struct kept *k = &o->kept[i];
		char *text = header_text(json_pack("{s:O, s:s, s:I}", "instructions", k->instructions, "progress",
						   progress_name(k->progress), "endNs", (json_int_t)k->end_ns));
		buffer_text(&b, text ? text : "");
		buffer_char(&b, '\n');
		b.failed |= !text;
		free(text);
	}
	int code = b.failed ? error_set(error, ERROR_FAILED, "%s: no memory", o->path)
			    : file_replace(o->path, b.data ? b.data : "", b.len, 0644, error);
	buffer_fini(&b);
	return code;
}

static struct kept *add(struct orchestrator *o, const char *id, const json_t *instructions, uint64_t end_ns)
{
	struct kept *kept = o->count < MOST_KEPT ? realloc(o->kept, (o->count + 1) * sizeof *kept) : NULL;
	if (!kept)
		return NULL;
	o->kept = kept;
	struct kept *k = &kept[o->count++];
	*k = (struct kept){.instructions = json_deep_copy(instructions), .end_ns = end_ns, .collectors = json_object()};
	snprintf(k->id, sizeof k->id, "%s", id);
	return k;
}

static void drop_last(struct orchestrator *o)
{
	struct kept *k = &o->kept[--o->count];
	json_decref(k->instructions);
	json_decref(k->collectors);
}

static bool restore_line(struct orchestrator *o, const char *line, size_t len)
{
	struct error error;
	json_t *j = payload_parse(line, len, &error);
	const json_t *instructions = json_object_get(j, "instructions");
	const char *id = json_string_value(json_object_get(instructions, "collection-identifier"));
	const char *progress = json_string_value(json_object_get(j, "progress"));
	struct kept *k = id && progress && collection_id_valid(id)
				 ? add(o, id, instructions, (uint64_t)json_integer_value(json_object_get(j, "endNs")))
				 : NULL;
	if (k)
		k->progress = strcmp(progress, "running") == 0 ? RUNNING
			      : strcmp(progress, "ended") == 0 ? ENDED
							       : CANCELLED;
	json_decref(j);
	return k;
}

static int restore(struct orchestrator *o, struct error *error)
{
	FILE *f = o->path ? fopen(o->path, "re") : NULL;
	if (!f)
		return !o->path || errno == ENOENT
			       ? 0
			       : error_set(error, ERROR_USAGE, "%s: %s; name a state directory of the manager's",
					   o->path, strerror(errno));
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int code = 0;
	for (unsigned at = 1; !code && (n = getline(&line, &room, f)) > 0; at++)
		if (!restore_line(o, line, (size_t)n))
			code = error_set(error, ERROR_USAGE,
					 "%s:%u: this is no collection; mend the line or restore the file from a copy",
					 o->path, at);
	free(line);
	fclose(f);
	return code;
}

int orchestrator_open(struct component *component, const struct roster *roster, const char *prefix, const char *state,
		      struct orchestrator **out, struct error *error)
{
	(void)prefix;
	struct orchestrator *o = calloc(1, sizeof *o);
	if (!o)
		return error_set(error, ERROR_FAILED, "orchestrator: no memory");
	o->component = component;
	o->roster = roster;
	if (state && asprintf(&o->path, "%s/collections.jsonl", state) < 0)
		o->path = NULL;
	*out = o;
	return restore(o, error);
}

void orchestrator_close(struct orchestrator *o)
{
	if (!o)
		return;
	while (o->count)
		drop_last(o);
	free(o->kept);
	free(o->path);
	free(o);
}

/* ---- asking collectors ---- */

static void finish_round(struct round *r)
{
	bool failed = !r->good && r->worst;
	if (r->ticket >= 0 && failed)
		component_answer(r->o->component, r->ticket, r->worst, r->message,
				 json_pack("{s:s, s:O}", "collection-identifier", r->id, "collectors", r->answers));
	else if (r->ticket >= 0)
		component_answer(r->o->component, r->ticket, REFUSED_NOT, NULL,
				 json_pack("{s:s, s:O}", "collection-identifier", r->id, "collectors", r->answers));
	json_decref(r->answers);
	free(r);
}

static void note_answer(struct errand *e, const struct component_reply *reply)
{
	struct round *r = e->round;
	struct error error;
	struct kept *k = find(r->o, r->id);
	json_t *payload = payload_parse(reply->payload, reply->len, &error);
	json_t *answer =
		json_pack("{s:s, s:s, s:s, s:O*}", "component", e->component, "status",
			  reply->refusal ? refusal_name(reply->refusal) : "success", "message",
			  reply->message ? reply->message : "", "counters", json_object_get(payload, "counters"));
	if (k)
		json_object_set(k->collectors, e->component, answer);
	json_array_append_new(r->answers, answer);
	json_decref(payload);
	r->good += !reply->refusal;
	if (reply->refusal) {
		r->worst = reply->refusal;
		snprintf(r->message, sizeof r->message, "%s", reply->message ? reply->message : "");
	}
}

static void answered(void *arg, const struct component_reply *reply)
{
	struct errand *e = arg;
	struct round *r = e->round;
	note_answer(e, reply);
	free(e);
	if (!--r->open)
		finish_round(r);
}

static void send_errand(struct round *r, const char *component, const char *operation, json_t *payload)
{
	struct errand *e = calloc(1, sizeof *e);
	if (!e)
		return;
	e->round = r;
	snprintf(e->component, sizeof e->component, "%s", component);
	r->open++;
	if (component_ask_json(r->o->component, operation, component, json_incref(payload), answered, e))
		return;
	note_answer(e, &(struct component_reply){.refusal = REFUSED_BUSY, .message = "too many requests are open"});
	free(e);
	r->open--;
}

static bool wanted(const struct kept *k, const struct roster_entry *e)
{
	const json_t *list = json_object_get(k->instructions, "collectors");
	if (e->state == COMPONENT_GONE || e->state == COMPONENT_UNREACHABLE ||
	    !orchestrator_has(e, "collect:observational:1"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), e->identifier) == 0)
			return true;
	return !list;
}

static struct round *begin_round(struct orchestrator *o, const struct kept *k, int64_t ticket)
{
	struct round *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	*r = (struct round){.o = o, .ticket = ticket, .open = 1, .answers = json_array()};
	snprintf(r->id, sizeof r->id, "%s", k->id);
	return r;
}

static void end_round(struct round *r)
{
	if (!--r->open)
		finish_round(r);
}

static void ask_all(struct orchestrator *o, const struct kept *k, const char *operation, json_t *payload,
		    int64_t ticket)
{
	struct round *r = begin_round(o, k, ticket);
	for (uint32_t i = 0; r && i < o->roster->count; i++)
		if (wanted(k, o->roster->entries[i]))
			send_errand(r, o->roster->entries[i]->identifier, operation, payload);
	json_decref(payload);
	if (r)
		end_round(r);
}

/* What is left of a period that began earlier. */
static json_t *instructions_now(const struct kept *k)
{
	json_t *j = json_deep_copy(k->instructions);
	char end[TIME_TEXT_BYTES];
	if (!k->end_ns)
		return j;
	json_t *period = json_object();
	const json_t *start = json_object_get(json_object_get(j, "period"), "start");
	if (start)
		json_object_set(period, "start", (json_t *)(uintptr_t)start);
	time_text(k->end_ns, end);
	json_object_set_new(period, "end", json_string(end));
	json_object_set_new(j, "period", period);
	return j;
}

void orchestrator_onboarded(struct orchestrator *o, const struct roster_entry *e)
{
	settle(o);
	for (uint32_t i = 0; i < o->count; i++) {
		const struct kept *k = &o->kept[i];
		struct round *r = k->progress == RUNNING && wanted(k, e) ? begin_round(o, k, -1) : NULL;
		if (!r)
			continue;
		json_t *payload = instructions_now(k);
		send_errand(r, e->identifier, "collect.start", payload);
		json_decref(payload);
		end_round(r);
	}
}

/* ---- its operations ---- */

static enum refusal start(struct orchestrator *o, const struct component_request *r, const json_t *payload,
			  struct error *why)
{
	struct collection *c = NULL;
	enum refusal refusal = collection_read(payload, time_now(), &c, why);
	if (refusal)
		return refusal;
	struct kept *k = NULL;
	if (find(o, c->id)) {
		error_set(why, ERROR_DAMAGED, "the identifier %s is taken; cancel it and start another", c->id);
		refusal = REFUSED_DUPLICATE;
	} else if (running(o) >= MOST_COLLECTIONS || !(k = add(o, c->id, payload, c->end_ns))) {
		error_set(why, ERROR_DAMAGED, "too many collections");
		refusal = REFUSED_BUSY;
	} else if (keep(o, why) != 0) {
		drop_last(o);
		refusal = REFUSED_STORAGE;
	} else {
		ask_all(o, k, "collect.start", instructions_now(k), r->ticket);
	}
	collection_free(c);
	return refusal;
}

static enum refusal cancel(struct orchestrator *o, const struct component_request *r, const json_t *payload,
			   struct error *why)
{
	const char *id = json_string_value(json_object_get(payload, "collection-identifier"));
	settle(o);
	struct kept *k = find(o, id);
	if (!k || k->progress != RUNNING) {
		error_set(why, ERROR_DAMAGED, "no collection of this identifier runs");
		return REFUSED_NOT_FOUND;
	}
	k->progress = CANCELLED;
	if (keep(o, why) != 0) {
		k->progress = RUNNING;
		return REFUSED_STORAGE;
	}
	ask_all(o, k, "collect.cancel", json_deep_copy(payload), r->ticket);
	return REFUSED_NOT;
}

static enum refusal list(struct orchestrator *o, const struct component_request *r, const json_t *payload,
			 struct error *why)
{
	(void)payload;
	(void)why;
	json_t *all = json_array();
	settle(o);
	for (uint32_t i = 0; i < o->count; i++) {
		const struct kept *k = &o->kept[i];
		json_t *collectors = json_array(), *value;
		const char *key;
		json_object_foreach(k->collectors, key, value) json_array_append(collectors, value);
		json_array_append_new(all, json_pack("{s:s, s:s, s:O, s:o}", "collection-identifier", k->id, "state",
						     progress_name(k->progress), "instructions", k->instructions,
						     "collectors", collectors));
	}
	component_answer(o->component, r->ticket, REFUSED_NOT, NULL, json_pack("{s:o}", "collections", all));
	return REFUSED_NOT;
}

static const struct {
	const char *operation;
	enum refusal (*fn)(struct orchestrator *, const struct component_request *, const json_t *, struct error *);
} handlers[] = {
	{"collection.start", start},
	{"collection.cancel", cancel},
	{"collection.list", list},
};

bool orchestrator_serve(struct orchestrator *o, const struct component_request *r)
{
	struct error why = {""};
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		if (strcmp(handlers[i].operation, r->operation) != 0)
			continue;
		json_t *payload = payload_parse(r->payload, r->len, &why);
		enum refusal refusal = payload ? handlers[i].fn(o, r, payload, &why) : REFUSED_MALFORMED;
		if (refusal)
			component_answer(o->component, r->ticket, refusal, why.text, NULL);
		json_decref(payload);
		return true;
	}
	return false;
}
