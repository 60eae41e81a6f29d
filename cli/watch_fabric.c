#include "cli/watch_fabric.h"

#include "core/buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MS     100
#define MOST_HELD   ((size_t)64 << 20) /* octets of changes that wait for the snapshot's end */
#define SNAPSHOT_MS 60000u
#define CHANGES_MS  30000u

struct following {
	const struct watch_fabric_options *o;
	struct component *component;
	bool ended;
	/* with a snapshot */
	bool standing;       /* it is whole: changes follow */
	bool gap;            /* some changes were missed, or held back no longer */
	json_int_t sequence; /* what was printed goes up to here */
	struct buffer held;  /* lines of changes behind `held_after`, without a gap */
	json_int_t held_after, held_last;
	int code;
	struct error *error;
};

static void print(struct following *f, const char *lines, size_t len, bool endpoints)
{
	if (!f->ended && len && !f->o->lines(f->o->arg, lines, len, endpoints))
		f->ended = true;
}

/* Holds a change until the snapshot is whole. */
static void hold(struct following *f, json_int_t after, json_int_t last, const struct component_broadcast *b)
{
	bool follows = !f->held.len || after == f->held_last;
	if (!follows || f->held.len + b->len > MOST_HELD) {
		f->gap = true; /* the repository has it */
		return;
	}
	if (!f->held.len)
		f->held_after = after;
	f->held_last = last;
	buffer_add(&f->held, b->payload, b->len);
}

static void take_change(struct following *f, const struct component_broadcast *b)
{
	json_int_t after = json_integer_value(json_object_get(b->header, "after"));
	json_int_t last = json_integer_value(json_object_get(b->header, "last"));
	if (!f->standing)
		hold(f, after, last, b);
	else if (after > f->sequence)
		f->gap = true;
	else if (last > f->sequence && !f->gap) {
		print(f, b->payload, b->len, false);
		f->sequence = last;
	}
}

static void broadcast(void *arg, const struct component_broadcast *b)
{
	struct following *f = arg;
	if (f->o->snapshot) {
		take_change(f, b);
		return;
	}
	if (!f->ended && !f->o->broadcast(f->o->arg, b))
		f->ended = true;
}

static void failed(struct following *f, const struct component_reply *r)
{
	f->code = error_set(f->error, ERROR_FAILED, "%s: %s; is a repository there?", refusal_name(r->refusal),
			    r->message ? r->message : "no reason was given");
}

static void take_page(void *arg, const struct component_reply *r)
{
	struct following *f = arg;
	if (r->refusal) {
		failed(f, r);
		return;
	}
	f->sequence = json_integer_value(json_object_get(r->header, "sequence"));
	print(f, r->payload, r->len, true);
}

static void take_missed(void *arg, const struct component_reply *r)
{
	struct following *f = arg;
	if (r->refusal) {
		failed(f, r);
		return;
	}
	json_int_t last = json_integer_value(json_object_get(r->header, "last"));
	f->gap = last < json_integer_value(json_object_get(r->header, "sequence")) && last > f->sequence;
	f->sequence = last > f->sequence ? last : f->sequence;
	print(f, r->payload, r->len, false);
}

/* Asks the repository for what the broadcasts did not bring. */
static void fill(struct following *f)
{
	while (f->gap && !f->ended && !f->code)
		if (!component_ask_wait(f->component, "changes", "service:repository", CHANGES_MS,
					json_pack("{s:I}", "after", f->sequence), take_missed, f))
			return;
}

static int stand(struct following *f)
{
	if (!component_ask_wait(f->component, "snapshot", "service:repository", SNAPSHOT_MS, NULL, take_page, f))
		return error_set(f->error, ERROR_FAILED, "%s: nothing can be sent", f->o->connection.url);
	f->standing = true;
	/* Held changes that begin where the snapshot ends are printed; what overlaps is asked for. */
	if (f->held.len && !f->gap && f->held_after == f->sequence) {
		print(f, f->held.data, f->held.len, false);
		f->sequence = f->held_last;
	} else if (f->held.len && f->held_last > f->sequence) {
		f->gap = true;
	}
	buffer_fini(&f->held);
	int trouble = f->code ? component_trouble(f->component, f->error) : 0;
	return f->code = trouble ? trouble : f->code;
}

int watch_fabric(const struct watch_fabric_options *o, uint64_t *missed, struct error *error)
{
	char topic[200];
	bool reached = false;
	struct following f = {.o = o, .error = error};
	struct component_options c = o->connection;
	c.anonymous = true;
	c.state = NULL;
	c.arg = &f;
	c.broadcast = broadcast;
	int code = component_open(&c, &f.component, error);
	if (code)
		return code;
	snprintf(topic, sizeof topic, "/notification/%s/%s/%.64s%s",
		 o->snapshot ? "repository/change" : "collection/observation", o->form, c.site ? c.site : "",
		 c.site ? "/" : "");
	component_subscribe(f.component, o->topic ? o->topic : topic);
	if (o->snapshot)
		code = stand(&f);
	while (!code && !f.ended && !o->over(o->arg)) {
		component_turn(f.component, TURN_MS, -1);
		reached |= component_link_up(f.component);
		fill(&f);
		code = f.code;
		if (!code && !reached) /* what ends later is waited for */
			code = component_trouble(f.component, error);
	}
	*missed = o->snapshot ? 0 : component_missed(f.component);
	component_close(f.component, 0);
	buffer_fini(&f.held);
	return code;
}
