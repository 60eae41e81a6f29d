/* The reporter: what a worker has to say, said once.
 *
 * Takes packets (who was seen) and findings (what was shown), remembers in two bounded caches what was reported
 * in this epoch, and writes observations into chunks that go to the registry. Applies --local and --exclude: of an
 * endpoint that must not be observed nothing leaves the worker.
 *
 * One per worker, called by that worker alone. Chunks belong to the reporter until put on the ring, to the registry
 * until they come back.
 */
#ifndef ONLOOKER_CLASSIFY_REPORTER_H
#define ONLOOKER_CLASSIFY_REPORTER_H

#include "classify/observation.h"
#include "classify/scope.h"
#include "core/ring.h"

/* Single writer (the worker). made = handed over in full; merged = sightings that a repeat stands for. */
struct reporter_counters {
	uint64_t made, merged, out_of_scope;
	uint64_t values_cut;
};

struct reporter;

/* sets     of each cache, four things in each, a power of two; 0: as many as a large site needs
 * out, back  carry struct chunk *: filled ones out, empty ones back */
struct reporter *reporter_new(uint64_t seed, const struct scope *scope, uint32_t sets, struct ring *out,
			      struct ring *back);
void reporter_free(struct reporter *r);
const struct reporter_counters *reporter_counters(const struct reporter *r);

/* The packet opens a new epoch if its time does: hands over the repeats of the old one. Call for every packet
 * before anything else is reported of it. */
void reporter_clock(struct reporter *r, uint64_t clock_ns);

/* Works out and prefetches what the hosts of a batch will touch. At most BATCH_FRAMES packets, which stay in place
 * until reporter_settle(): what is said of them is looked up only then, when it has come from memory. `concerned`: the
 * set of packets of which anything will be said (scope_concerned()). */
void reporter_prefetch(struct reporter *r, const struct packet *packets, uint32_t count, uint64_t concerned);

/* Who sent an IP packet, or any frame: packet `index` of the batch that reporter_prefetch() was given, one of
 * those concerned. */
void reporter_host(struct reporter *r, uint32_t index);

/* Who sent the frame that the packet at hand carries (decode_carried()), after what inspection found in it. */
void reporter_carried(struct reporter *r, const struct packet *inner);

/* What is reported from here to reporter_left() travelled in packet `index` of the batch, whose own reports come before
 * it whichever worker has them. */
void reporter_enters(struct reporter *r, uint32_t index);
void reporter_left(struct reporter *r);

/* Who sent the tunnel's packet that the packet at hand came in (decode_outermost()). */
void reporter_tunnel(struct reporter *r, const struct packet *outer);

/* What inspection found; fits struct finder, context is the reporter. */
void reporter_found(void *reporter, const struct finding *finding);
void reporter_bound(void *reporter, const struct bound *bound);

/* What is found from here to reporter_flow_ended() comes of ending a flow that was over at packet time `over_ns`. */
void reporter_flow_ends(struct reporter *r, uint64_t over_ns);
void reporter_flow_ended(struct reporter *r);

/* Reports what was said of the batch, in the order in which it was said. */
void reporter_settle(struct reporter *r);

/* Everything up to `ordinal` has been reported: sends the chunk when it is due, or `now`. */
void reporter_progress(struct reporter *r, uint64_t ordinal, bool now);

/* The worker ends: hands over what is left and says so. */
void reporter_end(struct reporter *r);

#endif
