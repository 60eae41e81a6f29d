/* Making assertions: claims and events to records the publisher takes.
 *
 * Builds into the block at hand, which points to the texts of meanings as they may be said (wording.h), names the
 * assertion, submits the block when it is full. What becomes known of an endpoint together and holds over the same
 * interval is one assertion with several attributes. The registry's thread alone.
 */
#ifndef ONLOOKER_CLASSIFY_ASSERT_H
#define ONLOOKER_CLASSIFY_ASSERT_H

#include "classify/claim.h"
#include "classify/privacy.h"
#include "classify/registry.h"

/* What the attributes of one assertion have in common: the same endpoint by the same address, seen in the same way over
 * the same interval, said at the same time. */
struct sheaf_key {
	const struct node *node;
	const struct endpoint *endpoint;
	uint64_t start_ns, end_ns, collected_ns;
	enum statement statement;
	bool open;
	bool withdrawn; /* it was an error to say it of the endpoint */
};

/* What one assertion may hold, so that it fits into a message with room to spare. */
#define MOST_ATTRIBUTES 8u

/* What an assertion's identifier is to know of an attribute. */
struct said {
	uint8_t content[16]; /* digest of its words */
	uint32_t port, confidence;
};

/* An assertion that may still take attributes; it lies in the block at hand. */
struct sheaf {
	struct sheaf_key key;
	struct assertion *assertion; /* NULL: a free place */
	struct designation *own;     /* designations that others do not share; NULL while there are none */
	struct attribute *attributes;
	uint32_t room;      /* attributes there is storage for */
	uint32_t bytes;     /* of texts so far */
	uint8_t digest[16]; /* of the designations */
	struct said said[MOST_ATTRIBUTES];
};

#define SHEAVES 4u

/* By what a holder is designated, and how surely; what is not said is zero. */
struct designee_key {
	struct holder holder;
	uint8_t mac_confidence, ip_confidence, ip_known;
};

/* Designations in the block at hand: most of what is said of a holder is said together. */
struct designee {
	struct designee_key key;
	uint64_t stretch; /* in which they were made */
	const struct designation *designations;
	uint32_t n;
	uint8_t digest[16];
};

#define DESIGNEES 32u

struct asserter {
	struct outlet outlet;
	const struct privacy *privacy;
	struct meanings *meanings;
	uint8_t component[16];
	const char *(*source_name)(const void *context, uint16_t index);
	const void *source_context;
	bool flow_told[2];       /* IPv4, IPv6: evidence may tell in which flow it was seen */
	bool kept[DESIGNATIONS]; /* no privacy rule is about it */
	struct assertion_block *block;
	uint64_t stretch; /* number of the block at hand */
	struct sheaf sheaves[SHEAVES];
	uint32_t next_sheaf; /* the oldest: its place is taken next */
	struct designee designees[DESIGNEES];
	uint64_t made, settled;
};

/* Works out what follows from the privacy rules, once they are set. */
void assert_set_up(struct asserter *a);

/* How a claim stands: it holds still, it did until now, or it was an error to say it of this endpoint. */
enum standing { STANDING_OPEN, STANDING_OVER, STANDING_WITHDRAWN };

/* Says a claim of endpoint `p`, NULL when it is about an address that is only spoken of. What is withdrawn closes with
 * CONFIDENCE_WITHDRAWN, and so do the designations it gave the endpoint, its MAC's apart. */
void assert_claim(struct asserter *a, const struct claim *c, const struct endpoint *p, enum standing standing,
		  uint64_t now_ns);

enum event {
	EVENT_NEW_ENDPOINT,
	EVENT_NEW_SOFTWARE,
	EVENT_VERSION_CHANGED,
	EVENT_ADDRESS_MOVED,
	EVENT_CONFLICT,
	EVENT_GONE
};

/* Says that something happened to an endpoint; `old` and `now` may be NULL. */
void assert_event(struct asserter *a, enum event event, const struct endpoint *p, const struct node *n, const char *old,
		  const char *now, uint64_t time_ns);

/* What comes now has nothing in common with what came before: it begins assertions of its own. */
void assert_settle(struct asserter *a);

/* What is said from now on is said under this provenance, which outlives the sinks. */
void assert_under(struct asserter *a, const struct provenance *provenance);

/* Submits what is begun. */
void assert_flush(struct asserter *a);

#endif
