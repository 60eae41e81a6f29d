#include "cli/repository_verbs.h"

#include "cli/connection.h"
#include "cli/import_fabric.h"
#include "cli/reinfer.h"
#include "core/buffer.h"
#include "core/moment.h"
#include "core/time.h"
#include "domain/import.h"
#include "domain/query.h"
#include "domain/repository_http.h"
#include "domain/self_report.h"
#include "domain/stored_assertion.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_OCTETS (1ull << 30) /* of a file that is imported */

struct verb_options {
	const char *repository, *format, *endpoint, *at, *tokens;
	const char *json, *publish; /* with reinfer */
	uint64_t wait;
	struct connection connection; /* with import, reinfer */
	struct option_texts retain, signatures;
	struct options common;
};

#define AT(member) offsetof(struct verb_options, member)

static const struct option_row rows[] = {
	{0, "repository", OPTION_TEXT, "URL", "where it is kept (default sqlite:onlooker.db)", AT(repository), 0, 0},
	{0, "format", OPTION_TEXT, "NAME",
	 "with import: assertions (default), dpkg, osquery, cyclonedx, spdx, swid, coswid", AT(format), 0, 0},
	{0, "endpoint", OPTION_TEXT, "ENDPOINT", "with import: whose report it is", AT(endpoint), 0, 0},
	{0, "at", OPTION_TEXT, "TIME", "with import: when it was so (default: now)", AT(at), 0, 0},
	{0, "fabric", OPTION_TEXT, "URL", "with import, reinfer: to the repository of this fabric instead",
	 AT(connection.fabric), 0, 0},
	{0, "key", OPTION_TEXT, "FILE", "with --fabric: our key; to import of an admin, to reinfer of a collector",
	 AT(connection.key), 0, 0},
	{0, "fabric-key", OPTION_TEXT, "FILE", "with --fabric: its public key (default: fabric.pub beside ours)",
	 AT(connection.fabric_key), 0, 0},
	{0, "retain", OPTION_TEXTS, "[NAME=]DAYS", "with prune: keep what ended within so many days, by kind or all",
	 AT(retain), 0, 0},
	{0, "signatures", OPTION_TEXTS, "PATH",
	 "with reinfer: one's own signatures, before the built-in ones; any number", AT(signatures), 0, 0},
	{0, "json", OPTION_TEXT, "FILE", "with reinfer: what is said as JSON Lines, too; '-' standard output", AT(json),
	 0, 0},
	{0, "publish", OPTION_TEXT, "bind:URL", "with reinfer: and over a ZeroMQ socket", AT(publish), 0, 0},
	{0, "wait", OPTION_NUMBER, "N", "with --publish: begin when so many have subscribed", AT(wait), 0, 65535},
	{0, "tokens", OPTION_TEXT, "FILE", "with http: who may ask; without it everybody on this machine is a viewer",
	 AT(tokens), 0, 0},
	{0},
};

const struct option_set repository_verbs_option_set = {
	.command = "onlooker repository",
	.section = "repository",
	.rows = rows,
	.operands = "import FILE | query NAME [MEMBER=VALUE…] | http ADDRESS:PORT | reinfer | prune | upgrade",
	.about = "Works on a repository without serving it.\n"
		 "  import FILE   assertions as JSON Lines, or what an endpoint reports of its own software; '-' "
		 "standard input\n"
		 "  query NAME    asks: endpoints, endpoint, software, history, changes, currency, discrepancies\n"
		 "  http ADDRESS:PORT  answers over HTTP, on loopback, until it is ended\n"
		 "  reinfer       reads what endpoints showed again, with --signatures, and says what is said "
		 "otherwise now\n"
		 "  prune         forgets what --retain has passed; of several kinds the longest counts\n"
		 "  upgrade       brings a repository of an older Onlooker up to date",
};

static int told(const struct error *error, int code)
{
	if (code)
		fprintf(stderr, "onlooker repository: %s\n", error->text);
	return -code;
}

/* All of a file, or of standard input. */
static int read_file(const char *path, struct buffer *out, struct error *error)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s", path, strerror(errno));
	size_t n = 1;
	while (n && out->len < MOST_OCTETS && buffer_reserve(out, 1u << 16)) {
		n = fread(out->data + out->len, 1, 1u << 16, f);
		out->len += n;
	}
	bool failed = ferror(f) || out->failed;
	if (f != stdin)
		fclose(f);
	if (failed)
		return error_set(error, ERROR_FAILED, "%s: cannot be read", path);
	return out->len < MOST_OCTETS ? 0 : error_set(error, ERROR_USAGE, "%s: is larger than 1 GiB; split it", path);
}

static bool with_fabric(const struct verb_options *o)
{
	return o->connection.fabric || o->connection.key || o->connection.fabric_key;
}

static int count(const struct imported *done, const char *path)
{
	printf("%" PRIu64 " stored, %" PRIu64 " there already, %" PRIu64 " refused\n", done->stored, done->duplicates,
	       done->refused);
	if (done->refused)
		fprintf(stderr, "onlooker repository: %s: %" PRIu64 " lines refused; the first: %s\n", path,
			done->refused, done->first.text);
	return done->refused ? 3 : 0;
}

/* Here the repository is opened: what has nothing to store makes none. */
static int import_here(const char *url, const struct import *import, const struct buffer *data, struct imported *done,
		       struct error *error)
{
	struct repository *r = NULL;
	struct error closing = {""};
	bool any, lines = strcmp(import->format, "assertions") == 0;
	int code = import_look(import, data->data, data->len, &any, done, error);
	if (code || !any)
		return code;
	if (!lines && (code = repository_open(url, REPOSITORY_READ, &r, error)) != 0)
		return code; /* nobody is known there who could report */
	repository_close(r, NULL);
	r = NULL;
	code = repository_open(url, REPOSITORY_WRITE, &r, error);
	if (!code)
		code = import_data(r, import, data->data, data->len, done, error);
	int closed = repository_close(r, code ? &closing : error);
	return code ? code : closed;
}

static int import(const struct verb_options *o, struct repository *r)
{
	const char *path = o->common.operands.items[1];
	struct import import = {.format = o->format ? o->format : "assertions",
				.source = path,
				.endpoint = o->endpoint,
				.time_ns = time_now()};
	struct component_options fabric = connection_component(&o->connection, NULL);
	struct buffer data = {0};
	struct imported done = {0};
	struct error error = {""}, why = {""};
	(void)r;
	int code = o->at && moment_parse(o->at, time_now(), &import.time_ns) != 0
			   ? error_set(&error, ERROR_USAGE,
				       "--at: '%s' is no time like 2026-11-20T12:00:00Z or 2h (ago)", o->at)
			   : read_file(path, &data, &error);
	if (!code) {
		code = with_fabric(o) ? import_fabric(&fabric, &import, &data, &done, &why)
				      : import_here(o->repository, &import, &data, &done, &why);
		if (code)
			error_set(&error, code, "%s: %s", path, why.text);
	}
	buffer_fini(&data);
	return code ? told(&error, code) : count(&done, path);
}

static bool print_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	return fwrite(line, 1, len, stdout) == len && putchar('\n') != EOF;
}

/* Pages until there is no more, unless a limit was given. */
static int ask(const struct option_texts *words, const char *cursor, struct repository *r, struct query_page *page,
	       struct error *error)
{
	struct query *q;
	int code = query_new(words->items[1], time_now(), &q, error);
	if (code)
		return code;
	for (uint32_t i = 2; i < words->count && !code; i++) {
		char name[64];
		if (*cursor && strncmp(words->items[i], "cursor=", 7) == 0)
			continue; /* it was of the first page */
		const char *equal = strchr(words->items[i], '=');
		if (!equal || (size_t)(equal - words->items[i]) >= sizeof name)
			code = error_set(error, ERROR_USAGE, "'%s': give MEMBER=VALUE", words->items[i]);
		else {
			snprintf(name, sizeof name, "%.*s", (int)(equal - words->items[i]), words->items[i]);
			code = query_set(q, name, equal + 1, error);
		}
	}
	if (!code && *cursor)
		code = query_set(q, "cursor", cursor, error);
	if (!code)
		code = query_check(q, error);
	if (!code)
		code = query_run(q, r, print_line, NULL, page, error);
	query_free(q);
	return code;
}

static int query(const struct verb_options *o, struct repository *r)
{
	struct query_page page = {.cursor = ""};
	struct error error = {""};
	bool limited = false;
	int code;
	for (uint32_t i = 2; i < o->common.operands.count; i++)
		limited |= strncmp(o->common.operands.items[i], "limit=", 6) == 0;
	do {
		char cursor[QUERY_CURSOR];
		memcpy(cursor, page.cursor, sizeof cursor);
		code = ask(&o->common.operands, cursor, r, &page, &error);
	} while (!code && *page.cursor && !limited && !ferror(stdout));
	if (!code && *page.cursor)
		fprintf(stderr, "there is more: cursor=%s\n", page.cursor);
	return told(&error, code);
}

/* "event=30" or "365": days, by kind or for all kinds that have no days of their own. */
static int retain(const char *text, uint64_t now_ns, struct retention *retention, bool own[64], struct error *error)
{
	const char *equal = strchr(text, '='), *number = equal ? equal + 1 : text;
	char *end;
	double days = strtod(number, &end);
	if (end == number || *end || !(days >= 0 && days < 100000))
		return error_set(error, ERROR_USAGE, "--retain %s: give days, like 365 or event=30", text);
	uint64_t ago_ns = (uint64_t)(days * 86400.0) * NS_PER_SECOND, before_ns = now_ns > ago_ns ? now_ns - ago_ns : 1;
	bool found = !equal;
	for (unsigned bit = 0; stored_kind_name(bit); bit++) {
		const char *name = stored_kind_name(bit);
		bool named = equal && strlen(name) == (size_t)(equal - text) && memcmp(name, text, strlen(name)) == 0;
		found |= named;
		if (named || (!equal && !own[bit]))
			retention->before_ns[bit] = before_ns;
		own[bit] |= named;
	}
	return found ? 0
		     : error_set(error, ERROR_USAGE,
				 "--retain %s: no such kind; give one like softwareInstance, event, other", text);
}

static int prune(const struct verb_options *o, struct repository *r)
{
	struct retention retention = {{0}};
	struct pruned gone;
	struct error error = {""};
	bool own[64] = {false};
	uint64_t now_ns = time_now();
	int code =
		o->retain.count ? 0 : error_set(&error, ERROR_USAGE, "prune wants --retain DAYS or --retain NAME=DAYS");
	for (uint32_t i = 0; i < o->retain.count && !code; i++)
		code = retain(o->retain.items[i], now_ns, &retention, own, &error);
	if (!code)
		code = repository_prune(r, &retention, &gone, &error);
	if (code)
		return told(&error, code);
	printf("%" PRIu64 " assertions, %" PRIu64 " claims, %" PRIu64 " endpoints forgotten\n", gone.assertions,
	       gone.claims, gone.endpoints);
	return 0;
}

static volatile sig_atomic_t stopped, reloading;

static void stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static void reload(int signal_number)
{
	(void)signal_number;
	reloading = 1;
}

/* Before there is another thread, so that they come to this one, and only while it waits. */
static void hold_signals(sigset_t *before)
{
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, before);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGHUP, reload);
}

/* Until it is ended; `before` lets the signals through that are blocked otherwise. */
static void wait_for_signals(struct repository_http *server, const sigset_t *before)
{
	struct error error;
	while (!stopped) {
		sigsuspend(before);
		if (reloading && repository_http_reload(server, &error) != 0)
			fprintf(stderr, "onlooker repository: %s; the tokens it had stay\n", error.text);
		reloading = 0;
	}
}

static int http(const struct verb_options *o, struct repository *r)
{
	struct repository_http_settings settings = {o->repository, o->common.operands.items[1], o->tokens};
	struct repository_http *server;
	struct error error = {""};
	sigset_t before;
	(void)r; /* it can be read: the server opens its own */
	hold_signals(&before);
	int code = repository_http_start(&settings, &server, &error);
	if (code)
		return told(&error, code);
	fprintf(stderr, "onlooker repository: answers on port %u\n", repository_http_port(server));
	wait_for_signals(server, &before);
	repository_http_stop(server);
	return 0;
}

static int reinfer_verb(const struct verb_options *o, struct repository *r)
{
	struct error error = {""};
	struct component_options fabric = connection_component(&o->connection, "onlooker repository");
	struct reinfer_options reinfer = {.url = o->repository,
					  .signatures = &o->signatures,
					  .json = o->json,
					  .publish = o->publish,
					  .site = o->connection.site,
					  .wait = (uint32_t)o->wait,
					  .fabric = r ? NULL : &fabric};
	if (o->publish && strncmp(o->publish, "bind:", 5) != 0)
		return told(&error, error_set(&error, ERROR_USAGE,
					      "--publish %s: give bind:URL here; to a fabric it goes with --fabric URL",
					      o->publish));
	if (o->wait && !o->publish)
		return told(&error, error_set(&error, ERROR_USAGE, "--wait goes with --publish"));
	return reinfer_run(&reinfer, r);
}

static int upgrade(const struct verb_options *o, struct repository *r)
{
	(void)o;
	(void)r; /* it was, when it was opened */
	puts("up to date");
	return 0;
}

enum opened { OPENED_READ, OPENED_WRITE, OPENED_ITSELF };

static const struct verb {
	const char *name;
	uint32_t least, most; /* words */
	enum opened opened;
	int (*run)(const struct verb_options *o, struct repository *r);
	const char *wants;
} verbs[] = {
	{"import", 2, 2, OPENED_ITSELF, import, "one FILE, or '-'"},
	{"query", 2, 64, OPENED_READ, query, "the NAME of a question; see docs/repository.md"},
	{"http", 2, 2, OPENED_READ, http, "where to listen, like 127.0.0.1:5580"},
	{"reinfer", 1, 1, OPENED_WRITE, reinfer_verb, "nothing more; see --signatures"},
	{"prune", 1, 1, OPENED_WRITE, prune, "nothing more"},
	{"upgrade", 1, 1, OPENED_WRITE, upgrade, "nothing more"},
};

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

bool repository_is_verb(const char *name)
{
	return find(name);
}

/* One that is there: it is made by what has something to store. */
static int open_it(const char *url, enum opened how, struct repository **out, struct error *error)
{
	int code = repository_open(url, REPOSITORY_READ, out, error);
	if (how == OPENED_READ || (code && !strstr(error->text, "older Onlooker")))
		return code;
	repository_close(*out, NULL);
	*out = NULL;
	return repository_open(url, REPOSITORY_WRITE, out, error);
}

static int check(const struct verb *verb, const struct verb_options *o, struct error *error)
{
	const struct option_texts *words = &o->common.operands;
	if (!verb)
		return error_set(error, ERROR_USAGE,
				 "what is to be done? give import, query, http, reinfer, prune or upgrade");
	if (words->count < verb->least || words->count > verb->most)
		return error_set(error, ERROR_USAGE, "%s wants %s", verb->name, verb->wants);
	if (with_fabric(o) && verb->run != import && verb->run != reinfer_verb)
		return error_set(error, ERROR_USAGE, "--fabric and --key go with import and reinfer");
	if ((o->signatures.count || o->json || o->publish || o->wait) && verb->run != reinfer_verb)
		return error_set(error, ERROR_USAGE, "--signatures, --json, --publish and --wait go with reinfer");
	return 0;
}

static int run(const struct verb_options *o)
{
	const struct option_texts *words = &o->common.operands;
	const struct verb *verb = words->count ? find(words->items[0]) : NULL;
	struct repository *r = NULL;
	struct error error = {""};
	int code = check(verb, o, &error);
	if (code || !verb)
		return told(&error, code);
	if (with_fabric(o) || verb->opened == OPENED_ITSELF)
		return verb->run(o, NULL);
	code = open_it(o->repository, verb->opened, &r, &error);
	if (code)
		return told(&error, code);
	int status = verb->run(o, r);
	code = repository_close(r, &error);
	return code ? told(&error, code) : status;
}

int repository_verb(int argc, char **argv)
{
	struct verb_options o = {.repository = "sqlite:onlooker.db"};
	int status = options_start(&repository_verbs_option_set, argc, argv, &o, &o.common);
	if (status < 0)
		status = run(&o);
	options_fini(&repository_verbs_option_set, &o, &o.common);
	return status;
}
