/* Meanings: what a field's value says, worked out once per distinct value.
 *
 * Regular expressions, digests and certificate parsing run only on values that were not met before; everybody who
 * shows the same value shares the meaning. Meanings are reference-counted; those nobody holds stay in a bounded
 * cache in the order they were let go.
 *
 * The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_MEANING_H
#define ONLOOKER_CLASSIFY_MEANING_H

#include "classify/signature.h"
#include "ipfix/assertion.h"

#include <stdbool.h>
#include <stdint.h>

#define STATEMENT_MEMBERS 8

/* One thing a value says. Texts live as long as the meaning. */
struct statement_of {
	enum attribute_name attribute;
	bool has_designation; /* the thing also designates: it stands in the endpoint's designation too */
	enum designation_name designation;
	const char *designation_value;
	uint8_t known, confidence;
	bool doubtful;  /* its holder's word, and the packet it stands in speaks against it */
	bool borrowed;  /* its holder's word, which others have taken over: it yields to how the holder sends */
	bool has_port;  /* belongs to the port of the flow it was shown on (servers, services) */
	bool software;  /* members are a softwareInstance */
	uint8_t role;   /* enum software_role */
	uint8_t system; /* enum system_family; of an operating system */
	uint8_t n_members;
	struct member members[STATEMENT_MEMBERS]; /* without transport and port */
	const char *detail; /* version, application name: what refines the same thing; NULL when not said */
	const char *title;  /* of software: what events call it */
	const char *method, *signature;
	uint64_t head; /* hash of what the thing is, without its detail */
	uint64_t full; /* … with it */
};

/* True when the detail `fine` says what `coarse` says and more: "10.0.19041" of "10.0", "9.2p1" of "9.2". */
bool detail_refines(const char *fine, const char *coarse);

/* They say the same, as sure and for the same reason. */
bool statement_equal(const struct statement_of *a, const struct statement_of *b);

struct wording;

struct meaning {
	uint64_t key[2];
	uint32_t references;
	uint16_t field;
	const char *shown; /* the value as evidence shows it: at most 256 octets, a digest for keys and certificates */
	uint32_t n;
	const struct statement_of *says;
	struct wording *wordings; /* as they may be said (classify/wording.h); NULL: none was said yet */
	uint64_t said;            /* the last stretch of assertions that points to its texts; 0: none */
	/* the table's own */
	struct meaning *next, *older, *newer;
	bool stale; /* of signatures that are used no longer: nobody finds it any more */
	struct arena arena;
};

struct meanings;

struct meaning_options {
	const struct signature_set *signatures;
	bool raw;          /* banners that a signature explains are asserted too */
	uint32_t max_kept; /* meanings nobody holds that are kept */
	uint32_t max_held; /* meanings held at once; past that meaning_get() gives NULL */
};

struct meanings *meanings_new(const struct meaning_options *options);
void meanings_free(struct meanings *t);
/* From now on values are matched by these signatures; meanings that are held stay as they are. Without memory nothing
 * changes: ERROR_FAILED. */
int meanings_renew(struct meanings *t, const struct signature_set *signatures);

/* The meaning of a value, with a reference for the caller; NULL when the table is full (shed, counted by the caller) or
 * the heap is out. `hash` of the value with a secret key: it alone tells values of one field and length apart. */
struct meaning *meaning_get(struct meanings *t, enum field field, uint64_t hash, const void *value, size_t len);
void meaning_put(struct meanings *t, struct meaning *m);

/* The same if it is known already, and without a reference: for a look at what is to come. */
const struct meaning *meaning_peek(const struct meanings *t, enum field field, uint64_t hash, size_t len);
/* Brings near what meaning_peek() will look for. */
void meaning_prefetch(const struct meanings *t, enum field field, uint64_t hash);
void meaning_hold(struct meaning *m);

/* Every stretch of assertions up to this one has been read: nothing points to what it says any more. Until then a
 * meaning that was said in it stays, held or not. */
void meanings_read(struct meanings *t, uint64_t stretch);

#endif
