#include "cli/cmd_watch.h"

#include "cli/connection.h"
#include "cli/option_sets.h"
#include "cli/watch_fabric.h"
#include "cli/watch_print.h"
#include "export/zmq.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STREAMS 256

struct watch_options {
	const char *url, *topic, *ipfix;
	struct connection connection; /* with a fabric; its site in either case */
	uint64_t count;
	bool json, snapshot;
	struct options common;
};

#define AT(member) offsetof(struct watch_options, member)

static const struct option_row rows[] = {
	{0, "json", OPTION_FLAG, NULL, "the assertions as they come, JSON Lines", AT(json), 0, 0},
	{0, "ipfix", OPTION_TEXT, "FILE", "what is published as IPFIX, its messages into a file (- standard output)",
	 AT(ipfix), 0, 0},
	{0, "count", OPTION_NUMBER, "N", "end after N assertions", AT(count), 1, UINT64_MAX},
	{0, "site", OPTION_TEXT, "NAME", "of this site only", AT(connection.site), 0, 0},
	CONNECTION_ROWS(AT(connection)),
	{0, "snapshot", OPTION_FLAG, NULL, "of a fabric: first all that stands, then every change", AT(snapshot), 0, 0},
	{0, "topic", OPTION_TEXT, "TOPIC", "of a fabric: what the topics begin with", AT(topic), 0, 0},
	{0},
};

const struct option_set watch_option_set = {
	.command = "onlooker watch",
	.section = "watch",
	.rows = rows,
	.operands = "[URL]",
	.about =
		"Follows assertions live: from a fabric (--fabric), or from where `onlooker observe --publish bind:…`\n"
		"listens (URL: tcp://HOST:PORT or ipc://PATH).",
};

/* One publisher's sequence. */
struct stream {
	char name[200]; /* component, boot and topic */
	uint64_t sequence;
};

struct watch {
	const struct watch_options *options;
	uint64_t seen, missed;
	struct stream *streams;
	uint32_t n_streams;
	bool standing; /* lines are endpoints of a snapshot, not assertions */
	FILE *ipfix;   /* keeps payloads of IPFIX; NULL: they are named only */
	bool failed;   /* standard output, or that file */
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

/* Messages that should have come between the last of this stream and this one. */
static void count_missed(struct watch *w, const char *name, uint64_t sequence)
{
	uint32_t i = 0;
	while (i < w->n_streams && strcmp(w->streams[i].name, name) != 0)
		i++;
	if (i == MOST_STREAMS || !w->streams)
		return;
	if (i < w->n_streams && sequence > w->streams[i].sequence + 1) {
		uint64_t gap = sequence - w->streams[i].sequence - 1;
		w->missed += gap;
		fprintf(stderr, "onlooker watch: %" PRIu64 " message%s missed before sequence %" PRIu64 "\n", gap,
			gap == 1 ? "" : "s", sequence);
	}
	snprintf(w->streams[i].name, sizeof w->streams[i].name, "%s", name);
	w->streams[i].sequence = sequence;
	w->n_streams += i == w->n_streams;
}

static void read_header(struct watch *w, const char *topic, const json_t *header)
{
	const char *component = json_string_value(json_object_get(header, "component"));
	const char *boot = json_string_value(json_object_get(header, "boot"));
	const json_t *sequence = json_object_get(header, "sequence");
	char name[200];
	snprintf(name, sizeof name, "%.45s %.36s %.110s", component ? component : "", boot ? boot : "", topic);
	if (json_is_integer(sequence) && json_integer_value(sequence) > 0)
		count_missed(w, name, (uint64_t)json_integer_value(sequence));
}

static bool enough(const struct watch *w)
{
	return w->failed || (w->options->count && w->seen >= w->options->count);
}

/* IPFIX messages are for programs that read them: kept whole, or named. */
static void take_ipfix(struct watch *w, const json_t *header, const char *payload, size_t len)
{
	if (w->ipfix && (fwrite(payload, 1, len, w->ipfix) != len || fflush(w->ipfix) != 0))
		w->failed = true;
	else if (!w->ipfix)
		w->failed = !watch_print_ipfix(header, len) || fflush(stdout) != 0;
	w->seen += (uint64_t)json_integer_value(json_object_get(header, "count"));
}

static bool is_ipfix(const json_t *header)
{
	const char *type = json_string_value(json_object_get(header, "contentType"));
	return type && strcmp(type, "application/ipfix") == 0;
}

static void print_payload(struct watch *w, const char *payload, size_t payload_len)
{
	const char *p = payload, *end = payload + payload_len;
	while (p < end && !enough(w)) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((lf ? lf : end) - p);
		if (w->options->json)
			w->failed = fwrite(p, 1, len, stdout) != len || putchar('\n') == EOF;
		else
			w->failed = !(w->standing ? watch_print_endpoint : watch_print_line)(p, len);
		w->seen++;
		p += len + 1;
	}
	w->failed |= fflush(stdout) != 0;
}

static void take_broadcast(struct watch *w, const char *topic, const json_t *header, const char *payload, size_t len)
{
	read_header(w, topic, header);
	if (is_ipfix(header))
		take_ipfix(w, header, payload, len);
	else
		print_payload(w, payload, len);
}

static int follow(struct watch *w, struct zmq_subscriber *s, struct error *error)
{
	int code = 0;
	while (!stopped && !enough(w) && code >= 0) {
		struct zmq_broadcast b;
		code = zmq_subscriber_next(s, 500, &b, error);
		if (code > 0) {
			json_t *header = json_loads(b.header, 0, NULL);
			take_broadcast(w, b.topic, header, b.payload, b.payload_len);
			json_decref(header);
		}
	}
	return code < 0 ? code : 0;
}

/* ---- of a fabric ---- */

static bool take_lines(void *arg, const char *lines, size_t len, bool endpoints)
{
	struct watch *w = arg;
	w->standing = endpoints;
	print_payload(w, lines, len);
	return !enough(w);
}

static bool take_of_fabric(void *arg, const struct component_broadcast *b)
{
	take_broadcast(arg, b->topic, b->header, b->payload, b->len);
	return !enough(arg);
}

static bool over(void *arg)
{
	return stopped || enough(arg);
}

static int follow_fabric(struct watch *w, const struct watch_options *o, struct error *error)
{
	uint64_t missed = 0;
	struct watch_fabric_options f = {.connection = connection_component(&o->connection, "onlooker watch"),
					 .topic = o->topic,
					 .form = o->ipfix ? "ipfix" : "json",
					 .snapshot = o->snapshot,
					 .lines = take_lines,
					 .broadcast = take_of_fabric,
					 .over = over,
					 .arg = w};
	int code = watch_fabric(&f, &missed, error);
	if (missed > w->missed)
		w->missed = missed;
	return code;
}

static int follow_url(struct watch *w, const struct watch_options *o, struct error *error)
{
	struct zmq_subscriber *s = NULL;
	char topic[160];
	snprintf(topic, sizeof topic, "/notification/collection/observation/%s/", o->ipfix ? "ipfix" : "json");
	if (o->connection.site)
		snprintf(topic + strlen(topic), 100, "%.64s/", o->connection.site);
	int code = zmq_subscriber_open(o->url, topic, &s, error);
	if (!code)
		code = follow(w, s, error);
	zmq_subscriber_close(s);
	return code;
}

static int open_ipfix(struct watch *w, const char *path, struct error *error)
{
	if (!path)
		return 0;
	w->ipfix = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	return w->ipfix ? 0
			: error_set(error, ERROR_USAGE, "--ipfix: %s: %s; name a file that can be written", path,
				    strerror(errno));
}

static int close_ipfix(struct watch *w, struct error *error)
{
	if (!w->ipfix || w->ipfix == stdout)
		return 0;
	bool failed = ferror(w->ipfix);
	failed |= fclose(w->ipfix) != 0;
	return failed ? error_set(error, ERROR_FAILED, "--ipfix: %s: cannot be written; look at where it goes",
				  w->options->ipfix)
		      : 0;
}

static int watch(const struct watch_options *o, struct error *error)
{
	struct watch w = {.options = o, .streams = calloc(MOST_STREAMS, sizeof(struct stream))};
	int code = w.streams ? open_ipfix(&w, o->ipfix, error) : error_set(error, ERROR_FAILED, "no memory");
	if (!code)
		code = o->url ? follow_url(&w, o, error) : follow_fabric(&w, o, error);
	free(w.streams);
	int closed = close_ipfix(&w, code ? NULL : error);
	code = code ? code : closed;
	if (!code && w.missed)
		code = error_set(error, ERROR_DAMAGED, "%" PRIu64 " messages were missed; %s", w.missed,
				 o->url ? "subscribe before they are sent" : "--snapshot makes up for them");
	return code;
}

/* Either a URL or a fabric. */
static int name_source(struct watch_options *o, struct error *error)
{
	const struct option_texts *words = &o->common.operands;
	bool fabric = o->connection.fabric || o->connection.key || o->snapshot || o->topic;
	if (words->count > 1 || (words->count && fabric) || (!words->count && !fabric))
		return error_set(error, ERROR_USAGE,
				 "name one URL, like tcp://localhost:5570, or a fabric with --fabric");
	if (o->ipfix && (o->snapshot || o->json))
		return error_set(error, ERROR_USAGE, "--ipfix: %s is JSON; leave one out",
				 o->snapshot ? "--snapshot" : "--json");
	o->url = words->count ? words->items[0] : NULL;
	if (o->url && strncmp(o->url, "bind:", 5) == 0) /* --publish without bind: is to a fabric */
		return error_set(error, ERROR_USAGE,
				 "%s: nobody would connect here; let it be observe --publish %s and watch %s", o->url,
				 o->url, o->url + 5);
	return 0;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_options o = {0};
	struct error error = {""};
	int status = options_start(&watch_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		struct sigaction action = {.sa_handler = stop}; /* no SA_RESTART: waiting ends */
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
		signal(SIGPIPE, SIG_IGN);
		int code = name_source(&o, &error);
		if (!code)
			code = watch(&o, &error);
		if (code)
			fprintf(stderr, "onlooker watch: %s\n", error.text);
		status = -code;
	}
	options_fini(&watch_option_set, &o, &o.common);
	return status;
}
