/* The site's key: secret of those who run the sensors of a site, the same for all of them. It keys the identifiers of
 * endpoints and the hashes of --privacy, so that neither can be worked out by trying addresses and names. Control path;
 * any thread. */
#ifndef ONLOOKER_CLI_SITE_KEY_H
#define ONLOOKER_CLI_SITE_KEY_H

#include "core/error.h"
#include "core/hash.h"

/* Reads the key from a file of at most 4096 octets: a text (white space at its end does not count) or any octets, of
 * which 32 random ones are enough. `path` NULL: the fixed key, with which replays agree on every machine. 0, or
 * ERROR_USAGE and a sentence. */
int site_key_read(const char *path, struct hash_key *out, struct error *error);

#endif
