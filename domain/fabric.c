/* The integration service: opening, the loop, and what goes by the clock. */
#include "domain/fabric.h"

#include "core/buffer.h"
#include "core/monotonic.h"
#include "core/time.h"
#include "core/uuid.h"
#include "domain/fabric_state.h"
#include "ipfix/assertion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_MS   100
#define BURST     64 /* messages of a socket before the other has its turn */
#define SECOND_MS 1000u
#define HEAD_MS   10000u

/* ---- the audit log ---- */

void fabric_note(struct fabric *f, const char *key, enum refusal refusal)
{
	uint32_t i = 0;
	while (i < f->n_notes && (f->notes[i].refusal != refusal || strcmp(f->notes[i].key, key) != 0))
		i++;
	if (i == REFUSAL_NOTES)
		return; /* more different ones in one second: the counters have them */
	f->notes[i].refusal = refusal;
	snprintf(f->notes[i].key, sizeof f->notes[i].key, "%s", key);
	f->notes[i].count++;
	f->n_notes += i == f->n_notes;
}

static void tell_refusals(struct fabric *f)
{
	for (uint32_t i = 0; i < f->n_notes; i++) {
		const struct refusal_note *n = &f->notes[i];
		if (f->audit)
			audit_act(f->audit, *n->key ? n->key : "local", "refused",
				  json_pack("{s:s, s:I}", "code", refusal_name(n->refusal), "count",
					    (json_int_t)n->count));
		f->notes[i].count = 0;
	}
	f->n_notes = 0;
}

static void publish_head(struct fabric *f)
{
	char header[256], payload[160];
	if (!f->audit)
		return;
	struct audit_head head = audit_head(f->audit);
	f->audit_told = head.n;
	snprintf(header, sizeof header,
		 "{\"component\":\"fabric\",\"boot\":\"%s\",\"sequence\":%llu,\"count\":1,"
		 "\"contentType\":\"application/json\"}",
		 f->boot, (unsigned long long)++f->audit_sequence);
	snprintf(payload, sizeof payload, "{\"n\":%llu,\"digest\":\"%s\"}", (unsigned long long)head.n, head.digest);
	fabric_publish(f, "/notification/fabric/audit/", header, payload);
}

/* ---- opening ---- */

static int open_sockets(struct fabric *f, const struct fabric_options *o, struct error *error)
{
	int code = o->keys ? fabric_open_keys(f, o->keys, error) : 0;
	if (!code)
		code = socket_gate_open(o->context, &f->gate, error);
	if (!code)
		code = socket_open(o->context, SOCKET_ROUTER, QUEUE_MESSAGES, &f->directed, error);
	if (!code)
		code = socket_open(o->context, SOCKET_ROUTER, QUEUE_MESSAGES, &f->broadcast, error);
	for (uint32_t i = 0; i < o->n_listen && !code; i++)
		code = fabric_listen(f, o->listen[i], error);
	return code;
}

static int open_audit(struct fabric *f, const char *state, struct error *error)
{
	char path[4096];
	if (!state)
		return 0;
	snprintf(path, sizeof path, "%s/audit.jsonl", state);
	return audit_open(path, &f->audit, error);
}

static bool make_tables(struct fabric *f)
{
	uint8_t boot[16];
	if (!uuid_random(boot))
		return false;
	uuid_text(boot, f->boot);
	f->seed = hash_random_key();
	f->generation = 1;
	f->next_ticket = 1;
	message_init(&f->message);
	return peers_init(&f->asking) == 0 && peers_init(&f->listening) == 0 && map_init(&f->by_component, 64) == 0 &&
	       map_init(&f->by_session, 64) == 0 && map_init(&f->tickets, 256) == 0;
}

int fabric_open(const struct fabric_options *o, struct fabric **out, struct error *error)
{
	struct fabric *f = calloc(1, sizeof *f);
	if (!f || !make_tables(f)) {
		free(f);
		return error_set(error, ERROR_FAILED, "the fabric: no memory");
	}
	f->plain = o->plain;
	int code = open_audit(f, o->state, error);
	if (!code)
		code = open_sockets(f, o, error);
	if (code) {
		fabric_close(f);
		return code;
	}
	if (f->audit)
		audit_act(f->audit, "fabric", "started",
			  json_pack("{s:s, s:s, s:i}", "boot", f->boot, "version", ONLOOKER_VERSION, "keys",
				    (int)f->keys.count));
	*out = f;
	return 0;
}

void fabric_close(struct fabric *f)
{
	if (!f)
		return;
	tell_refusals(f);
	if (f->audit && f->directed)
		audit_act(f->audit, "fabric", "stopped", json_pack("{s:s}", "boot", f->boot));
	while (f->asking.first)
		peer_remove(f, &f->asking, f->asking.first);
	peers_fini(f, &f->asking);
	peers_fini(f, &f->listening);
	map_fini(&f->by_component);
	map_fini(&f->by_session);
	map_fini(&f->tickets);
	message_fini(&f->message);
	socket_close(f->directed);
	socket_close(f->broadcast);
	socket_gate_close(f->gate);
	audit_close(f->audit);
	key_list_free(&f->keys);
	fabric_listeners_free(f);
	explicit_bzero(&f->own, sizeof f->own);
	free(f->allowed);
	free(f->own_path);
	free(f);
}

/* ---- the loop ---- */

static void take(struct fabric *f, struct socket *s, void (*fn)(struct fabric *, struct message *))
{
	for (int i = 0; i < BURST && socket_receive(s, &f->message); i++)
		fn(f, &f->message);
}

static void each_second(struct fabric *f, uint64_t now_ms, uint64_t *head_ms)
{
	fabric_reload_keys(f);
	if (fabric_own_key_changed(f))
		fabric_unlisten(f);
	tell_refusals(f);
	peers_prune(f, &f->asking, now_ms);
	peers_prune(f, &f->listening, now_ms);
	fabric_beat(f);
	if (f->audit && (audit_head(f->audit).n != f->audit_told || now_ms >= *head_ms + HEAD_MS)) {
		publish_head(f);
		*head_ms = now_ms;
	}
}

void fabric_run(struct fabric *f, const atomic_bool *stop)
{
	struct socket *sockets[] = {socket_gate_socket(f->gate), f->directed, f->broadcast};
	bool ready[3];
	uint64_t second_ms = 0, head_ms = 0, expiry_ms = 0;
	while (!atomic_load_explicit(stop, memory_order_acquire)) {
		if (socket_wait(sockets, 3, -1, LOOP_MS, ready)) {
			if (ready[0])
				socket_gate_serve(f->gate, fabric_let_in, f);
			if (ready[1])
				take(f, f->directed, fabric_take_directed);
			if (ready[2])
				take(f, f->broadcast, fabric_take_broadcast);
		}
		uint64_t now_ms = monotonic_ms();
		if (now_ms >= expiry_ms + LOOP_MS) {
			fabric_expire(f, now_ms);
			fabric_relisten(f);
			expiry_ms = now_ms;
		}
		if (now_ms >= second_ms + SECOND_MS) {
			each_second(f, now_ms, &head_ms);
			second_ms = now_ms;
		}
	}
}
