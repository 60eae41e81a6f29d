/* Requests a component asks, and their answers. */
#include "core/monotonic.h"
#include "domain/component_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MS     500u /* over the deadline: the fabric answers first */
#define WAIT_STEP_MS 50

static struct asked *free_place(struct component *c)
{
	for (uint32_t i = 0; i < COMPONENT_MOST_ASKED; i++)
		if (!c->asked[i].number)
			return &c->asked[i];
	return NULL;
}

bool component_ask(struct component *c, const char *operation, const char *to, uint32_t deadline_ms, json_t *extra,
		   const struct part *payload, const struct part *signature, component_reply_fn *fn, void *arg)
{
	struct asked *a = free_place(c);
	char correlation[24];
	uint64_t number = c->next_number + 1;
	snprintf(correlation, sizeof correlation, "%llu", (unsigned long long)number);
	json_t *header = a ? header_request(operation, to, correlation, deadline_ms) : NULL;
	if (header && extra)
		json_object_update(header, extra);
	json_decref(extra);
	char *text = header_text(header);
	if (!text)
		return false;
	const struct part parts[] = {{text, strlen(text)},
				     payload ? *payload : (struct part){"", 0},
				     signature ? *signature : (struct part){"", 0}};
	int code = socket_send(c->directed, NULL, parts, signature ? 3 : 2);
	free(text);
	if (code != SOCKET_SENT)
		return false;
	c->next_number = number;
	*a = (struct asked){number, monotonic_ms() + deadline_ms + GRACE_MS, fn, arg};
	return true;
}

bool component_ask_json(struct component *c, const char *operation, const char *to, json_t *payload,
			component_reply_fn *fn, void *arg)
{
	char *text = header_text(payload);
	const struct part part = {text, text ? strlen(text) : 0};
	bool sent = text && component_ask(c, operation, to, DEADLINE_MS, NULL, &part, NULL, fn, arg);
	free(text);
	return sent;
}

void component_expire_asked(struct component *c, uint64_t now)
{
	for (uint32_t i = 0; i < COMPONENT_MOST_ASKED; i++) {
		struct asked a = c->asked[i];
		if (!a.number || now < a.until_ms)
			continue;
		c->asked[i].number = 0;
		a.fn(a.arg,
		     &(struct component_reply){
			     .refusal = REFUSED_DEADLINE,
			     .message = "no answer came in time; is the fabric there, and our key on its list?"});
	}
}

void component_give_up_asked(struct component *c, const char *why)
{
	for (uint32_t i = 0; i < COMPONENT_MOST_ASKED; i++) {
		struct asked a = c->asked[i];
		c->asked[i].number = 0;
		if (a.number)
			a.fn(a.arg, &(struct component_reply){.refusal = REFUSED_UNREACHABLE, .message = why});
	}
}

struct waiting {
	component_reply_fn *fn;
	void *arg;
	bool over;
};

static void waited(void *arg, const struct component_reply *reply)
{
	struct waiting *w = arg;
	w->fn(w->arg, reply);
	w->over = !reply->more;
}

bool component_ask_wait_bytes(struct component *c, const char *operation, const char *to, uint32_t deadline_ms,
			      json_t *extra, const struct part *payload, component_reply_fn *fn, void *arg)
{
	struct waiting w = {fn, arg, false};
	bool sent = component_ask(c, operation, to, deadline_ms, extra, payload, NULL, waited, &w);
	while (sent && !w.over) {
		struct error trouble;
		component_turn(c, WAIT_STEP_MS, -1);
		if (!w.over && component_trouble(c, &trouble))
			component_give_up_asked(c, trouble.text);
	}
	return sent;
}

bool component_ask_wait(struct component *c, const char *operation, const char *to, uint32_t deadline_ms,
			json_t *payload, component_reply_fn *fn, void *arg)
{
	char *text = payload ? header_text(payload) : NULL;
	const struct part part = {text ? text : "", text ? strlen(text) : 0};
	bool sent = component_ask_wait_bytes(c, operation, to, deadline_ms, NULL, &part, fn, arg);
	free(text);
	return sent;
}

void component_take_reply(struct component *c, const struct header *h)
{
	const struct message *m = &c->message;
	uint64_t number = h->correlation ? strtoull(h->correlation, NULL, 10) : 0;
	struct asked *a = NULL;
	for (uint32_t i = 0; i < COMPONENT_MOST_ASKED && number; i++)
		if (c->asked[i].number == number)
			a = &c->asked[i];
	if (!a)
		return; /* given up, or never asked */
	struct component_reply r = {.refusal = h->refusal,
				    .message = h->message,
				    .from = h->from,
				    .more = h->more,
				    .header = h->json,
				    .payload = frame_data(&m->frames[1]),
				    .len = frame_size(&m->frames[1])};
	component_reply_fn *fn = a->fn;
	void *arg = a->arg;
	if (h->boot && *c->fabric_boot && strcmp(h->boot, c->fabric_boot) != 0 && c->stage > REGISTERING)
		component_lose_registration(c);
	if (h->boot)
		snprintf(c->fabric_boot, sizeof c->fabric_boot, "%s", h->boot);
	if (!r.more)
		a->number = 0;
	else
		a->until_ms = monotonic_ms() + DEADLINE_MOST_MS;
	fn(arg, &r);
}
