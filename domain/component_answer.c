/* Requests that reach a component, and its answers. */
#include "core/time.h"
#include "domain/component_state.h"

#include <stdlib.h>
#include <string.h>

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
		component_next_stage(c, ADVERTISING);
	json_decref(payload);
}

void component_take_request(struct component *c, const struct header *h)
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
