/* What the two sources that read files have in common: a reader, of which most questions are asked. */
#ifndef ONLOOKER_CAPTURE_SOURCE_FILE_H
#define ONLOOKER_CAPTURE_SOURCE_FILE_H

#include "capture/kind.h"
#include "capture/reader.h"

/* Stands first in the struct of either. */
struct source_file {
	struct source source;
	struct reader *reader;
};

/* Functions of struct source_kind. */
void source_file_stop(struct source *s);
const char *source_file_name(const struct source *s, uint16_t index);
uint32_t source_file_count(const struct source *s);
void source_file_counters(const struct source *s, struct source_counters *sum);
int source_file_result(const struct source *s, struct error *error);

#endif
