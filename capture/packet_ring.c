#include "capture/packet_ring.h"

#include <net/if.h> /* before the kernel's, which then leave out what it has */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG_BYTES 4 /* room before a frame to put its VLAN tag back */

/* What the kernel calls an interface's link, and what its frames begin with. */
static const struct row {
	uint16_t hardware;
	uint16_t link; /* enum link */
} rows[] = {
	{ARPHRD_ETHER, LINK_ETHERNET}, {ARPHRD_LOOPBACK, LINK_ETHERNET},  {ARPHRD_NONE, LINK_RAW},
	{ARPHRD_RAWIP, LINK_RAW},      {ARPHRD_TUNNEL, LINK_RAW},         {ARPHRD_TUNNEL6, LINK_RAW},
	{ARPHRD_SIT, LINK_RAW},        {ARPHRD_IEEE80211, LINK_WIRELESS}, {ARPHRD_IEEE80211_RADIOTAP, LINK_RADIOTAP},
};

/* ---- opening ---- */

static int refused(const char *interface, const char *what, struct error *error)
{
	if (errno == EPERM || errno == EACCES)
		return error_set(error, ERROR_USAGE,
				 "%s: no permission to capture; run as root or give the program CAP_NET_RAW",
				 interface);
	return error_set(error, ERROR_FAILED, "%s: %s: %s", interface, what, strerror(errno));
}

static int set(const struct packet_ring *r, int option, const void *value, socklen_t size)
{
	return setsockopt(r->fd, SOL_PACKET, option, value, size);
}

static int find_link(struct packet_ring *r, const char *interface, int *hardware, struct error *error)
{
	struct ifreq request = {0};
	strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
	if (ioctl(r->fd, SIOCGIFHWADDR, &request))
		return refused(interface, "cannot ask for its link", error);
	*hardware = request.ifr_hwaddr.sa_family;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].hardware == *hardware) {
			r->link = (enum link)rows[i].link;
			return 0;
		}
	return error_set(error, ERROR_USAGE, "%s: frames of its link (ARPHRD %d) cannot be decoded; name another",
			 interface, *hardware);
}

/* Lets nothing in until packet_ring_admit(). */
static int shut(struct packet_ring *r)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};
	return setsockopt(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int make_ring(struct packet_ring *r, const struct packet_ring_options *o, struct error *error)
{
	const int version = TPACKET_V3;
	const unsigned reserve = TAG_BYTES;
	if (set(r, PACKET_VERSION, &version, sizeof version) || set(r, PACKET_RESERVE, &reserve, sizeof reserve))
		return refused(o->interface, "the kernel has no TPACKET_V3", error);
	r->blocks = (uint32_t)(o->bytes / PACKET_RING_BLOCK);
	if (r->blocks < 2)
		r->blocks = 2;
	struct tpacket_req3 request = {
		.tp_block_size = PACKET_RING_BLOCK,
		.tp_block_nr = r->blocks,
		.tp_frame_size = TPACKET_ALIGNMENT << 7,
		.tp_frame_nr = r->blocks * (PACKET_RING_BLOCK / (TPACKET_ALIGNMENT << 7)),
		.tp_retire_blk_tov = o->block_timeout_ms,
	};
	r->bytes = (uint64_t)r->blocks * PACKET_RING_BLOCK;
	void *map = MAP_FAILED;
	if (!set(r, PACKET_RX_RING, &request, sizeof request))
		map = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (map == MAP_FAILED)
		return error_set(error, ERROR_FAILED,
				 "%s: no ring of %u MiB: %s; give --ring-size a smaller number, or --workers",
				 o->interface, (unsigned)(r->bytes >> 20), strerror(errno));
	r->map = map;
	return 0;
}

/* From here on the interface delivers, to a door that is shut. */
static int attach(struct packet_ring *r, const struct packet_ring_options *o, int hardware, struct error *error)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = r->index};
	struct packet_mreq all = {.mr_ifindex = r->index, .mr_type = PACKET_MR_PROMISC};
	const int one = 1;
	/* every frame passes loopback twice: going out, coming in */
	if (hardware == ARPHRD_LOOPBACK)
		(void)set(r, PACKET_IGNORE_OUTGOING, &one, sizeof one);
	if (shut(r) || bind(r->fd, (const struct sockaddr *)(const void *)&address, sizeof address))
		return refused(o->interface, "cannot listen", error);
	if (o->promiscuous && set(r, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
		return refused(o->interface, "cannot be made promiscuous", error);
	return 0;
}

int packet_ring_open(const struct packet_ring_options *options, struct packet_ring *out, struct error *error)
{
	int hardware = 0;
	*out = (struct packet_ring){.fd = -1, .index = (int)if_nametoindex(options->interface)};
	if (!out->index)
		return error_set(error, ERROR_USAGE, "%s: there is no such interface; see ip link", options->interface);
	/* protocol 0: takes nothing before it is bound */
	out->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int code = out->fd < 0 ? refused(options->interface, "no packet socket", error) : 0;
	if (!code)
		code = find_link(out, options->interface, &hardware, error);
	if (!code)
		code = make_ring(out, options, error);
	if (!code)
		code = attach(out, options, hardware, error);
	if (code)
		packet_ring_close(out);
	return code;
}

void packet_ring_close(struct packet_ring *r)
{
	if (r->map)
		munmap(r->map, r->bytes);
	if (r->fd >= 0)
		close(r->fd);
	r->map = NULL;
	r->fd = -1;
}

int packet_ring_join(struct packet_ring *r, int *group, const char *interface, struct error *error)
{
	/* Fragments are put together first, or the later ones, without ports, would go elsewhere. */
	unsigned type = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
	if (*group < 0)
		type |= PACKET_FANOUT_FLAG_UNIQUEID;
	unsigned argument = (*group < 0 ? 0 : (unsigned)*group) | type << 16;
	socklen_t size = sizeof argument;
	if (set(r, PACKET_FANOUT, &argument, sizeof argument))
		return refused(interface, "cannot be shared by several workers; try --workers 1", error);
	if (getsockopt(r->fd, SOL_PACKET, PACKET_FANOUT, &argument, &size))
		return refused(interface, "its group has no number; try --workers 1", error);
	*group = (int)(argument & 0xffff);
	return 0;
}

int packet_ring_admit(struct packet_ring *r, const struct packet_program *program, const char *interface,
		      struct error *error)
{
	struct sock_fprog code = {.len = program->count, .filter = program->code};
	if (setsockopt(r->fd, SOL_SOCKET, SO_ATTACH_FILTER, &code, sizeof code))
		return error_set(error, ERROR_FAILED, "%s: the kernel refuses the filter: %s; give a shorter one",
				 interface, strerror(errno));
	return 0;
}

void packet_ring_refuse(struct packet_ring *r)
{
	(void)shut(r);
}

/* ---- reading ---- */

static struct tpacket_block_desc *block_at(const struct packet_ring *r)
{
	return (struct tpacket_block_desc *)(void *)(r->map + (uint64_t)r->block * PACKET_RING_BLOCK);
}

static _Atomic uint32_t *status_of(struct tpacket_block_desc *b)
{
	return (_Atomic uint32_t *)(void *)&b->hdr.bh1.block_status;
}

static void look(struct packet_ring *r)
{
	const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)(const void *)r->head;
	r->time_ns = h->tp_sec * 1000000000ull + h->tp_nsec;
}

bool packet_ring_ready(struct packet_ring *r)
{
	while (!r->ready) {
		struct tpacket_block_desc *b = block_at(r);
		/* the kernel's release is a write barrier before it hands the block over */
		if (!(atomic_load_explicit(status_of(b), memory_order_acquire) & TP_STATUS_USER))
			return false;
		r->ready = true;
		r->left = b->hdr.bh1.num_pkts;
		r->head = (const uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
		if (r->left)
			look(r);
		else
			packet_ring_release(r);
	}
	return r->left > 0;
}

/* The card took the tag out of the frame: it goes back behind the addresses, into the room reserved before them. */
static void put_tag_back(struct frame *f, const struct tpacket3_hdr *h)
{
	uint8_t *at = (uint8_t *)(uintptr_t)f->data - TAG_BYTES;
	uint16_t type = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : ETH_P_8021Q;
	uint16_t tag = (uint16_t)h->hv1.tp_vlan_tci;
	memmove(at, f->data, 12);
	at[12] = (uint8_t)(type >> 8);
	at[13] = (uint8_t)type;
	at[14] = (uint8_t)(tag >> 8);
	at[15] = (uint8_t)tag;
	f->data = at;
	f->caplen += TAG_BYTES;
	f->wirelen += TAG_BYTES;
}

bool packet_ring_take(struct packet_ring *r, struct frame *f)
{
	const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)(const void *)r->head;
	f->data = r->head + h->tp_mac;
	f->caplen = h->tp_snaplen;
	f->wirelen = h->tp_len < h->tp_snaplen ? h->tp_snaplen : h->tp_len;
	f->time_ns = r->time_ns;
	f->link = (uint16_t)r->link;
	if (h->tp_status & TP_STATUS_VLAN_VALID && r->link == LINK_ETHERNET && f->caplen >= 12)
		put_tag_back(f, h);
	if (!--r->left)
		return false;
	r->head += h->tp_next_offset;
	look(r);
	return true;
}

void packet_ring_release(struct packet_ring *r)
{
	if (!r->ready || r->left)
		return;
	/* what was read of the block was read before the kernel may write there again */
	atomic_store_explicit(status_of(block_at(r)), TP_STATUS_KERNEL, memory_order_release);
	r->ready = false;
	r->block = r->block + 1 == r->blocks ? 0 : r->block + 1;
}

void packet_ring_count(struct packet_ring *r)
{
	struct tpacket_stats_v3 s;
	socklen_t size = sizeof s;
	if (getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &s, &size))
		return;
	/* asking sets them to zero; those dropped are among the packets */
	r->packets += s.tp_packets;
	r->drops += s.tp_drops;
}

void packet_ring_check(struct packet_ring *r)
{
	char name[IF_NAMESIZE];
	int reason;
	socklen_t size = sizeof reason;
	(void)getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &reason, &size); /* asking clears it, or poll() would not wait */
	r->gone = !if_indextoname((unsigned)r->index, name);
}
