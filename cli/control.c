#include "cli/control.h"

#include "cli/notify.h"
#include "core/time.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct source *running;
static volatile sig_atomic_t stopping, wishes[3];

static const struct {
	int signal;
	unsigned wish;
} rows[] = {{SIGHUP, COLLECTOR_REOPEN}, {SIGUSR1, COLLECTOR_STATISTICS}, {SIGUSR2, 0}};

static void stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
	if (running)
		source_stop(running);
}

static void wish(int signal_number)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].signal == signal_number)
			wishes[i] = 1;
}

void control_hear(void)
{
	struct sigaction other = {.sa_handler = wish, .sa_flags = (int)SA_RESTART};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		sigaction(rows[i].signal, &other, NULL);
}

static void handle_signals(void)
{
	struct sigaction last = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	sigaction(SIGTERM, &last, NULL);
	sigaction(SIGINT, &last, NULL);
	control_hear();
	signal(SIGPIPE, SIG_IGN);
}

static uint64_t monotonic(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

void control_open(struct control *c, struct source *source)
{
	const char *period_us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	running = source;
	handle_signals();
	if (period_us && (!pid || strtol(pid, NULL, 10) == getpid()))
		c->watchdog_ns = strtoull(period_us, NULL, 10) * 1000 / 2;
}

void control_close(struct control *c)
{
	running = NULL;
	if (c->replaced)
		signature_free(c->replaced);
	c->replaced = NULL;
}

/* ---- what the service manager is told ---- */

static void started(void *context)
{
	(void)context;
	notify("READY=1");
}

static void tell_manager(struct control *c)
{
	uint64_t now_ns = monotonic();
	if (stopping && !c->told_stopping)
		notify("STOPPING=1");
	c->told_stopping = stopping;
	if (c->watchdog_ns && now_ns - c->watched_ns >= c->watchdog_ns) {
		notify("WATCHDOG=1");
		c->watched_ns = now_ns;
	}
}

static void tell_reloading(struct control *c)
{
	char text[64];
	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic() / 1000);
	notify(text);
	c->told_reloading = true;
}

/* ---- what becomes of what it says ---- */

/* Live it may run for months before the end tells of it. */
static void tell_failure(struct control *c, uint32_t sink, const char *text)
{
	const struct observe_options *o = c->options;
	if ((c->told_failures >> sink & 1) || (!o->interfaces.count && !o->dpdk))
		return;
	fprintf(stderr, "onlooker observe: %s; what is said there from now on is dropped and counted\n", text);
	c->told_failures |= 1u << sink;
}

static void look_after_outputs(struct control *c)
{
	const struct outputs *o = c->outputs;
	bool read = o->exporter || o->print || !o->n_sinks;
	for (uint32_t i = 0; i < o->n_sinks; i++) {
		const struct error *e = atomic_load_explicit(&o->sinks[i]->failure, memory_order_acquire);
		read |= !e || !o->sinks[i]->reader_gone;
	}
	for (uint32_t i = 0; i < o->n_sinks && read; i++) {
		const struct error *e = atomic_load_explicit(&o->sinks[i]->failure, memory_order_acquire);
		if (e)
			tell_failure(c, i, e->text);
	}
	if (!read && running)
		source_stop(running);
}

/* ---- what it is asked for ---- */

static void show_progress(struct control *c, uint64_t received)
{
	if (isatty(STDERR_FILENO) && ++c->ticks % 5 == 0)
		fprintf(stderr, "\ronlooker: %" PRIu64 " packets", received);
}

/* Reads the signatures anew. NULL, and a line, when they cannot be used: those in use stay. */
static struct signature_set *reload(struct control *c)
{
	const struct option_texts *d = &c->options->signatures;
	struct signature_set *set = NULL;
	struct error e = {"no --signatures were given, there is nothing to read"};
	tell_reloading(c);
	if (!d->count || signature_load((const char *const *)d->items, d->count, &set, &e) < 0) {
		fprintf(stderr, "onlooker observe: %s; the signatures in use stay\n", e.text);
		return NULL;
	}
	return set;
}

static void change_what_holds(struct control *c, bool lossy, struct registry_change *change)
{
	struct signature_set *set = NULL;
	if (wishes[2]) {
		wishes[2] = 0;
		set = reload(c);
	}
	change->provenance = provenance_next(c->provenances, set, lossy);
	if (set && change->provenance) {
		change->signatures = set;
		c->replaced = *c->signatures;
		*c->signatures = set;
	} else if (set) {
		signature_free(set); /* nothing is new in them */
	}
	if (c->told_reloading && !change->signatures) {
		c->told_reloading = false;
		notify("READY=1");
	}
}

static unsigned tick(void *context, uint64_t received, bool lossy, struct registry_change *change)
{
	struct control *c = context;
	unsigned wanted = 0;
	for (size_t i = 0; i < 2; i++)
		if (wishes[i]) {
			wishes[i] = 0;
			wanted |= rows[i].wish;
		}
	if (change)
		change_what_holds(c, lossy, change);
	tell_manager(c);
	look_after_outputs(c);
	show_progress(c, received);
	return wanted;
}

/* The registry took the change: what was replaced is used no longer. */
static void changed(void *context)
{
	struct control *c = context;
	if (c->replaced)
		signature_free(c->replaced);
	c->replaced = NULL;
	if (c->told_reloading)
		notify("READY=1");
	c->told_reloading = false;
}

static void statistics(void *context, const struct stats *s)
{
	(void)context;
	stats_write(s, "-", NULL);
}

struct collector_control control_of(struct control *c)
{
	return (struct collector_control){started, tick, changed, statistics, c};
}
