/* Directed messages: requests find who answers them, answers find who asked. */
#include "core/monotonic.h"
#include "domain/fabric_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TICKETS 65536u

/* What the fabric says in a header, whatever stood there. */
static const char *const own_members[] = {"from",        "key",     "role", "ticket", "relayTimestamp",
					  "correlation", "session", "boot", "bind"};

static void take_off(json_t *json)
{
	for (size_t i = 0; i < sizeof own_members / sizeof *own_members; i++)
		json_object_del(json, own_members[i]);
}

static int pass(struct fabric *f, const struct peer *to, json_t *header, struct message *m)
{
	header_stamp(header, "relayTimestamp");
	char *text = json_dumps(header, JSON_COMPACT);
	if (!text)
		return SOCKET_FULL;
	const struct part id = {to->id, to->id_len}, part = {text, strlen(text)};
	int code = socket_forward(f->directed, &id, &part, 1, m, 2);
	free(text);
	return code;
}

void fabric_answer(struct fabric *f, struct peer *asker, const char *correlation, enum refusal refusal,
		   const char *message, json_t *payload)
{
	json_t *header = header_response(-1, refusal, message);
	json_object_set_new(header, "correlation", json_string(correlation));
	json_object_set_new(header, "boot", json_string(f->boot));
	char *text = header_text(header), *body = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	json_decref(payload);
	const struct part parts[] = {{asker->id, asker->id_len},
				     {text ? text : "", text ? strlen(text) : 0},
				     {body ? body : "", body ? strlen(body) : 0}};
	if (socket_send(f->directed, NULL, parts, 3) != SOCKET_SENT)
		f->counters.lost++;
	free(text);
	free(body);
}

static void refuse(struct fabric *f, struct peer *asker, const struct header *h, enum refusal refusal, const char *why)
{
	f->counters.refused[refusal]++;
	fabric_note(f, asker->key, refusal);
	if (h->correlation && h->type == HEADER_REQUEST)
		fabric_answer(f, asker, h->correlation, refusal, why, NULL);
}

/* ---- tickets ---- */

/* Who had what done, and what came of it; what it was the digest shows, as payloads are opaque. What the manager asks
 * of collectors follows from what it was asked. */
static void remember_act(struct fabric *f, struct ticket *t, const struct message *m)
{
	if (t->operation->administrative && t->asker->role != ROLE_MANAGER && f->audit)
		audit_digest(frame_data(&m->frames[2]), frame_size(&m->frames[2]), t->act);
}

static void log_act(struct fabric *f, const struct ticket *t, const char *outcome)
{
	if (*t->act)
		audit_act(f->audit, t->asker->key, "operation",
			  json_pack("{s:s, s:s, s:s, s:s, s:s}", "operation", t->operation->name, "component",
				    t->asker->component, "to", t->answerer->component, "payload", t->act, "outcome",
				    outcome));
}

static void close_ticket(struct fabric *f, struct ticket *t)
{
	map_remove(&f->tickets, hash_mix((uint64_t)t->number + 1));
	*(t->before ? &t->before->next : &f->first_ticket) = t->next;
	if (t->next)
		t->next->before = t->before;
	t->asker->open--;
	free(t);
}

static struct ticket *open_ticket(struct fabric *f, struct peer *asker, struct peer *answerer,
				  const struct operation *o, const struct header *h)
{
	struct ticket *t = f->tickets.count < MOST_TICKETS ? calloc(1, sizeof *t) : NULL;
	if (!t)
		return NULL;
	*t = (struct ticket){.number = f->next_ticket++,
			     .asker = asker,
			     .answerer = answerer,
			     .operation = o,
			     .deadline_ms = h->deadline_ms ? h->deadline_ms : o->deadline_ms};
	if (!map_put(&f->tickets, hash_mix((uint64_t)t->number + 1), t)) {
		free(t);
		return NULL;
	}
	snprintf(t->correlation, sizeof t->correlation, "%s", h->correlation);
	t->until_ms = monotonic_ms() + t->deadline_ms;
	t->next = f->first_ticket;
	if (t->next)
		t->next->before = t;
	f->first_ticket = t;
	asker->open++;
	return t;
}

void fabric_expire(struct fabric *f, uint64_t now_ms)
{
	struct ticket *next;
	for (struct ticket *t = f->first_ticket; t; t = next) {
		next = t->next;
		if (now_ms < t->until_ms)
			continue;
		f->counters.expired++;
		log_act(f, t, refusal_name(REFUSED_DEADLINE));
		fabric_answer(f, t->asker, t->correlation, REFUSED_DEADLINE, "no answer came in time", NULL);
		close_ticket(f, t);
	}
}

void fabric_forget_requests(struct fabric *f, struct peer *p)
{
	struct ticket *next;
	for (struct ticket *t = f->first_ticket; t; t = next) {
		next = t->next;
		if (t->answerer == p && t->asker != p) {
			f->counters.expired++;
			fabric_answer(f, t->asker, t->correlation, REFUSED_UNREACHABLE, "who should answer has gone",
				      NULL);
		}
		if (t->answerer == p || t->asker == p) {
			log_act(f, t, t->answerer == p ? refusal_name(REFUSED_UNREACHABLE) : "unheard");
			close_ticket(f, t);
		}
	}
}

/* ---- requests ---- */

static struct peer *find_answerer(struct fabric *f, struct peer *asker, const char *to)
{
	if (strncmp(to, "service:", 8) != 0)
		return peer_by_component(f, to);
	enum service s = service_of(to + 8);
	return s < SERVICES ? peer_serving(f, asker, s) : NULL;
}

static bool may(enum role role, unsigned set)
{
	return role == ROLE_LOCAL || (set & ROLE_BIT(role));
}

static void hand_on(struct fabric *f, struct peer *asker, struct peer *answerer, const struct operation *o,
		    struct header *h, struct message *m)
{
	struct ticket *t = open_ticket(f, asker, answerer, o, h);
	if (!t) {
		refuse(f, asker, h, REFUSED_BUSY, "too many requests are open");
		return;
	}
	take_off(h->json);
	h->correlation = t->correlation;
	if (*asker->component)
		json_object_set_new(h->json, "from", json_string(asker->component));
	json_object_set_new(h->json, "key", json_string(asker->key));
	json_object_set_new(h->json, "role", json_string(role_name(asker->role)));
	json_object_set_new(h->json, "ticket", json_integer(t->number));
	json_object_set_new(h->json, "deadlineMs", json_integer(t->deadline_ms));
	remember_act(f, t, m); /* before it is passed on: frames go with it */
	int code = pass(f, answerer, h->json, m);
	if (code == SOCKET_SENT) {
		f->counters.forwarded++;
		return;
	}
	refuse(f, asker, h, code == SOCKET_GONE ? REFUSED_UNREACHABLE : REFUSED_BUSY,
	       code == SOCKET_GONE ? "who should answer has gone" : "its queue is full");
	close_ticket(f, t);
	if (code == SOCKET_GONE)
		peer_remove(f, &f->asking, answerer);
}

static void route(struct fabric *f, struct peer *asker, struct header *h, struct message *m)
{
	const struct operation *o = operation_find(h->operation);
	if (!o) {
		refuse(f, asker, h, REFUSED_UNKNOWN_OPERATION, "there is no such operation");
		return;
	}
	if (!may(asker->role, o->askers)) {
		refuse(f, asker, h, REFUSED_FORBIDDEN, "the role of this key may not ask for it");
		return;
	}
	if (o->registered && !*asker->component) {
		refuse(f, asker, h, REFUSED_UNREGISTERED, "register first");
		return;
	}
	if (strcmp(h->to, "fabric") == 0) {
		if (o->answerers & TO_FABRIC)
			fabric_serve(f, asker, h, m);
		else
			refuse(f, asker, h, REFUSED_UNKNOWN_OPERATION, "the fabric does not do that itself");
		return;
	}
	struct peer *answerer = find_answerer(f, asker, h->to);
	enum role role = answerer ? peer_role(f, answerer) : ROLE_NONE;
	if (role == ROLE_NONE)
		refuse(f, asker, h, REFUSED_UNREACHABLE, "nobody is there by this name");
	else if (!may(role, o->answerers))
		refuse(f, asker, h, REFUSED_FORBIDDEN, "who is there by this name does not do that");
	else if (asker->open >= MOST_OPEN)
		refuse(f, asker, h, REFUSED_BUSY, "too many requests of this connection are open");
	else
		hand_on(f, asker, answerer, o, h, m);
}

/* ---- answers ---- */

/* The manager says who the asker is. */
static void bind_asker(struct fabric *f, struct ticket *t, const struct header *h, const char *component)
{
	if (strcmp(t->operation->name, "register") != 0 || h->refusal || !component_valid(component))
		return;
	peer_bind(f, t->asker, component);
	if (!*t->asker->session)
		return;
	json_object_set_new(h->json, "session", json_string(t->asker->session));
	if (f->audit)
		audit_act(f->audit, t->answerer->key, "component.registered",
			  json_pack("{s:s, s:s}", "component", component, "key", t->asker->key));
}

static void take_answer(struct fabric *f, struct peer *answerer, struct header *h, struct message *m)
{
	struct ticket *t = h->ticket < 0 ? NULL : map_get(&f->tickets, hash_mix((uint64_t)h->ticket + 1));
	if (!t || t->answerer != answerer) {
		f->counters.late++;
		return;
	}
	f->counters.responses++;
	char component[COMPONENT_BYTES];
	snprintf(component, sizeof component, "%s", h->bind ? h->bind : "");
	take_off(h->json);
	bind_asker(f, t, h, component);
	json_object_set_new(h->json, "correlation", json_string(t->correlation));
	json_object_set_new(h->json, "boot", json_string(f->boot));
	if (*answerer->component)
		json_object_set_new(h->json, "from", json_string(answerer->component));
	struct peer *asker = t->asker;
	int code = pass(f, asker, h->json, m);
	f->counters.lost += code != SOCKET_SENT;
	t->until_ms = monotonic_ms() + t->deadline_ms;
	if (!h->more || code != SOCKET_SENT) {
		log_act(f, t, h->refusal ? refusal_name(h->refusal) : "success");
		close_ticket(f, t);
	}
	if (code == SOCKET_GONE)
		peer_remove(f, &f->asking, asker);
}

void fabric_take_directed(struct fabric *f, struct message *m)
{
	struct header h;
	struct error why = {""};
	f->counters.received++;
	struct peer *p = peer_of(f, &f->asking, m);
	if (!p) {
		f->counters.refused[REFUSED_BUSY]++;
		return;
	}
	if (peer_role(f, p) == ROLE_NONE) {
		f->counters.refused[REFUSED_FORBIDDEN]++;
		fabric_note(f, *p->key ? p->key : p->user, REFUSED_FORBIDDEN);
		return;
	}
	if (m->excess || m->count < 3 || m->count > 4) {
		f->counters.refused[REFUSED_MALFORMED]++;
		fabric_note(f, p->key, REFUSED_MALFORMED);
		return;
	}
	enum refusal refusal = header_parse(frame_data(&m->frames[1]), frame_size(&m->frames[1]), &h, &why);
	if (refusal || (h.type == HEADER_REQUEST && !h.correlation))
		refuse(f, p, &h, refusal ? refusal : REFUSED_MALFORMED, why.text);
	else if (h.type == HEADER_REQUEST)
		route(f, p, &h, m);
	else
		take_answer(f, p, &h, m);
	header_fini(&h);
}
