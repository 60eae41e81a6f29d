#include "capture/source_dpdk.h"
#include "capture/steer.h"

#include <rte_errno.h>
#include <rte_mbuf_dyn.h>
#include <string.h>

#define DESCRIPTORS 4096 /* of a queue: a worker may look away for 270 us at 10 Gbit/s of the smallest frames */
#define MBUFS_LEAST 16383u
#define MBUFS_MOST  1048575u
#define MBUFS_OWN   1024u /* of each worker and way between workers */
#define MBUF_CACHE  256u
#define JUMBO       9600u
#define RETA_GROUPS 64

int dpdk_stamp_offset = -1;
uint64_t dpdk_stamp_flag;

/* Drivers whose timestamps are known to be the time of day, in this unit, whether they offer them or not. */
static const struct {
	const char *driver;
	uint64_t ns;
} stamps[] = {{"net_pcap", 1000}};

static int refuse(const struct dpdk_port *p, const char *what, int code, struct error *error)
{
	return error_set(error, ERROR_USAGE, "--dpdk: port %s: %s: %s", p->name, what,
			 rte_strerror(code < 0 ? -code : code));
}

/* A port that spreads frames itself needs no more queues than workers. Of others nobody knows what the queues
 * are for, so all are polled. */
static uint16_t queues_of(const struct rte_eth_dev_info *info, bool rss, uint32_t workers)
{
	return rss && workers < info->max_rx_queues ? (uint16_t)workers : info->max_rx_queues;
}

static void know_stamps(struct dpdk_port *p, const struct rte_eth_dev_info *info)
{
	if (dpdk_stamp_offset < 0)
		return;
	p->stamp_ns = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP ? 1 : 0;
	for (size_t i = 0; i < RTE_DIM(stamps); i++)
		if (strcmp(info->driver_name, stamps[i].driver) == 0) {
			p->stamp_ns = stamps[i].ns;
			p->stamp_known = true;
		}
}

static struct rte_eth_conf configuration(const struct dpdk_port *p, const struct rte_eth_dev_info *info, uint64_t rss)
{
	static uint8_t key[256];
	uint64_t wanted = RTE_ETH_RX_OFFLOAD_SCATTER | (p->stamp_ns ? RTE_ETH_RX_OFFLOAD_TIMESTAMP : 0);
	uint64_t scatter = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	struct rte_eth_conf c = {.rxmode.offloads = info->rx_offload_capa & wanted};
	if (scatter)
		c.rxmode.mtu = RTE_MIN(info->max_mtu, JUMBO);
	if (rss && p->queues > 1) {
		for (size_t i = 0; i < sizeof key; i++)
			key[i] = (uint8_t)(i & 1 ? STEER_KEY & 255 : STEER_KEY >> 8);
		c.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		c.rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
			.rss_key = key,
			.rss_key_len = info->hash_key_size ? info->hash_key_size : 40,
			.rss_hf = rss,
		};
	}
	return c;
}

/* Nothing is ever sent, but some drivers want as many queues for that as for receiving; and some refuse long frames. */
static int configure(struct dpdk_port *p, struct rte_eth_conf *c, uint16_t *tx)
{
	uint32_t mtu = c->rxmode.mtu;
	int rc = -EINVAL;
	for (int attempt = 0; attempt < 4 && rc; attempt++) {
		*tx = attempt & 2 ? p->queues : 0;
		c->rxmode.mtu = attempt & 1 ? 0 : mtu;
		rc = rte_eth_dev_configure(p->id, p->queues, *tx, c);
	}
	p->opened = rc == 0;
	return rc;
}

/* As many as the queues, the workers' caches and the ways between them can hold; fewer when there is no memory. */
static struct rte_mempool *pool_for(const struct dpdk_port *p, uint32_t workers)
{
	uint32_t want = (uint32_t)p->queues * p->descriptors + workers * workers * MBUFS_OWN + MBUFS_OWN;
	char name[32];
	snprintf(name, sizeof name, "onlooker%u", p->id);
	want = rte_align32pow2(RTE_MIN(want, MBUFS_MOST)) - 1;
	want = RTE_MAX(want, MBUFS_LEAST);
	struct rte_mempool *pool = NULL;
	for (; !pool && want > p->descriptors; want /= 2)
		pool = rte_pktmbuf_pool_create(name, want, MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					       rte_eth_dev_socket_id(p->id));
	return pool;
}

static int set_up_queues(struct dpdk_port *p, uint16_t tx, uint32_t workers, struct error *error)
{
	uint16_t rx_size = DESCRIPTORS, tx_size = 512;
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx_size, &tx_size);
	if (rc)
		return refuse(p, "no ring fits", rc, error);
	p->descriptors = rx_size;
	p->pool = pool_for(p, workers);
	if (!p->pool)
		return error_set(error, ERROR_USAGE,
				 "--dpdk: port %s: no memory for its buffers; give EAL more with -m, or huge pages",
				 p->name);
	int socket = rte_eth_dev_socket_id(p->id);
	for (uint16_t q = 0; q < p->queues && !rc; q++)
		rc = rte_eth_rx_queue_setup(p->id, q, rx_size, (unsigned)socket, NULL, p->pool);
	for (uint16_t q = 0; q < tx && !rc; q++)
		rc = rte_eth_tx_queue_setup(p->id, q, tx_size, (unsigned)socket, NULL);
	return rc ? refuse(p, "setting up its queues", rc, error) : 0;
}

/* The redirection table as steer_worker() has it. A port that cannot keep it sends frames elsewhere, and the
 * workers hand them on. */
static void redirect(const struct dpdk_port *p, uint16_t entries)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_GROUPS];
	if (!entries || entries > RETA_GROUPS * RTE_ETH_RETA_GROUP_SIZE)
		return;
	memset(reta, 0, sizeof reta);
	for (uint32_t i = 0; i < entries; i++) {
		reta[i / RTE_ETH_RETA_GROUP_SIZE].mask |= 1ull << i % RTE_ETH_RETA_GROUP_SIZE;
		reta[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
			(uint16_t)steer_worker(i, p->queues);
	}
	(void)rte_eth_dev_rss_reta_update(p->id, reta, entries);
}

int port_open(struct dpdk_port *p, uint16_t id, uint32_t workers, struct error *error)
{
	struct rte_eth_dev_info info;
	*p = (struct dpdk_port){.id = id};
	if (rte_eth_dev_get_name_by_port(id, p->name))
		snprintf(p->name, sizeof p->name, "%u", id);
	int rc = rte_eth_dev_info_get(id, &info);
	if (rc)
		return refuse(p, "says nothing of itself", rc, error);
	if (dpdk_stamp_offset < 0)
		(void)rte_mbuf_dyn_rx_timestamp_register(&dpdk_stamp_offset, &dpdk_stamp_flag);
	uint64_t rss = info.flow_type_rss_offloads & RTE_ETH_RSS_IP;
	p->queues = queues_of(&info, rss != 0, workers);
	know_stamps(p, &info);
	struct rte_eth_conf conf = configuration(p, &info, rss);
	uint16_t tx = 0;
	rc = configure(p, &conf, &tx);
	if (rc)
		return refuse(p, "cannot be configured", rc, error);
	rc = set_up_queues(p, tx, workers, error);
	if (rc)
		return rc;
	rc = rte_eth_dev_start(id);
	if (rc)
		return refuse(p, "does not start", rc, error);
	if (conf.rxmode.mq_mode == RTE_ETH_MQ_RX_RSS)
		redirect(p, info.reta_size);
	(void)rte_eth_promiscuous_enable(id); /* devices without addresses take everything as it is */
	(void)rte_eth_allmulticast_enable(id);
	return 0;
}

void port_close(struct dpdk_port *p)
{
	if (p->opened) {
		(void)rte_eth_dev_stop(p->id);
		(void)rte_eth_dev_close(p->id);
	}
	rte_mempool_free(p->pool);
	p->pool = NULL;
	p->opened = false;
}

void port_counters(const struct dpdk_port *p, struct source_counters *sum)
{
	struct rte_eth_stats stats;
	if (rte_eth_stats_get(p->id, &stats))
		return;
	sum->nic_missed += stats.imissed;
	sum->nic_errors += stats.ierrors;
	sum->no_buffer += stats.rx_nombuf;
}
