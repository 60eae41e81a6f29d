#include "domain/repository_role.h"

#include "core/time.h"
#include "domain/repository_answers.h"
#include "domain/repository_writer.h"
#include "domain/sealing.h"
#include "domain/stored_assertion.h"
#include "domain/watch_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MS      100
#define MOST_UNTOLD  ((size_t)8 << 20)
#define CHANGE_BYTES ((size_t)1 << 20) /* of a broadcast of what was imported */

struct role {
	const struct repository_role_options *options;
	struct component *component;
	struct repository_writer *writer;
	struct repository *repository; /* what questions are answered from, beside the writer */
	struct seal_checker *checker;
	struct stored_assertion_maker maker;
	struct buffer changed; /* lines that are new and were not told */
	uint32_t n_changed;
	uint64_t revision, told; /* of the last commit; up to which changes were told */
	uint64_t stored, duplicates, refused;
	struct repository_answers *answers;
	struct watch_list *watches;
	bool imported; /* with what is being settled: its changes are not among the lines */
};

/* ---- persist ---- */

/* Nothing of what was lost is kept: who sent it will send it again. */
static void give_back(struct role *r, const struct writer_batch *b)
{
	component_answer(r->component, b->ticket, REFUSED_STORAGE, b->lost_why.text, NULL);
	if (b->last)
		component_status(r->component, "error", NULL, "nothing can be stored: %s", b->lost_why.text);
}

static void answer_import(struct role *r, int64_t ticket, const struct writer_import *i)
{
	r->imported = true;
	r->stored += i->done.stored;
	r->duplicates += i->done.duplicates;
	r->refused += i->done.refused;
	if (i->code) {
		component_answer(r->component, ticket,
				 i->code == ERROR_FAILED ? REFUSED_STORAGE : REFUSED_NONCONFORMING, i->error.text,
				 NULL);
		return;
	}
	json_t *counts = json_pack("{s:I, s:I, s:I}", "stored", (json_int_t)i->done.stored, "duplicates",
				   (json_int_t)i->done.duplicates, "refused", (json_int_t)i->done.refused);
	if (i->done.refused)
		json_object_set_new(counts, "message", json_string(i->done.first.text));
	component_answer(r->component, ticket, REFUSED_NOT, NULL, counts);
}

static void answer_batch(struct role *r, const struct writer_batch *b)
{
	if (b->import) {
		answer_import(r, b->ticket, b->import);
		return;
	}
	uint32_t fresh = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct stored_assertion *a = &b->assertions[i].assertion;
		if (!b->assertions[i].fresh)
			continue;
		buffer_add(&r->changed, a->line, a->line_len);
		buffer_char(&r->changed, '\n');
		fresh++;
	}
	json_t *counts = json_pack("{s:i, s:i, s:i}", "stored", (int)fresh, "duplicates", (int)(b->count - fresh),
				   "refused", (int)b->refused);
	if (*b->why)
		json_object_set_new(counts, "message", json_string(b->why));
	component_answer(r->component, b->ticket, REFUSED_NOT, NULL, counts);
	r->n_changed += fresh;
	r->stored += fresh;
	r->duplicates += b->count - fresh;
	r->refused += b->refused;
}

/* What cannot be told yet, before there is a registration, is told with the next; what has become too much shows as a
 * gap that subscribers ask for. */
static void tell_changes(struct role *r)
{
	char topic[160];
	const char *site = r->options->connection.site;
	const struct part lines = {r->changed.data, r->changed.len};
	if (!r->n_changed) {
		r->told = r->revision;
		return;
	}
	snprintf(topic, sizeof topic, "/notification/repository/change/json/%.64s/", site ? site : "default");
	json_t *extra = json_pack("{s:I, s:I}", "after", (json_int_t)r->told, "last", (json_int_t)r->revision);
	if (!component_publish(r->component, topic, r->n_changed, "application/x-ndjson", extra, &lines, NULL) &&
	    r->changed.len < MOST_UNTOLD)
		return;
	r->told = r->revision;
	buffer_clear(&r->changed);
	r->n_changed = 0;
}

static bool add_change(void *arg, const struct repository_change *change)
{
	struct role *r = arg;
	buffer_text(&r->changed, change->line);
	buffer_char(&r->changed, '\n');
	r->n_changed++;
	r->revision = change->revision;
	if (r->changed.len > CHANGE_BYTES)
		tell_changes(r);
	return true;
}

/* What was imported is told from what was stored, in broadcasts of bounded size. */
static void tell_imported(struct role *r)
{
	struct error error; /* what cannot be read is a gap that subscribers ask for */
	buffer_clear(&r->changed);
	r->n_changed = 0;
	(void)repository_changes(r->repository, r->told, add_change, r, &error);
	r->imported = false;
}

/* Answers what is settled, and tells what is new with it. */
static void settle(struct role *r)
{
	for (struct writer_batch *b; (b = repository_writer_take(r->writer));) {
		if (b->lost)
			give_back(r, b);
		else
			answer_batch(r, b);
		if (b->last && !b->lost) {
			if (r->imported)
				tell_imported(r);
			r->revision = b->revision;
			tell_changes(r);
		}
		repository_writer_release(r->writer, b);
	}
	if (r->n_changed)
		tell_changes(r);
	watch_list_tell(r->watches, r->component);
}

static void note_refused(struct writer_batch *b, const char *why)
{
	if (!b->refused++)
		snprintf(b->why, sizeof b->why, "%.190s", why);
}

/* 0, or ERROR_FAILED when the heap is out. */
static int take_line(struct role *r, struct writer_batch *b, const char *line, size_t len, uint64_t relayed_ns,
		     struct error *error)
{
	struct writer_assertion *a = writer_batch_add(b);
	if (!a)
		return error_set(error, ERROR_FAILED, "no memory for what is to be stored");
	int code = stored_assertion_read_next(&r->maker, line, len, &a->assertion, error);
	if (code) {
		note_refused(b, error->text);
		b->count--;
		return code == ERROR_FAILED ? code : 0;
	}
	a->assertion.relayed_ns = relayed_ns;
	return 0;
}

static uint64_t relayed(const struct component_request *q)
{
	const char *text = json_string_value(json_object_get(q->header, "relayTimestamp"));
	uint64_t time_ns = 0;
	return text && time_parse(text, &time_ns) == 0 ? time_ns : 0;
}

/* Decodes a payload, which lives on in the batch. */
static int take_batch(struct role *r, const struct component_request *q, struct writer_batch *b, struct error *error)
{
	uint64_t relayed_ns = relayed(q);
	b->ticket = q->ticket;
	buffer_add(&b->payload, q->payload, q->len);
	if (b->payload.failed)
		return error_set(error, ERROR_FAILED, "no memory for what is to be stored");
	const char *at = b->payload.data, *end = at + q->len;
	int code = 0;
	stored_assertion_begin(&r->maker, &b->texts);
	for (bool first = true; at < end && !code; first = false) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf ? lf : end) - at);
		if (first)
			b->provenance_len = len;
		else
			code = take_line(r, b, at, len, relayed_ns, error);
		at += len + 1;
	}
	return code;
}

static struct writer_batch *empty_batch(struct role *r)
{
	struct writer_batch *b;
	while (!(b = repository_writer_batch(r->writer)))
		settle(r);
	return b;
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
	struct writer_batch *b = empty_batch(r);
	if (take_batch(r, q, b, &error) == 0) {
		repository_writer_give(r->writer, b);
		return;
	}
	component_answer(r->component, q->ticket, REFUSED_STORAGE, error.text, NULL);
	repository_writer_release(r->writer, b);
}

/* ---- import ---- */

static bool copy_text(char *out, size_t size, const json_t *object, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, name));
	return (size_t)snprintf(out, size, "%s", text ? text : otherwise) < size;
}

static void import(struct role *r, const struct component_request *q)
{
	const json_t *about = json_object_get(q->header, "import");
	const char *time = json_string_value(json_object_get(about, "time"));
	struct writer_import *i = calloc(1, sizeof *i);
	bool good = i && copy_text(i->format, sizeof i->format, about, "format", "assertions") &&
		    copy_text(i->source, sizeof i->source, about, "source", "fabric") &&
		    copy_text(i->endpoint, sizeof i->endpoint, about, "endpoint", "");
	if (good)
		i->what = (struct import){.format = i->format,
					  .source = i->source,
					  .endpoint = *i->endpoint ? i->endpoint : NULL,
					  .time_ns = time_now()};
	if (!good || (time && time_parse(time, &i->what.time_ns) != 0)) {
		free(i);
		component_answer(
			r->component, q->ticket, REFUSED_NONCONFORMING,
			"`import` has a text that is too long, or a `time` that is not like 2026-11-20T12:00:00Z",
			NULL);
		return;
	}
	struct writer_batch *b = empty_batch(r);
	b->ticket = q->ticket;
	b->import = i;
	buffer_add(&b->payload, q->payload, q->len);
	if (!b->payload.failed) {
		repository_writer_give(r->writer, b);
		return;
	}
	component_answer(r->component, q->ticket, REFUSED_STORAGE, "no memory for what is to be imported", NULL);
	repository_writer_release(r->writer, b);
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
	if (strcmp(r->options->repository, ":memory:") == 0)
		return error_set(error, ERROR_USAGE,
				 ":memory: keeps no history and ends with this process; serve a sqlite:PATH");
	int code = watch_list_open(c.state, c.site, &r->watches, error);
	const struct writer_observer observer = {r->watches, watch_list_look, watch_list_stored, watch_list_settled};
	if (!code)
		code = repository_writer_open(r->options->repository, &observer, &r->writer, error);
	if (!code)
		code = repository_open(r->options->repository, REPOSITORY_READ, &r->repository, error);
	if (!code)
		code = repository_revision(r->repository, &r->revision, error);
	r->told = r->revision;
	if (!code && r->options->trusted)
		code = seal_checker_open(r->options->trusted, &r->checker, error);
	if (!code && !(r->answers = repository_answers_new(r->repository)))
		code = error_set(error, ERROR_FAILED, "repository: no memory");
	return code ? code : component_open(&c, &r->component, error);
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
		component_turn(r->component, busy ? 0 : TURN_MS, repository_writer_fd(r->writer));
		settle(r);
	}
	if (!code) { /* who is waiting for an answer gets it */
		repository_writer_settle(r->writer);
		settle(r);
	}
	component_close(r->component, 500);
	repository_answers_free(r->answers);
	repository_close(r->repository, NULL);
	int closed = repository_writer_close(r->writer, code ? NULL : error);
	watch_list_free(r->watches);
	seal_checker_close(r->checker);
	stored_assertion_maker_fini(&r->maker);
	buffer_fini(&r->changed);
	free(r);
	return code ? code : closed;
}
