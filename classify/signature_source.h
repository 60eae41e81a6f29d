/* Signature files on disk: reading them, naming them by a digest, compiling them to a block.
 *
 * Control path. Used by the build tool for the built-in set and by signature_load() for users' sets.
 */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_SOURCE_H
#define ONLOOKER_CLASSIFY_SIGNATURE_SOURCE_H

#include "core/buffer.h"
#include "core/error.h"

#include <stddef.h>

enum { SOURCE_FILES_MAX = 1024, SOURCE_BYTES_MAX = 8 << 20, SOURCE_DIGEST_SIZE = 72 };

struct source_file {
	char *path; /* as it was given; sets are named by what is behind its folders */
	char *data;
	size_t len;
};

struct source_list {
	struct source_file *file;
	size_t count;
};

void source_fini(struct source_list *list);
int source_add_file(struct source_list *list, const char *path, struct error *error);

/* Every file of a known kind in the directory, in order of name; an error when there is none. */
int source_add_directory(struct source_list *list, const char *directory, struct error *error);

/* A file, or a directory as above. */
int source_add(struct source_list *list, const char *path, struct error *error);

/* "sha256:…" over names and contents. */
void source_digest(const struct source_list *list, char out[SOURCE_DIGEST_SIZE]);

/* "sha256:…" over two digests: of a set that is made of two. */
void source_digest_pair(const char *first, const char *second, char out[SOURCE_DIGEST_SIZE]);

/* Compiles to a block for model_open(). */
int source_compile(const struct source_list *list, struct buffer *out, struct error *error);

#endif
