/* Key files of the fabric: one CURVE key pair in a file of its own, readable by its owner alone; and the public half
 * of the fabric's, which every client has (docs/fabric.md, 7). Control path; any thread. */
#ifndef ONLOOKER_DOMAIN_KEY_FILE_H
#define ONLOOKER_DOMAIN_KEY_FILE_H

#include "core/error.h"
#include "domain/socket.h"

#include <stdint.h>

#define KEY_NAME_BYTES 65

struct key_file {
	char name[KEY_NAME_BYTES], role[16];
	char public_key[SOCKET_KEY_BYTES], secret_key[SOCKET_KEY_BYTES]; /* secret "": the file has none */
};

/* True for 1 to 64 of A-Z a-z 0-9 . _ - that do not begin with a dot or a dash. */
bool key_name_valid(const char *name);

/* Reads it; with `secret` the secret key must be there, belong to the public one, and be nobody else's to read. 0, or
 * ERROR_USAGE and a sentence. */
int key_file_read(const char *path, bool secret, struct key_file *out, struct error *error);

/* Writes it whole or not at all, of mode 0600 when there is a secret, else 0644; replaces only when told to. */
int key_file_write(const char *path, const struct key_file *key, bool replace, struct error *error);

/* By which it shows that a file is another than it was; all 0: there is none. */
struct file_stamp {
	uint64_t inode, size, changed_ns;
};

struct file_stamp file_stamp(const char *path);
bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b);

/* Writes a text to a file whole or not at all: beside it, synced, renamed. 0, or ERROR_FAILED and a sentence. */
int file_replace(const char *path, const char *text, size_t len, unsigned mode, struct error *error);

#endif
