#include "cli/outputs.h"

#include "classify/application.h"
#include "domain/sink_repository.h"
#include "export/sink_json.h"
#include "export/zmq.h"

#include <stdio.h>
#include <string.h>

static bool any_named(const struct observe_options *o)
{
	return o->json || o->flows || o->publish || o->repository || o->flows_only;
}

static int open_json(const struct observe_options *o, struct outputs *out, struct error *error)
{
	if (!o->json)
		return 0;
	int code = sink_json_open(o->json, &out->sinks[out->n_sinks], error);
	out->n_sinks += code == 0;
	return code;
}

static int open_repository(const struct observe_options *o, struct outputs *out, struct error *error)
{
	out->print = !any_named(o);
	const char *url = out->print ? ":memory:" : o->repository;
	if (!url)
		return 0;
	int code = repository_open(url, REPOSITORY_WRITE, &out->repository, error);
	if (code == 0)
		code = sink_repository_open(out->repository, &out->sinks[out->n_sinks], error);
	out->n_sinks += code == 0;
	return code;
}

static int open_flows(const struct observe_options *o, struct outputs *out, struct error *error)
{
	if (!o->flows)
		return 0;
	struct flow_export_options f = {
		.domain = (uint32_t)o->observation_domain,
		.pen = (uint32_t)o->pen,
		.application_name = application_name,
	};
	return flow_exporter_open(o->flows, &f, &out->exporter, error);
}

static int open_publish(const struct observe_options *o, struct outputs *out, struct error *error)
{
	if (!o->publish)
		return 0;
	struct zmq_options z = {.url = o->publish, .site = o->site, .wait = (uint32_t)o->wait};
	int code = sink_zmq_open(&z, &out->sinks[out->n_sinks], error);
	out->n_sinks += code == 0;
	return code;
}

int outputs_open(const struct observe_options *o, struct outputs *out, struct error *error)
{
	memset(out, 0, sizeof *out);
	if (o->flows_only && (o->json || o->publish || o->repository))
		return error_set(error, ERROR_USAGE, "onlooker observe: --flows-only makes no assertions; leave out %s",
				 o->json      ? "--json"
				 : o->publish ? "--publish"
					      : "--repository");
	int code = open_json(o, out, error);
	if (code == 0)
		code = open_repository(o, out, error);
	if (code == 0)
		code = open_flows(o, out, error);
	if (code == 0)
		code = open_publish(o, out, error); /* last: it may wait for subscribers */
	if (code == 0)
		return 0;
	struct error first = *error;
	outputs_close(out, NULL);
	outputs_close_repository(out);
	*error = first;
	return code;
}

/* The worse of two codes: to fail is worse than to be not whole. */
static int worse(int a, int b)
{
	if (a == ERROR_FAILED || b == ERROR_FAILED)
		return ERROR_FAILED;
	return a ? a : b;
}

static int told(int code, const struct error *error)
{
	if (code < 0)
		fprintf(stderr, "onlooker observe: %s\n", error->text);
	return code;
}

static int close_exporter(struct outputs *out, struct stats *stats)
{
	struct flow_exporter_counters c;
	struct error error = {0};
	int code = told(flow_exporter_close(out->exporter, &c, &error), &error);
	out->exporter = NULL;
	if (stats)
		stats->sinks[stats->n_sinks++] = (struct stats_sink){
			.name = "flows",
			.counters = {.offered = c.offered,
				     .delivered = c.delivered,
				     .dropped = {{"failed", c.dropped}}},
		};
	return code;
}

int outputs_close(struct outputs *out, struct stats *stats)
{
	int code = 0;
	for (uint32_t i = 0; i < out->n_sinks; i++) {
		struct error error = {0};
		struct sink *s = out->sinks[i];
		s->flush(s);
		if (stats)
			stats->sinks[stats->n_sinks++] = (struct stats_sink){s->name, s->counters};
		code = worse(code, told(s->close(s, &error), &error));
	}
	out->n_sinks = 0;
	if (out->exporter)
		code = worse(code, close_exporter(out, stats));
	return code;
}

void outputs_close_repository(struct outputs *out)
{
	struct error error = {0};
	if (out->repository)
		told(repository_close(out->repository, &error), &error);
	out->repository = NULL;
}
