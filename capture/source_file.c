#include "capture/source_file.h"

static struct reader *reader_of(const struct source *s)
{
	return ((const struct source_file *)s)->reader;
}

void source_file_stop(struct source *s)
{
	reader_stop(reader_of(s));
}

const char *source_file_name(const struct source *s, uint16_t index)
{
	return reader_name(reader_of(s), index);
}

uint32_t source_file_count(const struct source *s)
{
	return reader_count(reader_of(s));
}

void source_file_counters(const struct source *s, struct source_counters *sum)
{
	reader_counters(reader_of(s), sum);
}

int source_file_result(const struct source *s, struct error *error)
{
	return reader_result(reader_of(s), error);
}
