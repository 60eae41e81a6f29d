/* The sink that writes JSON Lines to a file or to standard output.
 *
 * Lines are gathered and written in large pieces. The first failure (disk full, reader gone) is kept as one
 * sentence for close; from then on everything is counted as dropped and nothing more is written. A file that
 * could not take a whole piece is cut back to its last whole line, so that the counters say what lies in it.
 */
#ifndef ONLOOKER_EXPORT_SINK_JSON_H
#define ONLOOKER_EXPORT_SINK_JSON_H

#include "export/sink.h"

/* Opens `path` ('-': standard output), replacing what the file held. SIGPIPE is ignored from here on.
 * returns 0 and *out, released by (*out)->close(); ERROR_USAGE with a sentence.  thread: control */
int sink_json_open(const char *path, struct sink **out, struct error *error);

#endif
