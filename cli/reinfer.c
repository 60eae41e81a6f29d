#include "cli/reinfer.h"

#include "classify/digest.h"
#include "core/time.h"
#include "core/uuid.h"
#include "domain/reinfer_assert.h"
#include "domain/sink_fabric.h"
#include "domain/sink_repository.h"
#include "export/sink_json.h"
#include "export/sink_publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_SINKS    8
#define DRAIN_SECONDS 60u
#define SPOOL_BYTES   (256ull << 20)

struct outlet {
	struct sink *sinks[MOST_SINKS];
	uint32_t n;
};

static int told(const struct error *error, int code)
{
	if (code)
		fprintf(stderr, "onlooker repository: %s\n", error->text);
	return -code;
}

/* How many sinks were opened, or a code. */
static int take(struct outlet *out, int n)
{
	out->n += n > 0 ? (uint32_t)n : 0;
	return n < 0 ? n : 0;
}

static int open_fabric(const struct reinfer_options *o, const char *name, struct outlet *out, struct error *error)
{
	struct sink_fabric_options f = {
		.connection = *o->fabric, .spool_bytes = SPOOL_BYTES, .drain_seconds = DRAIN_SECONDS};
	f.connection.name = name;
	return take(out, sink_fabric_open(&f, &out->sinks[out->n], error));
}

static int open_sinks(const struct reinfer_options *o, struct repository *r, const char *name, struct outlet *out,
		      struct error *error)
{
	int code = o->json ? sink_json_open(o->json, &out->sinks[out->n], error) : 0;
	out->n += o->json && !code;
	if (!code && r) {
		code = sink_repository_open(r, &out->sinks[out->n], error);
		out->n += !code;
	}
	if (!code && o->fabric)
		code = open_fabric(o, name, out, error);
	if (!code && o->publish) {
		struct publish_options p = {.url = o->publish, .site = o->site, .wait = o->wait};
		code = take(out, sink_publish_open(&p, &out->sinks[out->n], error));
	}
	return code;
}

/* Where the counts go: not among the lines that --json - writes. */
static FILE *report_to(const struct reinfer_options *o)
{
	return o->json && strcmp(o->json, "-") == 0 ? stderr : stdout;
}

/* Delivers; says of each what it did. The worst of their codes. */
static int close_sinks(struct outlet *out, FILE *report_to)
{
	int worst = 0;
	for (uint32_t i = 0; i < out->n; i++) {
		struct sink *s = out->sinks[i];
		struct error error = {""};
		char name[64];
		snprintf(name, sizeof name, "%s", s->name);
		(s->settle ? s->settle : s->flush)(s);
		struct sink_counters c = s->counters;
		int code = s->close(s, &error);
		fprintf(report_to, "%s: %" PRIu64 " delivered of %" PRIu64 "\n", name, c.delivered, c.offered);
		if (!code && c.delivered != c.offered)
			code = error_set(&error, ERROR_DAMAGED, "%s: %" PRIu64 " not delivered; run it again", name,
					 c.offered - c.delivered);
		told(&error, code);
		worst = code == ERROR_FAILED || !worst ? code : worst;
	}
	out->n = 0;
	return worst;
}

/* Who says it: this program on this machine, about this repository. */
static void introduce(const struct reinfer_options *o, const struct signature_set *set, struct provenance *p,
		      char host[256], char point[512])
{
	uint8_t digest[32];
	char who[800];
	gethostname(host, 255);
	snprintf(point, 512, "reinference:%s", o->url);
	int n = snprintf(who, sizeof who, "%s on %s", point, host);
	digest_sha256(who, (size_t)n < sizeof who ? (size_t)n : sizeof who - 1, digest);
	*p = (struct provenance){.id = 1,
				 .software = "onlooker " ONLOOKER_VERSION,
				 .host_name = host,
				 .observation_point = point,
				 .signature_set = signature_digest(set),
				 .clock = "system",
				 .created_ns = time_now()};
	memcpy(p->component, digest, 16);
	uuid_of_digest(p->component);
}

static void report(const struct reinfer_counts *n, const struct reinfer_asserted *a, const struct signature_set *set,
		   FILE *to)
{
	fprintf(to,
		"%" PRIu64 " of %" PRIu64 " endpoints change, by %" PRIu64 " features read with %s\n"
		"%" PRIu64 " said, %" PRIu64 " withdrawn\n",
		n->changed, n->endpoints, n->features, signature_digest(set), a->said, a->withdrawn);
	if (a->unplaced)
		fprintf(to, "%" PRIu64 " servers not said: at which port is not known any more\n", a->unplaced);
	if (n->unread)
		fprintf(to, "%" PRIu64 " features not read, of endpoints that showed very many\n", n->unread);
}

static int walk(const struct reinfer_options *o, const struct signature_set *set, struct outlet *out,
		const struct provenance *p, struct error *error)
{
	struct repository *reading = NULL;
	struct reinfer_counts counts;
	struct reinfer_asserter *a = reinfer_asserter_new(p, out->sinks, out->n);
	int code = a ? repository_open(o->url, REPOSITORY_READ, &reading, error)
		     : error_set(error, ERROR_FAILED, "no memory for what is to be said");
	if (!code)
		code = reinfer(reading, NULL, set, reinfer_assert, a, &counts, error);
	repository_close(reading, NULL);
	if (!code) {
		struct reinfer_asserted said = reinfer_asserted(a);
		report(&counts, &said, set, report_to(o));
	}
	reinfer_asserter_free(a);
	return code;
}

int reinfer_run(const struct reinfer_options *o, struct repository *r)
{
	struct signature_set *set = NULL;
	struct outlet out = {.n = 0};
	struct provenance p;
	struct error error = {""};
	char host[256] = "", point[512];
	int code = o->signatures->count ? signature_load(o->signatures->items, o->signatures->count, &set, &error)
					: signature_builtin(&set, &error);
	if (code)
		return told(&error, ERROR_USAGE);
	introduce(o, set, &p, host, point);
	code = open_sinks(o, r, host, &out, &error);
	if (!code)
		code = walk(o, set, &out, &p, &error);
	told(&error, code);
	int closed = close_sinks(&out, report_to(o));
	signature_free(set);
	return -(code ? code : closed);
}
