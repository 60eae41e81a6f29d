#include "domain/manager.h"

#include "core/monotonic.h"
#include "core/time.h"
#include "domain/orchestrator.h"
#include "domain/roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_MS      100
#define LATE_PERIODS 3
#define CLOCK_US     1000000
#define MOST_TEXT    1024
#define MOST_WAITING 64u

struct manager {
	const struct manager_options *options;
	struct component *component;
	struct roster roster;
	struct orchestrator *orchestrator;
	int64_t waiting[MOST_WAITING]; /* tickets of those who are the last in the roster, and not on disk yet */
	uint32_t n_waiting;
};

static const char *const component_types[] = {"posture-collection-service",
					      "posture-evaluation-service",
					      "repository-interface",
					      "orchestrator",
					      "manager",
					      "viewer",
					      "other"};

/* Capabilities there are, what serves each, and which keys may have it (NULL: any). */
static const struct {
	const char *name, *handler, *role;
} capabilities[] = {
	{"action:health-check", "directed ping", NULL},
	{"action:heartbeat", "directed pulse to service:manager", NULL},
	{"publish:status-notification", "topic /notification/status/", NULL},
	{"subscribe:status-notification", "topic /notification/status/", NULL},
	{"publish:observation:json:1", "topic /notification/collection/observation/json/", "collector"},
	{"publish:observation:ipfix:1", "topic /notification/collection/observation/ipfix/", "collector"},
	{"collect:observational:1", "directed collect.start", "collector"},
	{"collect:snapshot:1", "directed collect.start", "collector"},
	{"persist:assertion:1", "directed persist to service:repository", "repository"},
	{"query:posture:1", "directed query to service:repository", "repository"},
	{"publish:change:json:1", "topic /notification/repository/change/json/", "repository"},
	{"watch:attribute:1", "directed watch.start to a repository", "repository"},
	{"orchestrate:collection:1", "directed collection.start to service:orchestrator", NULL},
};

static void set_state(struct manager *m, struct roster_entry *e, enum component_state state)
{
	if (e->state == state)
		return;
	e->state = state;
	component_status(m->component, component_state_name(state),
			 json_pack("{s:s, s:s}", "component", e->identifier, "name", e->name), "%s is %s", e->name,
			 component_state_name(state));
}

static void alive(struct manager *m, struct roster_entry *e)
{
	e->pulse_ns = time_now();
	e->pulse_ms = monotonic_ms();
	set_state(m, e, COMPONENT_ACTIVE);
}

/* ---- registration ---- */

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));
	return text && strlen(text) <= MOST_TEXT ? text : NULL;
}

static bool known_type(const char *type)
{
	for (size_t i = 0; i < sizeof component_types / sizeof *component_types; i++)
		if (strcmp(component_types[i], type) == 0)
			return true;
	return false;
}

static bool is_registration(const char *text)
{
	size_t n = text ? strlen(text) : 0;
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n >= 1 && n <= 64;
}

static void describe(struct roster_entry *e, const json_t *payload, const char *key)
{
	const char *type = text_of(payload, "component-type"), *name = text_of(payload, "component-name");
	const char *description = text_of(payload, "component-description");
	if (type && known_type(type))
		snprintf(e->type, sizeof e->type, "%s", type);
	if (name)
		snprintf(e->name, sizeof e->name, "%s", name);
	if (description) {
		free(e->description);
		e->description = strdup(description);
	}
	snprintf(e->key, sizeof e->key, "%s", key);
}

static void answer_registration(struct manager *m, int64_t ticket, struct roster_entry *e, bool returning)
{
	char now[TIME_TEXT_BYTES];
	time_text(time_now(), now);
	char *text =
		header_text(json_pack("{s:s, s:b, s:i, s:s}", "component-unique-identifier", e->identifier, "returning",
				      returning, "pulseSeconds", (int)m->options->pulse_seconds, "time", now));
	const struct part part = {text ? text : "", text ? strlen(text) : 0};
	component_answer_bytes(m->component, ticket, "application/json", json_pack("{s:s}", "bind", e->identifier),
			       &part, false);
	free(text);
}

static void take_back(struct manager *m, const struct error *why)
{
	for (uint32_t i = 0; i < m->n_waiting; i++) {
		roster_drop_last(&m->roster);
		component_answer(m->component, m->waiting[i], REFUSED_STORAGE, why->text, NULL);
	}
	m->n_waiting = 0;
}

/* Those who came together are written together: one wait for the disk, however many they are. */
static void settle_registrations(struct manager *m)
{
	struct error why = {""};
	uint32_t n = m->n_waiting, first = m->roster.count - n;
	if (!n)
		return;
	if (roster_keep(&m->roster, &why) != 0) {
		take_back(m, &why);
		return;
	}
	m->n_waiting = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct roster_entry *e = m->roster.entries[first + i];
		e->unkept = false;
		answer_registration(m, m->waiting[i], e, false);
		alive(m, e);
	}
}

/* Asked again, as the first answer came too late or never: it is the same component still. */
static bool enrolled_before(struct manager *m, const struct component_request *r, const json_t *payload,
			    const char *key, const char *registration)
{
	struct roster_entry *e = *registration ? roster_find_registration(&m->roster, key, registration) : NULL;
	if (e && e->unkept) {
		settle_registrations(m);
		e = roster_find_registration(&m->roster, key, registration);
	}
	if (!e)
		return false;
	describe(e, payload, key);
	answer_registration(m, r->ticket, e, false);
	alive(m, e);
	return true;
}

static enum refusal enrol(struct manager *m, const struct component_request *r, const json_t *payload,
			  struct error *why)
{
	const char *type = text_of(payload, "component-type"), *name = text_of(payload, "component-name");
	if (!type || !known_type(type) || !name || !*name) {
		error_set(why, ERROR_DAMAGED,
			  "`component-type` and `component-name` must be there, and the type one of the list");
		return REFUSED_NONCONFORMING;
	}
	const char *key = r->key ? r->key : "", *registration = text_of(payload, "registration-identifier");
	if (json_object_get(payload, "registration-identifier") && !is_registration(registration)) {
		error_set(why, ERROR_DAMAGED, "`registration-identifier` must be of 1 to 64 printable characters");
		return REFUSED_NONCONFORMING;
	}
	registration = registration ? registration : "";
	if (enrolled_before(m, r, payload, key, registration))
		return REFUSED_NOT;
	enum roster_room room = roster_make_room(&m->roster, key, time_now());
	if (room == ROSTER_BUSY) {
		error_set(why, ERROR_DAMAGED, "too many register with this key; try again in a second");
		return REFUSED_BUSY;
	}
	struct roster_entry *e = room == ROSTER_ROOM ? roster_add(&m->roster) : NULL;
	if (!e) {
		error_set(why, ERROR_DAMAGED, "the roster is full");
		return REFUSED_STORAGE;
	}
	describe(e, payload, key);
	snprintf(e->registration, sizeof e->registration, "%s", registration);
	e->unkept = true;
	m->waiting[m->n_waiting++] = r->ticket;
	if (m->n_waiting == MOST_WAITING)
		settle_registrations(m);
	return REFUSED_NOT;
}

static enum refusal welcome_back(struct manager *m, const struct component_request *r, const json_t *payload,
				 const char *identifier, struct error *why)
{
	struct roster_entry *e = roster_find(&m->roster, identifier);
	if (!e || strcmp(e->key, r->key ? r->key : "") != 0) {
		error_set(why, ERROR_DAMAGED, "this identifier is not known under this key");
		return REFUSED_FORBIDDEN;
	}
	struct roster_entry before = *e;
	*e->registration = 0; /* the answer was heard */
	describe(e, payload, before.key);
	if (strcmp(before.type, e->type) != 0 || strcmp(before.name, e->name) != 0)
		(void)roster_keep(&m->roster, NULL);
	answer_registration(m, r->ticket, e, true);
	alive(m, e);
	return REFUSED_NOT;
}

static enum refusal register_component(struct manager *m, const struct component_request *r, const json_t *payload,
				       struct error *why)
{
	const char *identifier = text_of(payload, "component-unique-identifier");
	return identifier ? welcome_back(m, r, payload, identifier, why) : enrol(m, r, payload, why);
}

/* ---- capabilities ---- */

/* NULL when it is taken; else why not. */
static const char *why_not(const struct manager *m, const char *urn, const char *role, const char **handler)
{
	const char *prefix =
		m->options->connection.prefix ? m->options->connection.prefix : COMPONENT_CAPABILITY_PREFIX;
	size_t n = strlen(prefix);
	*handler = NULL;
	if (strncmp(urn, prefix, n) != 0 || urn[n] != ':')
		return "the prefix is another";
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
		if (strcmp(capabilities[i].name, urn + n + 1) != 0)
			continue;
		if (capabilities[i].role && strcmp(role, "local") != 0 && strcmp(role, capabilities[i].role) != 0)
			return "a key of this role cannot have it";
		*handler = capabilities[i].handler;
		return NULL;
	}
	return "there is no such capability";
}

static enum refusal advertise(struct manager *m, const struct component_request *r, const json_t *payload,
			      struct error *why)
{
	struct roster_entry *e = r->from ? roster_find(&m->roster, r->from) : NULL;
	const json_t *list = json_object_get(payload, "capabilities"), *scope = json_object_get(payload, "scope");
	size_t i;
	json_t *item, *answers = json_array(), *taken = json_array();
	if (!e || !json_is_array(list) || json_array_size(list) > 256) {
		json_decref(answers);
		json_decref(taken);
		error_set(why, ERROR_DAMAGED, "%s", e ? "`capabilities` must be a list" : "register first");
		return e ? REFUSED_NONCONFORMING : REFUSED_UNREGISTERED;
	}
	json_array_foreach(list, i, item)
	{
		const char *urn = json_string_value(item), *handler = NULL;
		const char *reason = urn ? why_not(m, urn, r->role ? r->role : "", &handler) : "is no text";
		json_array_append_new(answers, json_pack("{s:s, s:s, s:s*, s:o}", "capability-urn", urn ? urn : "",
							 "registration-status", reason ? "failure" : "success",
							 "service-handler-or-event-listener", handler, "messages",
							 reason ? json_pack("[s]", reason) : json_array()));
		if (!reason)
			json_array_append(taken, item);
	}
	bool changed = !json_equal(e->capabilities, taken) || (scope && !json_equal(e->scope, scope));
	json_decref(e->capabilities);
	e->capabilities = taken;
	if (json_is_object(scope)) {
		json_decref(e->scope);
		e->scope = json_deep_copy(scope);
	}
	if (changed)
		(void)roster_keep(&m->roster, NULL);
	alive(m, e);
	component_answer(m->component, r->ticket, REFUSED_NOT, NULL, json_pack("{s:o}", "capabilities", answers));
	orchestrator_onboarded(m->orchestrator, e);
	return REFUSED_NOT;
}

/* ---- life ---- */

static enum refusal pulse(struct manager *m, const struct component_request *r, const json_t *payload,
			  struct error *why)
{
	struct roster_entry *e = r->from ? roster_find(&m->roster, r->from) : NULL;
	char now[TIME_TEXT_BYTES];
	if (!e) {
		error_set(why, ERROR_DAMAGED, "register first");
		return REFUSED_UNREGISTERED;
	}
	e->reported_us = json_integer_value(json_object_get(payload, "clockDifferenceMicroseconds"));
	json_decref(e->counters);
	e->counters = json_incref(json_object_get(payload, "counters"));
	alive(m, e);
	time_text(time_now(), now);
	component_answer(m->component, r->ticket, REFUSED_NOT, NULL,
			 json_pack("{s:s, s:s}", "response", "success", "time", now));
	return REFUSED_NOT;
}

struct ping {
	struct manager *manager;
	char identifier[46];
	uint64_t sent_ns;
};

static void judge_clock(struct manager *m, struct roster_entry *e)
{
	int64_t off = e->difference_us < 0 ? -e->difference_us : e->difference_us;
	bool wrong = off - e->uncertainty_us > CLOCK_US;
	if (wrong && !e->clock_told)
		component_status(m->component, "clock",
				 json_pack("{s:s, s:I, s:I}", "component", e->identifier, "clockDifferenceMicroseconds",
					   (json_int_t)e->difference_us, "clockUncertaintyMicroseconds",
					   (json_int_t)e->uncertainty_us),
				 "the clock of %s is %.1f s off", e->name, (double)e->difference_us / 1e6);
	e->clock_told = wrong;
}

static void pinged(void *arg, const struct component_reply *r)
{
	struct ping *p = arg;
	struct roster_entry *e = roster_find(&p->manager->roster, p->identifier);
	uint64_t now = time_now(), theirs = 0;
	struct error error;
	json_t *payload = r->refusal ? NULL : payload_parse(r->payload, r->len, &error);
	const char *time = json_string_value(json_object_get(payload, "time"));
	if (e && r->refusal &&
	    monotonic_ms() > e->pulse_ms + LATE_PERIODS * 1000ull * p->manager->options->pulse_seconds)
		set_state(p->manager, e, COMPONENT_UNREACHABLE);
	if (e && time && time_parse(time, &theirs) == 0) {
		e->ping_ns = now;
		e->round_trip_us = (int64_t)(now - p->sent_ns) / 1000;
		e->uncertainty_us = e->round_trip_us / 2;
		e->difference_us = ((int64_t)theirs - (int64_t)(p->sent_ns + (now - p->sent_ns) / 2)) / 1000;
		judge_clock(p->manager, e);
	}
	json_decref(payload);
	free(p);
}

static void ping(struct manager *m, struct roster_entry *e, uint64_t now)
{
	static const char action[] = "{\"action\":\"ping\"}";
	const struct part part = {action, sizeof action - 1};
	struct ping *p = calloc(1, sizeof *p);
	e->ping_due_ms = now + 1000ull * m->options->ping_seconds;
	if (!p)
		return;
	p->manager = m;
	p->sent_ns = time_now();
	snprintf(p->identifier, sizeof p->identifier, "%s", e->identifier);
	if (!component_ask(m->component, "ping", e->identifier, 2000, NULL, &part, NULL, pinged, p))
		free(p);
}

/* Who is late is asked at once, the others in turn. */
static void look_after(struct manager *m)
{
	uint64_t now = monotonic_ms(), late_ms = LATE_PERIODS * 1000ull * m->options->pulse_seconds;
	for (uint32_t i = 0; i < m->roster.count; i++) {
		struct roster_entry *e = m->roster.entries[i];
		if (e->state == COMPONENT_GONE)
			continue;
		bool late = now > e->pulse_ms + late_ms;
		if (late && e->state == COMPONENT_ACTIVE) {
			set_state(m, e, COMPONENT_LATE);
			e->ping_due_ms = 0;
		}
		if (now >= e->ping_due_ms)
			ping(m, e, now);
	}
}

static void hear_status(void *arg, const struct component_broadcast *b)
{
	struct manager *m = arg;
	struct error error;
	json_t *payload = payload_parse(b->payload, b->len, &error);
	const char *publisher = json_string_value(json_object_get(payload, "publisher"));
	const char *from = json_string_value(json_object_get(b->header, "from"));
	const char *code = json_string_value(json_object_get(payload, "code"));
	struct roster_entry *e =
		publisher && from && strcmp(publisher, from) == 0 ? roster_find(&m->roster, publisher) : NULL;
	if (e && code && strcmp(code, "stop") == 0)
		set_state(m, e, COMPONENT_GONE);
	json_decref(payload);
}

/* ---- questions ---- */

static enum refusal tell_roster(struct manager *m, const struct component_request *r, const json_t *payload,
				struct error *why)
{
	(void)why;
	const char *type = text_of(payload, "type"), *capability = text_of(payload, "capability");
	json_t *list = json_array();
	for (uint32_t i = 0; i < m->roster.count; i++) {
		const struct roster_entry *e = m->roster.entries[i];
		if ((type && strcmp(type, e->type) != 0) || (capability && !orchestrator_has(e, capability)))
			continue;
		json_array_append_new(list, roster_json(e));
	}
	component_answer(m->component, r->ticket, REFUSED_NOT, NULL, json_pack("{s:o}", "components", list));
	return REFUSED_NOT;
}

static const struct {
	const char *operation;
	enum refusal (*fn)(struct manager *, const struct component_request *, const json_t *, struct error *);
} handlers[] = {
	{"register", register_component},
	{"advertise", advertise},
	{"pulse", pulse},
	{"roster", tell_roster},
};

static void serve(void *arg, const struct component_request *r)
{
	struct manager *m = arg;
	struct error why = {""};
	if (orchestrator_serve(m->orchestrator, r))
		return;
	json_t *payload = payload_parse(r->payload, r->len, &why);
	enum refusal refusal = payload ? REFUSED_UNKNOWN_OPERATION : REFUSED_MALFORMED;
	for (size_t i = 0; payload && i < sizeof handlers / sizeof *handlers; i++)
		if (strcmp(handlers[i].operation, r->operation) == 0)
			refusal = handlers[i].fn(m, r, payload, &why);
	if (refusal)
		component_answer(m->component, r->ticket, refusal, why.text, NULL);
	json_decref(payload);
}

static int open_roster(struct manager *m, const char *state, struct error *error)
{
	char path[4096];
	if (state)
		snprintf(path, sizeof path, "%s/roster.jsonl", state);
	return roster_open(state ? path : NULL, &m->roster, error);
}

int manager_run(const struct manager_options *o, const atomic_bool *stop, struct error *error)
{
	static const char *const services[] = {"manager", "orchestrator", NULL};
	static const char *const able[] = {"action:health-check",         "action:heartbeat",
					   "publish:status-notification", "subscribe:status-notification",
					   "orchestrate:collection:1",    NULL};
	struct manager m = {.options = o};
	struct component_options c = o->connection;
	c.type = "manager";
	c.name = c.name ? c.name : "manager";
	c.services = services;
	c.capabilities = able;
	c.arg = &m;
	c.request = serve;
	c.broadcast = hear_status;
	int code = component_open(&c, &m.component, error);
	if (!code)
		code = open_roster(&m, c.state, error);
	if (!code)
		code = orchestrator_open(m.component, &m.roster, c.prefix, c.state, &m.orchestrator, error);
	if (!code)
		component_subscribe(m.component, "/notification/status/");
	for (uint64_t due = 0; !code && !atomic_load_explicit(stop, memory_order_acquire);) {
		component_turn(m.component, TURN_MS, -1);
		settle_registrations(&m);
		if (monotonic_ms() < due)
			continue;
		look_after(&m);
		due = monotonic_ms() + 1000;
	}
	component_close(m.component, 500); /* answers what is open: those who asked are still there */
	orchestrator_close(m.orchestrator);
	roster_close(&m.roster);
	return code;
}
