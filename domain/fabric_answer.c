/* What the fabric answers itself: ping, serve, counters, keys, audit (docs/fabric.md, 2.4 and 8). */
#include "domain/fabric_state.h"

#include "core/time.h"

#include <stdio.h>
#include <string.h>

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *refusals(const uint64_t *counts)
{
	json_t *o = json_object();
	for (unsigned r = 1; r < REFUSALS; r++)
		if (counts[r])
			json_object_set_new(o, refusal_name((enum refusal)r), number(counts[r]));
	return o;
}

static json_t *subscribers(const struct fabric *f)
{
	json_t *list = json_array();
	for (const struct peer *p = f->listening.first; p; p = p->next) {
		if (!p->n_prefixes && !p->offered)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "component", p->component, "key",
						      p->key, "offered", number(p->offered), "sent", number(p->sent),
						      "missed", number(p->missed)));
	}
	return list;
}

static json_t *head_of(const struct fabric *f)
{
	struct audit_head head = {0};
	if (f->audit)
		head = audit_head(f->audit);
	return json_pack("{s:o, s:s, s:o}", "n", number(head.n), "digest", head.digest, "failures",
			 number(f->audit ? audit_failures(f->audit) : 0));
}

static json_t *counters(const struct fabric *f)
{
	const struct fabric_counters *c = &f->counters;
	json_t *directed =
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "received", number(c->received), "expired",
			  number(c->expired), "forwarded", number(c->forwarded), "answered", number(c->answered),
			  "responses", number(c->responses), "late", number(c->late), "lost", number(c->lost),
			  "refused", refusals(c->refused), "open", (json_int_t)f->tickets.count);
	json_t *broadcast =
		json_pack("{s:o, s:o}", "received", number(c->broadcasts), "refused", refusals(c->broadcasts_refused));
	return json_pack("{s:s, s:o, s:o, s:{s:o, s:o}, s:o, s:i, s:o}", "boot", f->boot, "directed", directed,
			 "broadcast", broadcast, "handshakes", "accepted", number(c->accepted), "refused",
			 number(c->turned_away), "subscribers", subscribers(f), "connections",
			 (int)(f->asking.count + f->listening.count), "audit", head_of(f));
}

static json_t *keys(const struct fabric *f)
{
	json_t *list = json_array();
	uint64_t now_ns = time_now();
	for (uint32_t i = 0; i < f->keys.count; i++) {
		const struct key_entry *e = &f->keys.items[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", e->name, "role",
						      role_name(e->role), "public", e->public_key, "state",
						      key_state_name(key_state(e, now_ns))));
	}
	return json_pack("{s:o}", "keys", list);
}

static json_t *success(void)
{
	char now[TIME_TEXT_BYTES];
	time_text(time_now(), now);
	return json_pack("{s:s, s:s}", "response", "success", "time", now);
}

/* Which roles may answer for a service. */
static bool may_serve(enum role role, enum service s)
{
	static const unsigned roles[SERVICES] = {
		[SERVICE_MANAGER] = ROLE_BIT(ROLE_MANAGER),
		[SERVICE_ORCHESTRATOR] = ROLE_BIT(ROLE_MANAGER) | ROLE_BIT(ROLE_ORCHESTRATOR),
		[SERVICE_REPOSITORY] = ROLE_BIT(ROLE_REPOSITORY),
	};
	return role == ROLE_LOCAL || (roles[s] & ROLE_BIT(role));
}

static enum refusal serve(struct fabric *f, struct peer *p, const struct message *m, struct error *why)
{
	json_t *payload = payload_parse(frame_data(&m->frames[2]), frame_size(&m->frames[2]), why);
	const char *name = json_string_value(json_object_get(payload, "service"));
	enum service s = name ? service_of(name) : SERVICES;
	json_decref(payload);
	if (s == SERVICES) {
		error_set(why, ERROR_DAMAGED, "`service` must be manager, orchestrator or repository");
		return REFUSED_MALFORMED;
	}
	if (!may_serve(p->role, s)) {
		error_set(why, ERROR_DAMAGED, "the role of this key may not serve that");
		return REFUSED_FORBIDDEN;
	}
	bool single = s != SERVICE_REPOSITORY;
	for (struct peer *other = f->asking.first; other && single; other = other->next)
		if (other != p)
			other->serves &= ~(1u << s); /* the newest is it: the old one may have died unseen */
	p->serves |= 1u << s;
	return REFUSED_NOT;
}

void fabric_serve(struct fabric *f, struct peer *asker, const struct header *h, const struct message *m)
{
	struct error why = {""};
	enum refusal refusal = REFUSED_NOT;
	json_t *payload = NULL;
	f->counters.answered++;
	if (strcmp(h->operation, "serve") == 0)
		refusal = serve(f, asker, m, &why);
	else if (strcmp(h->operation, "counters") == 0)
		payload = counters(f);
	else if (strcmp(h->operation, "keys") == 0)
		payload = keys(f);
	else if (strcmp(h->operation, "audit") == 0)
		payload = head_of(f);
	if (!payload && !refusal)
		payload = success();
	f->counters.refused[refusal]++; /* of REFUSED_NOT nothing is told */
	f->counters.answered -= refusal != REFUSED_NOT;
	fabric_answer(f, asker, h->correlation, refusal, why.text, payload);
}
