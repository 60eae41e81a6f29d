/* Broadcasts of a component: what it publishes, subscribes and hears. */
#include "core/monotonic.h"
#include "domain/component_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every topic may be wanted. */
static void expect_hearers(struct component *c)
{
	for (uint32_t i = 0; i < c->n_topics; i++)
		c->topics[i].unheard = false;
}

void component_call(struct component *c)
{
	c->called_ms = monotonic_ms();
	expect_hearers(c);
	if (*c->session) {
		const struct part hello[] = {{"hello", 5}, {c->session, strlen(c->session)}};
		(void)socket_send(c->broadcast, NULL, hello, 2);
	}
	for (uint32_t i = 0; i < c->n_prefixes; i++) {
		const struct part subscribe[] = {{"subscribe", 9}, {c->prefixes[i], strlen(c->prefixes[i])}};
		(void)socket_send(c->broadcast, NULL, subscribe, 2);
	}
}

void component_subscribe(struct component *c, const char *prefix)
{
	char *copy = c->n_prefixes < COMPONENT_MOST_PREFIXES ? strdup(prefix) : NULL;
	if (!copy)
		return;
	c->prefixes[c->n_prefixes++] = copy;
	component_call(c);
}

static struct topic *topic_of(struct component *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_topics; i++)
		if (strcmp(c->topics[i].name, name) == 0)
			return &c->topics[i];
	if (c->n_topics == COMPONENT_MOST_TOPICS || strlen(name) >= sizeof c->topics->name)
		return NULL;
	snprintf(c->topics[c->n_topics].name, sizeof c->topics->name, "%s", name);
	return &c->topics[c->n_topics++];
}

bool component_publish(struct component *c, const char *name, uint32_t count, const char *content_type, json_t *extra,
		       const struct part *payload, const struct part *signature)
{
	struct topic *t = *c->identifier && *c->session ? topic_of(c, name) : NULL;
	if (t && t->unheard) {
		json_decref(extra);
		return true;
	}
	json_t *header =
		t ? json_pack("{s:s, s:s, s:I, s:i, s:s}", "component", c->identifier, "boot", c->boot, "sequence",
			      (json_int_t)t->sequence + 1, "count", (int)count, "contentType", content_type)
		  : NULL;
	if (header && extra)
		json_object_update(header, extra);
	json_decref(extra);
	char *text = header_text(header);
	if (!text)
		return false;
	const struct part parts[] = {{"publish", 7},
				     {name, strlen(name)},
				     {text, strlen(text)},
				     *payload,
				     signature ? *signature : (struct part){"", 0}};
	bool sent = socket_send(c->broadcast, NULL, parts, signature ? 5 : 4) == SOCKET_SENT;
	t->sequence += sent;
	free(text);
	return sent;
}

void component_status(struct component *c, const char *code, json_t *extra, const char *format, ...)
{
	char message[512], topic[160];
	va_list list;
	va_start(list, format);
	vsnprintf(message, sizeof message, format, list);
	va_end(list);
	json_t *p = json_pack("{s:s, s:s, s:s}", "publisher", c->identifier, "message", message, "code", code);
	if (p)
		header_stamp(p, "time");
	if (p && extra)
		json_object_update(p, extra);
	json_decref(extra);
	char *text = header_text(p);
	if (!text)
		return;
	const struct part part = {text, strlen(text)};
	snprintf(topic, sizeof topic, "/notification/status/%.64s/", c->o.site ? c->o.site : "default");
	component_publish(c, topic, 1, "application/json", NULL, &part, NULL);
	free(text);
}

static void note_unheard(struct component *c, const char *topic)
{
	for (uint32_t i = 0; topic && i < c->n_topics; i++)
		if (strcmp(c->topics[i].name, topic) == 0)
			c->topics[i].unheard = true;
}

static void take_note(struct component *c, const struct message *m)
{
	struct error error;
	json_t *note = payload_parse(frame_data(&m->frames[1]), frame_size(&m->frames[1]), &error);
	const char *type = json_string_value(json_object_get(note, "type"));
	const char *boot = json_string_value(json_object_get(note, "boot"));
	const char *code = json_string_value(json_object_get(note, "code"));
	if (type && strcmp(type, "beat") == 0 && boot) {
		if (strcmp(boot, c->broadcast_boot) != 0) {
			c->missed_before += c->missed;
			c->missed = 0;
			snprintf(c->broadcast_boot, sizeof c->broadcast_boot, "%s", boot);
		}
		c->missed = (uint64_t)json_integer_value(json_object_get(note, "missed"));
	}
	if (type && strcmp(type, "heard") == 0)
		expect_hearers(c);
	if (type && strcmp(type, "unheard") == 0)
		note_unheard(c, json_string_value(json_object_get(note, "topic")));
	if (type && strcmp(type, "refused") == 0 && code) {
		const char *topic = json_string_value(json_object_get(note, "topic"));
		if (strcmp(code, "unregistered") == 0 && c->stage == ONBOARDED)
			component_lose_registration(c);
		else if (strcmp(code, "unregistered") != 0)
			component_say(c, "the fabric refused %s: %s", topic ? topic : "a broadcast", code);
	}
	json_decref(note);
}

void component_take_broadcast(struct component *c)
{
	struct message *m = &c->message;
	char topic[256];
	struct error error;
	size_t n = frame_size(&m->frames[0]);
	if (m->count == 2 && !n)
		take_note(c, m);
	if (m->count < 3 || !n || n >= sizeof topic || !c->o.broadcast)
		return;
	memcpy(topic, frame_data(&m->frames[0]), n);
	topic[n] = 0;
	json_t *header = payload_parse(frame_data(&m->frames[1]), frame_size(&m->frames[1]), &error);
	if (header)
		c->o.broadcast(c->o.arg, &(struct component_broadcast){topic, header, frame_data(&m->frames[2]),
								       frame_size(&m->frames[2])});
	json_decref(header);
}
