/* The cache of compiled signature sets: $XDG_CACHE_HOME/onlooker, else ~/.cache/onlooker.
 *
 * A compiled set is trusted like code, so only files and folders that belong to the own uid and that nobody else
 * can write are taken; the name holds a digest over the sources and the versions that made it. The cache is a
 * convenience: whatever goes wrong with it is no error. Control path.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_CACHE_H
#define ONLOOKER_CLASSIFY_SIGNATURE_CACHE_H

#include "core/buffer.h"

#include <stdbool.h>

/* `key` is of letters and digits. True and the contents in `out` when there is a file to trust. */
bool signature_cache_get(const char *key, struct buffer *out);
void signature_cache_put(const char *key, const struct buffer *block);

#endif
