#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/fragment.h"
#include "tests/capture/decoding.h"

/* What a tunnel puts between its outer IP header and the UDP message; `port` 0: the protocol itself. */
struct tunnel_case {
	const char *name;
	unsigned protocol, port;
	uint32_t segment;
	bool mac; /* an Ethernet header is inside */
	const char *octets;
	size_t len;
};

#define TUNNEL(name, protocol, port, segment, mac, octets)                    \
	{                                                                     \
		name, protocol, port, segment, mac, octets, sizeof octets - 1 \
	}

/* The rest of an 802.11 header from a station, then SNAP. */
#define WIRELESS "\0\0\2\0\0\0\0\3\2\0\0\0\0\1\2\0\0\0\0\2\0\0\xaa\xaa\3\0\0\0\x08\0"

/* The outer headers, then the tunnel's octets, then what is inside. */
static struct made wrapped(const struct tunnel_case *c, unsigned fragment, const void *inner, unsigned inner_len)
{
	struct made m = {0};
	unsigned len = (unsigned)c->len + inner_len;
	add_ethernet(&m, 0x0800);
	add_ipv4(&m, c->protocol, len + (c->port ? 8 : 0), 9, fragment);
	put16(&m, 26, 0xc633); /* the outer addresses are others */
	put16(&m, 30, 0xc633);
	if (c->port)
		add_udp(&m, 50000, c->port, len);
	add(&m, c->octets, c->len);
	add(&m, inner, inner_len);
	return m;
}

static struct made tunnelled(const struct tunnel_case *c, unsigned fragment)
{
	struct made inner = udp_frame();
	return wrapped(c, fragment, inner.data + 14, inner.len - 14);
}

/* What came in fragments is there when they are together, beside the packet that is metered. */
static void check_fragmented(const struct tunnel_case *c)
{
	static unsigned id = 100;
	struct made whole = tunnelled(c, 0);
	struct made first = fragment_of(&whole, ++id, 0, 24, true);
	struct made rest = fragment_of(&whole, id, 24, whole.len - 34 - 24, false);
	struct packet inner, p = decode(&first, LINK_ETHERNET);
	assert_false(decode_inside(&p, &inner));
	p = decode(&rest, LINK_ETHERNET);
	assert_true(p.flags & PACKET_WHOLE);
	assert_false(p.flags & PACKET_TUNNEL);
	if (!decode_inside(&p, &inner))
		fail_msg("%s: not entered", c->name);
	assert_false(inner.flags & (PACKET_FRAGMENT | PACKET_WHOLE));
	assert_int_equal(inner.segment, c->segment);
	check_udp(&inner);
}

static unsigned ends_of(struct fragment_table *t, const struct made *m, struct ends ends[2])
{
	struct frame f = frame_of(m, LINK_ETHERNET);
	return decode_ends(&f, t, ends);
}

/* Who hands frames out knows from the first fragment whose is what travels in all of them. */
static void check_ends(const char *name, const struct made *first, const struct made *rest)
{
	struct fragment_table *t = fragment_notes_new(0);
	struct ends ends[2], inside[2];
	struct made plain = udp_frame();
	assert_int_equal(ends_of(NULL, &plain, inside), 1);
	assert_int_equal(ends_of(NULL, first, ends), 1);
	assert_int_equal(ends_of(t, rest, ends), 1); /* too early */
	assert_int_equal(ends_of(t, first, ends), 1);
	fragment_free(t);
	t = fragment_notes_new(0);
	const struct made *in_order[] = {first, rest, rest, first};
	for (int i = 0; i < 4; i++) {
		if (ends_of(t, in_order[i], ends) != 2)
			fail_msg("%s: nobody's", name);
		assert_int_equal(ends[0].src.bytes[0], 198);
		assert_memory_equal(&ends[1], &inside[0], sizeof inside[0]);
	}
	fragment_free(t);
}

/* A decoder that has seen nothing. */
static void anew(void)
{
	(void)teardown(NULL);
	assert_int_equal(setup(NULL), 0);
}

/* Two decoders that are given their parts of the fragments tell together what one tells of all. */
static void check_parts(const struct made *first, const struct made *rest)
{
	struct packet inner, p;
	struct decode_counters before = *decoder_counters(decoder);
	uint64_t whole = decoder_reassemblies(decoder)->ended[REASSEMBLY_WHOLE];
	for (int i = 0; i < 2; i++) {
		p = decode_part(i ? rest : first, LINK_ETHERNET, i ? rest->len : first->len, 1, FRAME_INSIDE);
		assert_int_equal(p.verdict, VERDICT_INSIDE);
	}
	assert_int_equal(p.flags & (PACKET_WHOLE | PACKET_FOLLOWED), PACKET_WHOLE | PACKET_FOLLOWED);
	assert_true(decode_inside(&p, &inner));
	check_udp(&inner);
	assert_memory_equal(&before, decoder_counters(decoder), sizeof before);
	assert_int_equal(decoder_reassemblies(decoder)->ended[REASSEMBLY_WHOLE], whole + 1);
	anew();
	for (int i = 0; i < 2; i++) {
		p = decode_part(i ? rest : first, LINK_ETHERNET, i ? rest->len : first->len, 1, FRAME_OUTSIDE);
		assert_int_equal(p.verdict, VERDICT_IP);
		assert_int_equal(p.flags & (PACKET_FRAGMENT | PACKET_WHOLE), PACKET_FRAGMENT);
	}
	assert_int_equal(decoder_counters(decoder)->fragments, 2);
	assert_int_equal(decoder_counters(decoder)->fragments_unowned, 0);
	assert_int_equal(decoder_reassemblies(decoder)->begun, 0);
}

/* With a first fragment that the whole inner header is in. */
static void check_followed(const struct tunnel_case *c)
{
	struct made whole = tunnelled(c, 0);
	unsigned cut = (whole.len - 34 - 1) & ~7u;
	struct made first = fragment_of(&whole, 7, 0, cut, true);
	struct made rest = fragment_of(&whole, 7, cut, whole.len - 34 - cut, false);
	check_ends(c->name, &first, &rest);
	anew();
	check_parts(&first, &rest);
	anew();
	(void)decode(&rest, LINK_ETHERNET);
	struct packet p = decode(&first, LINK_ETHERNET);
	assert_int_equal(p.flags & (PACKET_WHOLE | PACKET_PASSENGER), PACKET_WHOLE);
	(void)decode(&first, LINK_ETHERNET); /* the number comes round again */
	p = decode(&rest, LINK_ETHERNET);
	assert_true(p.flags & PACKET_FOLLOWED);
}

static void check_tunnel(const struct tunnel_case *c)
{
	struct made m = tunnelled(c, 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	if (!(p.flags & PACKET_TUNNEL) || p.segment != c->segment || !!(p.flags & PACKET_HAS_MAC) != c->mac)
		fail_msg("%s: flags %x segment %x", c->name, p.flags, p.segment);
	check_udp(&p);
	struct packet outer;
	assert_true(decode_outermost(&p, &outer));
	assert_false(outer.flags & PACKET_TUNNEL);
	assert_true(outer.flags & PACKET_HAS_MAC);
	assert_int_equal(outer.src.bytes[0], 198);
	assert_int_equal(outer.protocol, c->protocol);
	assert_int_equal(outer.segment, 0);
	assert_false(decode_outermost(&outer, &p));
	struct made plain = udp_frame();
	struct frame a = frame_of(&m, LINK_ETHERNET), b = frame_of(&plain, LINK_ETHERNET);
	assert_int_equal(decode_owner(&a), decode_owner(&b));
	/* cut before the inner header is whole: the outer packet is what is metered */
	for (uint32_t n = 34; n < m.len; n++) {
		p = decode_with(&m, LINK_ETHERNET, n, 1);
		assert_int_equal(p.verdict, VERDICT_IP);
		assert_true(p.flags & PACKET_CUT);
		assert_int_equal(!!(p.flags & PACKET_TUNNEL), n >= m.len - 33 + 20);
		assert_int_equal(p.src.bytes[0], p.flags & PACKET_TUNNEL ? 192 : 198);
		assert_int_equal(!!(p.flags & PACKET_HAS_MAC), p.flags & PACKET_TUNNEL ? c->mac : true);
	}
	/* a fragment is not entered */
	m = tunnelled(c, 0x2000);
	p = decode(&m, LINK_ETHERNET);
	assert_false(p.flags & PACKET_TUNNEL);
	assert_int_equal(p.protocol, c->protocol);
}

static void tunnels(void **state)
{
	static const struct tunnel_case cases[] = {
		TUNNEL("IPIP", 4, 0, 0, false, ""),
		TUNNEL("GRE", 47, 0, 0, false, "\0\0\x08\0"),
		TUNNEL("GRE, all options", 47, 0, 0, false, "\xb0\0\x08\0\0\0\0\0\0\0\0\1\0\0\0\2"),
		TUNNEL("PPTP", 47, 0, 0, false, "\x30\x81\x88\x0b\0\x25\0\1\0\0\0\1\0\0\0\2\xff\3\0\x21"),
		TUNNEL("bridged GRE", 47, 0, 0, true, "\0\0\x65\x58" MACS "\x08\0"),
		TUNNEL("NVGRE", 47, 0, 0x80000123, true, "\x20\0\x65\x58\0\1\x23\0" MACS "\x08\0"),
		TUNNEL("ERSPAN I", 47, 0, 0, true, "\0\0\x88\xbe" MACS "\x08\0"),
		TUNNEL("ERSPAN II", 47, 0, 100, true, "\x10\0\x88\xbe\0\0\0\1\x10\x64\0\0\0\0\0\0" MACS "\x08\0"),
		TUNNEL("ERSPAN III", 47, 0, 5, true, "\x10\0\x22\xeb\0\0\0\1\x20\5\0\0\0\0\0\0\0\0\0\0" MACS "\x08\0"),
		TUNNEL("ERSPAN III, more", 47, 0, 5, true,
		       "\x10\0\x22\xeb\0\0\0\1\x20\5\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0" MACS "\x08\0"),
		TUNNEL("EtherIP", 97, 0, 0, true, "\x30\0" MACS "\x08\0"),
		TUNNEL("MPLS", 137, 0, 0, false, "\0\1\1\x40"),
		TUNNEL("VXLAN", 17, 4789, 0x8000007b, true, "\x08\0\0\0\0\0\x7b\0" MACS "\x81\0\0\5\x08\0"),
		TUNNEL("VXLAN, reserved", 17, 4789, 0x8000007b, true, "\xff\1\xd1\xf2\0\0\x7b\xb" MACS "\x08\0"),
		TUNNEL("VXLAN-GPE", 17, 4790, 0x8000007b, false, "\x0c\0\0\1\0\0\x7b\0"),
		TUNNEL("VXLAN-GPE, flag forgotten", 17, 4790, 0x8000007b, false, "\x08\0\0\1\0\0\x7b\0"),
		TUNNEL("VXLAN-GPE, Ethernet", 17, 4790, 0x8000007b, true, "\x08\0\0\1\0\0\x7b\0" MACS "\x08\0"),
		TUNNEL("VXLAN-GPE, NSH", 17, 4790, 0x8000007b, false, "\x0c\0\0\4\0\0\x7b\0\x0f\xc2\2\1\0\0\0\1"),
		TUNNEL("Geneve", 17, 6081, 0x8000007b, true, "\1\0\x65\x58\0\0\x7b\0\1\2\3\0" MACS "\x08\0"),
		TUNNEL("Geneve, IP", 17, 6081, 0x8000007b, false, "\0\0\x08\0\0\0\x7b\0"),
		TUNNEL("GTP-U", 17, 2152, 0, false, "\x30\xff\0\x21\0\0\0\7"),
		TUNNEL("GTP-U, extended", 17, 2152, 0, false, "\x34\xff\0\x29\0\0\0\7\0\0\0\x85\1\0\0\0"),
		TUNNEL("CAPWAP, 802.3", 17, 5247, 0, true, "\0\x10\0\0\0\0\0\0" MACS "\x08\0"),
		TUNNEL("CAPWAP, 802.11", 17, 5247, 0, true,
		       "\0\x10\3\0\0\0\0\0"
		       "\x08\1" WIRELESS),
		TUNNEL("CAPWAP, swapped", 17, 5247, 0, true,
		       "\0\x20\3\x20\0\0\0\0\4\xbf\x23\0\0\0\0\0"
		       "\1\x08" WIRELESS),
		TUNNEL("LISP", 17, 4341, 0, false, "\x80\0\0\1\0\0\0\1"),
		TUNNEL("LISP, instance", 17, 4341, 0x8000007b, false, "\x88\0\0\1\0\0\x7b\1"),
		TUNNEL("L2TP", 17, 1701, 0, false, "\x42\x02\0\x2d\0\1\0\2\0\0\xff\3\0\x21"),
		TUNNEL("two in one", 4, 0, 0, false, "\x45\0\0\x39\0\1\0\0\x40\x2f\0\0\xc6\1\1\1\xc6\1\1\2\0\0\x08\0"),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_fragmented(&cases[i]);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_followed(&cases[i]);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, "two in one"))
			check_tunnel(&cases[i]);
	struct made m = tunnelled(&cases[sizeof cases / sizeof *cases - 1], 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	check_udp(&p);
}

#define ARP "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\xc0\0\2\1\0\0\0\0\0\0\xc0\0\2\2"

/* A frame that is not IP leaves the tunnel's packet as it is, and can be had beside it. */
static void check_carried(const struct tunnel_case *c)
{
	static const uint8_t inner_mac[] = {2, 0, 0, 0, 0, 1}, none[6];
	struct made m = wrapped(c, 0, ARP, sizeof ARP - 1);
	struct packet p = decode(&m, LINK_ETHERNET), inner;
	memset(&inner, 0xa5, sizeof inner);
	if (!(p.flags & PACKET_CARRIES) || !decode_carried(&p, &inner))
		fail_msg("%s: flags %x", c->name, p.flags);
	assert_int_equal(p.verdict, VERDICT_IP);
	assert_false(p.flags & PACKET_TUNNEL);
	assert_int_equal(p.protocol, c->protocol);
	assert_int_equal(p.src.bytes[0], 198);
	assert_int_equal(p.segment, 0);
	assert_true(p.flags & PACKET_HAS_MAC);
	assert_int_equal(inner.verdict, VERDICT_NOT_IP);
	assert_int_equal(inner.version, 0);
	assert_int_equal(inner.ethertype, 0x0806);
	if (inner.segment != c->segment)
		fail_msg("%s: segment %x", c->name, inner.segment);
	assert_int_equal(!!(inner.flags & PACKET_HAS_MAC), c->mac);
	assert_memory_equal(inner.src_mac, c->mac ? inner_mac : none, 6);
	assert_int_equal(inner.l3_len, sizeof ARP - 1);
	assert_memory_equal(inner.l3, ARP, sizeof ARP - 1);
	assert_int_equal(inner.clock_ns, p.clock_ns);
	/* whatever is cut off, nothing is read that is not there, and the tunnel's packet stays */
	for (uint32_t n = 34; n < m.len; n++) {
		p = decode_with(&m, LINK_ETHERNET, n, 1);
		assert_int_equal(p.verdict, VERDICT_IP);
		if (decode_carried(&p, &inner))
			assert_true(inner.flags & PACKET_CUT);
	}
	m = wrapped(c, 0x2000, ARP, sizeof ARP - 1);
	p = decode(&m, LINK_ETHERNET);
	assert_false(decode_carried(&p, &inner));
}

static void frames_that_are_not_ip(void **state)
{
	static const struct tunnel_case cases[] = {
		TUNNEL("bridged GRE", 47, 0, 0, true, "\0\0\x65\x58" MACS "\x08\6"),
		TUNNEL("NVGRE", 47, 0, 0x80000123, true, "\x20\0\x65\x58\0\1\x23\0" MACS "\x08\6"),
		TUNNEL("ERSPAN I", 47, 0, 0, true, "\0\0\x88\xbe" MACS "\x08\6"),
		TUNNEL("ERSPAN II", 47, 0, 100, true, "\x10\0\x88\xbe\0\0\0\1\x10\x64\0\0\0\0\0\0" MACS "\x08\6"),
		TUNNEL("EtherIP", 97, 0, 0, true, "\x30\0" MACS "\x08\6"),
		TUNNEL("MPLS pseudowire", 137, 0, 0, true, "\0\1\1\x40\0\0\0\0" MACS "\x08\6"),
		TUNNEL("VXLAN", 17, 4789, 0x8000007b, true, "\x08\0\0\0\0\0\x7b\0" MACS "\x08\6"),
		TUNNEL("VXLAN, tagged", 17, 4789, 0x8000007b, true, "\x08\0\0\0\0\0\x7b\0" MACS "\x81\0\0\5\x08\6"),
		TUNNEL("Geneve", 17, 6081, 0x8000007b, true, "\0\0\x65\x58\0\0\x7b\0" MACS "\x08\6"),
		TUNNEL("Geneve, no Ethernet", 17, 6081, 0x8000007b, false, "\0\0\x08\6\0\0\x7b\0"),
		TUNNEL("VXLAN, mirrored", 47, 0, 0x8000007b, true,
		       "\0\0\x88\xbe\2\0\0\0\0\7\2\0\0\0\0\x08\x08\0"
		       "\x45\0\0\x4e\0\1\0\0\x40\x11\0\0\xc6\1\1\1\xc6\1\1\2\xc3\x50\x12\xb5\0\x3a\0\0"
		       "\x08\0\0\0\0\0\x7b\0" MACS "\x08\6"),
	};
	for (size_t i = 0; i + 1 < sizeof cases / sizeof *cases; i++)
		check_carried(&cases[i]);
	assert_int_equal(decoder_counters(decoder)->verdict[VERDICT_NOT_IP], 0);
	/* a tunnel in a tunnel: the inner tunnel's packet is what is metered */
	struct made m = wrapped(&cases[sizeof cases / sizeof *cases - 1], 0, ARP, sizeof ARP - 1), plain = udp_frame();
	struct packet p = decode(&m, LINK_ETHERNET), inner;
	assert_int_equal(p.dport, 4789);
	assert_true(p.flags & PACKET_TUNNEL);
	assert_true(decode_carried(&p, &inner));
	assert_int_equal(inner.segment, 0x8000007b);
	assert_int_equal(inner.src_mac[0], 2);
	assert_int_equal(inner.src_mac[5], 1);
	p = decode(&plain, LINK_ETHERNET);
	assert_false(decode_carried(&p, &inner));
}

/* What switches say to each other through a pseudowire has the MACs inside it. */
static void pseudowires_of_switches(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		unsigned ethertype;
	} rows[] = {
#define ROW(octets, type) {octets, sizeof octets - 1, type}
		ROW("\0\1\1\x40\0\0\0\0" MACS "\x88\xcc\2\7\4\2\0\0\0\0\1", 0x88cc),
		ROW("\0\1\1\x40\0\0\0\0" MACS "\0\7\x42\x42\3\0\0\0\0", 7),
		ROW("\0\1\1\x40\0\0\0\0" MACS "\0\xc\xaa\xaa\3\0\0\xc\x20\0\2\xb4\0\0", 12),
		ROW("\0\1\1\x40\0\0\0\0" MACS "\0\x3f\x42\x42\3\0\0\0\0", 0x8847), /* longer than it is */
		ROW("\0\1\1\x40\0\0\0\0" MACS "\xab\xcd\1\2\3\4\5\6\7", 0x8847),
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct made m = {0};
		add_ethernet(&m, 0x8847);
		m.data[11] = 9; /* the outer source */
		add(&m, rows[i].octets, rows[i].len);
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_int_equal(p.verdict, VERDICT_NOT_IP);
		if (p.ethertype != rows[i].ethertype)
			fail_msg("row %zu: ethertype %x", i, p.ethertype);
		assert_int_equal(p.src_mac[5], rows[i].ethertype == 0x8847 ? 9 : 1);
	}
}

static void teredo_has_the_right_length(void **state)
{
	for (int off = 0; off < 2; off++) {
		struct made m = {0};
		add_ethernet(&m, 0x0800);
		add_ipv4(&m, 17, 8 + 13 + 8 + 40 + 8, 1, 0);
		add_udp(&m, 3544, 50000, 13 + 8 + 40 + 8);
		add(&m, "\0\1\0\0\0\0\0\0\0\0\0\0\0", 13);
		add(&m, "\0\0\1\2\3\4\5\6", 8);
		add_ipv6(&m, 17, 8 - (unsigned)off);
		add_udp(&m, 1, 2, 0);
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_int_equal(p.version, off ? 4 : 6);
		assert_int_equal(p.sport, off ? 3544 : 1);
	}
}

/* Peers have any ports: an address of Teredo's tells. */
static void teredo_between_peers(void **state)
{
	static const struct {
		unsigned source, less;
		bool entered;
	} rows[] = {{0, 0, true}, {0, 1, false}, {0x20010db8, 0, false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned n = 40; n <= 48; n += 8) {
			struct made m = {0};
			add_ethernet(&m, 0x0800);
			add_ipv4(&m, 17, 8 + 48, 1, 0);
			add_udp(&m, 3797, 32900, 48);
			add_ipv6(&m, 17, 8 - rows[i].less);
			put16(&m, 42 + 8, rows[i].source ? rows[i].source >> 16 : 0x2001);
			put16(&m, 42 + 10, rows[i].source & 0xffff);
			add_udp(&m, 1, 2, 0);
			struct packet p = decode_with(&m, LINK_ETHERNET, 42 + n, 1);
			assert_int_equal(p.version, rows[i].entered ? 6 : 4);
			assert_int_equal(p.sport, rows[i].entered ? n == 48 : 3797);
		}
}

static void ayiya_has_an_identity_and_a_signature(void **state)
{
	static const uint8_t heads[][4] = {{0x41, 0x52, 0x11, 41}, {0x41, 0x52, 0x12, 41}, {0x41, 0x52, 0x11, 59}};
	for (size_t i = 0; i < 3; i++) {
		struct made m = {0};
		add_ethernet(&m, 0x0800);
		add_ipv4(&m, 17, 8 + 44 + 48, 1, 0);
		add_udp(&m, 53859, 5072, 44 + 48);
		add(&m, heads[i], 4);
		add_fill(&m, 40, 0);
		add_ipv6(&m, 17, 8);
		add_udp(&m, 1, 2, 0);
		struct packet p = decode(&m, LINK_ETHERNET);
		assert_int_equal(p.version, i ? 4 : 6);
		assert_int_equal(p.sport, i ? 53859 : 1);
	}
}

static void tunnels_end_somewhere(void **state)
{
	struct made m = {0};
	add_ethernet(&m, 0x0800);
	for (unsigned left = 60; left; left--)
		add_ipv4(&m, 4, (left - 1) * 20, left, 0);
	struct packet p = decode(&m, LINK_ETHERNET);
	assert_int_equal(p.verdict, VERDICT_IP);
	assert_int_equal(p.protocol, 4);
	assert_int_equal(p.ip_id, 60 - 8);
}

static void what_is_no_tunnel_stays_itself(void **state)
{
	static const unsigned ports[] = {1701, 2152, 3544, 4341, 4789, 4790, 5072, 5247, 6081, 8472};
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		for (int octet = 0; octet < 256; octet++) {
			struct made m = {0};
			add_ethernet(&m, 0x0800);
			add_ipv4(&m, 17, 8 + 64, 1, 0);
			add_udp(&m, ports[i], 53, 64);
			add_fill(&m, 64, octet);
			struct packet p = decode(&m, LINK_ETHERNET);
			/* it may well carry a frame, of a kind that nobody knows */
			assert_int_equal(p.flags & ~PACKET_CARRIES, PACKET_HAS_MAC | PACKET_HAS_PORTS);
			assert_int_equal(p.sport, ports[i]);
			assert_int_equal(p.payload_len, 64);
			assert_int_equal(p.segment, 0);
		}
}

static void wireless_data(void **state)
{
	static const char snap[] = "\xaa\xaa\x03\0\0\0\x08\0";
	static const char tap[] = "\0\0\x0a\0\0\0\0\0\0\0";
	for (unsigned ds = 0; ds < 4; ds++)
		for (unsigned qos = 0; qos < 2; qos++)
			for (unsigned pad = 0; pad < 2; pad++) {
				static const uint8_t src_at[] = {2, 2, 3, 4}, dst_at[] = {1, 3, 1, 3};
				struct made front = {0};
				add(&front, tap, 10);
				add16(&front, (qos ? 0x8800 : 0x0800) | ds);
				add16(&front, 0);
				for (unsigned i = 1; i < 5; i++) {
					if (i == 4) {
						add16(&front, 0x10);
						if (ds != 3)
							break;
					}
					add_fill(&front, 5, 2);
					add8(&front, i);
				}
				if (qos)
					add16(&front, 0);
				if (pad)
					add16(&front, 0);
				add(&front, snap, 8);
				expect_udp_behind(&front, LINK_RADIOTAP, 0);
				struct made whole = udp_frame();
				add(&front, whole.data + 14, whole.len - 14);
				struct packet p = decode(&front, LINK_RADIOTAP);
				assert_int_equal(p.src_mac[5], src_at[ds]);
				assert_int_equal(p.dst_mac[5], dst_at[ds]);
				front.data[11] |= 0x40; /* encrypted */
				assert_int_equal(decode(&front, LINK_RADIOTAP).verdict, VERDICT_NOT_IP);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tunnels),
		T(frames_that_are_not_ip),
		T(pseudowires_of_switches),
		T(teredo_has_the_right_length),
		T(teredo_between_peers),
		T(ayiya_has_an_identity_and_a_signature),
		T(tunnels_end_somewhere),
		T(what_is_no_tunnel_stays_itself),
		T(wireless_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
