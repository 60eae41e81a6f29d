#include "capture/packet_ring.h"

#include "capture/steer.h"

#include <net/if.h> /* before the kernel's, which then leave out what it has */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
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
	r->away = calloc(r->blocks, sizeof *r->away);
	return r->away ? 0 : error_set(error, ERROR_FAILED, "capture: out of memory");
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
	free(r->away);
	if (r->fd >= 0)
		close(r->fd);
	r->map = NULL;
	r->away = NULL;
	r->fd = -1;
}

/* What the kernel runs to choose a worker: steer_spread() over the addresses of IPv4 and IPv6, behind at most one tag
 * that the card left in place. The kernel takes the result modulo the number of workers. */
enum { NET = SKF_NET_OFF, PROTOCOL = SKF_AD_OFF + SKF_AD_PROTOCOL };
#define WORD(offset)  BPF_STMT(BPF_LD | BPF_W | BPF_IND, (uint32_t)(NET + (offset)))
#define KEEP(place)   BPF_STMT(BPF_ST, place)
#define RECALL(place) BPF_STMT(BPF_LDX | BPF_MEM, place)
#define XOR           BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
static struct sock_filter spread[] = {
	BPF_STMT(BPF_LDX | BPF_IMM, 0), /* octets before the IP header */
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)PROTOCOL),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 0, 2),
	BPF_STMT(BPF_LDX | BPF_IMM, TAG_BYTES),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(NET + 2)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 6, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	/* IPv4 */
	WORD(12),
	KEEP(0),
	WORD(16),
	RECALL(0),
	BPF_STMT(BPF_JMP | BPF_JA, 28),
	/* IPv6 */
	WORD(8),
	KEEP(0),
	WORD(12),
	KEEP(1),
	WORD(16),
	KEEP(2),
	WORD(20),
	KEEP(3),
	WORD(24),
	KEEP(4),
	WORD(28),
	KEEP(5),
	WORD(32),
	KEEP(6),
	WORD(36),
	RECALL(1),
	XOR,
	RECALL(2),
	XOR,
	RECALL(3),
	XOR,
	RECALL(4),
	XOR,
	RECALL(5),
	XOR,
	RECALL(6),
	XOR,
	RECALL(0),
	/* both: the last word, then its halves together, and spread */
	XOR,
	BPF_STMT(BPF_MISC | BPF_TAX, 0),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
	XOR,
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff),
	BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, STEER_FACTOR),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 26),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

static int join(const struct packet_ring *r, unsigned type, int group)
{
	unsigned argument = (group < 0 ? 0 : (unsigned)group) | type << 16;
	if (group < 0)
		argument |= PACKET_FANOUT_FLAG_UNIQUEID << 16;
	return set(r, PACKET_FANOUT, &argument, sizeof argument);
}

/* The group's number; its first member has made it. */
static int number_of_group(const struct packet_ring *r, int *group)
{
	unsigned argument = 0;
	socklen_t size = sizeof argument;
	if (getsockopt(r->fd, SOL_PACKET, PACKET_FANOUT, &argument, &size))
		return -1;
	*group = (int)(argument & 0xffff);
	return 0;
}

int packet_ring_join(struct packet_ring *r, int *group, const char *interface, struct error *error)
{
	struct sock_fprog program = {.len = sizeof spread / sizeof *spread, .filter = spread};
	if (!join(r, PACKET_FANOUT_CBPF, *group)) {
		if (*group >= 0)
			return 0;
		if (set(r, PACKET_FANOUT_DATA, &program, sizeof program))
			return refused(interface, "the kernel refuses the program that spreads frames", error);
	} else if (join(r, PACKET_FANOUT_HASH, *group)) {
		return refused(interface, "cannot be shared by several workers; try --workers 1", error);
	}
	return number_of_group(r, group) ? refused(interface, "its group has no number; try --workers 1", error) : 0;
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

static struct tpacket_block_desc *block_at(const struct packet_ring *r, uint32_t number)
{
	return (struct tpacket_block_desc *)(void *)(r->map + (uint64_t)number * PACKET_RING_BLOCK);
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

/* All frames of the block at hand are taken: on to the next, and keep it until it can go back. */
static void leave(struct packet_ring *r)
{
	r->ready = false;
	r->held++;
	r->block = r->block + 1 == r->blocks ? 0 : r->block + 1;
}

bool packet_ring_ready(struct packet_ring *r)
{
	while (!r->ready) {
		struct tpacket_block_desc *b = block_at(r, r->block);
		/* the kernel's release is a write barrier before it hands the block over */
		if (r->held == r->blocks ||
		    !(atomic_load_explicit(status_of(b), memory_order_acquire) & TP_STATUS_USER))
			return false;
		r->ready = true;
		r->left = b->hdr.bh1.num_pkts;
		r->head = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
		if (r->left)
			look(r);
		else
			leave(r);
	}
	return true;
}

/* The card took the tag out of the frame: it goes back behind the addresses, into the room reserved before them. */
static void put_tag_back(struct tpacket3_hdr *h)
{
	uint8_t *from = (uint8_t *)h + h->tp_mac, *at = from - TAG_BYTES;
	uint16_t type = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : ETH_P_8021Q;
	uint16_t tag = (uint16_t)h->hv1.tp_vlan_tci;
	memmove(at, from, 12);
	at[12] = (uint8_t)(type >> 8);
	at[13] = (uint8_t)type;
	at[14] = (uint8_t)(tag >> 8);
	at[15] = (uint8_t)tag;
	h->tp_mac -= TAG_BYTES;
	h->tp_snaplen += TAG_BYTES;
	h->tp_len += TAG_BYTES;
	h->tp_status &= ~(uint32_t)TP_STATUS_VLAN_VALID;
}

void packet_ring_borrowed(const struct packet_ring *r, const void *item, struct frame *f)
{
	const struct tpacket3_hdr *h = item;
	f->data = (const uint8_t *)h + h->tp_mac;
	f->caplen = h->tp_snaplen;
	f->wirelen = h->tp_len < h->tp_snaplen ? h->tp_snaplen : h->tp_len;
	f->link = (uint16_t)r->link;
	f->part = FRAME_ALL;
}

void *packet_ring_take(struct packet_ring *r, struct frame *f)
{
	struct tpacket3_hdr *h = (struct tpacket3_hdr *)(void *)r->head;
	if (h->tp_status & TP_STATUS_VLAN_VALID && r->link == LINK_ETHERNET && h->tp_snaplen >= 12)
		put_tag_back(h);
	packet_ring_borrowed(r, h, f);
	f->time_ns = r->time_ns;
	if (--r->left) {
		r->head += h->tp_next_offset;
		look(r);
	} else {
		leave(r);
	}
	return h;
}

static _Atomic uint32_t *away_of(const struct packet_ring *r, const void *item)
{
	return &r->away[((uint64_t)((const uint8_t *)item - r->map)) / PACKET_RING_BLOCK];
}

void packet_ring_lend(struct packet_ring *r, const void *item)
{
	/* what hands it over is a release */
	atomic_fetch_add_explicit(away_of(r, item), 1, memory_order_relaxed);
}

void packet_ring_done(struct packet_ring *r, const void *item)
{
	/* read by packet_ring_release(): what was read of the frame was read before */
	atomic_fetch_sub_explicit(away_of(r, item), 1, memory_order_release);
}

void packet_ring_release(struct packet_ring *r)
{
	while (r->held && !atomic_load_explicit(&r->away[r->oldest], memory_order_acquire)) {
		/* what was read of the block was read before the kernel may write there again */
		atomic_store_explicit(status_of(block_at(r, r->oldest)), TP_STATUS_KERNEL, memory_order_release);
		r->oldest = r->oldest + 1 == r->blocks ? 0 : r->oldest + 1;
		r->held--;
	}
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
