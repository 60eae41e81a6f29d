#include "domain/component.h"

#include "core/monotonic.h"
#include "core/time.h"
#include "core/uuid.h"
#include "domain/fabric.h"
#include "domain/key_file.h"
#include "ipfix/assertion.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE         512
#define MOST_ASKED    256u
#define MOST_TOPICS   64u
#define MOST_PREFIXES 16u
#define RETRY_MS      100u
#define RETRY_MOST_MS 5000u
#define PULSE_SECONDS 5
#define SILENT_MS     3000u
#define BURST         64
#define GRACE_MS      500u /* over the deadline: the fabric answers first */
#define WAIT_STEP_MS  50
#define CALL_MS       1000u /* between two calls of a subscriber the fabric does not answer */

enum stage { UNREGISTERED, SERVING, REGISTERING, ADVERTISING, ONBOARDED };

struct asked {
	uint64_t number; /* 0: free */
	uint64_t until_ms;
	component_reply_fn *fn;
	void *arg;
};

struct topic {
	char name[256];
	uint64_t sequence;
};

struct component {
	struct component_options o;
	struct socket_context *own_context;
	struct socket *directed, *broadcast;
	struct message message;
	enum stage stage;
	uint32_t served;   /* services the fabric knows us for */
	bool asking_stage; /* the request of this stage is on its way */
	uint64_t due_ms;   /* when the stage is tried next */
	uint32_t retry_ms;
	char identifier[46], session[33], boot[37], fabric_boot[37];
	bool known; /* the identifier is from before */
	uint64_t pulse_ms;
	uint32_t pulse_every_ms;
	uint64_t pulse_sent_ns;
	int64_t clock_difference_us;
	bool pulse_missed;
	struct asked asked[MOST_ASKED];
	uint64_t next_number;
	struct topic *topics;
	uint32_t n_topics;
	char *prefixes[MOST_PREFIXES];
	uint32_t n_prefixes;
	uint64_t heard_ms, called_ms; /* on the broadcast socket */
	uint64_t missed, missed_before;
	char broadcast_boot[37];
};

static void say(const struct component *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(const struct component *c, const char *format, ...)
{
	va_list list;
	if (!c->o.command)
		return;
	fprintf(stderr, "%s: ", c->o.command);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

/* ---- the identifier on disk ---- */

static void state_path(const struct component *c, char *out, size_t size)
{
	snprintf(out, size, "%s/%s.identifier", c->o.state, c->o.type);
}

static void read_identifier(struct component *c)
{
	char path[4096];
	if (!c->o.state)
		return;
	state_path(c, path, sizeof path);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	char line[64] = "";
	if (fgets(line, sizeof line, f))
		line[strcspn(line, "\r\n")] = 0;
	fclose(f);
	c->known = component_valid(line);
	if (c->known)
		snprintf(c->identifier, sizeof c->identifier, "%.45s", line);
}

static bool keep_identifier(struct component *c)
{
	char path[4096], line[64];
	struct error error;
	if (!c->o.state)
		return true;
	state_path(c, path, sizeof path);
	int n = snprintf(line, sizeof line, "%s\n", c->identifier);
	if (file_replace(path, line, (size_t)n, 0644, &error) == 0)
		return true;
	say(c, "%s", error.text);
	return false;
}

/* ---- opening ---- */

static int read_keys(const struct component_options *o, struct key_file *own, struct key_file *server,
		     struct error *error)
{
	char path[4096];
	const char *slash = strrchr(o->key, '/');
	snprintf(path, sizeof path, "%.*sfabric.pub", slash ? (int)(slash + 1 - o->key) : 0, o->key);
	int code = key_file_read(o->key, true, own, error);
	return code ? code : key_file_read(o->fabric_key ? o->fabric_key : path, false, server, error);
}

static int connect_sockets(struct component *c, struct error *error)
{
	char broadcast[512];
	struct key_file own = {0}, server = {0};
	if (!fabric_broadcast_url(c->o.url, broadcast, sizeof broadcast))
		return error_set(error, ERROR_USAGE, "%s: no address of a fabric; give tcp://HOST:PORT or ipc://PATH",
				 c->o.url);
	int code = c->o.key ? read_keys(&c->o, &own, &server, error) : 0;
	struct socket_security security = {own.public_key, own.secret_key, server.public_key, false};
	const struct socket_security *s = c->o.key ? &security : NULL;
	struct socket_context *context = c->o.context ? c->o.context : c->own_context;
	if (!code)
		code = socket_open(context, SOCKET_DEALER, QUEUE, &c->directed, error);
	if (!code)
		code = socket_open(context, SOCKET_DEALER, QUEUE, &c->broadcast, error);
	if (!code)
		code = socket_connect(c->directed, c->o.url, s, error);
	if (!code)
		code = socket_connect(c->broadcast, broadcast, s, error);
	explicit_bzero(&own, sizeof own);
	return code;
}

static void release(struct component *c)
{
	socket_close(c->directed);
	socket_close(c->broadcast);
	message_fini(&c->message);
	socket_context_free(c->own_context);
	for (uint32_t i = 0; i < c->n_prefixes; i++)
		free(c->prefixes[i]);
	free(c->topics);
	free(c);
}

static bool new_boot(char out[37])
{
	uint8_t id[16];
	if (!uuid_random(id))
		return false;
	uuid_text(id, out);
	return true;
}

static int check_state(const char *state, struct error *error)
{
	if (!state || access(state, W_OK | X_OK) == 0 || (errno == ENOENT && mkdir(state, 0700) == 0))
		return 0;
	return error_set(error, ERROR_USAGE, "%s: %s; name a directory that can be written with --state", state,
			 strerror(errno));
}

int component_open(const struct component_options *o, struct component **out, struct error *error)
{
	int code = check_state(o->state, error);
	if (code)
		return code;
	struct component *c = calloc(1, sizeof *c);
	if (!c)
		return error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	c->o = *o;
	message_init(&c->message);
	c->retry_ms = RETRY_MS;
	c->pulse_every_ms = PULSE_SECONDS * 1000;
	c->topics = calloc(MOST_TOPICS, sizeof *c->topics);
	c->own_context = o->context ? NULL : socket_context_new();
	if (!c->topics || (!o->context && !c->own_context) || !new_boot(c->boot))
		code = error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	if (!code)
		code = connect_sockets(c, error);
	if (code) {
		release(c);
		return code;
	}
	read_identifier(c);
	c->stage = o->services ? SERVING : REGISTERING;
	*out = c;
	return 0;
}

bool component_onboarded(const struct component *c)
{
	return c->stage == ONBOARDED;
}

const char *component_identifier(const struct component *c)
{
	return c->identifier;
}

const char *component_boot(const struct component *c)
{
	return c->boot;
}

uint64_t component_missed(const struct component *c)
{
	return c->missed_before + c->missed;
}

/* ---- asking ---- */

static struct asked *free_place(struct component *c)
{
	for (uint32_t i = 0; i < MOST_ASKED; i++)
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

static void expire_asked(struct component *c, uint64_t now)
{
	for (uint32_t i = 0; i < MOST_ASKED; i++) {
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

bool component_ask_wait(struct component *c, const char *operation, const char *to, uint32_t deadline_ms,
			json_t *payload, component_reply_fn *fn, void *arg)
{
	struct waiting w = {fn, arg, false};
	char *text = payload ? header_text(payload) : NULL;
	const struct part part = {text ? text : "", text ? strlen(text) : 0};
	bool sent = component_ask(c, operation, to, deadline_ms, NULL, &part, NULL, waited, &w);
	free(text);
	while (sent && !w.over)
		component_turn(c, WAIT_STEP_MS, -1);
	return sent;
}

/* ---- registration ---- */

static void begin(struct component *c)
{
	c->served = 0;
	c->stage = c->o.services ? SERVING : REGISTERING;
}

static void lose_registration(struct component *c)
{
	begin(c);
	c->asking_stage = false;
	*c->session = 0;
	c->due_ms = monotonic_ms() + c->retry_ms;
}

static void retry(struct component *c)
{
	c->asking_stage = false;
	c->due_ms = monotonic_ms() + c->retry_ms;
	c->retry_ms = c->retry_ms * 2 < RETRY_MOST_MS ? c->retry_ms * 2 : RETRY_MOST_MS;
}

static void next_stage(struct component *c, enum stage stage)
{
	c->stage = stage;
	c->asking_stage = false;
	c->due_ms = 0;
}

static void served(void *arg, const struct component_reply *r)
{
	struct component *c = arg;
	if (c->stage != SERVING)
		return;
	if (!r->refusal) {
		bool more = c->o.services[++c->served];
		next_stage(c, more ? SERVING : REGISTERING);
		return;
	}
	if (!refusal_passes(r->refusal))
		say(c, "the fabric refuses the service %s: %s", c->o.services[c->served], r->message ? r->message : "");
	retry(c);
}

static void call_fabric(struct component *c);

static void take_identifier(struct component *c, const struct component_reply *r)
{
	struct error error;
	json_t *payload = payload_parse(r->payload, r->len, &error);
	const char *id = json_string_value(json_object_get(payload, "component-unique-identifier"));
	const char *session = json_string_value(json_object_get(r->header, "session"));
	json_int_t seconds = json_integer_value(json_object_get(payload, "pulseSeconds"));
	bool good = id && session && component_valid(id);
	if (good) {
		bool changed = strcmp(c->identifier, id) != 0;
		snprintf(c->identifier, sizeof c->identifier, "%s", id);
		snprintf(c->session, sizeof c->session, "%s", session);
		c->pulse_every_ms = seconds >= 1 && seconds <= 3600 ? (uint32_t)seconds * 1000 : PULSE_SECONDS * 1000;
		good = !changed || keep_identifier(c);
	}
	json_decref(payload);
	if (!good) {
		retry(c);
		return;
	}
	c->known = true;
	call_fabric(c);
	next_stage(c, ADVERTISING);
}

static void registered(void *arg, const struct component_reply *r)
{
	struct component *c = arg;
	if (c->stage != REGISTERING)
		return;
	if (!r->refusal) {
		take_identifier(c, r);
		return;
	}
	if (r->refusal == REFUSED_FORBIDDEN && c->known) {
		say(c, "%s is not known to the manager under this key; registering as new", c->identifier);
		c->known = false;
	} else if (!refusal_passes(r->refusal)) {
		say(c, "registration was refused: %s", r->message ? r->message : refusal_name(r->refusal));
	}
	if (r->refusal == REFUSED_UNREACHABLE && c->o.services)
		begin(c); /* it may be us who are not known as the service */
	retry(c);
}

static void told_capabilities(struct component *c, const struct component_reply *r)
{
	struct error error;
	size_t i;
	json_t *payload = payload_parse(r->payload, r->len, &error), *item;
	json_array_foreach(json_object_get(payload, "capabilities"), i, item)
	{
		const char *urn = json_string_value(json_object_get(item, "capability-urn"));
		const char *status = json_string_value(json_object_get(item, "registration-status"));
		const char *message = json_string_value(json_array_get(json_object_get(item, "messages"), 0));
		if (urn && status && strcmp(status, "success") != 0)
			say(c, "the manager did not take %s: %s", urn, message ? message : "no reason given");
	}
	json_decref(payload);
}

static void advertised(void *arg, const struct component_reply *r)
{
	struct component *c = arg;
	if (c->stage != ADVERTISING)
		return;
	if (r->refusal) {
		if (r->refusal == REFUSED_UNREGISTERED)
			lose_registration(c);
		retry(c);
		return;
	}
	told_capabilities(c, r);
	next_stage(c, ONBOARDED);
	c->retry_ms = RETRY_MS;
	c->pulse_ms = monotonic_ms() + c->pulse_every_ms;
	if (c->o.onboarded)
		c->o.onboarded(c->o.arg);
}

static json_t *registration(const struct component *c)
{
	json_t *p = json_pack("{s:s, s:s, s:s}", "component-type", c->o.type, "component-name", c->o.name,
			      "component-description", c->o.description ? c->o.description : "");
	if (p && c->known)
		json_object_set_new(p, "component-unique-identifier", json_string(c->identifier));
	return p;
}

static json_t *advertisement(const struct component *c)
{
	json_t *list = json_array();
	for (size_t i = 0; c->o.capabilities && c->o.capabilities[i]; i++)
		json_array_append_new(list,
				      json_sprintf("%s:%s", c->o.prefix ? c->o.prefix : COMPONENT_CAPABILITY_PREFIX,
						   c->o.capabilities[i]));
	return json_pack("{s:o, s:o}", "capabilities", list, "scope",
			 c->o.scope ? c->o.scope(c->o.arg) : json_object());
}

static void try_stage(struct component *c)
{
	bool sent = false;
	if (c->stage == SERVING)
		sent = component_ask_json(c, "serve", "fabric", json_pack("{s:s}", "service", c->o.services[c->served]),
					  served, c);
	else if (c->stage == REGISTERING)
		sent = component_ask_json(c, "register", "service:manager", registration(c), registered, c);
	else if (c->stage == ADVERTISING)
		sent = component_ask_json(c, "advertise", "service:manager", advertisement(c), advertised, c);
	c->asking_stage = sent;
	if (!sent)
		retry(c);
}

static void pulsed(void *arg, const struct component_reply *r)
{
	struct component *c = arg;
	if (r->refusal == REFUSED_UNREGISTERED && c->stage == ONBOARDED)
		lose_registration(c);
	if (r->refusal) {
		if (!c->pulse_missed)
			say(c, "the manager did not answer a heartbeat: %s", r->message ? r->message : "");
		c->pulse_missed = true;
		return;
	}
	if (c->pulse_missed)
		say(c, "the manager answers again");
	c->pulse_missed = false;
	struct error error;
	json_t *payload = payload_parse(r->payload, r->len, &error);
	const char *time = json_string_value(json_object_get(payload, "time"));
	uint64_t theirs = 0, now = time_now();
	if (time && time_parse(time, &theirs) == 0)
		c->clock_difference_us = ((int64_t)(c->pulse_sent_ns / 2 + now / 2) - (int64_t)theirs) / 1000;
	json_decref(payload);
}

static void pulse(struct component *c, uint64_t now)
{
	json_t *counters = c->o.counters ? c->o.counters(c->o.arg) : json_object();
	char *text = header_text(json_pack("{s:s, s:I, s:o}", "action", "pulse", "clockDifferenceMicroseconds",
					   (json_int_t)c->clock_difference_us, "counters", counters));
	const struct part part = {text, text ? strlen(text) : 0};
	c->pulse_ms = now + c->pulse_every_ms;
	c->pulse_sent_ns = time_now();
	if (text)
		component_ask(c, "pulse", "service:manager", 2000, NULL, &part, NULL, pulsed, c);
	free(text);
}

/* ---- broadcasts ---- */

/* Says who we are and what we want to hear: again whenever the fabric may have forgotten. */
static void call_fabric(struct component *c)
{
	c->called_ms = monotonic_ms();
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
	char *copy = c->n_prefixes < MOST_PREFIXES ? strdup(prefix) : NULL;
	if (!copy)
		return;
	c->prefixes[c->n_prefixes++] = copy;
	call_fabric(c);
}

static struct topic *topic_of(struct component *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_topics; i++)
		if (strcmp(c->topics[i].name, name) == 0)
			return &c->topics[i];
	if (c->n_topics == MOST_TOPICS || strlen(name) >= sizeof c->topics->name)
		return NULL;
	snprintf(c->topics[c->n_topics].name, sizeof c->topics->name, "%s", name);
	return &c->topics[c->n_topics++];
}

bool component_publish(struct component *c, const char *name, uint32_t count, const char *content_type, json_t *extra,
		       const struct part *payload, const struct part *signature)
{
	struct topic *t = *c->identifier && *c->session ? topic_of(c, name) : NULL;
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
	if (type && strcmp(type, "refused") == 0 && code) {
		const char *topic = json_string_value(json_object_get(note, "topic"));
		if (strcmp(code, "unregistered") == 0 && c->stage == ONBOARDED)
			lose_registration(c);
		else if (strcmp(code, "unregistered") != 0)
			say(c, "the fabric refused %s: %s", topic ? topic : "a broadcast", code);
	}
	json_decref(note);
}

static void take_broadcast(struct component *c)
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

/* ---- directed messages that come in ---- */

bool component_answer(struct component *c, int64_t ticket, enum refusal refusal, const char *message, json_t *payload)
{
	char *text = header_text(header_response(ticket, refusal, message));
	char *body = payload ? header_text(payload) : NULL;
	const struct part parts[] = {{text ? text : "", text ? strlen(text) : 0},
				     {body ? body : "", body ? strlen(body) : 0}};
	bool sent = text && socket_send(c->directed, NULL, parts, 2) == SOCKET_SENT;
	free(text);
	free(body);
	return sent;
}

bool component_answer_bytes(struct component *c, int64_t ticket, const char *content_type, json_t *extra,
			    const struct part *payload, bool more)
{
	json_t *header = header_response(ticket, REFUSED_NOT, NULL);
	if (header && extra)
		json_object_update(header, extra);
	json_decref(extra);
	if (header && more)
		json_object_set_new(header, "more", json_true());
	if (header)
		json_object_set_new(header, "contentType", json_string(content_type));
	char *text = header_text(header);
	const struct part parts[] = {{text ? text : "", text ? strlen(text) : 0}, *payload};
	bool sent = text && socket_send(c->directed, NULL, parts, 2) == SOCKET_SENT;
	free(text);
	return sent;
}

static void pinged(struct component *c, const struct component_request *r)
{
	struct error error;
	char now[TIME_TEXT_BYTES];
	json_t *payload = payload_parse(r->payload, r->len, &error);
	const char *action = json_string_value(json_object_get(payload, "action"));
	time_text(time_now(), now);
	component_answer(c, r->ticket, REFUSED_NOT, NULL, json_pack("{s:s, s:s}", "response", "success", "time", now));
	if (action && strcmp(action, "ping-with-capabilities") == 0 && c->stage == ONBOARDED)
		next_stage(c, ADVERTISING);
	json_decref(payload);
}

static void take_request(struct component *c, const struct header *h)
{
	const struct message *m = &c->message;
	struct component_request r = {
		.ticket = h->ticket,
		.operation = h->operation,
		.from = h->from,
		.key = json_string_value(json_object_get(h->json, "key")),
		.role = h->role,
		.header = h->json,
		.payload = frame_data(&m->frames[1]),
		.len = frame_size(&m->frames[1]),
		.signature = m->count > 2 ? frame_data(&m->frames[2]) : NULL,
		.signature_len = m->count > 2 ? frame_size(&m->frames[2]) : 0,
	};
	if (strcmp(r.operation, "ping") == 0)
		pinged(c, &r);
	else if (c->o.request)
		c->o.request(c->o.arg, &r);
	else
		component_answer(c, r.ticket, REFUSED_UNKNOWN_OPERATION, "nothing is answered here", NULL);
}

static void take_reply(struct component *c, const struct header *h)
{
	const struct message *m = &c->message;
	uint64_t number = h->correlation ? strtoull(h->correlation, NULL, 10) : 0;
	struct asked *a = NULL;
	for (uint32_t i = 0; i < MOST_ASKED && number; i++)
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
		lose_registration(c);
	if (h->boot)
		snprintf(c->fabric_boot, sizeof c->fabric_boot, "%s", h->boot);
	if (!r.more)
		a->number = 0;
	else
		a->until_ms = monotonic_ms() + DEADLINE_MOST_MS;
	fn(arg, &r);
}

static void take_directed(struct component *c)
{
	struct message *m = &c->message;
	struct header h;
	struct error error;
	if (m->count < 2 || m->excess)
		return;
	enum refusal refusal = header_parse(frame_data(&m->frames[0]), frame_size(&m->frames[0]), &h, &error);
	if (!refusal && h.type == HEADER_REQUEST && h.ticket >= 0)
		take_request(c, &h);
	else if (!refusal && h.type == HEADER_RESPONSE)
		take_reply(c, &h);
	header_fini(&h);
}

/* ---- turning ---- */

static void do_due(struct component *c, uint64_t now)
{
	expire_asked(c, now);
	bool wants = !c->o.anonymous && c->stage != ONBOARDED;
	if (wants && !c->asking_stage && now >= c->due_ms)
		try_stage(c);
	if (c->stage == ONBOARDED && now >= c->pulse_ms)
		pulse(c, now);
	if (c->n_prefixes && now > c->heard_ms + SILENT_MS && now > c->called_ms + CALL_MS)
		call_fabric(c);
}

void component_turn(struct component *c, int timeout_ms, int fd)
{
	struct socket *sockets[] = {c->directed, c->broadcast};
	bool ready[2];
	do_due(c, monotonic_ms());
	if (!socket_wait(sockets, 2, fd, timeout_ms, ready))
		return;
	for (int i = 0; ready[0] && i < BURST && socket_receive(c->directed, &c->message); i++)
		take_directed(c);
	for (int i = 0; ready[1] && i < BURST && socket_receive(c->broadcast, &c->message); i++) {
		c->heard_ms = monotonic_ms();
		take_broadcast(c);
	}
}

void component_close(struct component *c, int linger_ms)
{
	if (!c)
		return;
	if (c->stage == ONBOARDED)
		component_status(c, "stop", NULL, "%s ends", c->o.name);
	for (uint32_t i = 0; i < MOST_ASKED; i++) /* who asked owns something */
		if (c->asked[i].number)
			c->asked[i].fn(c->asked[i].arg,
				       &(struct component_reply){.refusal = REFUSED_UNREACHABLE,
								 .message = "the connection was closed"});
	socket_linger(c->directed, linger_ms);
	socket_linger(c->broadcast, linger_ms);
	release(c);
}
