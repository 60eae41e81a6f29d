#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/capture/decoding.h"

static void udp_over_ethernet(void **state)
{
	struct made m = udp_frame();
	add_fill(&m, 13, 0); /* padding is not payload */
	struct packet p = decode(&m, LINK_ETHERNET);
	check_udp(&p);
	assert_int_equal(p.flags, PACKET_HAS_MAC | PACKET_HAS_PORTS);
	assert_memory_equal(p.src_mac, "\x02\0\0\0\0\x01", 6);
	assert_memory_equal(p.dst_mac, "\x02\0\0\0\0\x02", 6);
	assert_int_equal(p.ip_total, 33);
	assert_int_equal(p.l3_len, 33 + 13);
	assert_int_equal(p.ethertype, 0x0800);
	assert_int_equal(p.segment, 0);
	assert_int_equal(p.ttl, 64);
	assert_int_equal(p.clock_ns, 1);
	assert_null(p.tcp.options);
	assert_int_equal(p.tcp.flags, 0);
}

static void tcp_with_options(void **state)
{
	struct made m = tcp_frame();
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_IP);
	assert_int_equal(p.flags, PACKET_HAS_MAC | PACKET_HAS_PORTS | PACKET_TCP);
	assert_int_equal(p.tcp.seq, 0x01020304);
	assert_int_equal(p.tcp.ack, 0x05060708);
	assert_int_equal(p.tcp.flags, TCP_SYN);
	assert_int_equal(p.tcp.window, 1024);
	assert_int_equal(p.tcp.urgent, 7);
	assert_int_equal(p.tcp.options_len, 4);
	assert_memory_equal(p.tcp.options, "\2\4\5\xb4", 4);
	assert_int_equal(p.payload_len, 3);
	assert_int_equal(p.ip_flags, 2);
}

/* Every length the snapshot may cut at: metered as soon as the IP header is whole, and said to be cut. */
static void cut_at_every_length(void **state)
{
	struct made m = tcp_frame();
	for (uint32_t n = 0; n < m.len; n++) {
		struct packet p = decode_with(&m, LINK_ETHERNET, n, 1);
		assert_true(p.flags & PACKET_CUT);
		assert_false(p.flags & PACKET_BAD_L4);
		if (n < 34) {
			assert_int_equal(p.verdict, VERDICT_MALFORMED);
			assert_int_equal(p.malformed, MALFORMED_CUT);
			continue;
		}
		assert_int_equal(p.verdict, VERDICT_IP);
		assert_int_equal(p.ip_total, 47);
		assert_int_equal(!!(p.flags & PACKET_HAS_PORTS), n >= 38);
		assert_int_equal(!!(p.flags & PACKET_TCP), n >= 58);
		assert_int_equal(p.payload_wire, n >= 58 ? 3 : 27);
		assert_int_equal(p.payload_len, n >= 58 ? n - 58 : n - 34);
	}
}

/* A frame that is short on the wire itself contradicts its own lengths. */
static void short_on_the_wire(void **state)
{
	struct made whole = tcp_frame();
	for (uint32_t n = 0; n < 34; n++) {
		struct made m = whole;
		m.len = n;
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_int_equal(p.verdict, VERDICT_MALFORMED);
		assert_int_equal(p.malformed, n < 14 ? MALFORMED_LINK : MALFORMED_IPV4_HEADER);
	}
}

struct breakage {
	const char *what;
	uint32_t at;
	uint8_t octet;
	uint8_t verdict, malformed;
	uint16_t flags; /* that must be there */
};

static void one_thing_broken(void **state)
{
	static const struct breakage cases[] = {
		{"version", 14, 0x65, VERDICT_MALFORMED, MALFORMED_IPV4_HEADER, 0},
		{"header too short", 14, 0x44, VERDICT_MALFORMED, MALFORMED_IPV4_HEADER, 0},
		{"header beyond total", 14, 0x4f, VERDICT_MALFORMED, MALFORMED_IPV4_HEADER, 0},
		{"total below header", 17, 19, VERDICT_MALFORMED, MALFORMED_IPV4_HEADER, 0},
		{"total beyond frame", 16, 1, VERDICT_IP, 0, PACKET_CUT},
		{"data offset too small", 46, 0x40, VERDICT_IP, 0, PACKET_BAD_L4 | PACKET_HAS_PORTS},
		{"data offset too large", 46, 0xf0, VERDICT_IP, 0, PACKET_BAD_L4 | PACKET_HAS_PORTS},
		{"other protocol", 13, 0x06, VERDICT_NOT_IP, 0, PACKET_HAS_MAC},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct made m = tcp_frame();
		m.data[cases[i].at] = cases[i].octet;
		struct packet p = decode(&m, LINK_ETHERNET);
		if (p.verdict != cases[i].verdict || p.malformed != cases[i].malformed ||
		    (p.flags & cases[i].flags) != cases[i].flags)
			fail_msg("%s: verdict %d malformed %d flags %x", cases[i].what, p.verdict, p.malformed,
				 p.flags);
		if (cases[i].flags & PACKET_BAD_L4)
			assert_false(p.flags & PACKET_TCP);
	}
}

static void offloaded_segment_has_the_length_of_its_frame(void **state)
{
	struct made m = udp_frame();
	put16(&m, 16, 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	check_udp(&p);
	assert_int_equal(p.ip_total, 33);
}

static void udp_length_contradicts(void **state)
{
	struct made m = udp_frame();
	put16(&m, 38, 200);
	assert_true(decode(&m, LINK_ETHERNET).flags & PACKET_BAD_L4);
	put16(&m, 38, 7);
	assert_true(decode(&m, LINK_ETHERNET).flags & PACKET_BAD_L4);
	put16(&m, 38, 8 + 2);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.payload_len, 2);
	assert_int_equal(p.payload_wire, 2);
	assert_false(p.flags & (PACKET_BAD_L4 | PACKET_CUT));
}

/* What stands before IP, and the segment that comes of it, or the verdict. */
struct link_case {
	enum link link;
	uint32_t want;
	const char *octets;
	size_t len;
};

static void links_and_tags(void **state)
{
	static const struct link_case cases[] = {
#define CASE(link, want, octets) {link, want, octets, sizeof octets - 1}
		CASE(LINK_ETHERNET, 0x064, MACS "\x81\0\0\x64\x08\0"),
		CASE(LINK_ETHERNET, 0, MACS "\x81\0\xe0\0\x08\0"), /* priority tag */
		CASE(LINK_ETHERNET, 0x065064, MACS "\x88\xa8\0\x64\x81\0\0\x65\x08\0"),
		CASE(LINK_ETHERNET, 0x065064, MACS "\x91\0\0\x64\x81\0\0\x65\x81\0\0\x66\x08\0"),
		CASE(LINK_ETHERNET, 0, MACS "\0\x30\xaa\xaa\x03\0\0\0\x08\0"), /* SNAP */
		CASE(LINK_ETHERNET, 0, MACS "\0\x30\x06\x06\x03"),
		CASE(LINK_ETHERNET, 0, MACS "\x88\x47\0\1\0\x40\0\1\1\x40"),
		CASE(LINK_ETHERNET, 0, MACS "\x88\x47\0\1\1\x40\0\0\0\0" MACS "\x08\0"), /* pseudowire, control word */
		CASE(LINK_ETHERNET, 0, MACS "\x88\x47\0\1\1\x40" MACS "\x08\0"),         /* and without */
		CASE(LINK_ETHERNET, 0, MACS "\x88\x64\x11\0\0\1\0\x30\0\x21"),
		CASE(LINK_ETHERNET, 0, MACS "\x89\x26\0\0\0\0\x08\0"), /* VN-Tag */
		CASE(LINK_LINUX_SLL, 0, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0"),
		CASE(LINK_LINUX_SLL, 0x00a, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x81\0\0\x0a\x08\0"),
		CASE(LINK_LINUX_SLL2, 0, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0"),
		CASE(LINK_NFLOG, 0, "\2\0\0\0\x05\0\x0a\0x\0\0\0\x25\0\x09\0"),
		CASE(LINK_NFLOG, 0, "\2\0\0\0\0\x08\0\1\0\0\0\0\0\x25\0\x09"),
		CASE(LINK_FRAME_RELAY, 0, "\x18\x61\x08\0"),                     /* Cisco's */
		CASE(LINK_FRAME_RELAY, 0, "\x18\x61\x03\xcc"),                   /* RFC 2427 */
		CASE(LINK_FRAME_RELAY, 0, "\x18\x60\x01\x03\0\x80\0\0\0\x08\0"), /* long address, SNAP */
		CASE(LINK_RAW, 0, ""),
		CASE(LINK_NULL, 0, "\2\0\0\0"),
		CASE(LINK_NULL, 0, "\0\0\0\2"),
		CASE(LINK_PPP, 0, "\xff\x03\0\x21"),
		CASE(LINK_PPP, 0, "\0\x21"),
		CASE(LINK_PPP, 0, "\x21"),
		CASE(LINK_PPP, 0, "\x0f\0\x08\0"),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct made front = front_of(cases[i].octets, cases[i].len);
		expect_udp_behind(&front, cases[i].link, cases[i].want);
	}
}

#define ZERO8 "\0\0\0\0\0\0\0\0"
#define SNAP  "\xaa\xaa\3\0\0\0\x08\0"

static void wrappers_and_other_links(void **state)
{
	static const struct link_case cases[] = {
		CASE(LINK_PPI, 0, "\0\0\x08\0\1\0\0\0" MACS "\x08\0"),
		CASE(LINK_PPI, 0, "\0\0\x0c\0\x65\0\0\0\0\0\0\0"),             /* raw IP inside, a field before */
		CASE(LINK_PPI, 0, "\0\0\x08\0\xc0\0\0\0\0\0\x08\0\x0c\0\0\0"), /* one in another */
		CASE(LINK_PKTAP, 0, "\x0c\0\0\0\1\0\0\0\1\0\0\0" MACS "\x08\0"),
		CASE(LINK_PFLOG, 0,
		     "\x05\2"
		     "abcdef"), /* a length that is no word */
		CASE(LINK_ENC, 0, "\2\0\0\0" ZERO8),
		CASE(LINK_ENC, 0, "\0\0\0\2" ZERO8),
		CASE(LINK_IPNET, 0, ZERO8 ZERO8 ZERO8),
		CASE(LINK_JUNIPER_ETHERNET, 0, "MGC\1" MACS "\x08\0"),
		CASE(LINK_JUNIPER_ETHERNET, 0x064, "MGC\x81\0\2\0\0" MACS "\x81\0\0\x64\x08\0"),
		CASE(LINK_JUNIPER_ETHERNET, 0, "MGC\3\0\0\0\0"),
		CASE(LINK_JUNIPER_PPP, 0, "MGC\0\xff\3\0\x21"),
		CASE(LINK_NETANALYZER, 0, "\0\0\0\0" MACS "\x08\0"),
		CASE(LINK_NETANALYZER, 0, "\0\0\0\0\x55\x55\x55\x55\x55\x55\x55\xd5" MACS "\x08\0"),
		CASE(LINK_ERF, 0,
		     ZERO8 "\2"
			   "\4\0\0\0\0\0\0\0\0" MACS "\x08\0"),
		CASE(LINK_ERF, 0, ZERO8 "\x82\4\0\0\0\0\0\0\x80\0\0\0\0\0\0\0" ZERO8 "\0\0" MACS "\x08\0"),
		CASE(LINK_PRISM, 0, "\x44\0\0\0\x08\0\0\0\x08\1\0\0" MACS "\0\0\0\0\0\0\0\0" SNAP),
		CASE(LINK_PRISM, 0, "\x80\x21\x10\1\0\0\0\x08\x08\1\0\0" MACS "\0\0\0\0\0\0\0\0" SNAP),
		CASE(LINK_PPP_DIRECTION, 0, "\1\xff\3\0\x21"),
		CASE(LINK_PPP_DIRECTION, 0, "\0\x0f\0\x08\0"),
		CASE(LINK_NULL, 0, "\x0f\0\x08\0"), /* HDLC where the family should be */
		CASE(LINK_DSA, 0, MACS "\xc0\x08\x0f\xff\x08\0"),
		CASE(LINK_DSA, 0x064, MACS "\xe0\x08\xe0\x64\x08\0"),
		CASE(LINK_EDSA, 0x064, MACS "\xda\xda\0\0\x20\x08\0\x64\x08\0"),
		CASE(LINK_BROADCOM, 0, MACS "\0\0\0\1\x08\0"),
		CASE(LINK_BROADCOM_FRONT, 0, "\0\0\0\1" MACS "\x08\0"),
		CASE(LINK_FDDI, 0, "\x57" MACS SNAP),
		CASE(LINK_TOKEN_RING, 0, "\x10\x40" MACS SNAP),
		CASE(LINK_TOKEN_RING, 0, "\x10\x40\2\0\0\0\0\2\x82\0\0\0\0\1\x06\x30\0\x10\0\x20" SNAP),
		CASE(LINK_ARCNET, 0, "\1\2\xf0"),
		CASE(LINK_ARCNET, 0, "\1\2\xd4\0\0\1"),
		CASE(LINK_ARCNET_LINUX, 0, "\1\2\0\0\xd4\xff\xff\xff\0\0\1"),
		CASE(LINK_INFINIBAND, 0, ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 "\x08\0\0\0"),
		CASE(LINK_FIBRE_CHANNEL, 0, "\x10\0\2\0\0\0\0\2\x10\0\2\0\0\0\0\1" SNAP),
		CASE(LINK_ATM, 0, SNAP),
		CASE(LINK_SUN_ATM, 0, "\x82\0\0\x64" SNAP),
		CASE(LINK_SUN_ATM, 0, "\1\0\0\x64\0\1" MACS "\x08\0"),
		CASE(LINK_SLIP, 0, ZERO8 ZERO8),
		CASE(LINK_MPLS, 0, "\0\1\1\x40"),
		CASE(LINK_PPPOE, 0, "\x11\0\0\1\0\x30\0\x21"),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct made front = front_of(cases[i].octets, cases[i].len);
		expect_udp_behind(&front, cases[i].link, cases[i].want);
		for (size_t cut = 0; cut < cases[i].len;
		     cut++) { /* whatever is cut is no IP, and nothing is read behind it */
			struct made some = front_of(cases[i].octets, cut);
			struct packet p = decode(&some, cases[i].link);
			assert_int_not_equal(p.verdict, VERDICT_IP);
		}
	}
}

/* What carries no IP is said to be that, not malformed; what may be anything is no frame of ours. */
static void wrappers_of_something_else(void **state)
{
	static const struct link_case cases[] = {
		CASE(LINK_PKTAP, VERDICT_NOT_IP, "\x0c\0\0\0\0\0\0\0\1\0\0\0"), /* an event */
		CASE(LINK_PKTAP, VERDICT_MALFORMED, "\x0c\0\0\0\1\0\0\0\x99\0\0\0" MACS "\x08\0"),
		CASE(LINK_ERF, VERDICT_NOT_IP, ZERO8 "\1\4\0\0\0\0\0\0\0\0"),
		CASE(LINK_FDDI, VERDICT_NOT_IP, "\x41" MACS SNAP),
		CASE(LINK_TOKEN_RING, VERDICT_NOT_IP, "\x10\0" MACS SNAP),
		CASE(LINK_ARCNET, VERDICT_NOT_IP, "\1\2\xd4\3\0\1\x45"), /* the first of two pieces */
		CASE(LINK_ARCNET, VERDICT_NOT_IP, "\1\2\xdd\0\0\1"),
		CASE(LINK_SUN_ATM, VERDICT_NOT_IP, "\6\0\0\5\0\0"),
		CASE(LINK_SLIP, VERDICT_NOT_IP, ZERO8 ZERO8 "\x80\0"),
		CASE(LINK_JUNIPER_ETHERNET, VERDICT_MALFORMED, "MGX\1" MACS "\x08\0"),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct made m = front_of(cases[i].octets, cases[i].len);
		struct packet p = decode(&m, cases[i].link);
		assert_int_equal(p.verdict, cases[i].want);
	}
}

static void cooked_frames_have_their_senders_mac_only(void **state)
{
	struct made m = front_of("\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\x06", 16);
	add_fill(&m, 28, 0);
	struct packet p = decode(&m, LINK_LINUX_SLL);
	assert_int_equal(p.verdict, VERDICT_NOT_IP);
	assert_int_equal(p.ethertype, 0x0806);
	assert_true(p.flags & PACKET_HAS_MAC);
	assert_memory_equal(p.src_mac, "\2\0\0\0\0\1", 6);
	assert_memory_equal(p.dst_mac, "\0\0\0\0\0\0", 6);
	assert_int_equal(p.payload_len, 28);
	assert_ptr_equal(p.l3, p.payload);
	assert_int_equal(p.version, 0);
	assert_int_equal(p.ip_total, 0);
	assert_true(address_is_zero(&p.src) && address_is_zero(&p.dst));
}

static void foreign_llc_keeps_its_length(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 38);
	add(&m, "\x42\x42\x03", 3);
	add_fill(&m, 35, 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_NOT_IP);
	assert_int_equal(p.ethertype, 38);
	assert_int_equal(p.l3[0], 0x42);
	assert_int_equal(p.l3_len, 38);
}

static void too_many_tags(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x8100);
	for (int i = 0; i < 8; i++) {
		add16(&m, 5);
		add16(&m, i < 7 ? 0x8100 : 0x0800);
	}
	struct made whole = udp_frame(), nine = {0};
	struct made eight = m;
	add(&eight, whole.data + 14, whole.len - 14);
	struct packet p = decode(&eight, LINK_ETHERNET);
	check_udp(&p);
	add_ethernet(&nine, 0x8100);
	add16(&nine, 5);
	add(&nine, eight.data + 12, eight.len - 12);
	p = decode(&nine, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_MALFORMED);
	assert_int_equal(p.malformed, MALFORMED_LINK);
}

static void unknown_link_type(void **state)
{
	struct made m = udp_frame();
	uint64_t before = decoder_counters(decoder)->malformed[MALFORMED_LINK_TYPE];
	struct packet p = decode(&m, LINK_UNKNOWN);
	assert_int_equal(p.verdict, VERDICT_MALFORMED);
	assert_int_equal(p.malformed, MALFORMED_LINK_TYPE);
	assert_int_equal(decoder_counters(decoder)->malformed[MALFORMED_LINK_TYPE], before + 1);
}

/* IPv6 with every extension header that leads on, then TCP. */
static void extension_headers(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x86dd);
	add_ipv6(&m, 0, 8 + 8 + 8 + 12 + 24);
	add(&m, "\x2b\0\1\4\0\0\0\0", 8);          /* hop by hop → routing */
	add(&m, "\x3c\0\0\0\0\0\0\0", 8);          /* routing → destination */
	add(&m, "\x33\0\1\4\0\0\0\0", 8);          /* destination → AH */
	add(&m, "\x06\1\0\0\0\0\0\1\0\0\0\1", 12); /* AH → TCP */
	add_tcp(&m, 1, 2);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_IP);
	assert_int_equal(p.version, 6);
	assert_int_equal(p.protocol, 6);
	assert_int_equal(p.ip_options_len, 36);
	assert_int_equal(p.flow_label, 0x12345);
	assert_int_equal(p.ttl, 63);
	assert_true(p.flags & PACKET_TCP);
	for (uint32_t n = 0; n < m.len; n++) {
		p = decode_with(&m, LINK_ETHERNET, n, 1);
		assert_int_equal(p.verdict, n < 54 ? VERDICT_MALFORMED : VERDICT_IP);
	}
}

static void endless_extension_headers(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x86dd);
	add_ipv6(&m, 60, 8 * 100);
	for (int i = 0; i < 100; i++)
		add(&m, "\x3c\0\1\4\0\0\0\0", 8);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_IP);
	assert_true(p.flags & PACKET_BAD_L4);
}

static void icmp_is_no_port(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 1, 8, 1, 0);
	add(&m, "\3\1\0\0\0\0\0\0", 8);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.icmp_type, 3);
	assert_int_equal(p.icmp_code, 1);
	assert_int_equal(p.flags, PACKET_HAS_MAC | PACKET_ICMP_ERROR);
	assert_int_equal(p.sport, 0);
	assert_int_equal(p.payload_len, 8);
	m.data[34] = 8;
	assert_int_equal(decode(&m, LINK_ETHERNET).flags, PACKET_HAS_MAC);
}

/* A datagram in three fragments of IPv4; `part` 0, 1, 2. */
static struct made fragment4(int part, unsigned id)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 17, 16, id, (part < 2 ? 0x2000u : 0) | (unsigned)part * 2);
	if (part == 0)
		add_udp(&m, 5000, 53, 40);
	add_fill(&m, part ? 16 : 8, 'x');
	return m;
}

static void later_fragments_inherit_ports(void **state)
{
	for (int part = 0; part < 3; part++) {
		struct made m = fragment4(part, 77);
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_true(p.flags & PACKET_FRAGMENT);
		assert_int_equal(!!(p.flags & PACKET_LATER_FRAGMENT), part == 1);
		assert_int_equal(!!(p.flags & PACKET_WHOLE), part == 2);
		assert_false(p.flags & (PACKET_BAD_L4 | PACKET_CUT));
		assert_true(p.flags & PACKET_HAS_PORTS);
		assert_int_equal(p.sport, 5000);
		assert_int_equal(p.dport, 53);
		assert_int_equal(p.payload_len, part == 2 ? 40 : part ? 16 : 8);
	}
	assert_int_equal(decoder_counters(decoder)->fragments, 3);
	assert_int_equal(decoder_counters(decoder)->fragments_unowned, 0);
}

static void orphans_have_no_ports(void **state)
{
	struct made first = fragment4(0, 77), other = fragment4(1, 78), late = fragment4(1, 77);
	(void)decode_with(&first, LINK_ETHERNET, first.len, 1000000000ull);
	struct packet p = decode_with(&other, LINK_ETHERNET, other.len, 1000000001ull);
	assert_false(p.flags & PACKET_HAS_PORTS);
	assert_int_equal(p.verdict, VERDICT_IP);
	p = decode_with(&late, LINK_ETHERNET, late.len, 100000000000ull);
	assert_false(p.flags & PACKET_HAS_PORTS);
	assert_int_equal(decoder_counters(decoder)->fragments_unowned, 2);
}

/* More datagrams than the table holds: old ones give way, new ones are found. */
static void the_fragment_table_is_bounded(void **state)
{
	unsigned found = 0;
	for (unsigned id = 0; id < 20000; id++) {
		struct made m = fragment4(0, id);
		(void)decode_with(&m, LINK_ETHERNET, m.len, 1 + id);
		struct made next = fragment4(1, id);
		found += !!(decode_with(&next, LINK_ETHERNET, next.len, 1 + id).flags & PACKET_HAS_PORTS);
	}
	assert_int_equal(found, 20000);
}

static struct made fragment6(int part)
{
	struct made m = {0};
	add_ethernet(&m, 0x86dd);
	add_ipv6(&m, 44, 8 + 16);
	add8(&m, 60); /* destination options belong to the fragmented part */
	add8(&m, 0);
	add16(&m, part ? 16 : 1);
	add32(&m, 0xdeadbeef);
	if (part == 0) {
		add(&m, "\x11\0\1\4\0\0\0\0", 8);
		add_udp(&m, 6000, 53, 16);
	} else {
		add_fill(&m, 16, 'y');
	}
	return m;
}

static void ipv6_fragments_inherit_protocol_and_ports(void **state)
{
	for (int part = 0; part < 2; part++) {
		struct made m = fragment6(part);
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_true(p.flags & PACKET_FRAGMENT);
		assert_int_equal(p.protocol, 17);
		assert_int_equal(p.sport, 6000);
	}
}

/* Piece `part` of a datagram of `n` octets in pieces of `size`; its octets count from 0. */
static struct made piece4(unsigned id, uint32_t from, uint32_t size, uint32_t n, bool more)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, 17, size, id, (more ? 0x2000u : 0) | from / 8);
	for (uint32_t at = from; at < from + size; at++)
		if (at < 8)
			add8(&m, "\x13\x88\0\x35\0\0\0\0"[at]);
		else
			add8(&m, at & 0xff);
	if (!from)
		put16(&m, 14 + 20 + 4, n);
	return m;
}

static uint64_t ended(enum reassembly_end end)
{
	return decoder_reassemblies(decoder)->ended[end];
}

static uint64_t open_ones(void)
{
	const struct reassembly_counters *c = decoder_reassemblies(decoder);
	uint64_t sum = 0;
	for (int i = 0; i < REASSEMBLY_ENDS; i++)
		sum += c->ended[i];
	return c->begun - sum;
}

/* Takes the pieces of a datagram in the order given; the packet of the last. */
static struct packet take_pieces(unsigned id, const unsigned *order, unsigned n, uint32_t size, uint32_t total)
{
	struct packet p = {0};
	for (unsigned i = 0; i < n; i++) {
		uint32_t from = order[i] * size, len = total - from < size ? total - from : size;
		struct made m = piece4(id, from, len, total, from + len < total);
		p = decode(&m, LINK_ETHERNET);
		assert_int_equal(!!(p.flags & PACKET_WHOLE), i == n - 1);
	}
	return p;
}

static void check_whole(const struct packet *p, uint32_t total)
{
	assert_true(p->flags & PACKET_WHOLE && p->flags & PACKET_FRAGMENT && p->flags & PACKET_HAS_PORTS);
	assert_false(p->flags & (PACKET_LATER_FRAGMENT | PACKET_BAD_L4 | PACKET_CUT));
	assert_int_equal(p->sport, 5000);
	assert_int_equal(p->dport, 53);
	assert_int_equal(p->payload_len, total - 8);
	assert_int_equal(p->payload_wire, total - 8);
	for (uint32_t i = 0; i < p->payload_len; i++)
		assert_int_equal(p->payload[i], (i + 8) & 0xff);
}

static void a_datagram_is_put_together_in_any_order(void **state)
{
	static const unsigned orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3}, {1, 3, 0, 2}, {2, 0, 3, 1}};
	for (unsigned i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct packet p = take_pieces(i, orders[i], 4, 400, 1501);
		check_whole(&p, 1501);
		assert_int_equal(ended(REASSEMBLY_WHOLE), i + 1);
	}
	assert_int_equal(open_ones(), 0);
}

static void repetitions_change_nothing(void **state)
{
	struct made again = piece4(1, 0, 400, 1200, true);
	again.data[14 + 20 + 20] ^= 0xff; /* the copy that came first stays */
	struct made first = piece4(1, 0, 400, 1200, true);
	(void)decode(&first, LINK_ETHERNET);
	(void)decode(&again, LINK_ETHERNET);
	struct made second = piece4(1, 400, 400, 1200, true), third = piece4(1, 800, 400, 1200, false);
	assert_false(decode(&second, LINK_ETHERNET).flags & PACKET_WHOLE);
	assert_false(decode(&second, LINK_ETHERNET).flags & PACKET_WHOLE);
	struct packet p = decode(&third, LINK_ETHERNET);
	check_whole(&p, 1200);
	p = decode(&third, LINK_ETHERNET); /* behind its end it belongs to the flow, and to nothing new */
	assert_true(p.flags & PACKET_LATER_FRAGMENT && p.flags & PACKET_HAS_PORTS);
	assert_int_equal(decoder_reassemblies(decoder)->begun, 1);
}

static void contradictions_end_a_datagram(void **state)
{
	static const struct {
		uint32_t from, size;
		bool more;
		enum reassembly_end end;
	} rows[] = {
		{392, 400, true, REASSEMBLY_OVERLAP},      /* over what is there */
		{0, 408, true, REASSEMBLY_OVERLAP},        /* around it */
		{400, 396, true, REASSEMBLY_MALFORMED},    /* not the last, and no multiple of eight */
		{400, 0, true, REASSEMBLY_MALFORMED},      /* nothing */
		{65528, 400, false, REASSEMBLY_MALFORMED}, /* longer than any datagram */
		{200, 8, false, REASSEMBLY_MALFORMED},     /* the end before what is there */
	};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made first = piece4(i, 0, 400, 1200, true),
			    odd = piece4(i, rows[i].from, rows[i].size, 1200, rows[i].more),
			    rest = piece4(i, 400, 800, 1200, false);
		uint64_t before = ended(rows[i].end);
		(void)decode(&first, LINK_ETHERNET);
		struct packet p = decode(&odd, LINK_ETHERNET);
		assert_false(p.flags & PACKET_WHOLE);
		assert_int_equal(ended(rows[i].end), before + 1);
		assert_false(decode(&rest, LINK_ETHERNET).flags & PACKET_WHOLE);
	}
	assert_int_equal(ended(REASSEMBLY_WHOLE) + open_ones(), 0);
}

static void what_does_not_come_in_time_is_given_up(void **state)
{
	struct made first = piece4(1, 0, 400, 800, true), rest = piece4(1, 400, 400, 800, false);
	(void)decode_with(&first, LINK_ETHERNET, first.len, 1000000000ull);
	struct packet p = decode_with(&rest, LINK_ETHERNET, rest.len, 32000000000ull);
	assert_false(p.flags & PACKET_WHOLE);
	assert_int_equal(ended(REASSEMBLY_TIMED_OUT), 1);
	p = decode_with(&first, LINK_ETHERNET, first.len, 33000000000ull);
	assert_true(p.flags & PACKET_WHOLE); /* with the rest, which came before it */
	p = decode_with(&first, LINK_ETHERNET, first.len - 1, 34000000000ull);
	assert_int_equal(ended(REASSEMBLY_CUT), 1);
}

/* More than there are buffers: the oldest gives way, and the sum comes out. */
static void buffers_are_bounded(void **state)
{
	for (unsigned id = 1; id <= 3000; id++) {
		struct made m = piece4(id, 0, 400, 800, true);
		(void)decode(&m, LINK_ETHERNET);
	}
	assert_int_equal(decoder_reassemblies(decoder)->begun, 3000);
	assert_true(open_ones() < 3000 && open_ones() >= 200);
	assert_int_equal(ended(REASSEMBLY_EVICTED), 3000 - open_ones());
	struct made rest = piece4(3000, 400, 400, 800, false);
	struct packet p = decode(&rest, LINK_ETHERNET);
	check_whole(&p, 800);
	rest = piece4(1, 400, 400, 800, false);
	assert_false(decode(&rest, LINK_ETHERNET).flags & PACKET_WHOLE);
}

static void an_ipv6_datagram_is_put_together(void **state)
{
	struct made first = fragment6(0), later = fragment6(1);
	put16(&later, 14 + 40 + 2, 16); /* the last: its first octets stand at 16 */
	(void)decode(&first, LINK_ETHERNET);
	struct packet p = decode(&later, LINK_ETHERNET);
	assert_true(p.flags & PACKET_WHOLE);
	assert_int_equal(p.protocol, 17);
	assert_int_equal(p.sport, 6000);
	assert_int_equal(p.payload_len, 8 + 16 - 16 + 8);
}

static void atomic_fragment_is_whole(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x86dd);
	add_ipv6(&m, 44, 8 + 8);
	add(&m, "\x11\0\0\0\0\0\0\1", 8);
	add_udp(&m, 1, 2, 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_false(p.flags & PACKET_FRAGMENT);
	assert_true(p.flags & PACKET_HAS_PORTS);
}

static uint64_t owner(const struct made *m)
{
	struct frame f = frame_of(m, LINK_ETHERNET);
	return decode_owner(&f);
}

static void owner_is_symmetric_and_same_for_fragments(void **state)
{
	struct made there = udp_frame(), back = there, other = there;
	memcpy(back.data + 26, "\xc0\0\2\2\xc0\0\2\1", 8);
	other.data[29] = 9;
	assert_int_equal(owner(&there), owner(&back));
	assert_int_not_equal(owner(&there), owner(&other));
	for (int part = 0; part < 3; part++) {
		struct made m = fragment4(part, 1);
		assert_int_equal(owner(&m), owner(&there));
	}
}

static void counters_add_up(void **state)
{
	struct made good = udp_frame(), arp = good, bad = good;
	put16(&arp, 12, 0x0806);
	bad.data[14] = 0;
	decode(&good, LINK_ETHERNET);
	decode(&arp, LINK_ETHERNET);
	decode(&bad, LINK_ETHERNET);
	const struct decode_counters *c = decoder_counters(decoder);
	assert_int_equal(c->verdict[VERDICT_IP], 1);
	assert_int_equal(c->verdict[VERDICT_NOT_IP], 1);
	assert_int_equal(c->verdict[VERDICT_MALFORMED], 1);
	assert_int_equal(c->malformed[MALFORMED_IPV4_HEADER], 1);
}

static void every_reason_has_a_name(void **state)
{
	for (int a = 0; a < MALFORMED_KINDS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(malformed_name((enum malformed)a), malformed_name((enum malformed)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(udp_over_ethernet),
		T(tcp_with_options),
		T(cut_at_every_length),
		T(short_on_the_wire),
		T(one_thing_broken),
		T(offloaded_segment_has_the_length_of_its_frame),
		T(udp_length_contradicts),
		T(links_and_tags),
		T(wrappers_and_other_links),
		T(wrappers_of_something_else),
		T(cooked_frames_have_their_senders_mac_only),
		T(foreign_llc_keeps_its_length),
		T(too_many_tags),
		T(unknown_link_type),
		T(extension_headers),
		T(endless_extension_headers),
		T(icmp_is_no_port),
		T(later_fragments_inherit_ports),
		T(orphans_have_no_ports),
		T(the_fragment_table_is_bounded),
		T(ipv6_fragments_inherit_protocol_and_ports),
		T(a_datagram_is_put_together_in_any_order),
		T(repetitions_change_nothing),
		T(contradictions_end_a_datagram),
		T(what_does_not_come_in_time_is_given_up),
		T(buffers_are_bounded),
		T(an_ipv6_datagram_is_put_together),
		T(atomic_fragment_is_whole),
		T(owner_is_symmetric_and_same_for_fragments),
		T(counters_add_up),
		T(every_reason_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
