/* The posture attribute repository: current knowledge about endpoints, and everything that was ever said.
 *
 * A small interface over an engine that a URL names: `sqlite:PATH`, `:memory:`, `clickhouse://HOST:PORT/DATABASE`.
 * Assertions are written in batches; knowledge is kept as claims (endpoint, kind, value, interval), a claim that comes
 * again moves its end, confidence and evidence on. Nothing is ever overwritten in the history. An endpoint that turned
 * out to be another keeps its identifier as an alias of the survivor.
 *
 * One thread at a time, except where it is said. Values are JSON texts as the assertions had them; all is the
 * repository's until the callback that was given it returns.
 */
#ifndef ONLOOKER_DOMAIN_REPOSITORY_H
#define ONLOOKER_DOMAIN_REPOSITORY_H

#include "core/error.h"
#include "domain/inventory_filter.h"
#include "ipfix/assertion.h"

struct repository;
struct stored_assertion_maker;

enum repository_mode { REPOSITORY_READ, REPOSITORY_WRITE };

/* One thing known of an endpoint. */
struct claim {
	const char *kind;  /* "softwareInstance", "ipv4Address", … */
	const char *value; /* JSON: an object, or a string for a name */
	uint8_t known, confidence;
	const char *method, *signature; /* NULL when there is none */
	const char *evidence;           /* JSON array, or NULL */
	uint64_t start_ns, end_ns;
	bool open;
	bool implied; /* a designation that was never asserted by itself: its interval is that of what was said of it */
};

/* An assertion as it is kept (domain/stored_assertion.h makes it). */
struct stored_assertion {
	uint8_t id[16];
	enum statement statement;
	bool has_endpoint, unique, open;
	bool reported; /* its endpoint said so, nobody saw it: that moves no sighting */
	bool merges;   /* an event that says its endpoint turned out to be the survivor */
	uint8_t endpoint[16], survivor[16];
	uint64_t start_ns, end_ns, collected_ns; /* whole microseconds, as its line has them */
	uint64_t relayed_ns;                     /* when a fabric passed it on; 0: it came straight */
	const char *subject;                     /* the address it speaks of, when it has no endpoint */
	const struct claim *claims;
	uint32_t n_claims;
	uint64_t kinds; /* what it says, a bit for each kind of claim */
	const char *line;
	uint32_t line_len;
};

struct stored_endpoint {
	uint8_t id[16];
	bool unique;
	bool merged;
	uint8_t survivor[16];       /* merged: who it is now */
	uint64_t first_ns, last_ns; /* 0 and 0: nothing but events was said of it */
	const struct claim *claims;
	uint32_t n_claims;
};

/* Returning false ends the walk. */
typedef bool repository_endpoint_fn(void *arg, const struct stored_endpoint *endpoint);
/* A line of the history: a JSON object without newline. */
typedef bool repository_line_fn(void *arg, const char *line);

/* One line of the history, and when it was known: when the fabric passed it (0: it did not), and when it was stored. */
struct repository_change {
	uint64_t revision; /* rises from line to line of changes; not given with a history */
	uint64_t stored_ns, relayed_ns;
	const char *provenance, *line; /* provenance: not given with a history */
};
typedef bool repository_change_fn(void *arg, const struct repository_change *change);

/* How long what is kept, by kind of claim; an assertion of several kinds as long as the longest of them. What is known
 * of an endpoint goes with the last of its claims. */
struct retention {
	uint64_t before_ns[64]; /* by the bits of domain/stored_assertion.h: what ended before this goes; 0: stays */
};
struct pruned {
	uint64_t assertions, claims, endpoints;
};

struct repository_engine {
	const char *scheme; /* what the URL starts with */
	int (*open)(const char *rest, enum repository_mode mode, struct repository **out, struct error *error);
	int (*provenance)(struct repository *r, const char *line, size_t len, struct error *error);
	int (*store)(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error);
	int (*commit)(struct repository *r, uint64_t *undone, struct error *error);
	/* both from any thread, beside the others; NULL: what is committed lasts */
	int (*sync)(struct repository *r, struct error *error);
	void (*tend)(struct repository *r);
	int (*endpoints)(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn,
			 void *arg, struct error *error);
	int (*history)(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		       struct error *error);
	int (*spoken)(struct repository *r, const char *address, repository_change_fn *fn, void *arg,
		      struct error *error);
	int (*changes)(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error);
	int (*revision)(struct repository *r, uint64_t *out, struct error *error);
	int (*holders)(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most);
	/* NULL: this engine does not tell */
	int (*observers)(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
			 struct error *error);
	int (*prune)(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error);
	int (*close)(struct repository *r, struct error *error);
	bool history_kept; /* a line of each assertion is wanted */
	bool near;         /* in this process: a question costs no way to anywhere */
};

struct repository {
	const struct repository_engine *engine;
	struct stored_assertion_maker *maker;
	struct provenance provenance; /* of what is written by repository_write(): its id, which lines name it by */
	uint64_t behind;              /* assertions that came behind one that could not be stored */
	uint64_t unsure;              /* and that were taken since all were known to last */
	bool lent;                    /* what is stored now lives until the commit: it need not be copied */
};

extern const struct repository_engine repository_sqlite, repository_memory, repository_clickhouse;

/* Opens what `url` names; for writing it is made when it is not there.
 * returns 0 and *out; ERROR_USAGE (no such engine or file, not ours, newer than this program, not writable, in
 *         use) or ERROR_FAILED (a server does not answer now), with a sentence. */
int repository_open(const char *url, enum repository_mode mode, struct repository **out, struct error *error);

/* Who says what follows: a provenance, or the line of one that came from elsewhere. Nothing of `p` is kept. */
int repository_provenance(struct repository *r, const struct provenance *p, struct error *error);
int repository_provenance_line(struct repository *r, const char *line, size_t len, struct error *error);

/* Takes assertions in order; commits by itself every some thousand. 0 or ERROR_FAILED and a sentence. An assertion that
 * is there already (the same identifier) adds nothing. */
int repository_write(struct repository *r, const struct assertion *assertions, uint32_t count, struct error *error);

/* The same for one that domain/stored_assertion.h read from a line; *fresh (may be NULL) is false when it was there. An
 * engine that writes in batches says true and finds out later: what was stored the revision tells. */
int repository_store(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error);
/* The same for one whose texts live until the next commit. */
int repository_store_lent(struct repository *r, const struct stored_assertion *a, bool *fresh, struct error *error);

/* Makes lasting what was written. *undone (may be NULL) receives how many assertions were taken but could not be
 * kept since the last good commit; after a failed write the same. */
int repository_commit(struct repository *r, uint64_t *undone, struct error *error);

/* The same in three steps, for two threads: the one that stores ends what was written, another waits until all that was
 * ended lasts, and then does what there is to be done about it that takes a while. */
int repository_end(struct repository *r, struct error *error);
int repository_sync(struct repository *r, struct error *error);
void repository_tend(struct repository *r);

/* Endpoints in order of their identifiers, merged ones and those without claims too: every one that `filter` (NULL:
 * all) asks for, and others where no index tells. */
int repository_endpoints(struct repository *r, const struct inventory_filter *filter, repository_endpoint_fn *fn,
			 void *arg, struct error *error);

/* Everything said of an endpoint, oldest first; what is said of an address that is no endpoint. */
int repository_history(struct repository *r, const uint8_t id[16], repository_change_fn *fn, void *arg,
		       struct error *error);
int repository_spoken(struct repository *r, const char *address, repository_change_fn *fn, void *arg,
		      struct error *error);

/* What was stored after revision `since`, in that order, and the last revision there is (0: nothing was stored). */
int repository_changes(struct repository *r, uint64_t since, repository_change_fn *fn, void *arg, struct error *error);
int repository_revision(struct repository *r, uint64_t *out, struct error *error);

/* Endpoints that hold an identifier, at most `most` of them; `value` as the claim has it. Returns how many, or -1 when
 * no index tells. */
int repository_holders(struct repository *r, const char *kind, const char *value, uint8_t (*ids)[16], uint32_t most);

/* Whether many small questions cost no more than a large one. */
bool repository_is_near(const struct repository *r);

/* The provenances of those who spoke of an endpoint, each line once, oldest first. */
int repository_observers(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
			 struct error *error);

/* Forgets what its retention has passed. */
int repository_prune(struct repository *r, const struct retention *retention, struct pruned *out, struct error *error);

int repository_close(struct repository *r, struct error *error);

/* Reads the canonical text of a UUID. */
bool uuid_parse(const char *text, uint8_t out[16]);

#endif
