#include "cli/cmd_watch.h"

#include "cli/connection.h"
#include "cli/option_sets.h"
#include "cli/table.h"
#include "cli/watch_fabric.h"
#include "export/zmq.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>

#define MOST_STREAMS 256

struct watch_options {
	const char *url, *topic;
	struct connection connection; /* with a fabric; its site in either case */
	uint64_t count;
	bool json, snapshot;
	struct options common;
};

#define AT(member) offsetof(struct watch_options, member)

static const struct option_row rows[] = {
	{0, "json", OPTION_FLAG, NULL, "the assertions as they come, JSON Lines", AT(json), 0, 0},
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
		"listens (URL: tcp://HOST:PORT or ipc://PATH; bind:tcp://… waits for publishers to connect).",
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
	bool failed;   /* standard output */
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

static void add_text(struct buffer *b, const char *before, const json_t *text)
{
	if (!json_is_string(text))
		return;
	buffer_text(b, before);
	table_escape(b, json_string_value(text));
}

/* "nginx 1.22.1 (server)" of an attribute's value: its texts, without their names. */
static void add_value(struct buffer *b, const json_t *value)
{
	const char *key;
	json_t *member;
	add_text(b, " ", value);
	json_object_foreach((json_t *)value, key, member)
	{
		add_text(b, " ", member);
		if (json_is_integer(member))
			buffer_format(b, " %lld", (long long)json_integer_value(member));
	}
}

/* "2026-… 02000000 10.0.0.5  softwareInstance nginx …  90 %" */
static void print_readable(struct watch *w, const char *line, size_t len)
{
	struct buffer b = {0};
	json_t *a = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *endpoint = json_object_get(a, "endpoint");
	const json_t *names = json_object_get(endpoint, "designation"), *attributes = json_object_get(a, "attributes");
	const char *id = json_string_value(json_object_get(endpoint, "endpointIdentifier"));
	add_text(&b, "", json_object_get(json_object_get(a, "interval"), "end"));
	buffer_format(&b, " %.8s", id ? id : "-");
	for (size_t i = 0; i < json_array_size(names); i++)
		add_text(&b, " ", json_object_get(json_array_get(names, i), "value"));
	for (size_t i = 0; i < json_array_size(attributes); i++) {
		const json_t *t = json_array_get(attributes, i);
		add_text(&b, "  ", json_object_get(t, "name"));
		add_value(&b, json_object_get(t, "value"));
		buffer_format(&b, "  %lld %%", (long long)json_integer_value(json_object_get(t, "confidence")));
	}
	buffer_char(&b, '\n');
	if (a && !b.failed)
		w->failed = fwrite(b.data, 1, b.len, stdout) != b.len;
	json_decref(a);
	buffer_fini(&b);
}

/* "2026-… 02000000 web.lab.test 10.0.0.5  nginx 1.22.1": an endpoint of a snapshot. */
static void print_endpoint(struct watch *w, const char *line, size_t len)
{
	struct buffer b = {0};
	json_t *e = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *item;
	size_t i;
	const char *id = json_string_value(json_object_get(e, "endpointIdentifier"));
	add_text(&b, "", json_object_get(e, "lastSeen"));
	buffer_format(&b, " %.8s", id ? id : "-");
	json_array_foreach(json_object_get(e, "designation"), i, item)
		add_text(&b, " ", json_object_get(item, "value"));
	json_array_foreach(json_object_get(e, "software"), i, item)
	{
		const json_t *value = json_object_get(item, "value") ? json_object_get(item, "value") : item;
		add_text(&b, "  ", json_object_get(value, "softwareTitle"));
		add_text(&b, " ", json_object_get(value, "softwareVersion"));
	}
	buffer_char(&b, '\n');
	if (e && !b.failed)
		w->failed = fwrite(b.data, 1, b.len, stdout) != b.len;
	json_decref(e);
	buffer_fini(&b);
}

static bool enough(const struct watch *w)
{
	return w->failed || (w->options->count && w->seen >= w->options->count);
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
			(w->standing ? print_endpoint : print_readable)(w, p, len);
		w->seen++;
		p += len + 1;
	}
	w->failed |= fflush(stdout) != 0;
}

static int follow(struct watch *w, struct zmq_subscriber *s, struct error *error)
{
	int code = 0;
	while (!stopped && !enough(w) && code >= 0) {
		struct zmq_broadcast b;
		code = zmq_subscriber_next(s, 500, &b, error);
		if (code > 0) {
			json_t *header = json_loads(b.header, 0, NULL);
			read_header(w, b.topic, header);
			json_decref(header);
			print_payload(w, b.payload, b.payload_len);
		}
	}
	if (w->failed)
		return error_set(error, ERROR_FAILED, "standard output cannot be written; look at where it goes");
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

static void take_header(void *arg, const char *topic, const json_t *header)
{
	read_header(arg, topic, header);
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
					 .snapshot = o->snapshot,
					 .lines = take_lines,
					 .header = take_header,
					 .over = over,
					 .arg = w};
	int code = watch_fabric(&f, &missed, error);
	if (missed > w->missed)
		w->missed = missed;
	if (w->failed)
		return error_set(error, ERROR_FAILED, "standard output cannot be written; look at where it goes");
	return code;
}

static int follow_url(struct watch *w, const struct watch_options *o, struct error *error)
{
	struct zmq_subscriber *s = NULL;
	char topic[160] = "/notification/collection/observation/json/";
	if (o->connection.site)
		snprintf(topic + strlen(topic), 100, "%.64s/", o->connection.site);
	int code = zmq_subscriber_open(o->url, topic, &s, error);
	if (!code)
		code = follow(w, s, error);
	zmq_subscriber_close(s);
	return code;
}

static int watch(const struct watch_options *o, struct error *error)
{
	struct watch w = {.options = o, .streams = calloc(MOST_STREAMS, sizeof(struct stream))};
	int code = !w.streams ? error_set(error, ERROR_FAILED, "no memory")
		   : o->url   ? follow_url(&w, o, error)
			      : follow_fabric(&w, o, error);
	free(w.streams);
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
	o->url = words->count ? words->items[0] : NULL;
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
