/* Who is connected to the fabric, and as whom. */
#include "domain/fabric_state.h"

#include "core/monotonic.h"
#include "core/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SILENT_MS 60000u

static const char *const service_names[SERVICES] = {
	[SERVICE_MANAGER] = "manager",
	[SERVICE_ORCHESTRATOR] = "orchestrator",
	[SERVICE_REPOSITORY] = "repository",
};

enum service service_of(const char *name)
{
	unsigned s = 0;
	while (s < SERVICES && strcmp(service_names[s], name) != 0)
		s++;
	return (enum service)s;
}

/* Never 0, which is no key of a map. */
static uint64_t name_hash(const struct fabric *f, const void *name, size_t len)
{
	uint64_t h = hash_bytes(&f->seed, name, len);
	return h ? h : 1;
}

static uint64_t text_hash(const struct fabric *f, const char *text)
{
	return name_hash(f, text, strlen(text));
}

int peers_init(struct peer_table *t)
{
	*t = (struct peer_table){0};
	return map_init(&t->by_id, 64);
}

void peers_fini(struct fabric *f, struct peer_table *t)
{
	while (t->first)
		peer_remove(f, t, t->first);
	map_fini(&t->by_id);
}

static struct peer *add(struct fabric *f, struct peer_table *t, const struct message *m, uint64_t hash)
{
	struct peer *p = t->count < MOST_PEERS ? calloc(1, sizeof *p) : NULL;
	if (!p || !map_put(&t->by_id, hash, p)) {
		free(p);
		return NULL;
	}
	p->id_len = (uint8_t)frame_size(&m->frames[0]);
	memcpy(p->id, frame_data(&m->frames[0]), p->id_len);
	snprintf(p->user, sizeof p->user, "%s", m->user);
	p->generation = f->generation - 1;
	p->next = t->first;
	if (t->first)
		t->first->before = p;
	t->first = p;
	t->count++;
	return p;
}

struct peer *peer_of(struct fabric *f, struct peer_table *t, const struct message *m)
{
	size_t len = frame_size(&m->frames[0]);
	if (!len || len > sizeof((struct peer *)0)->id)
		return NULL;
	uint64_t hash = name_hash(f, frame_data(&m->frames[0]), len);
	struct peer *p = map_get(&t->by_id, hash);
	if (!p)
		p = add(f, t, m, hash);
	if (p)
		p->heard_ms = monotonic_ms();
	return p;
}

static void look_up(struct fabric *f, struct peer *p)
{
	p->generation = f->generation;
	p->until_ns = 0;
	bool local = *p->user ? f->plain && strcmp(p->user, SOCKET_PLAIN_USER) == 0 : f->inproc;
	if (local) {
		p->role = ROLE_LOCAL;
		return;
	}
	const struct key_entry *e = key_list_find(&f->keys, p->user);
	p->role = e && key_state(e, time_now()) == KEY_GOOD ? e->role : ROLE_NONE;
	p->until_ns = e ? e->until_ns : 0;
	snprintf(p->key, sizeof p->key, "%s", e ? e->name : "");
}

enum role peer_role(struct fabric *f, struct peer *p)
{
	if (p->generation != f->generation)
		look_up(f, p);
	if (p->until_ns && time_now() >= p->until_ns)
		p->role = ROLE_NONE;
	return p->role;
}

static void unbind(struct fabric *f, struct peer *p)
{
	if (!*p->component || !*p->session)
		return;
	if (map_get(&f->by_component, text_hash(f, p->component)) == p)
		map_remove(&f->by_component, text_hash(f, p->component));
	if (map_get(&f->by_session, text_hash(f, p->session)) == p)
		map_remove(&f->by_session, text_hash(f, p->session));
	*p->component = *p->session = 0;
}

void peer_remove(struct fabric *f, struct peer_table *t, struct peer *p)
{
	if (t == &f->asking) {
		fabric_forget_requests(f, p);
		unbind(f, p);
		for (struct peer *other = t->first; other; other = other->next)
			for (int s = 0; s < SERVICES; s++)
				if (other->chosen[s] == p)
					other->chosen[s] = NULL;
	}
	map_remove(&t->by_id, name_hash(f, p->id, p->id_len));
	*(p->before ? &p->before->next : &t->first) = p->next;
	if (p->next)
		p->next->before = p->before;
	t->count--;
	for (uint32_t i = 0; i < p->n_prefixes; i++)
		free(p->prefixes[i]);
	free(p);
}

void peers_prune(struct fabric *f, struct peer_table *t, uint64_t now_ms)
{
	struct peer *next;
	for (struct peer *p = t->first; p; p = next) {
		next = p->next;
		/* A subscriber need not speak: that it is gone shows when it is sent to. */
		if (!p->n_prefixes && !p->open && now_ms > p->heard_ms + SILENT_MS)
			peer_remove(f, t, p);
	}
}

struct peer *peer_by_component(struct fabric *f, const char *component)
{
	struct peer *p = map_get(&f->by_component, text_hash(f, component));
	return p && strcmp(p->component, component) == 0 ? p : NULL;
}

struct peer *peer_by_session(struct fabric *f, const char *session)
{
	struct peer *p = *session ? map_get(&f->by_session, text_hash(f, session)) : NULL;
	return p && strcmp(p->session, session) == 0 ? p : NULL;
}

void peer_bind(struct fabric *f, struct peer *p, const char *component)
{
	struct peer *old = peer_by_component(f, component);
	uint8_t random[16];
	if (old)
		unbind(f, old);
	unbind(f, p);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return;
	snprintf(p->component, sizeof p->component, "%s", component);
	for (int i = 0; i < 16; i++)
		snprintf(p->session + 2 * i, 3, "%02x", random[i]);
	if (!map_put(&f->by_component, text_hash(f, p->component), p) ||
	    !map_put(&f->by_session, text_hash(f, p->session), p))
		unbind(f, p);
}

/* The one that fewest have chosen. */
static struct peer *choose(const struct fabric *f, enum service service)
{
	struct peer *best = NULL;
	uint32_t least = UINT32_MAX;
	for (struct peer *p = f->asking.first; p; p = p->next) {
		uint32_t users = 0;
		if (!(p->serves & 1u << service))
			continue;
		for (const struct peer *other = f->asking.first; other; other = other->next)
			users += other->chosen[service] == p;
		if (users < least) {
			least = users;
			best = p;
		}
	}
	return best;
}

struct peer *peer_serving(struct fabric *f, struct peer *asker, enum service service)
{
	struct peer *p = asker->chosen[service];
	if (!p || !(p->serves & 1u << service) || peer_role(f, p) == ROLE_NONE)
		p = choose(f, service);
	return asker->chosen[service] = p;
}
