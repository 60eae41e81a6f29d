/* The roster: every component that ever registered, on disk and in memory. One thread.
 *
 * The file is written whole, synced and renamed before an identifier leaves: what was given is known for ever. */
#ifndef ONLOOKER_DOMAIN_ROSTER_H
#define ONLOOKER_DOMAIN_ROSTER_H

#include "core/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define MOST_COMPONENTS 100000u
#define MOST_OF_KEY     1024u /* components that came with one key */
#define MOST_A_SECOND   32u   /* new ones of it */

enum component_state { COMPONENT_GONE, COMPONENT_ACTIVE, COMPONENT_LATE, COMPONENT_UNREACHABLE };

const char *component_state_name(enum component_state s);

struct roster_entry {
	char identifier[46];
	char registration[65]; /* what its request was called, until it came back by its identifier; "": it had no name
				*/
	char type[40], name[128], key[65];
	char *description;
	json_t *capabilities, *scope; /* array of URNs, object; owned */
	uint64_t registered_ns;
	/* of this run */
	bool unkept; /* not on disk yet, nor answered */
	enum component_state state;
	uint64_t pulse_ns, ping_ns, pulse_ms, ping_due_ms;
	int64_t difference_us, uncertainty_us, round_trip_us, reported_us;
	bool clock_told;
	json_t *counters;
};

struct roster {
	char *path; /* NULL: kept in memory alone */
	struct roster_entry **entries;
	uint32_t count;
};

int roster_open(const char *path, struct roster *r, struct error *error);
void roster_close(struct roster *r);
struct roster_entry *roster_find(const struct roster *r, const char *identifier);
/* Who asked with this key, by a request of this name; NULL: nobody. */
struct roster_entry *roster_find_registration(const struct roster *r, const char *key, const char *registration);
/* Room for one more that comes with this key: where it has as many as a key may have, the one that has not been heard
 * of for longest goes, for good. ROSTER_BUSY: too many of it came within a second; ROSTER_FULL: all of its are here. */
enum roster_room { ROSTER_ROOM, ROSTER_BUSY, ROSTER_FULL };
enum roster_room roster_make_room(struct roster *r, const char *key, uint64_t now_ns);
/* A new entry with an identifier of its own; NULL when it is full or the heap is out. Not yet on disk. */
struct roster_entry *roster_add(struct roster *r);
/* Takes the newest entry back. */
void roster_drop_last(struct roster *r);
int roster_keep(const struct roster *r, struct error *error);
json_t *roster_json(const struct roster_entry *e);

#endif
