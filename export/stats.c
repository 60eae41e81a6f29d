#include "export/stats.h"

#include "core/time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

void stats_add(struct stats_reasons *reasons, const char *name, uint64_t count)
{
	if (!count)
		return;
	for (int i = 0; i < STATS_REASONS; i++) {
		struct stats_reason *row = &reasons->rows[i];
		bool last = i == STATS_REASONS - 1;
		if (row->name && strcmp(row->name, name) != 0 && !last)
			continue;
		row->name = last ? "other" : name;
		row->count += count;
		return;
	}
}

/* Of a sink that counts meanwhile, too: a value of a moment ago is as good. */
__attribute__((no_sanitize("thread"))) void stats_take_sink(struct stats *s, const struct sink *sink)
{
	if (s->n_sinks < STATS_SINKS)
		s->sinks[s->n_sinks++] = (struct stats_sink){sink->name, sink->counters};
}

uint64_t stats_sum(const struct stats_reasons *reasons)
{
	uint64_t sum = 0;
	for (int i = 0; i < STATS_REASONS && reasons->rows[i].name; i++)
		sum += reasons->rows[i].count;
	return sum;
}

void stats_process(struct stats *s)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	s->cpu_seconds = time_cpu_seconds();
	s->max_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

static uint64_t dropped(const struct stats_sink *sink)
{
	uint64_t sum = 0;
	for (int i = 0; i < SINK_DROP_REASONS && sink->counters.dropped[i].reason; i++)
		sum += sink->counters.dropped[i].count;
	return sum;
}

void stats_settle(struct stats *s)
{
	s->packets.received = s->packets.decoded + s->packets.filtered + s->packets.not_ip +
			      stats_sum(&s->packets.malformed) + stats_sum(&s->packets.lost);
	s->flows.created = s->flows.exported + s->flows.active + stats_sum(&s->flows.shed);
	for (uint32_t i = 0; i < s->n_sinks; i++)
		s->sinks[i].counters.offered = s->sinks[i].counters.delivered + dropped(&s->sinks[i]);
	for (uint32_t i = 0; i < s->workers && i < STATS_WORKERS; i++) {
		struct stats_worker *w = &s->per_worker[i];
		uint64_t parts = w->handed_over + w->decoded + w->filtered + w->copies + w->excluded + w->not_ip +
				 w->malformed + w->lost;
		w->received = parts > w->taken_over ? parts - w->taken_over : 0;
		w->created = w->exported + w->active + w->shed;
	}
}

static bool differ(struct error *error, const char *what, uint64_t total, uint64_t parts)
{
	if (total == parts)
		return false;
	error_set(error, ERROR_FAILED, "statistics: %s is %" PRIu64 " but its parts are %" PRIu64 "; report this", what,
		  total, parts);
	return true;
}

bool stats_balanced(const struct stats *s, struct error *error)
{
	if (differ(error, "packets received", s->packets.received,
		   s->packets.decoded + s->packets.filtered + s->packets.not_ip + stats_sum(&s->packets.malformed) +
			   stats_sum(&s->packets.lost)))
		return false;
	if (differ(error, "flows created", s->flows.created,
		   s->flows.exported + s->flows.active + stats_sum(&s->flows.shed)))
		return false;
	for (uint32_t i = 0; i < s->workers && i < STATS_WORKERS; i++) {
		const struct stats_worker *w = &s->per_worker[i];
		if (differ(error, "frames that came to a worker", w->received + w->taken_over,
			   w->handed_over + w->decoded + w->filtered + w->copies + w->excluded + w->not_ip +
				   w->malformed + w->lost))
			return false;
	}
	for (uint32_t i = 0; i < s->n_sinks; i++)
		if (differ(error, s->sinks[i].name, s->sinks[i].counters.offered,
			   s->sinks[i].counters.delivered + dropped(&s->sinks[i])))
			return false;
	return true;
}

static void list(struct buffer *b, const char *what, const struct stats_reasons *reasons)
{
	for (int i = 0; i < STATS_REASONS && reasons->rows[i].name; i++)
		buffer_format(b, "%s%s %s: %" PRIu64, b->len ? ", " : "", what, reasons->rows[i].name,
			      reasons->rows[i].count);
}

bool stats_lossy(const struct stats *s, struct error *error)
{
	struct buffer b = {0};
	list(&b, "packets lost", &s->packets.not_received);
	list(&b, "packets lost", &s->packets.lost);
	list(&b, "flows shed", &s->flows.shed);
	list(&b, "observations shed", &s->observations.shed);
	for (uint32_t i = 0; i < s->n_sinks; i++)
		for (int k = 0; k < SINK_DROP_REASONS && s->sinks[i].counters.dropped[k].reason; k++)
			if (s->sinks[i].counters.dropped[k].count)
				buffer_format(&b, "%s%s dropped %s: %" PRIu64, b.len ? ", " : "", s->sinks[i].name,
					      s->sinks[i].counters.dropped[k].reason,
					      s->sinks[i].counters.dropped[k].count);
	bool lossy = b.len > 0;
	if (lossy)
		error_set(error, ERROR_DAMAGED, "%.*s", (int)b.len, b.data);
	buffer_fini(&b);
	return lossy;
}

static void reasons_json(struct buffer *b, const struct stats_reasons *first, const struct stats_reasons *second)
{
	struct stats_reasons all = *first;
	for (int i = 0; second && i < STATS_REASONS && second->rows[i].name; i++)
		stats_add(&all, second->rows[i].name, second->rows[i].count);
	buffer_char(b, '{');
	for (int i = 0; i < STATS_REASONS && all.rows[i].name; i++)
		buffer_format(b, "%s\"%s\": %" PRIu64, i ? ", " : "", all.rows[i].name, all.rows[i].count);
	buffer_char(b, '}');
}

static void sink_json(struct buffer *b, const struct stats_sink *sink)
{
	buffer_format(b, "\"%s\": {\"offered\": %" PRIu64 ", \"delivered\": %" PRIu64 ", \"dropped\": {", sink->name,
		      sink->counters.offered, sink->counters.delivered);
	for (int i = 0; i < SINK_DROP_REASONS && sink->counters.dropped[i].reason; i++)
		buffer_format(b, "%s\"%s\": %" PRIu64, i ? ", " : "", sink->counters.dropped[i].reason,
			      sink->counters.dropped[i].count);
	BUFFER_LITERAL(b, "}}");
}

static void worker_json(struct buffer *b, const struct stats_worker *w, uint32_t number)
{
	buffer_format(b,
		      "%s{\"received\": %" PRIu64 ", \"handedOver\": %" PRIu64 ", \"takenOver\": %" PRIu64
		      ", \"decoded\": %" PRIu64 ", \"filtered\": %" PRIu64 ", \"copies\": %" PRIu64
		      ", \"excluded\": %" PRIu64 ", \"notIp\": %" PRIu64 ", \"malformed\": %" PRIu64
		      ", \"lost\": %" PRIu64,
		      number ? ", " : "", w->received, w->handed_over, w->taken_over, w->decoded, w->filtered,
		      w->copies, w->excluded, w->not_ip, w->malformed, w->lost);
	buffer_format(b,
		      ", \"flows\": {\"created\": %" PRIu64 ", \"exported\": %" PRIu64 ", \"active\": %" PRIu64
		      ", \"shed\": %" PRIu64 "}}",
		      w->created, w->exported, w->active, w->shed);
}

void stats_json(struct buffer *b, const struct stats *s)
{
	buffer_format(b,
		      "{\"packets\": {\"received\": %" PRIu64 ", \"decoded\": %" PRIu64 ", \"bytes\": %" PRIu64
		      ", \"filtered\": %" PRIu64 ", \"copies\": %" PRIu64 ", \"excluded\": %" PRIu64
		      ", \"notIp\": %" PRIu64 ", \"malformed\": ",
		      s->packets.received, s->packets.decoded, s->packets.bytes, s->packets.filtered, s->packets.copies,
		      s->packets.excluded, s->packets.not_ip);
	reasons_json(b, &s->packets.malformed, NULL);
	BUFFER_LITERAL(b, ", \"lost\": ");
	reasons_json(b, &s->packets.lost, &s->packets.not_received);
	BUFFER_LITERAL(b, ", \"fragments\": ");
	reasons_json(b, &s->packets.fragments, NULL);
	buffer_format(b,
		      "}, \"flows\": {\"created\": %" PRIu64 ", \"exported\": %" PRIu64 ", \"active\": %" PRIu64
		      ", \"peak\": %" PRIu64 ", \"shed\": ",
		      s->flows.created, s->flows.exported, s->flows.active, s->flows.peak);
	reasons_json(b, &s->flows.shed, NULL);
	buffer_format(b, "}, \"observations\": {\"made\": %" PRIu64 ", \"merged\": %" PRIu64 ", \"shed\": ",
		      s->observations.made, s->observations.merged);
	reasons_json(b, &s->observations.shed, NULL);
	buffer_format(b, "}, \"assertions\": {\"made\": %" PRIu64 "}, \"sinks\": {", s->assertions_made);
	for (uint32_t i = 0; i < s->n_sinks; i++) {
		if (i)
			BUFFER_LITERAL(b, ", ");
		sink_json(b, &s->sinks[i]);
	}
	buffer_format(b,
		      "}, \"endpoints\": %" PRIu64 ", \"workers\": %" PRIu32
		      ", \"elapsedSeconds\": %.6f, \"cpuSeconds\": %.6f, \"maxRssBytes\": %" PRIu64
		      ", \"perWorker\": [",
		      s->endpoints, s->workers, s->elapsed_seconds, s->cpu_seconds, s->max_rss_bytes);
	for (uint32_t i = 0; i < s->workers && i < STATS_WORKERS; i++)
		worker_json(b, &s->per_worker[i], i);
	BUFFER_LITERAL(b, "]}\n");
}

static int fail(const char *path, struct error *error)
{
	return error_set(error, ERROR_FAILED, "%s: %s; name a file that can be written", path, strerror(errno));
}

int stats_write(const struct stats *s, const char *path, struct error *error)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stderr : fopen(path, "we");
	if (!f)
		return fail(path, error);
	struct buffer b = {0};
	stats_json(&b, s);
	bool good = !b.failed && fwrite(b.data, 1, b.len, f) == b.len && fflush(f) == 0;
	int code = good ? 0 : fail(path, error);
	buffer_fini(&b);
	if (!standard && fclose(f) != 0 && !code)
		code = fail(path, error);
	return code;
}
