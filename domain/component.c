/* A component as a whole: opening, turning, closing. Its other sides are in component_*.c. */
#include "core/monotonic.h"
#include "core/uuid.h"
#include "domain/component_state.h"
#include "domain/key_file.h"
#include "ipfix/assertion.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENT_MS 3000u
#define BURST     64
#define CALL_MS   1000u /* between two calls of a subscriber the fabric does not answer */

void component_say(const struct component *c, const char *format, ...)
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

static void release(struct component *c)
{
	component_disconnect(c);
	component_unlock_state(c);
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
	return error_set(error, ERROR_USAGE, "%s: %s; name a directory that can be written (--state)", state,
			 strerror(errno));
}

int component_check_names(const struct component_options *o, struct error *error)
{
	if (o->site && (strchr(o->site, '/') || strlen(o->site) > 64))
		return error_set(error, ERROR_USAGE, "--site: '%s' has a slash or more than 64 characters", o->site);
	if (o->prefix && (strncmp(o->prefix, "urn:", 4) != 0 || strlen(o->prefix) > 128 || strpbrk(o->prefix, " \t\n")))
		return error_set(error, ERROR_USAGE, "--prefix: '%s' is no name like " COMPONENT_CAPABILITY_PREFIX,
				 o->prefix);
	if (o->fabric_key && !o->key)
		return error_set(error, ERROR_USAGE,
				 "--fabric-key: goes with a key of ours; name it with --key NAME.key");
	return 0;
}

int component_open(const struct component_options *o, struct component **out, struct error *error)
{
	int code = component_check_names(o, error);
	if (!code)
		code = check_state(o->state, error);
	if (code)
		return code;
	struct component *c = calloc(1, sizeof *c);
	if (!c)
		return error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	c->o = *o;
	c->lock_fd = -1;
	message_init(&c->message);
	c->retry_ms = COMPONENT_RETRY_MS;
	c->pulse_every_ms = COMPONENT_PULSE_SECONDS * 1000;
	c->topics = calloc(COMPONENT_MOST_TOPICS, sizeof *c->topics);
	c->own_context = o->context ? NULL : socket_context_new();
	if (!c->topics || (!o->context && !c->own_context) || !new_boot(c->boot))
		code = error_set(error, ERROR_FAILED, "%s: no memory", o->url);
	if (!code)
		code = component_lock_state(c, error);
	if (!code)
		code = component_connect(c, error);
	if (code) {
		release(c);
		return code;
	}
	component_read_identifier(c);
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

static void take_directed(struct component *c)
{
	struct message *m = &c->message;
	struct header h;
	struct error error;
	if (m->count < 2 || m->excess)
		return;
	enum refusal refusal = header_parse(frame_data(&m->frames[0]), frame_size(&m->frames[0]), &h, &error);
	if (!refusal && h.type == HEADER_REQUEST && h.ticket >= 0)
		component_take_request(c, &h);
	else if (!refusal && h.type == HEADER_RESPONSE)
		component_take_reply(c, &h);
	header_fini(&h);
}

static void do_due(struct component *c, uint64_t now)
{
	component_expire_asked(c, now);
	component_watch_link(c, now);
	bool wants = !c->o.anonymous && c->stage != ONBOARDED;
	if (wants && !c->asking_stage && now >= c->due_ms)
		component_try_stage(c);
	if (c->stage == ONBOARDED && now >= c->pulse_ms)
		component_pulse(c, now);
	if (c->n_prefixes && now > c->heard_ms + SILENT_MS && now > c->called_ms + CALL_MS)
		component_call(c);
}

void component_turn(struct component *c, int timeout_ms, int fd)
{
	bool ready[2];
	do_due(c, monotonic_ms()); /* may connect anew */
	struct socket *sockets[] = {c->directed, c->broadcast};
	if (!socket_wait(sockets, 2, fd, timeout_ms, ready))
		return;
	for (int i = 0; ready[0] && i < BURST && socket_receive(c->directed, &c->message); i++)
		take_directed(c);
	for (int i = 0; ready[1] && i < BURST && socket_receive(c->broadcast, &c->message); i++) {
		c->heard_ms = monotonic_ms();
		component_take_broadcast(c);
	}
}

void component_close(struct component *c, int linger_ms)
{
	if (!c)
		return;
	if (c->stage == ONBOARDED)
		component_status(c, "stop", NULL, "%s ends", c->o.name);
	component_give_up_asked(c, "the connection was closed"); /* who asked owns something */
	socket_linger(c->directed, linger_ms);
	socket_linger(c->broadcast, linger_ms);
	release(c);
}
