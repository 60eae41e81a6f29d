#include "cli/outputs.h"

#include "classify/application.h"
#include "domain/sink_fabric.h"
#include "domain/sink_repository.h"
#include "export/sink_json.h"
#include "export/sink_publish.h"
#include "ipfix/assertion_message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	if (code == 0 && !out->print)
		code = restore_known(out->repository, &out->known, error);
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
		.process = (uint32_t)getpid(),
		.pen = (uint32_t)o->pen,
		.application_name = application_name,
		.identity = &o->flows_identity,
	};
	return flow_exporter_open(o->flows, &f, &out->exporter, error);
}

static bool is_fabric(const char *url)
{
	return strncmp(url, "bind:", 5) != 0;
}

static int open_fabric(const struct observe_options *o, struct outputs *out, struct error *error)
{
	struct sink_fabric_options f = {.connection = connection_component(&o->connection, "onlooker observe"),
					.spool = o->spool,
					.spool_bytes = o->spool_mib << 20,
					.sign = o->sign,
					.drain_seconds = (uint32_t)o->drain_seconds,
					.encoder = out->encoder};
	f.connection.url = o->publish;
	f.connection.context = o->fabric_context;
	f.connection.site = o->site;
	gethostname(out->host_name, sizeof out->host_name - 1);
	f.connection.name = o->component_name ? o->component_name : out->host_name;
	if (!f.connection.state)
		f.connection.state = o->spool; /* one directory is enough for both */
	int n = sink_fabric_open(&f, &out->sinks[out->n_sinks], error);
	out->n_sinks += n > 0 ? (uint32_t)n : 0;
	return n < 0 ? n : 0;
}

/* As JSON; with an enterprise number, which their elements need, as IPFIX too. */
static int open_publish(const struct observe_options *o, struct outputs *out, struct error *error)
{
	if (!o->publish)
		return 0;
	int code =
		o->pen ? assertion_encoder_new((uint32_t)o->pen, (uint32_t)o->observation_domain, &out->encoder, error)
		       : 0;
	if (!code && is_fabric(o->publish))
		return open_fabric(o, out, error);
	struct publish_options p = {
		.url = o->publish, .site = o->site, .wait = (uint32_t)o->wait, .encoder = out->encoder};
	int n = code ? code : sink_publish_open(&p, &out->sinks[out->n_sinks], error);
	out->n_sinks += n > 0 ? (uint32_t)n : 0;
	return n < 0 ? n : 0;
}

/* The statistics are written at the end; that they can be is found out before anything is read. */
static int try_file(const char *path, struct error *error)
{
	FILE *f = fopen(path, "a");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s; name a file that can be written", path, strerror(errno));
	fclose(f);
	return 0;
}

int outputs_open(const struct observe_options *o, struct outputs *out, struct error *error)
{
	memset(out, 0, sizeof *out);
	if (o->stats && strcmp(o->stats, "-") != 0 && try_file(o->stats, error) < 0)
		return ERROR_USAGE;
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
	struct buffer ignored = {0};
	outputs_close(out, NULL, &ignored);
	outputs_close_repository(out, &ignored);
	buffer_fini(&ignored);
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

void outputs_why(struct buffer *why, const struct error *error)
{
	if (why->len)
		BUFFER_LITERAL(why, "; ");
	buffer_text(why, error->text);
}

static int told(int code, const struct error *error, struct buffer *why)
{
	if (code < 0)
		outputs_why(why, error);
	return code;
}

static int close_exporter(struct outputs *out, struct stats *stats, struct buffer *why)
{
	struct flow_exporter_counters c;
	struct error error = {0};
	int code = told(flow_exporter_close(out->exporter, &c, &error), &error, why);
	out->exporter = NULL;
	if (stats)
		stats->sinks[stats->n_sinks++] = (struct stats_sink){
			.name = "flows",
			.counters = {.offered = c.offered,
				     .delivered = c.delivered,
				     .dropped = {{c.dropped ? "failed" : NULL, c.dropped}}},
		};
	return code;
}

int outputs_close(struct outputs *out, struct stats *stats, struct buffer *why)
{
	int code = 0;
	for (uint32_t i = 0; i < out->n_sinks; i++) {
		struct error error = {0};
		struct sink *s = out->sinks[i];
		(s->settle ? s->settle : s->flush)(s);
		if (stats)
			stats_take_sink(stats, s);
		code = worse(code, told(s->close(s, &error), &error, why));
	}
	out->n_sinks = 0;
	assertion_encoder_free(out->encoder);
	out->encoder = NULL;
	if (out->exporter)
		code = worse(code, close_exporter(out, stats, why));
	return code;
}

int outputs_close_repository(struct outputs *out, struct buffer *why)
{
	struct error error = {0};
	int code = out->repository ? told(repository_close(out->repository, &error), &error, why) : 0;
	out->repository = NULL;
	restore_free(&out->known);
	return code;
}
