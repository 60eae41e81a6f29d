/* Buffers in which datagrams are put together from their fragments.
 *
 * A fixed number of buffers, each as large as a datagram can be; the system gives their pages when they are touched.
 * When all are in use the one begun longest ago gives way. How each datagram ended is counted: begun = the sum of
 * `ended` + those still open. Owned by one fragment table; nothing is allocated while running.
 */
#ifndef ONLOOKER_CAPTURE_REASSEMBLY_H
#define ONLOOKER_CAPTURE_REASSEMBLY_H

#include "capture/coverage.h"
#include "capture/frame.h"

/* Single writer (the worker), read by control. */
struct reassembly_counters {
	uint64_t begun;
	uint64_t ended[REASSEMBLY_ENDS];
};

const char *reassembly_end_name(enum reassembly_end end);

/* A buffer and the datagram it was given to: never the same again. */
typedef uint64_t reassembly_ticket;
#define REASSEMBLY_NONE 0u /* no ticket */

struct reassemblies;

struct reassemblies *reassemblies_new(void);
void reassemblies_free(struct reassemblies *a);
const struct reassembly_counters *reassemblies_counters(const struct reassemblies *a);

/* A buffer for a datagram that begins now; that of another is taken if need be. */
reassembly_ticket reassembly_open(struct reassemblies *a, uint64_t now_ns);

/* True while the buffer still belongs to the datagram that opened it; only then the calls below may be made. */
bool reassembly_holds(const struct reassemblies *a, reassembly_ticket ticket);

/* Puts a fragment's octets where they belong. */
void reassembly_put(struct reassemblies *a, reassembly_ticket ticket, const struct piece *piece);

/* Ends a datagram that is whole: its octets, until reassembly_settle(). The buffer is no longer the caller's. */
const uint8_t *reassembly_finish(struct reassemblies *a, reassembly_ticket ticket);

/* Ends a datagram that is not whole. */
void reassembly_close(struct reassemblies *a, reassembly_ticket ticket, enum reassembly_end end);

/* Ends those that began before `before_ns`, as timed out. */
void reassembly_expire(struct reassemblies *a, uint64_t before_ns);

/* The buffers of whole datagrams can be used again. At most REASSEMBLY_UNSETTLED may be whole before. */
void reassembly_settle(struct reassemblies *a);

#define REASSEMBLY_UNSETTLED BATCH_FRAMES

#endif
