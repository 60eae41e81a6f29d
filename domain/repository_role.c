#include "domain/repository_role.h"

#include "core/time.h"
#include "domain/import.h"
#include "domain/repository_answers.h"
#include "domain/sealing.h"
#include "domain/stored_assertion.h"
#include "domain/watch_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MS        100
#define MOST_UNSETTLED 256u /* requests of one commit */
#define CHANGE_BYTES   ((size_t)1 << 20)

/* A batch that was taken and waits for the commit. */
struct unsettled {
	int64_t ticket;
	uint32_t stored, duplicates, refused;
	char why[200]; /* the first was refused for; "": none was */
};

struct role {
	const struct repository_role_options *options;
	struct component *component;
	struct repository *repository;
	struct seal_checker *checker;
	struct stored_assertion_maker maker;
	struct unsettled unsettled[MOST_UNSETTLED];
	uint32_t n_unsettled;
	struct buffer changed; /* lines that are new since the last commit */
	uint32_t n_changed;
	uint64_t revision; /* of the last commit */
	uint64_t stored, duplicates, refused;
	struct repository_answers *answers;
	struct watch_list *watches;
};

/* ---- persist ---- */

static void answer_batch(struct role *r, const struct unsettled *u)
{
	json_t *counts = json_pack("{s:i, s:i, s:i}", "stored", (int)u->stored, "duplicates", (int)u->duplicates,
				   "refused", (int)u->refused);
	if (*u->why)
		json_object_set_new(counts, "message", json_string(u->why));
	component_answer(r->component, u->ticket, REFUSED_NOT, NULL, counts);
	r->stored += u->stored;
	r->duplicates += u->duplicates;
	r->refused += u->refused;
}

/* Nothing of what waited is kept: who sent it will send it again. */
static void give_back(struct role *r, const char *why)
{
	for (uint32_t i = 0; i < r->n_unsettled; i++)
		component_answer(r->component, r->unsettled[i].ticket, REFUSED_STORAGE, why, NULL);
	r->n_unsettled = 0;
	buffer_clear(&r->changed);
	r->n_changed = 0;
	watch_list_forget(r->watches);
	component_status(r->component, "error", NULL, "nothing can be stored: %s", why);
}

static void tell_changes(struct role *r, uint64_t before)
{
	char topic[160];
	const char *site = r->options->connection.site;
	const struct part lines = {r->changed.data, r->changed.len};
	if (!r->n_changed)
		return;
	snprintf(topic, sizeof topic, "/notification/repository/change/json/%.64s/", site ? site : "default");
	json_t *extra = json_pack("{s:I, s:I}", "after", (json_int_t)before, "last", (json_int_t)r->revision);
	(void)component_publish(r->component, topic, r->n_changed, "application/x-ndjson", extra, &lines, NULL);
	buffer_clear(&r->changed);
	r->n_changed = 0;
}

static void settle(struct role *r)
{
	struct error error = {""};
	uint64_t before = r->revision;
	if (!r->n_unsettled)
		return;
	if (repository_commit(r->repository, NULL, &error) != 0 ||
	    repository_revision(r->repository, &r->revision, &error) != 0) {
		give_back(r, error.text);
		return;
	}
	for (uint32_t i = 0; i < r->n_unsettled; i++)
		answer_batch(r, &r->unsettled[i]);
	r->n_unsettled = 0;
	tell_changes(r, before);
	watch_list_tell(r->watches, r->component);
}

static void note_refused(struct unsettled *u, const char *why)
{
	if (!u->refused++)
		snprintf(u->why, sizeof u->why, "%s", why);
}

/* 0, or ERROR_FAILED when the engine takes nothing. */
static int take_line(struct role *r, struct unsettled *u, const char *line, size_t len, uint64_t relayed_ns,
		     struct error *error)
{
	struct stored_assertion a;
	bool fresh = false;
	if (stored_assertion_read(&r->maker, line, len, &a, error) != 0) {
		note_refused(u, error->text);
		return 0;
	}
	a.relayed_ns = relayed_ns;
	watch_list_look(r->watches, r->repository, &a);
	if (repository_store(r->repository, &a, &fresh, error) != 0)
		return ERROR_FAILED;
	watch_list_stored(r->watches, fresh);
	u->stored += fresh;
	u->duplicates += !fresh;
	if (fresh) {
		buffer_add(&r->changed, line, len);
		buffer_char(&r->changed, '\n');
		r->n_changed++;
	}
	return 0;
}

static uint64_t relayed(const struct component_request *q)
{
	const char *text = json_string_value(json_object_get(q->header, "relayTimestamp"));
	uint64_t time_ns = 0;
	return text && time_parse(text, &time_ns) == 0 ? time_ns : 0;
}

static int take_batch(struct role *r, const struct component_request *q, struct unsettled *u, struct error *error)
{
	const char *at = q->payload, *end = q->payload + q->len;
	uint64_t relayed_ns = relayed(q);
	for (bool first = true; at < end; first = false) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf ? lf : end) - at);
		int code = first ? repository_provenance_line(r->repository, at, len, error)
				 : take_line(r, u, at, len, relayed_ns, error);
		if (code)
			return code;
		at += len + 1;
	}
	return 0;
}

/* A provenance record is an object that names its component, and is followed by something. */
static bool good_payload(const struct component_request *q, struct error *error)
{
	const char *lf = q->len ? memchr(q->payload, '\n', q->len) : NULL;
	json_t *p = lf ? payload_parse(q->payload, (size_t)(lf - q->payload), error) : NULL;
	bool good =
		json_is_string(json_object_get(p, "component")) && json_is_integer(json_object_get(p, "provenanceId"));
	json_decref(p);
	if (!good)
		error_set(error, ERROR_DAMAGED, "the payload does not begin with a provenance record");
	return good;
}

static void persist(struct role *r, const struct component_request *q)
{
	struct error error = {""};
	if (r->checker && !seal_checker_trusts(r->checker, q->payload, q->len, q->signature, q->signature_len)) {
		component_answer(r->component, q->ticket, REFUSED_SIGNATURE, "no good signature of a trusted key",
				 NULL);
		return;
	}
	if (!good_payload(q, &error)) {
		component_answer(r->component, q->ticket, REFUSED_MALFORMED, error.text, NULL);
		return;
	}
	struct unsettled *u = &r->unsettled[r->n_unsettled++];
	*u = (struct unsettled){.ticket = q->ticket};
	if (take_batch(r, q, u, &error) != 0) {
		repository_commit(r->repository, NULL, NULL); /* undone: the engine begins anew */
		give_back(r, error.text);
	} else if (r->n_unsettled == MOST_UNSETTLED || r->changed.len > CHANGE_BYTES) {
		settle(r);
	}
}

/* ---- import ---- */

/* What was stored behind a revision, in broadcasts of bounded size. */
struct telling {
	struct role *r;
	uint64_t after;
};

static bool tell_one(void *arg, const struct repository_change *change)
{
	struct telling *t = arg;
	buffer_text(&t->r->changed, change->line);
	buffer_char(&t->r->changed, '\n');
	t->r->n_changed++;
	t->r->revision = change->revision;
	if (t->r->changed.len > CHANGE_BYTES) {
		tell_changes(t->r, t->after);
		t->after = change->revision;
	}
	return true;
}

static void import(struct role *r, const struct component_request *q)
{
	struct error error = {""};
	struct imported done = {0};
	const json_t *about = json_object_get(q->header, "import");
	const char *format = json_string_value(json_object_get(about, "format"));
	const char *source = json_string_value(json_object_get(about, "source"));
	const char *time = json_string_value(json_object_get(about, "time"));
	struct import what = {.format = format ? format : "assertions",
			      .source = source ? source : "fabric",
			      .endpoint = json_string_value(json_object_get(about, "endpoint")),
			      .time_ns = time_now()};
	settle(r); /* what came before is committed by itself */
	struct telling t = {r, r->revision};
	if (time && time_parse(time, &what.time_ns) != 0) {
		component_answer(r->component, q->ticket, REFUSED_NONCONFORMING,
				 "`time` must be like 2026-11-20T12:00:00Z", NULL);
		return;
	}
	int code = import_data(r->repository, &what, q->payload, q->len, &done, &error);
	if (code) {
		component_answer(r->component, q->ticket,
				 code == ERROR_FAILED ? REFUSED_STORAGE : REFUSED_NONCONFORMING, error.text, NULL);
	} else {
		json_t *counts = json_pack("{s:I, s:I, s:I}", "stored", (json_int_t)done.stored, "duplicates",
					   (json_int_t)done.duplicates, "refused", (json_int_t)done.refused);
		if (done.refused)
			json_object_set_new(counts, "message", json_string(done.first.text));
		component_answer(r->component, q->ticket, REFUSED_NOT, NULL, counts);
	}
	r->stored += done.stored;
	r->duplicates += done.duplicates;
	r->refused += done.refused;
	if (repository_changes(r->repository, t.after, tell_one, &t, &error) == 0)
		tell_changes(r, t.after);
}

/* ---- what it answers ---- */

static const struct {
	const char *operation;
	void (*fn)(struct role *, const struct component_request *);
} handlers[] = {
	{"persist", persist},
	{"import", import},
};

static void serve(void *arg, const struct component_request *q)
{
	struct role *r = arg;
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (strcmp(handlers[i].operation, q->operation) == 0) {
			handlers[i].fn(r, q);
			return;
		}
	settle(r); /* who asks is answered from what was committed */
	if (!watch_list_serve(r->watches, r->component, q) && !repository_answers_serve(r->answers, r->component, q))
		component_answer(r->component, q->ticket, REFUSED_UNKNOWN_OPERATION, "this repository does not do that",
				 NULL);
}

static json_t *counters(void *arg)
{
	const struct role *r = arg;
	return json_pack("{s:I, s:I, s:I, s:I}", "stored", (json_int_t)r->stored, "duplicates",
			 (json_int_t)r->duplicates, "refused", (json_int_t)r->refused, "revision",
			 (json_int_t)r->revision);
}

static int open_role(struct role *r, struct error *error)
{
	static const char *const services[] = {"repository", NULL};
	static const char *const able[] = {
		"action:health-check",   "action:heartbeat", "publish:status-notification", "persist:assertion:1",
		"publish:change:json:1", "query:posture:1",  "watch:attribute:1",           NULL};
	struct component_options c = r->options->connection;
	c.type = "repository-interface";
	c.name = c.name ? c.name : "repository";
	c.services = services;
	c.capabilities = able;
	c.arg = r;
	c.request = serve;
	c.counters = counters;
	stored_assertion_maker_init(&r->maker);
	int code = repository_open(r->options->repository, REPOSITORY_WRITE, &r->repository, error);
	if (!code)
		code = repository_revision(r->repository, &r->revision, error);
	if (!code && r->options->trusted)
		code = seal_checker_open(r->options->trusted, &r->checker, error);
	if (!code && !(r->answers = repository_answers_new(r->repository)))
		code = error_set(error, ERROR_FAILED, "repository: no memory");
	if (!code)
		code = component_open(&c, &r->component, error); /* makes the state directory */
	return code ? code : watch_list_open(c.state, c.site, &r->watches, error);
}

int repository_role_run(const struct repository_role_options *options, const atomic_bool *stop, struct error *error)
{
	struct role *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(error, ERROR_FAILED, "repository: no memory");
	r->options = options;
	int code = open_role(r, error);
	while (!code && !atomic_load_explicit(stop, memory_order_acquire)) {
		bool busy = repository_answers_turn(r->answers, r->component);
		component_turn(r->component, busy ? 0 : TURN_MS, -1);
		settle(r);
	}
	component_close(r->component, 500);
	repository_answers_free(r->answers);
	watch_list_free(r->watches);
	int closed = repository_close(r->repository, code ? NULL : error);
	seal_checker_close(r->checker);
	stored_assertion_maker_fini(&r->maker);
	buffer_fini(&r->changed);
	free(r);
	return code ? code : closed;
}
