/* The fabric's list of keys: who may come, in which role, until when (docs/fabric.md, 7).
 *
 * A text file, a line a key: NAME ROLE PUBLIC [until TIME | revoked TIME]. Written whole, by rename; a running fabric
 * looks whether it changed. One thread.
 */
#ifndef ONLOOKER_DOMAIN_KEY_LIST_H
#define ONLOOKER_DOMAIN_KEY_LIST_H

#include "domain/key_file.h"
#include "domain/operation.h"

#include <stdint.h>

#define MOST_KEYS 65536u

enum key_state { KEY_GOOD, KEY_EXPIRED, KEY_REVOKED };

struct key_entry {
	char name[KEY_NAME_BYTES];
	enum role role;
	char public_key[SOCKET_KEY_BYTES];
	uint64_t until_ns; /* 0: for good */
	bool revoked;
	uint64_t revoked_ns;
};

struct key_list {
	struct key_entry *items;
	uint32_t count;
	struct file_stamp stamp; /* of the file that was read */
};

/* 0, or ERROR_USAGE and a sentence with the line; no file is an empty list. */
int key_list_read(const char *path, struct key_list *out, struct error *error);
void key_list_free(struct key_list *l);
bool key_list_changed(const struct key_list *l, const char *path);
int key_list_write(const struct key_list *l, const char *path, struct error *error);
/* False when the list is full or the heap is out. */
bool key_list_add(struct key_list *l, const struct key_entry *e);

const struct key_entry *key_list_find(const struct key_list *l, const char *public_key);
enum key_state key_state(const struct key_entry *e, uint64_t now_ns);
const char *key_state_name(enum key_state s);

#endif
