/* Broadcasts: one message to everybody who subscribed to what its topic begins with (docs/fabric.md, 3.1). */
#include "domain/fabric_state.h"

#include "core/buffer.h"
#include "core/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool note(struct fabric *f, struct peer *p, json_t *object)
{
	char *text = header_text(object);
	if (!text)
		return false;
	const struct part parts[] = {{p->id, p->id_len}, {"", 0}, {text, strlen(text)}};
	bool sent = socket_send(f->broadcast, NULL, parts, 3) == SOCKET_SENT;
	free(text);
	return sent;
}

static void refuse(struct fabric *f, struct peer *p, enum refusal refusal, const char *what, size_t len)
{
	f->counters.broadcasts_refused[refusal]++;
	fabric_note(f, p->key, refusal);
	note(f, p, json_pack("{s:s, s:s, s:s%}", "type", "refused", "code", refusal_name(refusal), "topic", what, len));
}

static bool wants(const struct peer *p, const char *topic, size_t len)
{
	for (uint32_t i = 0; i < p->n_prefixes; i++) {
		size_t n = strlen(p->prefixes[i]);
		if (len >= n && memcmp(topic, p->prefixes[i], n) == 0)
			return true;
	}
	return false;
}

/* To all who want it: the topic, the header, and the frames of m from `first` on. False: nobody does. */
static bool fan_out(struct fabric *f, const struct part parts[2], struct message *m, uint32_t first)
{
	struct peer *next;
	bool wanted = false;
	for (struct peer *p = f->listening.first; p; p = next) {
		next = p->next;
		if (!wants(p, parts[0].data, parts[0].len))
			continue;
		wanted = true;
		if (peer_role(f, p) == ROLE_NONE)
			continue;
		const struct part id = {p->id, p->id_len};
		p->offered++;
		int code = socket_forward(f->broadcast, &id, parts, 2, m, first);
		p->sent += code == SOCKET_SENT;
		p->missed += code != SOCKET_SENT;
		if (code == SOCKET_GONE)
			peer_remove(f, &f->listening, p);
	}
	return wanted;
}

/* Who publishes what nobody wants may leave it until somebody does. Told once, and once again when it is. */
static void tell_unheard(struct fabric *f, struct peer *p, struct stream *s, const struct part *topic)
{
	if (s->unheard || p->heard_untold)
		return;
	s->unheard = note(f, p, json_pack("{s:s, s:s%}", "type", "unheard", "topic", topic->data, topic->len));
	p->told_unheard |= s->unheard;
}

/* True when there was something: of streams that have lost their place, too. */
static bool forget_unheard(struct peer *p)
{
	bool any = p->told_unheard;
	for (uint32_t i = 0; i < MOST_STREAMS; i++)
		p->streams[i].unheard = false;
	p->told_unheard = false;
	return any;
}

/* Who has no room for it hears it with the next beat: it would be silent for good. */
static void say_heard(struct fabric *f, struct peer *p)
{
	p->heard_untold = !note(f, p, json_pack("{s:s}", "type", "heard"));
}

static void tell_heard(struct fabric *f)
{
	for (struct peer *p = f->listening.first; p; p = p->next)
		if (forget_unheard(p))
			say_heard(f, p);
}

void fabric_publish(struct fabric *f, const char *topic, const char *header, const char *payload)
{
	struct peer *next;
	const struct part parts[] = {{topic, strlen(topic)}, {header, strlen(header)}, {payload, strlen(payload)}};
	for (struct peer *p = f->listening.first; p; p = next) {
		next = p->next;
		if (!wants(p, topic, strlen(topic)) || peer_role(f, p) == ROLE_NONE)
			continue;
		const struct socket_frame *none = NULL;
		struct part with_id[4] = {{p->id, p->id_len}, parts[0], parts[1], parts[2]};
		p->offered++;
		int code = socket_send(f->broadcast, none, with_id, 4);
		p->sent += code == SOCKET_SENT;
		p->missed += code != SOCKET_SENT;
		if (code == SOCKET_GONE)
			peer_remove(f, &f->listening, p);
	}
}

/* ---- publishing ---- */

static struct stream *stream_of(struct fabric *f, struct peer *p, const char *topic, size_t len, const char *boot)
{
	uint64_t name = hash_combine(hash_bytes(&f->seed, topic, len), hash_bytes(&f->seed, boot, strlen(boot))) | 1;
	struct stream *s = &p->streams[0];
	for (uint32_t i = 0; i < MOST_STREAMS && s->name != name; i++)
		s = p->streams[i].name == name || !p->streams[i].name ? &p->streams[i] : s;
	if (s->name != name)
		*s = (struct stream){.name = name};
	return s;
}

/* No number comes twice in a stream. */
static struct stream *fresh(struct fabric *f, struct peer *p, const char *topic, size_t len, const json_t *header)
{
	const char *boot = json_string_value(json_object_get(header, "boot"));
	json_int_t sequence = json_integer_value(json_object_get(header, "sequence"));
	struct stream *s = boot && sequence >= 1 ? stream_of(f, p, topic, len, boot) : NULL;
	if (!s || sequence <= s->sequence)
		return NULL;
	s->sequence = sequence;
	return s;
}

static enum refusal check(struct fabric *f, struct peer *p, const struct message *m, json_t **header,
			  struct stream **stream)
{
	const char *topic = frame_data(&m->frames[2]);
	size_t len = frame_size(&m->frames[2]);
	struct error why;
	if (!peer_by_session(f, p->session))
		return REFUSED_UNREGISTERED;
	if (!len || len >= TOPIC_BYTES || memchr(topic, 0, len) || frame_size(&m->frames[3]) > HEADER_BYTES)
		return REFUSED_MALFORMED;
	if (!topic_may_publish(p->role, topic, len))
		return REFUSED_FORBIDDEN;
	*header = payload_parse(frame_data(&m->frames[3]), frame_size(&m->frames[3]), &why);
	const char *component = json_string_value(json_object_get(*header, "component"));
	if (!component || json_object_get(*header, "from") || json_object_get(*header, "relayTimestamp"))
		return REFUSED_MALFORMED;
	if (strcmp(component, p->component) != 0)
		return REFUSED_FORBIDDEN;
	*stream = fresh(f, p, topic, len, *header);
	return *stream ? REFUSED_NOT : REFUSED_DUPLICATE;
}

/* The header with the fabric's two members before the publisher's, which stay octet for octet. */
static bool add_own(struct buffer *b, const struct peer *p, const struct message *m)
{
	char now[TIME_TEXT_BYTES];
	const char *text = frame_data(&m->frames[3]);
	size_t len = frame_size(&m->frames[3]);
	const char *brace = memchr(text, '{', len);
	if (!brace)
		return false;
	time_text(time_now(), now);
	buffer_format(b, "{\"relayTimestamp\":\"%s\",\"from\":\"%s\",", now, p->component);
	buffer_add(b, brace + 1, len - (size_t)(brace + 1 - text));
	return !b->failed;
}

static void publish(struct fabric *f, struct peer *p, struct message *m)
{
	json_t *header = NULL;
	struct stream *stream = NULL;
	struct buffer b = {0};
	enum refusal refusal = check(f, p, m, &header, &stream);
	json_decref(header);
	f->counters.broadcasts++;
	if (!refusal && !add_own(&b, p, m))
		refusal = REFUSED_INTERNAL;
	if (refusal) {
		size_t len = frame_size(&m->frames[2]);
		refuse(f, p, refusal, frame_data(&m->frames[2]), len < TOPIC_BYTES ? len : TOPIC_BYTES);
	} else {
		const struct part parts[] = {{frame_data(&m->frames[2]), frame_size(&m->frames[2])}, {b.data, b.len}};
		if (!fan_out(f, parts, m, 4))
			tell_unheard(f, p, stream, &parts[0]);
	}
	buffer_fini(&b);
}

/* ---- subscribing ---- */

static void subscribe(struct fabric *f, struct peer *p, const char *prefix, size_t len)
{
	if (len >= TOPIC_BYTES || memchr(prefix, 0, len) || p->n_prefixes == MOST_SUBSCRIPTIONS) {
		refuse(f, p, REFUSED_MALFORMED, prefix, len < TOPIC_BYTES ? len : TOPIC_BYTES);
		return;
	}
	if (!topic_may_subscribe(p->role, prefix, len)) {
		refuse(f, p, REFUSED_FORBIDDEN, prefix, len);
		return;
	}
	char *copy = strndup(prefix, len);
	bool have = false;
	for (uint32_t i = 0; copy && i < p->n_prefixes; i++)
		have |= strcmp(p->prefixes[i], copy) == 0;
	note(f, p, json_pack("{s:s, s:s%}", "type", "subscribed", "prefix", prefix, len));
	if (have || !copy)
		free(copy);
	else {
		p->prefixes[p->n_prefixes++] = copy;
		tell_heard(f);
	}
}

static void unsubscribe(struct peer *p, const char *prefix, size_t len)
{
	for (uint32_t i = 0; i < p->n_prefixes; i++)
		if (strlen(p->prefixes[i]) == len && memcmp(p->prefixes[i], prefix, len) == 0) {
			free(p->prefixes[i]);
			p->prefixes[i] = p->prefixes[--p->n_prefixes];
			return;
		}
}

static void hello(struct fabric *f, struct peer *p, const char *session, size_t len)
{
	char text[SESSION_BYTES] = "";
	if (len < sizeof text)
		memcpy(text, session, len);
	const struct peer *directed = peer_by_session(f, text);
	/* A session is its key's: one that was overheard is worth nothing with another. */
	if (!directed || strcmp(directed->user, p->user) != 0) {
		refuse(f, p, REFUSED_UNREGISTERED, "hello", 5);
		return;
	}
	snprintf(p->session, sizeof p->session, "%s", text);
	snprintf(p->component, sizeof p->component, "%s", directed->component);
	(void)forget_unheard(p); /* it does not know either */
	note(f, p, json_pack("{s:s, s:s}", "type", "welcome", "component", p->component));
}

static bool verb_is(const struct message *m, const char *verb)
{
	return frame_size(&m->frames[1]) == strlen(verb) && memcmp(frame_data(&m->frames[1]), verb, strlen(verb)) == 0;
}

static void obey(struct fabric *f, struct peer *p, struct message *m)
{
	const char *text = m->count > 2 ? frame_data(&m->frames[2]) : NULL;
	size_t len = m->count > 2 ? frame_size(&m->frames[2]) : 0;
	if (m->count == 3 && verb_is(m, "subscribe"))
		subscribe(f, p, text, len);
	else if (m->count == 3 && verb_is(m, "unsubscribe"))
		unsubscribe(p, text, len);
	else if (m->count == 3 && verb_is(m, "hello"))
		hello(f, p, text, len);
	else if ((m->count == 5 || m->count == 6) && !m->excess && verb_is(m, "publish"))
		publish(f, p, m);
	else
		refuse(f, p, REFUSED_MALFORMED, "", 0);
}

void fabric_take_broadcast(struct fabric *f, struct message *m)
{
	struct peer *p = peer_of(f, &f->listening, m);
	if (!p)
		f->counters.broadcasts_refused[REFUSED_BUSY]++;
	else if (peer_role(f, p) != ROLE_NONE)
		obey(f, p, m);
	else {
		f->counters.broadcasts_refused[REFUSED_FORBIDDEN]++;
		fabric_note(f, *p->key ? p->key : p->user, REFUSED_FORBIDDEN);
	}
}

void fabric_beat(struct fabric *f)
{
	char now[TIME_TEXT_BYTES];
	struct peer *next;
	time_text(time_now(), now);
	for (struct peer *p = f->listening.first; p; p = next) {
		next = p->next;
		if (p->heard_untold)
			say_heard(f, p);
		if (!p->n_prefixes || peer_role(f, p) == ROLE_NONE)
			continue;
		char *text = header_text(json_pack("{s:s, s:s, s:s, s:I, s:I}", "type", "beat", "boot", f->boot, "time",
						   now, "sent", (json_int_t)p->sent, "missed", (json_int_t)p->missed));
		const struct part parts[] = {{p->id, p->id_len}, {"", 0}, {text ? text : "", text ? strlen(text) : 0}};
		int code = socket_send(f->broadcast, NULL, parts, 3);
		free(text);
		if (code == SOCKET_GONE)
			peer_remove(f, &f->listening, p);
	}
}
