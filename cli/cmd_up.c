#include "cli/cmd_up.h"

#include "cli/cmd_observe.h"
#include "cli/connection.h"
#include "cli/inventory_table.h"
#include "cli/option_sets.h"
#include "core/thread.h"
#include "domain/fabric.h"
#include "domain/manager.h"
#include "domain/repository_role.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSIDE     "inproc://onlooker"
#define MOST_WORDS 1024
#define STATE      "onlooker-state"

struct up_cli {
	struct option_texts files, interfaces, listen;
	const char *dpdk, *filter, *state, *repository, *keys, *site, *stats;
	uint64_t workers;
	double pace;
	bool plain;
	struct options common;
};

#define AT(member) offsetof(struct up_cli, member)

static const struct option_row rows[] = {
	{'r', "read", OPTION_TEXTS, "FILE", "a capture, any number", AT(files), 0, 0},
	{'i', "interface", OPTION_TEXTS, "IFACE", "a live interface, any number", AT(interfaces), 0, 0},
	{0, "dpdk", OPTION_TEXT, "'EAL ARGS'", "all ports DPDK has when started with these arguments", AT(dpdk), 0, 0},
	{'f', "filter", OPTION_TEXT, "FILTER", "only packets that this BPF filter takes", AT(filter), 0, 0},
	{0, "workers", OPTION_NUMBER, "N", "worker threads (default: the cores it may use)", AT(workers), 1, 256},
	{0, "pace", OPTION_REAL, "X", "replay at X times recorded speed", AT(pace), 0, 0},
	{0, "stats", OPTION_TEXT, "FILE", "the collector's counters at the end", AT(stats), 0, 0},
	{0, "state", OPTION_TEXT, "DIR", "where all is kept (default " STATE ")", AT(state), 0, 0},
	{0, "repository", OPTION_TEXT, "URL", "default: sqlite:STATE/onlooker.db", AT(repository), 0, 0},
	{0, "listen", OPTION_TEXTS, "URL", "let others come to this fabric, too; any number", AT(listen), 0, 0},
	{0, "keys", OPTION_TEXT, "DIR", "keys of those that may, made by onlooker keys", AT(keys), 0, 0},
	{0, "plain", OPTION_FLAG, NULL, "no keys on ipc and loopback addresses", AT(plain), 0, 0},
	{0, "site", OPTION_TEXT, "NAME", "last part of topics (default: default)", AT(site), 0, 0},
	{0},
};

const struct option_set up_option_set = {
	.command = "onlooker up",
	.section = "up",
	.rows = rows,
	.about = "All roles in one process, for one machine: collector, fabric, manager and repository. A replay (-r) "
		 "ends with\n"
		 "the inventory; live it goes on until TERM. What the file says under `observe:` holds for the "
		 "collector.",
};

/* A role on a thread of its own. */
struct role_thread {
	const char *name;
	void (*run)(struct role_thread *t);
	const void *options;
	struct fabric *fabric;
	atomic_bool stop;
	pthread_t thread;
	bool started;
	int code;
};

static void told(struct role_thread *t, int code, const struct error *error)
{
	t->code = code;
	if (code)
		fprintf(stderr, "onlooker up: %s: %s\n", t->name, error->text);
}

static void run_fabric(struct role_thread *t)
{
	fabric_run(t->fabric, &t->stop);
}

static void run_manager(struct role_thread *t)
{
	struct error error = {""};
	told(t, manager_run(t->options, &t->stop, &error), &error);
}

static void run_repository(struct role_thread *t)
{
	struct error error = {""};
	told(t, repository_role_run(t->options, &t->stop, &error), &error);
}

static void *run_role(void *arg)
{
	struct role_thread *t = arg;
	t->run(t);
	return NULL;
}

static void stop_role(struct role_thread *t)
{
	atomic_store_explicit(&t->stop, true, memory_order_release);
	if (t->started)
		pthread_join(t->thread, NULL);
}

/* ---- the collector's command line ---- */

struct words {
	char *items[MOST_WORDS];
	int count;
};

static void word(struct words *w, const char *text)
{
	if (w->count < MOST_WORDS - 1)
		w->items[w->count++] = (char *)(uintptr_t)text; /* getopt's habit: they are not written to */
}

static void pair(struct words *w, const char *option, const char *value)
{
	if (!value)
		return;
	word(w, option);
	word(w, value);
}

static const char *config_of(int argc, char **argv)
{
	const char *config = NULL;
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--config=", 9) == 0)
			config = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			config = argv[i + 1];
	return config;
}

static int collect(const struct up_cli *o, const char *config, struct socket_context *context)
{
	struct words w = {{NULL}, 0};
	char spool[4096], workers[24], pace[32];
	snprintf(spool, sizeof spool, "%s/spool", o->state);
	snprintf(workers, sizeof workers, "%llu", (unsigned long long)o->workers);
	snprintf(pace, sizeof pace, "%g", o->pace);
	word(&w, "observe");
	pair(&w, "--config", config);
	for (uint32_t i = 0; i < o->files.count; i++)
		pair(&w, "-r", o->files.items[i]);
	for (uint32_t i = 0; i < o->interfaces.count; i++)
		pair(&w, "-i", o->interfaces.items[i]);
	pair(&w, "--dpdk", o->dpdk);
	pair(&w, "-f", o->filter);
	pair(&w, "--workers", o->workers ? workers : NULL);
	pair(&w, "--pace", o->pace > 0 ? pace : NULL);
	pair(&w, "--stats", o->stats);
	pair(&w, "--site", o->site);
	pair(&w, "--publish", INSIDE);
	pair(&w, "--spool", spool);
	return cmd_observe_within(w.count, w.items, context);
}

/* ---- the whole ---- */

/* Asked before anything is made: a mistyped line leaves nothing behind. */
static int try_input(const struct up_cli *o, const char *config, struct error *error)
{
	if (!o->files.count && !o->interfaces.count && !o->dpdk && !config) /* a file may name it under `observe:` */
		return error_set(error, ERROR_USAGE,
				 "nothing to observe; name a capture with -r FILE or an interface with -i IFACE");
	for (uint32_t i = 0; i < o->files.count; i++)
		if (strcmp(o->files.items[i], "-") != 0 && access(o->files.items[i], R_OK) != 0)
			return error_set(error, ERROR_USAGE, "%s: %s; name a capture file that can be read",
					 o->files.items[i], strerror(errno));
	return 0;
}

static int make_state(const char *state, struct error *error)
{
	if (mkdir(state, 0750) == 0 || (errno == EEXIST && access(state, W_OK | X_OK) == 0))
		return 0;
	return error_set(error, ERROR_USAGE, "--state: %s: %s; name a directory that can be written", state,
			 strerror(errno));
}

/* What would go wrong in a thread is found out before one is started. */
static int try_repository(const char *url, struct error *error)
{
	struct repository *r = NULL;
	int code = repository_open(url, REPOSITORY_WRITE, &r, error);
	return code ? code : repository_close(r, error);
}

static int open_fabric(const struct up_cli *o, struct socket_context *context, struct fabric **out, struct error *error)
{
	const char *urls[64] = {INSIDE};
	uint32_t n = 1;
	for (uint32_t i = 0; i < o->listen.count && n < 64; i++)
		urls[n++] = o->listen.items[i];
	struct fabric_options f = {.context = context,
				   .listen = urls,
				   .n_listen = n,
				   .keys = o->keys,
				   .state = o->state,
				   .plain = o->plain};
	return fabric_open(&f, out, error);
}

static int print_inventory(const char *url, struct error *error)
{
	struct repository *r = NULL;
	int code = repository_open(url, REPOSITORY_READ, &r, error);
	if (code)
		return code;
	code = inventory_table(r, NULL, stdout, error);
	struct error closing = {""};
	int closed = repository_close(r, code ? &closing : error);
	return code ? code : closed;
}

static int run_all(const struct up_cli *o, const char *config, const char *repository, struct socket_context *context,
		   struct error *error)
{
	struct connection inside = {.fabric = INSIDE, .state = o->state, .site = o->site};
	struct manager_options manager = {connection_component(&inside, "onlooker up"), 5, 30};
	struct repository_role_options store = {.connection = connection_component(&inside, "onlooker up"),
						.repository = repository};
	manager.connection.context = store.connection.context = context;
	struct role_thread threads[] = {{.name = "fabric", .run = run_fabric},
					{.name = "manager", .run = run_manager, .options = &manager},
					{.name = "repository", .run = run_repository, .options = &store}};
	int code = open_fabric(o, context, &threads[0].fabric, error), status = -code;
	for (int i = 0; i < 3 && !code; i++) {
		threads[i].started =
			thread_start(&threads[i].thread, threads[i].name, NULL, run_role, &threads[i]) == 0;
		if (!threads[i].started)
			code = error_set(error, ERROR_FAILED, "no thread for the %s; raise the limit of processes",
					 threads[i].name);
	}
	if (!code)
		status = collect(o, config, context);
	for (int i = 2; i >= 0; i--)
		stop_role(&threads[i]);
	fabric_close(threads[0].fabric);
	if (code) {
		fprintf(stderr, "onlooker up: %s\n", error->text);
		return -code;
	}
	return threads[1].code || threads[2].code ? 1 : status;
}

static int up(const struct up_cli *o, const char *config)
{
	struct error error = {""};
	char standard[4096];
	snprintf(standard, sizeof standard, "sqlite:%s/onlooker.db", o->state);
	const char *repository = o->repository ? o->repository : standard;
	const struct component_options names = {.site = o->site};
	int code = try_input(o, config, &error);
	if (!code)
		code = component_check_names(&names, &error);
	if (!code)
		code = make_state(o->state, &error);
	if (!code)
		code = try_repository(repository, &error);
	struct socket_context *context = code ? NULL : socket_context_new();
	if (!code && !context)
		code = error_set(&error, ERROR_FAILED, "no memory");
	if (code) {
		fprintf(stderr, "onlooker up: %s\n", error.text);
		return -code;
	}
	int status = run_all(o, config, repository, context, &error);
	socket_context_free(context);
	if (o->files.count && (status == 0 || status == 3) && print_inventory(repository, &error) != 0) {
		fprintf(stderr, "onlooker up: %s\n", error.text);
		status = 1;
	}
	return status;
}

int cmd_up(int argc, char **argv)
{
	struct up_cli o = {.state = STATE};
	int status = options_start(&up_option_set, argc, argv, &o, &o.common);
	if (status < 0)
		status = up(&o, config_of(argc, argv));
	options_fini(&up_option_set, &o, &o.common);
	return status;
}
