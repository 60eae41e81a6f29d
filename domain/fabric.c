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

static bool beside(const char *url, char *out, size_t size)
{
	int n = url ? snprintf(out, size, "%s.broadcast", url) : -1;
	return n > 0 && (size_t)n < size;
}

bool fabric_broadcast_url(const char *url, char *out, size_t size)
{
	if (strncmp(url, "ipc://", 6) == 0 || strncmp(url, "inproc://", 9) == 0)
		return beside(url, out, size);
	const char *colon = strncmp(url, "tcp://", 6) == 0 ? strrchr(url + 6, ':') : NULL;
	if (!colon || colon == url + 6)
		return false;
	char *end = NULL;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (!port || port > 65534 || *end)
		return false;
	int n = snprintf(out, size, "%.*s:%lu", (int)(colon - url), url, port + 1);
	return n > 0 && (size_t)n < size;
}

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

/* ---- keys ---- */

static const struct key_entry *same(const struct key_list *l, const struct key_entry *e)
{
	return key_list_find(l, e->public_key);
}

/* Every difference of the list is an administrative act. */
static void log_changes(struct fabric *f, const struct key_list *before, const struct key_list *after)
{
	for (uint32_t i = 0; f->audit && i < after->count; i++) {
		const struct key_entry *e = &after->items[i], *old = same(before, e);
		const char *act = !old                           ? "key.allowed"
				  : e->revoked && !old->revoked  ? "key.revoked"
				  : e->until_ns != old->until_ns ? "key.limited"
				  : e->role != old->role         ? "key.role"
								 : NULL;
		if (act)
			audit_act(f->audit, "administrator", act,
				  json_pack("{s:s, s:s, s:s}", "name", e->name, "role", role_name(e->role), "public",
					    e->public_key));
	}
	for (uint32_t i = 0; f->audit && i < before->count; i++)
		if (!same(after, &before->items[i]))
			audit_act(f->audit, "administrator", "key.removed",
				  json_pack("{s:s, s:s}", "name", before->items[i].name, "public",
					    before->items[i].public_key));
}

/* A list that cannot be read changes nothing: the old one stays. */
static void reload_keys(struct fabric *f)
{
	struct key_list now;
	struct error error = {""};
	if (!f->allowed || !key_list_changed(&f->keys, f->allowed))
		return;
	if (key_list_read(f->allowed, &now, &error) != 0) {
		fprintf(stderr, "onlooker fabric: %s; the keys stay as they were\n", error.text);
		return;
	}
	log_changes(f, &f->keys, &now);
	key_list_free(&f->keys);
	f->keys = now;
	f->generation++;
}

static bool let_in(void *arg, const char *key, const char *address)
{
	struct fabric *f = arg;
	const struct key_entry *e = key ? key_list_find(&f->keys, key) : NULL;
	if (key && !e) { /* perhaps it was put on the list just now */
		reload_keys(f);
		e = key_list_find(&f->keys, key);
	}
	bool good = key ? e && key_state(e, time_now()) == KEY_GOOD : f->plain;
	f->counters.accepted += good;
	f->counters.turned_away += !good;
	if (!good)
		fabric_note(f, e ? e->name : key ? key : address, REFUSED_FORBIDDEN);
	return good;
}

/* ---- opening ---- */

static bool loopback(const char *url)
{
	return strncmp(url, "ipc://", 6) == 0 || strncmp(url, "inproc://", 9) == 0 ||
	       strncmp(url, "tcp://127.", 10) == 0 || strncmp(url, "tcp://[::1]:", 12) == 0 ||
	       strncmp(url, "tcp://localhost:", 16) == 0;
}

static int listen_at(struct fabric *f, const char *url, const struct socket_security *curve, struct error *error)
{
	char broadcast[512];
	bool inproc = strncmp(url, "inproc://", 9) == 0, plain = inproc || (f->plain && loopback(url));
	f->inproc |= inproc;
	if (!fabric_broadcast_url(url, broadcast, sizeof broadcast))
		return error_set(error, ERROR_USAGE,
				 "%s: no address of a fabric; give tcp://HOST:PORT (PORT+1 is used, too) or ipc://PATH",
				 url);
	if (!plain && !curve)
		return error_set(error, ERROR_USAGE,
				 "%s: needs keys; make them with onlooker keys make fabric and name their directory "
				 "with --keys, "
				 "or, on this machine only, say --plain",
				 url);
	int code = socket_bind(f->directed, url, plain ? NULL : curve, error);
	return code ? code : socket_bind(f->broadcast, broadcast, plain ? NULL : curve, error);
}

static int open_keys(struct fabric *f, const char *directory, struct key_file *own, struct error *error)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/fabric.key", directory);
	int code = key_file_read(path, true, own, error);
	if (code)
		return code;
	if (asprintf(&f->allowed, "%s/allowed", directory) < 0) {
		f->allowed = NULL;
		return error_set(error, ERROR_FAILED, "%s: no memory", directory);
	}
	return key_list_read(f->allowed, &f->keys, error);
}

static int open_sockets(struct fabric *f, const struct fabric_options *o, struct error *error)
{
	struct key_file own = {0};
	struct socket_security curve = {.server = true};
	int code = o->keys ? open_keys(f, o->keys, &own, error) : 0;
	if (!code)
		code = socket_gate_open(o->context, &f->gate, error);
	if (!code)
		code = socket_open(o->context, SOCKET_ROUTER, QUEUE_MESSAGES, &f->directed, error);
	if (!code)
		code = socket_open(o->context, SOCKET_ROUTER, QUEUE_MESSAGES, &f->broadcast, error);
	curve.public_key = own.public_key;
	curve.secret_key = own.secret_key;
	for (uint32_t i = 0; i < o->n_listen && !code; i++)
		code = listen_at(f, o->listen[i], o->keys ? &curve : NULL, error);
	explicit_bzero(&own, sizeof own);
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
	free(f->allowed);
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
	reload_keys(f);
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
				socket_gate_serve(f->gate, let_in, f);
			if (ready[1])
				take(f, f->directed, fabric_take_directed);
			if (ready[2])
				take(f, f->broadcast, fabric_take_broadcast);
		}
		uint64_t now_ms = monotonic_ms();
		if (now_ms >= expiry_ms + LOOP_MS) {
			fabric_expire(f, now_ms);
			expiry_ms = now_ms;
		}
		if (now_ms >= second_ms + SECOND_MS) {
			each_second(f, now_ms, &head_ms);
			second_ms = now_ms;
		}
	}
}
