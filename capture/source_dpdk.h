/* What the files of the DPDK source share: the environment (EAL) and the ports. Nobody else includes this.
 *
 * Control thread. DPDK is started once in the life of a process: that is DPDK's rule.
 */
#ifndef ONLOOKER_CAPTURE_SOURCE_DPDK_H
#define ONLOOKER_CAPTURE_SOURCE_DPDK_H

#include "capture/source.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

/* What DPDK and its drivers print, kept from the terminal while they start. */
struct quiet {
	int out, err, kept; /* file descriptors; -1: none */
};

void quiet_begin(struct quiet *q);
/* Gives the terminal back. The most telling line of what was said goes to `why`, empty when nothing was. True when that
 * line speaks of a mistake. */
bool quiet_end(struct quiet *q, char *why, size_t size);

/* Starts the environment with these arguments, leaving the thread on the cores it had. 0 or ERROR_USAGE. */
int eal_start(const char *arguments, struct error *error);
void eal_stop(void);

struct dpdk_port {
	uint16_t id;
	uint16_t queues;
	uint16_t descriptors; /* of each queue */
	bool opened;          /* configured: to be closed */
	uint64_t stamp_ns;    /* unit of the device's timestamps; 0: it has none */
	bool stamp_known;     /* else they count only if they turn out to be the time of day */
	struct rte_mempool *pool;
	char name[RTE_ETH_NAME_MAX_LEN];
};

/* Sets up every queue the port needs for so many workers and starts it. 0 or ERROR_USAGE and a sentence. */
int port_open(struct dpdk_port *p, uint16_t id, uint32_t workers, struct error *error);
void port_close(struct dpdk_port *p);
void port_counters(const struct dpdk_port *p, struct source_counters *sum);

/* Where a timestamp lies in an mbuf, and the flag that says so; set by the first port_open(). */
extern int dpdk_stamp_offset;
extern uint64_t dpdk_stamp_flag;

#endif
