/* A capture through the whole program: source, decoding, meter, inspection, reporter, registry and publisher into a
 * sink that checks what it is given. Every line must be JSON with the members the contract demands, what is opened
 * must be closed, and the counters must come out. */
#include "cli/collector.h"
#include "tests/fuzz/check_line.h"
#include "tests/fuzz/memory_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
	struct sink sink;
	struct buffer line;
	const struct provenance *provenance;
	json_t *open; /* what stands: endpoint, name and value → true */
};

static void provenance(struct sink *s, const struct provenance *p)
{
	struct check *c = (struct check *)s;
	c->provenance = p;
	buffer_clear(&c->line);
	json_provenance(&c->line, p);
	json_decref(check_line(c->line.data, c->line.len));
}

/* The address a statement is about: what else designates is told with one statement and not with the other. */
static json_t *address_of(const json_t *endpoint)
{
	json_t *held = json_array();
	const json_t *all = json_object_get(endpoint, "designation");
	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *d = json_array_get(all, i);
		const char *name = json_string_value(json_object_get(d, "name"));
		if (name && (!strcmp(name, "macAddress") || !strncmp(name, "ipv", 3)))
			json_array_append(held, d);
	}
	return held;
}

static void stands_by(struct check *c, const json_t *assertion, const json_t *attribute)
{
	const json_t *endpoint = json_object_get(assertion, "endpoint");
	const json_t *id = json_object_get(endpoint, "endpointIdentifier");
	json_t *of = id ? json_deep_copy(id) : address_of(endpoint);
	json_t *whole = json_pack("{s:o, s:O, s:O}", "of", of, "name", json_object_get(attribute, "name"), "value",
				  json_object_get(attribute, "value"));
	char *key = json_dumps(whole, JSON_COMPACT | JSON_SORT_KEYS);
	if (json_is_true(json_object_get(json_object_get(assertion, "interval"), "open")))
		json_object_set_new(c->open, key, json_true());
	else
		json_object_del(c->open, key);
	free(key);
	json_decref(whole);
}

static void stands(struct check *c, const json_t *assertion)
{
	const json_t *attributes = json_object_get(assertion, "attributes");
	for (size_t i = 0; i < json_array_size(attributes); i++)
		stands_by(c, assertion, json_array_get(attributes, i));
}

static void write_all(struct sink *s, const struct assertion *a, uint32_t count)
{
	struct check *c = (struct check *)s;
	for (uint32_t i = 0; i < count; i++) {
		buffer_clear(&c->line);
		json_assertion(&c->line, c->provenance, &a[i]);
		json_t *parsed = check_line(c->line.data, c->line.len);
		check_assertion(parsed);
		stands(c, parsed);
		json_decref(parsed);
	}
	s->counters.offered += count;
	s->counters.delivered += count;
}

static void flush(struct sink *s)
{
	(void)s;
}

static const struct signature_set *signatures(void)
{
	static struct signature_set *set;
	if (!set && signature_builtin(&set, NULL))
		abort();
	return set;
}

static void observe(struct source *source, uint32_t workers)
{
	struct check check = {
		.sink = {.name = "check", .provenance = provenance, .write = write_all, .flush = flush},
		.open = json_object(),
	};
	struct sink *sinks[] = {&check.sink};
	const struct provenance who = {
		.id = 1, .software = "onlooker", .observation_point = "pcap:fuzz", .clock = "packet"};
	const struct privacy privacy = {0};
	struct collector_options o = {
		.source = source,
		.workers = workers,
		.max_flows = 256,
		.max_endpoints = 64,
		.refresh_ns = 3600000000000ull,
		.gone_ns = 86400000000000ull,
		.privacy = &privacy,
		.signatures = signatures(),
		.provenance = &who,
		.sinks = sinks,
		.n_sinks = 1,
	};
	struct stats stats = {0};
	struct error error = {""};
	if (collector_run(&o, &stats, &error))
		abort();
	stats.sinks[stats.n_sinks++] = (struct stats_sink){"check", check.sink.counters};
	if (!stats_balanced(&stats, &error)) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	if (stats.assertions_made != check.sink.counters.offered || json_object_size(check.open)) {
		fprintf(stderr, "%zu statements were left open\n", json_object_size(check.open));
		json_dumpf(check.open, stderr, JSON_INDENT(1));
		abort();
	}
	json_decref(check.open);
	buffer_fini(&check.line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file file = memory_file_open(data, size);
	const char *name = file.path;
	uint32_t workers = 1 + (uint32_t)(size & 1);
	struct source_options o = {.files = &name, .n_files = 1, .queues = workers};
	struct source *source;
	struct error error = {""};
	if (!source_open(&o, &source, &error)) {
		observe(source, workers);
		source_close(source);
	}
	memory_file_close(&file);
	return 0;
}
