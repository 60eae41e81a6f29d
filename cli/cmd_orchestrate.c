#include "cli/cmd_orchestrate.h"

#include "cli/ask.h"
#include "cli/ask_repositories.h"
#include "cli/connection.h"
#include "cli/option_sets.h"
#include "cli/table.h"
#include "core/time.h"
#include "domain/collection.h"

#include <stdlib.h>
#include <string.h>

struct orchestrate_cli {
	struct connection connection;
	struct option_texts attributes, endpoints, networks, collectors;
	const char *filter, *topic, *start, *end;
	uint64_t seconds, snapshot;
	bool immediate, final, json;
	struct options common;
};

#define AT(member) offsetof(struct orchestrate_cli, member)

static const struct option_row rows[] = {
	CONNECTION_ROWS(AT(connection)),
	{0, "attribute", OPTION_TEXTS, "NAME", "start, watch: what to send, any number (default: all)", AT(attributes),
	 0, 0},
	{0, "endpoint", OPTION_TEXTS, "ID", "start, watch: of whom: address, MAC address, identifier; any number",
	 AT(endpoints), 0, 0},
	{0, "network", OPTION_TEXTS, "CIDR", "start, watch: of which networks, any number", AT(networks), 0, 0},
	{0, "where", OPTION_TEXT, "FILTER", "start: an expression, as in 'softwareTitle = \"nginx\" and port = 80'",
	 AT(filter), 0, 0},
	{0, "begin", OPTION_TEXT, "TIME", "start, watch: not before", AT(start), 0, 0},
	{0, "end", OPTION_TEXT, "TIME", "start, watch: until then", AT(end), 0, 0},
	{0, "seconds", OPTION_NUMBER, "N", "start, watch: for so long (default: until cancelled)", AT(seconds), 1,
	 315360000},
	{0, "snapshot", OPTION_NUMBER, "SECONDS", "start: all that stands, so often", AT(snapshot), 1, 315360000},
	{0, "immediate", OPTION_FLAG, NULL, "start: a snapshot at once", AT(immediate), 0, 0},
	{0, "final", OPTION_FLAG, NULL, "start, cancel: a last snapshot", AT(final), 0, 0},
	{0, "topic", OPTION_TEXT, "TOPIC",
	 "start, watch: where to, /notification/collection/…/ or /notification/repository/watch/…/", AT(topic), 0, 0},
	{0, "collector", OPTION_TEXTS, "URN", "start: which collectors, any number (default: all)", AT(collectors), 0,
	 0},
	{0, "json", OPTION_FLAG, NULL, "list, watches: as JSON", AT(json), 0, 0},
	{0},
};

const struct option_set orchestrate_option_set = {
	.command = "onlooker orchestrate",
	.section = "orchestrate",
	.rows = rows,
	.operands = "start ID | cancel ID | list | watch ID | unwatch ID | watches",
	.about = "Observational collections: tells collectors what to send, to which topic, for how long. Watches: "
		 "tells\n"
		 "repositories whose attributes to tell of when they change, with the value before and after.",
};

static void add_texts(json_t *o, const char *name, const struct option_texts *texts)
{
	if (!texts->count)
		return;
	json_t *list = json_array();
	for (uint32_t i = 0; i < texts->count; i++)
		json_array_append_new(list, json_string(texts->items[i]));
	json_object_set_new(o, name, list);
}

static void add_text(json_t *o, const char *name, const char *text)
{
	if (text)
		json_object_set_new(o, name, json_string(text));
}

static void add_period(json_t *o, const struct orchestrate_cli *c)
{
	json_t *period = json_object();
	add_text(period, "start", c->start);
	add_text(period, "end", c->end);
	if (c->seconds)
		json_object_set_new(period, "seconds", json_integer((json_int_t)c->seconds));
	if (json_object_size(period))
		json_object_set(o, "period", period);
	json_decref(period);
}

static json_t *instructions(const struct orchestrate_cli *c, const char *identifier, const char *id)
{
	json_t *o = json_pack("{s:s}", identifier, id);
	if (c->attributes.count)
		add_texts(o, "attributes", &c->attributes);
	else
		json_object_set_new(o, "attributes", json_pack("[s]", "*"));
	add_texts(o, "endpoints", &c->endpoints);
	add_texts(o, "networks", &c->networks);
	add_texts(o, "collectors", &c->collectors);
	add_text(o, "filter", c->filter);
	add_text(o, "response-topic", c->topic);
	add_period(o, c);
	if (!c->snapshot && !c->immediate && !c->final)
		return o;
	json_t *snapshot = json_pack("{s:b, s:b}", "immediate", c->immediate, "final", c->final);
	if (c->snapshot)
		json_object_set_new(snapshot, "periodSeconds", json_integer((json_int_t)c->snapshot));
	json_object_set_new(o, "snapshot", snapshot);
	return o;
}

static void print_collectors(const json_t *answer)
{
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(answer, "collectors"), i, c)
	{
		const char *message = json_string_value(json_object_get(c, "message"));
		printf("%s  %s%s%s\n", json_string_value(json_object_get(c, "component")),
		       json_string_value(json_object_get(c, "status")), message && *message ? ": " : "",
		       message ? message : "");
	}
}

/* The members of instructions, and the words on the command line that made them. */
static const struct {
	const char *member, *option;
} made_by[] = {
	{"collection-identifier", "ID"},
	{"watch-identifier", "ID"},
	{"attributes", "--attribute"},
	{"endpoints", "--endpoint"},
	{"networks", "--network"},
	{"filter", "--where"},
	{"period", "--begin, --end, --seconds"},
	{"snapshot", "--snapshot"},
	{"response-topic", "--topic"},
	{"collectors", "--collector"},
};

/* Checked as the orchestrator will: what is wrong is told before anything is sent, by the option's name. */
static int check(const json_t *payload, bool watch, struct error *error)
{
	struct collection *collection = NULL;
	struct error why = {""};
	if ((watch ? collection_read_watch : collection_read)(payload, time_now(), &collection, &why) == REFUSED_NOT) {
		collection_free(collection);
		return 0;
	}
	for (size_t i = 0; i < sizeof made_by / sizeof *made_by; i++) {
		size_t n = strlen(made_by[i].member);
		if (why.text[0] == '`' && strncmp(why.text + 1, made_by[i].member, n) == 0 && why.text[n + 1] == '`')
			return error_set(error, ERROR_USAGE, "%s%s", made_by[i].option, why.text + n + 2);
	}
	return error_set(error, ERROR_USAGE, "%s", why.text);
}

static int order(const struct orchestrate_cli *c, const char *verb, const char *id, struct error *error)
{
	struct component_options connection = connection_component(&c->connection, NULL);
	json_t *answer = NULL, *payload;
	char operation[32];
	int code = 0;
	if (strcmp(verb, "start") == 0) {
		payload = instructions(c, "collection-identifier", id);
		code = check(payload, false, error);
	} else {
		payload = json_pack("{s:s, s:b}", "collection-identifier", id, "final", c->final);
		if (!collection_id_valid(id))
			code = error_set(error, ERROR_USAGE, "ID must be 1 to 64 of A-Z a-z 0-9 . _ : -");
	}
	if (code) {
		json_decref(payload);
		return code;
	}
	snprintf(operation, sizeof operation, "collection.%s", verb);
	code = ask(&connection, operation, "service:orchestrator", payload, &answer, error);
	print_collectors(answer);
	if (!code && strcmp(verb, "start") == 0 && !json_array_size(json_object_get(answer, "collectors")))
		printf("%s is kept; no collector is there yet, those that register are told\n", id);
	json_decref(answer);
	return code;
}

static void add_row(struct table *t, const json_t *c)
{
	const json_t *i = json_object_get(c, "instructions");
	char *filter = json_dumps(json_object_get(i, "filter"), JSON_ENCODE_ANY);
	size_t k;
	json_t *name;
	table_cell(t, json_string_value(json_object_get(c, "collection-identifier")));
	table_cell(t, json_string_value(json_object_get(c, "state")));
	json_array_foreach(json_object_get(i, "attributes"), k, name) table_item(t, json_string_value(name));
	table_end(t, 0);
	table_cell(t, filter ? filter : "");
	size_t good = 0, n = json_array_size(json_object_get(c, "collectors"));
	for (k = 0; k < n; k++) {
		const char *status = json_string_value(
			json_object_get(json_array_get(json_object_get(c, "collectors"), k), "status"));
		good += status && strcmp(status, "success") == 0;
	}
	char count[48];
	snprintf(count, sizeof count, "%zu of %zu", good, n);
	table_cell(t, count);
	free(filter);
}

static int list(const struct orchestrate_cli *c, struct error *error)
{
	static const char *const heads[] = {"COLLECTION", "STATE", "ATTRIBUTES", "FILTER", "COLLECTORS"};
	struct component_options connection = connection_component(&c->connection, NULL);
	json_t *answer = NULL, *item;
	struct table t;
	size_t i;
	int code = ask(&connection, "collection.list", "service:orchestrator", NULL, &answer, error);
	if (!code && c->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!code) {
		table_init(&t, heads, 5);
		json_array_foreach(json_object_get(answer, "collections"), i, item) add_row(&t, item);
		table_print(&t, NULL, stdout, table_width(stdout));
		table_fini(&t);
	}
	json_decref(answer);
	return code;
}

/* Of every repository: each keeps its own list. */
static int order_watch(const struct orchestrate_cli *c, const char *verb, const char *id, struct error *error)
{
	struct component_options connection = connection_component(&c->connection, NULL);
	json_t *payload = NULL;
	int code = 0;
	if (strcmp(verb, "watch") == 0) {
		payload = instructions(c, "watch-identifier", id);
		code = check(payload, true, error);
	} else if (id) {
		payload = json_pack("{s:s}", "watch-identifier", id);
	}
	if (!code)
		code = ask_repositories(&connection,
					strcmp(verb, "watch") == 0     ? "watch.start"
					: strcmp(verb, "unwatch") == 0 ? "watch.cancel"
								       : "watch.list",
					payload, c->json, error);
	json_decref(payload);
	return code;
}

/* The first option that says what to collect; NULL: there is none. */
static const char *of_start(const struct orchestrate_cli *c)
{
	return c->attributes.count   ? "--attribute"
	       : c->endpoints.count  ? "--endpoint"
	       : c->networks.count   ? "--network"
	       : c->collectors.count ? "--collector"
	       : c->filter           ? "--where"
	       : c->topic            ? "--topic"
	       : c->start            ? "--begin"
	       : c->end              ? "--end"
	       : c->seconds          ? "--seconds"
	       : c->snapshot         ? "--snapshot"
	       : c->immediate        ? "--immediate"
				     : NULL;
}

static int list_all(const struct orchestrate_cli *c, const char *verb, const char *id, struct error *error)
{
	(void)verb;
	(void)id;
	return list(c, error);
}

static const struct {
	const char *verb;
	bool named, starts;
	int (*fn)(const struct orchestrate_cli *c, const char *verb, const char *id, struct error *error);
} verbs[] = {
	{"start", true, true, order},          {"cancel", true, false, order},
	{"list", false, false, list_all},      {"watch", true, true, order_watch},
	{"unwatch", true, false, order_watch}, {"watches", false, false, order_watch},
};

static int run(const struct orchestrate_cli *c, struct error *error)
{
	const struct option_texts *words = &c->common.operands;
	for (size_t i = 0; words->count && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].verb, words->items[0]) != 0)
			continue;
		if (words->count != 1u + verbs[i].named)
			return error_set(error, ERROR_USAGE, "%s %s", verbs[i].verb,
					 verbs[i].named ? "wants one ID" : "takes no ID");
		if (!verbs[i].starts && of_start(c))
			return error_set(error, ERROR_USAGE, "%s goes with start ID and watch ID", of_start(c));
		return verbs[i].fn(c, verbs[i].verb, verbs[i].named ? words->items[1] : NULL, error);
	}
	return error_set(
		error, ERROR_USAGE,
		"say start ID, cancel ID, list, watch ID, unwatch ID or watches; see onlooker orchestrate --help");
}

int cmd_orchestrate(int argc, char **argv)
{
	struct orchestrate_cli o = {0};
	struct error error = {""};
	int status = options_start(&orchestrate_option_set, argc, argv, &o, &o.common);
	if (status < 0) {
		int code = run(&o, &error);
		if (code)
			fprintf(stderr, "onlooker orchestrate: %s\n", error.text);
		status = -code;
	}
	options_fini(&orchestrate_option_set, &o, &o.common);
	return status;
}
