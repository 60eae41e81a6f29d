/* How a component becomes known and stays so: serves, registers, advertises, pulses. */
#include "core/monotonic.h"
#include "core/time.h"
#include "domain/component_state.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MOST_MS 5000u

static void begin(struct component *c)
{
	c->served = 0;
	c->stage = c->o.services ? SERVING : REGISTERING;
}

void component_lose_registration(struct component *c)
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

void component_next_stage(struct component *c, enum stage stage)
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
		component_next_stage(c, more ? SERVING : REGISTERING);
		return;
	}
	if (!refusal_passes(r->refusal))
		component_say(c, "the fabric refuses the service %s: %s", c->o.services[c->served],
			      r->message ? r->message : "");
	retry(c);
}

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
		c->pulse_every_ms =
			seconds >= 1 && seconds <= 3600 ? (uint32_t)seconds * 1000 : COMPONENT_PULSE_SECONDS * 1000;
		good = (c->known && !changed) || component_keep_identifier(c);
	}
	json_decref(payload);
	if (!good) {
		retry(c);
		return;
	}
	c->known = true;
	component_call(c);
	component_next_stage(c, ADVERTISING);
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
		component_say(c, "%s is not known to the manager under this key; registering as new", c->identifier);
		c->known = false;
	} else if (!refusal_passes(r->refusal)) {
		component_say(c, "registration was refused: %s", r->message ? r->message : refusal_name(r->refusal));
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
			component_say(c, "the manager did not take %s: %s", urn, message ? message : "no reason given");
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
			component_lose_registration(c);
		retry(c);
		return;
	}
	told_capabilities(c, r);
	component_next_stage(c, ONBOARDED);
	c->retry_ms = COMPONENT_RETRY_MS;
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
	else if (p)
		json_object_set_new(p, "registration-identifier", json_string(c->registration));
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

void component_try_stage(struct component *c)
{
	bool sent = false;
	if (c->stage == SERVING)
		sent = component_ask_json(c, "serve", "fabric", json_pack("{s:s}", "service", c->o.services[c->served]),
					  served, c);
	else if (c->stage == REGISTERING && (c->known || component_name_registration(c)))
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
		component_lose_registration(c);
	if (r->refusal) {
		if (!c->pulse_missed)
			component_say(c, "the manager did not answer a heartbeat: %s", r->message ? r->message : "");
		c->deaf |= !r->header && component_link_up(c); /* even the fabric did not */
		c->pulse_missed = true;
		return;
	}
	if (c->pulse_missed)
		component_say(c, "the manager answers again");
	c->pulse_missed = false;
	struct error error;
	json_t *payload = payload_parse(r->payload, r->len, &error);
	const char *time = json_string_value(json_object_get(payload, "time"));
	uint64_t theirs = 0, now = time_now();
	if (time && time_parse(time, &theirs) == 0)
		c->clock_difference_us = ((int64_t)(c->pulse_sent_ns / 2 + now / 2) - (int64_t)theirs) / 1000;
	json_decref(payload);
}

void component_pulse(struct component *c, uint64_t now)
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
