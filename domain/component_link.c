/* A component's two connections: opens them, names what keeps them from being, and opens them anew when the keys they
 * were made with are others now. ZeroMQ itself connects again when a connection was lost. */
#include "core/monotonic.h"
#include "domain/component_state.h"
#include "domain/fabric.h"

#include <stdio.h>
#include <string.h>

#define QUEUE           512
#define AGAIN_MS        2000u /* between two attempts of one that was refused */
#define KEYS_MS         1000u /* between two looks at the key files */
#define ABSENT_MS       1000u /* so long nobody may listen: a fabric that is being started */
#define REFUSALS_ENOUGH 2u    /* one may be a fabric that ended in the middle */

static int read_keys(struct component *c, struct key_file *own, struct key_file *server, struct error *error)
{
	const char *slash = strrchr(c->o.key, '/');
	if (c->o.fabric_key)
		snprintf(c->fabric_pub, sizeof c->fabric_pub, "%s", c->o.fabric_key);
	else
		snprintf(c->fabric_pub, sizeof c->fabric_pub, "%.*sfabric.pub", slash ? (int)(slash + 1 - c->o.key) : 0,
			 c->o.key);
	c->key_stamps[0] = file_stamp(c->o.key);
	c->key_stamps[1] = file_stamp(c->fabric_pub);
	int code = key_file_read(c->o.key, true, own, error);
	return code ? code : key_file_read(c->fabric_pub, false, server, error);
}

static int open_one(struct component *c, const char *url, const struct socket_security *s, struct socket **out,
		    struct error *error)
{
	struct socket_context *context = c->o.context ? c->o.context : c->own_context;
	int code = socket_open(context, SOCKET_DEALER, QUEUE, out, error);
	if (!code)
		code = socket_monitor(context, *out, error);
	return code ? code : socket_connect(*out, url, s, error);
}

/* Both or none: what was connected before stays until the new connections are made. */
int component_connect(struct component *c, struct error *error)
{
	struct key_file own = {0}, server = {0};
	struct socket *directed = NULL, *broadcast = NULL;
	if (!fabric_broadcast_url(c->o.url, c->broadcast_url, sizeof c->broadcast_url))
		return error_set(error, ERROR_USAGE, "%s: no address of a fabric; give tcp://HOST:PORT or ipc://PATH",
				 c->o.url);
	int code = c->o.key ? read_keys(c, &own, &server, error) : 0;
	const struct socket_security security = {own.public_key, own.secret_key, server.public_key, false};
	const struct socket_security *s = c->o.key ? &security : NULL;
	if (!code)
		code = open_one(c, c->o.url, s, &directed, error);
	if (!code)
		code = open_one(c, c->broadcast_url, s, &broadcast, error);
	explicit_bzero(&own, sizeof own);
	if (code) {
		socket_close(directed);
		socket_close(broadcast);
		return code;
	}
	component_disconnect(c);
	c->directed = directed;
	c->broadcast = broadcast;
	return 0;
}

void component_disconnect(struct component *c)
{
	socket_close(c->directed);
	socket_close(c->broadcast);
	c->directed = c->broadcast = NULL;
	c->links[0].up = c->links[1].up = false;
}

/* ---- what keeps it from being ---- */

static int describe(const struct component *c, enum socket_event trouble, const char *url, struct error *out)
{
	switch (trouble) {
	case SOCKET_REFUSED:
		return error_set(out, ERROR_USAGE,
				 "%s: the fabric refuses %s: it is not on its list, was revoked or has expired", url,
				 c->o.key ? c->o.key : "us");
	case SOCKET_TURNED_AWAY:
	case SOCKET_OTHER_SECURITY:
		if (!c->o.key)
			return error_set(out, ERROR_USAGE, "%s: this fabric wants a key; give --key NAME.key", url);
		return error_set(
			out, ERROR_USAGE,
			"%s: %s is not the key of this fabric; get its fabric.pub (or leave out --key if it is a "
			"plain one)",
			url, c->fabric_pub);
	default:
		return error_set(out, ERROR_FAILED, "%s: no fabric answers; is it running, is this its address?", url);
	}
}

/* ZeroMQ does not try again. */
static bool at_rest(const struct link *l)
{
	return l->trouble == SOCKET_REFUSED || l->trouble == SOCKET_OTHER_SECURITY;
}

/* Each kind of trouble is said once, and that it is over. Of the broadcasts' connection while the other stands; who
 * only asks says himself why it did not begin. */
static void tell(struct component *c, struct link *l, const char *url)
{
	struct error sentence;
	bool other = l == &c->links[0] || c->links[0].up, mine = l->ever || !c->o.anonymous;
	if (l->told || !other || !mine || l->times < (l->trouble == SOCKET_TURNED_AWAY ? REFUSALS_ENOUGH : 1))
		return;
	l->told = true;
	(void)describe(c, l->trouble, url, &sentence);
	component_say(c, "%s", sentence.text);
}

/* Two kinds of trouble may be one to people. */
static bool same_words(const struct component *c, enum socket_event a, enum socket_event b, const char *url)
{
	struct error first, second;
	(void)describe(c, a, url, &first);
	(void)describe(c, b, url, &second);
	return strcmp(first.text, second.text) == 0;
}

static void take_event(struct component *c, struct link *l, const char *url, enum socket_event e, uint64_t now_ms)
{
	if (e == SOCKET_UP && l->told)
		component_say(c, "%s: the fabric answers%s", url, l->ever ? " again" : "");
	if (e == SOCKET_UP)
		*l = (struct link){.up = true, .ever = true};
	if (e == SOCKET_DOWN)
		l->up = false;
	if (e == SOCKET_UP || e == SOCKET_DOWN)
		return;
	if (l->trouble != e)
		*l = (struct link){.ever = l->ever,
				   .trouble = e,
				   .since_ms = now_ms,
				   .told = l->told && same_words(c, l->trouble, e, url)};
	l->times++;
	tell(c, l, url);
}

static bool lasting(const struct link *l, uint64_t now_ms)
{
	return (l->trouble == SOCKET_ABSENT && now_ms >= l->since_ms + ABSENT_MS) ||
	       (l->trouble == SOCKET_TURNED_AWAY && l->times >= REFUSALS_ENOUGH) || at_rest(l);
}

int component_trouble(const struct component *c, struct error *error)
{
	uint64_t now_ms = monotonic_ms();
	for (int i = 0; i < 2; i++)
		if (lasting(&c->links[i], now_ms))
			return describe(c, c->links[i].trouble, c->links[0].up ? c->broadcast_url : c->o.url, error);
	return 0;
}

/* ---- keys that are others now ---- */

static bool keys_changed(struct component *c)
{
	const char *const paths[] = {c->o.key, c->fabric_pub};
	bool changed = false;
	for (int i = 0; i < 2; i++) {
		struct file_stamp now = file_stamp(paths[i]);
		changed |= now.inode && !file_stamp_same(&now, &c->key_stamps[i]);
	}
	return changed;
}

static void reconnect(struct component *c)
{
	struct error error = {""};
	c->deaf = false;
	if (component_connect(c, &error) != 0) {
		component_say(c, "%s; the connection stays as it was", error.text);
		return;
	}
	component_give_up_asked(c, "the connection was made anew");
	if (!c->o.anonymous)
		component_lose_registration(c);
	component_call(c);
}

/* Who was refused comes again, for a key may be put on the list. */
static void come_again(struct component *c, uint64_t now_ms)
{
	if (!at_rest(&c->links[0]) && !at_rest(&c->links[1])) {
		c->again_ms = 0;
		return;
	}
	if (!c->again_ms) {
		c->again_ms = now_ms + AGAIN_MS;
		return;
	}
	if (now_ms < c->again_ms)
		return;
	reconnect(c);
	c->again_ms = now_ms + AGAIN_MS;
}

static void look_at_keys(struct component *c)
{
	if (keys_changed(c)) {
		component_say(c, "the keys are others now; connecting with them");
		memset(c->links, 0, sizeof c->links); /* what is wrong with these is said anew */
		reconnect(c);
	} else if (c->deaf) {
		reconnect(c); /* a revoked key is heard no more: the handshake tells */
	}
}

bool component_link_up(const struct component *c)
{
	return c->links[0].up;
}

void component_watch_link(struct component *c, uint64_t now_ms)
{
	enum socket_event e;
	for (int i = 0; i < 2; i++)
		while ((e = socket_event(i ? c->broadcast : c->directed)) != SOCKET_QUIET)
			take_event(c, &c->links[i], i ? c->broadcast_url : c->o.url, e, now_ms);
	come_again(c, now_ms);
	if (!c->o.key || now_ms < c->keys_ms + KEYS_MS)
		return;
	c->keys_ms = now_ms;
	look_at_keys(c);
}
