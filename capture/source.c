#include "capture/source.h"

#include "capture/kind.h"

#include <stddef.h>

/* The first that serves what was asked is taken. */
static const struct source_kind *const kinds[] = {&source_live, &source_direct, &source_split, &source_dpdk};

int source_open(const struct source_options *options, struct source **out, struct error *error)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i]->serves(options))
			return kinds[i]->open(options, out, error);
	return error_set(error, ERROR_USAGE, "nothing to read from: name a capture with -r or an interface with -i");
}

void source_close(struct source *s)
{
	if (s)
		s->kind->close(s);
}

int source_start(struct source *s, struct error *error)
{
	return s->kind->start ? s->kind->start(s, error) : 0;
}

enum source_status source_poll(struct source *s, uint32_t queue, struct batch *batch)
{
	batch->frames = batch->room;
	return s->kind->poll(s, queue, batch);
}

uint64_t source_watermark(const struct source *s, uint32_t queue)
{
	return s->kind->watermark(s, queue);
}

uint64_t source_clock(const struct source *s, uint32_t queue)
{
	return s->kind->clock(s, queue);
}

void source_stop(struct source *s)
{
	s->kind->stop(s);
}

const char *source_name(const struct source *s, uint16_t index)
{
	return s->kind->source_name(s, index);
}

uint32_t source_count(const struct source *s)
{
	return s->kind->count(s);
}

bool source_stamped(const struct source *s)
{
	return s->kind->stamped && s->kind->stamped(s);
}

void source_counters(const struct source *s, struct source_counters *sum)
{
	*sum = (struct source_counters){0};
	s->kind->counters(s, sum);
}

bool source_queue_counters(const struct source *s, uint32_t queue, struct source_counters *out)
{
	*out = (struct source_counters){0};
	if (!s->kind->queue_counters)
		return false;
	s->kind->queue_counters(s, queue, out);
	return true;
}

int source_result(const struct source *s, struct error *error)
{
	return s->kind->result(s, error);
}
