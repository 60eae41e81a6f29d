/* Several systems of one make behind one address, told by the clocks and counters in how connections begin.
 *
 * A kernel's TCP timestamps towards one destination run on one line at 1000, 250 or 100 ticks a second (RFC 7323 5.4;
 * newer ones begin each pair of addresses, or each connection, at a random value), and so do IPv4 identifiers that are
 * counted per destination (RFC 7739). Connections from one address to another that fall on two lines in turn come from
 * two systems: A, B, and A again. What begins at random falls on no line; who is started anew ends one line before it
 * begins another.
 *
 * Each make has its lines: a Mac's clock and an Android's are no two Macs.
 *
 * A bounded table of pairs of addresses, in sets by who owns their flows: so what makes room for what does not depend
 * on the number of workers, if that is a power of two. No allocation but at start. The owning worker alone.
 */
#ifndef ONLOOKER_CLASSIFY_FINGERPRINT_CLOCK_H
#define ONLOOKER_CLASSIFY_FINGERPRINT_CLOCK_H

#include "capture/packet.h"

struct clocks;

enum clock_kind { CLOCK_STAMPS, CLOCK_COUNTERS, CLOCK_KINDS };

/* NULL without memory. */
struct clocks *clocks_new(void);
void clocks_free(struct clocks *c);

/* A connection begins with this SYN. Sets at_least[kind] to the number of systems that the sender's connections to the
 * same destination come from at least, when that is more than it was told before, else to 0. True when any was set. */
bool clocks_note(struct clocks *c, const struct packet *syn, unsigned at_least[CLOCK_KINDS]);

#endif
