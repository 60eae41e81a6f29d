/* Makes the captures the benchmarks replay, the same octets for the same arguments.
 *
 * mkcapture mix LAB OUT OCTETS SEED   conversations of the lab recording, each on one of many copies of the lab's
 *                                     network, thousands at a time; TLS downloads of uneven length among them
 * mkcapture cold OUT PACKETS FLOWS SEED   64-octet frames over FLOWS biflows in random order
 * mkcapture random|syn|fragments|macs LAB OUT PACKETS SEED   a flood of so many packets, with the lab recording's
 * frames spread over it: addresses and ports at random; SYNs to one server; fragments that never complete; 100,000
 * senders that nobody knows
 *
 * OUT may be - for standard output. LAB is the unpacked recording (classic pcap, little-endian). A copy of the network
 * has its own addresses wherever they stand in a frame: in Ethernet and IP headers, in ARP, DHCP, DNS and neighbour
 * discovery. Checksums of TCP and UDP are left as they were.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX    8192
#define TEMPLATES_MAX 1024
#define SALTS_MAX     64
#define ACTIVE        2048
#define NETWORKS      4096
#define SEGMENT       1448
#define START         1700000000ull

struct frame {
	const uint8_t *data;
	uint32_t length, template;
	uint16_t salts[SALTS_MAX]; /* offsets of two octets that number the network */
	uint16_t n_salts;
	uint16_t network, transport; /* offsets of the headers; 0: none */
	uint8_t protocol;
	bool ipv4, back; /* back: sent by the side that did not begin */
	uint16_t payload;
};

/* A conversation of the recording. */
struct template
{
	struct frame *frames[FRAMES_MAX / 4];
	uint32_t n;
	uint8_t side[38]; /* address and port of the two sides, the beginner's first; key of the search */
	uint8_t protocol;
	bool new_port; /* the beginner's port is its own choice */
	int download;  /* after this frame more TLS records fit in; -1: nowhere */
};

/* A conversation being replayed. */
struct play {
	const struct template *template;
	uint32_t next, segments, sent; /* TLS segments to send in between, and sent */
	uint16_t port;
	uint8_t network[2];
};

static struct frame frames[FRAMES_MAX];
static struct template templates[TEMPLATES_MAX];
static uint32_t n_frames, n_templates;
static uint64_t state, clock_us, written;
static FILE *out;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 32) * below >> 32);
}

static void die(const char *what)
{
	fprintf(stderr, "mkcapture: %s: %s\n", what, errno ? strerror(errno) : "not usable");
	exit(1);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void begin(const char *path)
{
	static const uint32_t head[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1};
	out = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (!out || fwrite(head, sizeof head, 1, out) != 1)
		die(path);
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	written = sizeof head;
}

static void end(const char *path)
{
	if (fclose(out) != 0)
		die(path);
}

static void emit(const uint8_t *data, uint32_t length)
{
	uint32_t head[4] = {(uint32_t)(START + clock_us / 1000000), (uint32_t)(clock_us % 1000000), length, length};
	if (fwrite(head, sizeof head, 1, out) != 1 || fwrite(data, length, 1, out) != 1)
		die("writing");
	written += sizeof head + length;
	clock_us += 1 + draw(12);
}

static void fix_ipv4(uint8_t *p)
{
	uint32_t sum = 0, words = (p[0] & 15u) * 2;
	put16(p + 10, 0);
	for (uint32_t i = 0; i < words; i++)
		sum += get16(p + 2 * i);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 10, ~(sum + (sum >> 16)));
}

/* Where the lab's network stands in a frame: what comes before the two octets that number it. */
static const struct {
	uint8_t before[6];
	uint8_t n, old[2];
} marks[] = {
	{{0x0a}, 1, {0x14, 0x1e}},                               /* 10.20.30.0/24 */
	{{0x00, 0x16, 0x3e}, 3, {0x20, 0x30}},                   /* MAC addresses */
	{{0x3e, 0xff, 0xfe}, 3, {0x20, 0x30}},                   /* interface identifiers made of them */
	{{0xff}, 1, {0x20, 0x30}},                               /* solicited-node groups */
	{{0xfd, 0x5e, 0x1a, 0xb0, 0x00, 0x20}, 6, {0x00, 0x01}}, /* the IPv6 prefix */
};

static void find_salts(struct frame *f)
{
	for (uint32_t at = 0; at + 2 <= f->length; at++)
		for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
			uint32_t n = marks[m].n;
			if (at < n || memcmp(f->data + at, marks[m].old, 2) != 0 ||
			    memcmp(f->data + at - n, marks[m].before, n) != 0 || f->n_salts == SALTS_MAX)
				continue;
			f->salts[f->n_salts++] = (uint16_t)at;
			break;
		}
}

static void find_headers(struct frame *f)
{
	uint32_t type = f->length >= 34 ? get16(f->data + 12) : 0;
	const uint8_t *ip = f->data + 14;
	if (type == 0x0800) {
		f->ipv4 = true;
		f->network = 14;
		f->protocol = ip[9];
		f->transport = (uint16_t)(14 + (ip[0] & 15) * 4);
	} else if (type == 0x86dd && f->length >= 54) {
		f->network = 14;
		f->protocol = ip[6];
		f->transport = 54;
	}
	if (f->protocol == 6 && f->transport + 20u <= f->length)
		f->payload = (uint16_t)(f->transport + (f->data[f->transport + 12] >> 4) * 4);
	else if (f->protocol == 17)
		f->payload = (uint16_t)(f->transport + 8);
}

/* Address and port of both sides as the frame has them; `turned` with the sides exchanged. */
static void sides(const struct frame *f, uint8_t key[38], bool turned)
{
	uint32_t size = f->ipv4 ? 4 : 16, at = f->ipv4 ? 12 : 8;
	const uint8_t *ip = f->data + f->network;
	memset(key, 0, 38);
	memcpy(key + (turned ? 18 : 0), ip + at, size);
	memcpy(key + (turned ? 0 : 18), ip + at + size, size);
	if (f->protocol == 6 || f->protocol == 17) {
		memcpy(key + 16 + (turned ? 18 : 0), f->data + f->transport, 2);
		memcpy(key + 16 + (turned ? 0 : 18), f->data + f->transport + 2, 2);
	}
}

static struct template *new_template(const struct frame *f)
{
	if (n_templates == TEMPLATES_MAX)
		die("too many conversations in the recording");
	struct template *t = &templates[n_templates++];
	t->protocol = f->protocol;
	t->download = -1;
	if (!f->network)
		return t;
	sides(f, t->side, false);
	uint32_t to = get16(t->side + 34);
	t->new_port = f->protocol == 6 || (f->protocol == 17 && to == 53);
	return t;
}

static struct template *find_template(struct frame *f)
{
	uint8_t forth[38], back[38];
	if (!f->network)
		return new_template(f); /* ARP: each frame by itself */
	sides(f, forth, false);
	sides(f, back, true);
	for (uint32_t i = 0; i < n_templates; i++) {
		struct template *t = &templates[i];
		if (t->protocol != f->protocol || !t->n)
			continue;
		f->back = memcmp(t->side, back, 38) == 0;
		if (f->back || memcmp(t->side, forth, 38) == 0)
			return t;
	}
	f->back = false;
	return new_template(f);
}

/* A download goes on where the server has sent its last TLS application data. */
static void find_download(struct template *t)
{
	for (uint32_t i = 0; t->protocol == 6 && get16(t->side + 34) == 443 && i < t->n; i++) {
		const struct frame *f = t->frames[i];
		if (f->back && f->payload + 5u < f->length && f->data[f->payload] == 23)
			t->download = (int)i;
	}
}

static void load(const char *path)
{
	static uint8_t data[8 << 20];
	FILE *f = fopen(path, "rb");
	size_t size = f ? fread(data, 1, sizeof data, f) : 0;
	uint32_t magic = 0;
	memcpy(&magic, data, 4);
	if (!f || magic != 0xa1b2c3d4 || size == sizeof data)
		die(path);
	fclose(f);
	for (size_t at = 24; at + 16 <= size && n_frames < FRAMES_MAX;) {
		struct frame *frame = &frames[n_frames++];
		memcpy(&frame->length, data + at + 8, 4);
		frame->data = data + at + 16;
		at += 16 + frame->length;
		if (at > size || frame->length > 2048)
			die(path);
		find_salts(frame);
		find_headers(frame);
		struct template *t = find_template(frame);
		if (t->n < FRAMES_MAX / 4)
			t->frames[t->n++] = frame;
	}
	for (uint32_t i = 0; i < n_templates; i++)
		find_download(&templates[i]);
}

/* Most downloads are short, a few are long: segments with a heavy tail. */
static uint32_t draw_download(void)
{
	uint32_t n = 8 + draw(24);
	while (n < 20000 && draw(2))
		n *= 2;
	return n;
}

/* Every sixth conversation is TLS at least: the chatter of a link is the smaller part of traffic. */
static const struct template *choose(void)
{
	const struct template *t = &templates[draw(n_templates)];
	for (int i = draw(6) ? 0 : 1000; i && t->download < 0; i--)
		t = &templates[draw(n_templates)];
	return t;
}

static void start(struct play *p)
{
	uint32_t network = draw(NETWORKS);
	*p = (struct play){.template = choose(), .port = (uint16_t)(20000 + draw(45000))};
	p->network[0] = (uint8_t)(64 + (network >> 8));
	p->network[1] = (uint8_t)network;
	if (p->template->download >= 0)
		p->segments = draw_download();
}

/* The frame as this conversation has it: its network, its port, its sequence numbers moved by what was sent. */
static void dress(const struct play *p, const struct frame *f, uint8_t *data)
{
	memcpy(data, f->data, f->length);
	for (uint32_t i = 0; i < f->n_salts; i++)
		memcpy(data + f->salts[i], p->network, 2);
	if (p->template->new_port)
		put16(data + f->transport + (f->back ? 2 : 0), p->port);
	if (f->protocol == 6 && p->sent) {
		uint8_t *number = data + f->transport + (f->back ? 4 : 8);
		put32(number, get32(number) + p->sent * SEGMENT);
	}
	if (f->ipv4)
		fix_ipv4(data + f->network);
}

static void set_length(const struct frame *f, uint8_t *data, uint32_t length)
{
	if (f->ipv4) {
		put16(data + f->network + 2, length - f->network);
		fix_ipv4(data + f->network);
	} else {
		put16(data + f->network + 4, length - f->transport);
	}
}

/* One TLS record of a full segment from the server. */
static void send_segment(struct play *p)
{
	static uint8_t data[4096];
	const struct frame *f = p->template->frames[p->template->download];
	uint32_t before = p->sent, payload = f->payload, length = payload + SEGMENT;
	dress(p, f, data);
	put32(data + f->transport + 4, get32(f->data + f->transport + 4) + f->length - payload + before * SEGMENT);
	memcpy(data + payload, "\x17\x03\x03", 3);
	put16(data + payload + 3, SEGMENT - 5);
	for (uint32_t i = payload + 5; i + 4 <= length; i += 4)
		put32(data + i, draw(UINT32_MAX));
	set_length(f, data, length);
	emit(data, length);
	p->sent++;
}

/* The client's acknowledgement of all that came so far: its next frame in the recording, without payload. */
static void send_acknowledgement(const struct play *p)
{
	const struct template *t = p->template;
	static uint8_t data[4096];
	for (uint32_t i = (uint32_t)t->download + 1; i < t->n; i++) {
		const struct frame *f = t->frames[i];
		if (f->back)
			continue;
		dress(p, f, data);
		data[f->transport + 13] = 0x10;
		set_length(f, data, f->payload);
		emit(data, f->payload);
		return;
	}
}

/* false: the conversation is over. */
static bool step(struct play *p)
{
	static uint8_t data[4096];
	const struct template *t = p->template;
	if ((int)p->next == t->download + 1 && p->sent < p->segments) {
		send_segment(p);
		if (p->sent % 2 == 0)
			send_acknowledgement(p);
		return true;
	}
	const struct frame *f = t->frames[p->next];
	dress(p, f, data);
	emit(data, f->length);
	return ++p->next < t->n;
}

static void make_mix(const char *lab, const char *path, uint64_t octets)
{
	static struct play plays[ACTIVE];
	load(lab);
	if (!n_templates)
		die(lab);
	begin(path);
	for (int i = 0; i < ACTIVE; i++)
		start(&plays[i]);
	while (written < octets) {
		struct play *p = &plays[draw(ACTIVE)];
		for (uint32_t burst = 1 + draw(4); burst; burst--)
			if (!step(p)) {
				start(p);
				break;
			}
	}
	end(path);
}

static uint64_t scramble(uint64_t x)
{
	x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
	x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
	return x ^ (x >> 33);
}

static void make_cold(const char *path, uint64_t packets, uint32_t flows)
{
	uint8_t data[64] = {0x00, 0x16, 0x3e, 0, 0, 1, 0x00, 0x16, 0x3e, 0, 0, 2, 0x08, 0x00};
	uint8_t *ip = data + 14, *tcp = data + 34;
	memcpy(ip, "\x45\x00\x00\x32\x00\x01\x40\x00\x40\x06", 10);
	memcpy(tcp + 12, "\x50\x10\xff\xff", 4);
	begin(path);
	for (uint64_t n = 0; n < packets; n++) {
		uint64_t id = scramble(n < flows ? n : draw(flows));
		bool back = n >= flows && draw(2);
		put32(ip + (back ? 16 : 12), 0x0a000000u | (uint32_t)(id & 0xffffff));
		put32(ip + (back ? 12 : 16), 0xac100000u | (uint32_t)(id >> 24 & 0xfffff));
		put16(tcp + (back ? 2 : 0), 1024 + (uint32_t)(id >> 44) % 60000);
		put16(tcp + (back ? 0 : 2), 443);
		put32(tcp + 4, (uint32_t)n);
		put32(tcp + 8, (uint32_t)n);
		fix_ipv4(ip);
		emit(data, sizeof data);
	}
	end(path);
}

/* ---- floods ---- */

#define SENDERS 100000u

/* An IPv4 packet of `protocol` between random hosts of 172.16.0.0/12 and 198.18.0.0/15. */
static uint8_t *flood_header(uint8_t data[64], uint8_t protocol)
{
	static const uint8_t macs[12] = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2};
	uint8_t *ip = data + 14;
	memset(data, 0, 64);
	memcpy(data, macs, sizeof macs);
	put16(data + 12, 0x0800);
	memcpy(ip, "\x45\x00\x00\x32\x00\x01\x00\x00\x40", 9);
	ip[9] = protocol;
	put32(ip + 12, 0xac100000u | draw(1u << 20));
	put32(ip + 16, 0xc6120000u | draw(1u << 17));
	return ip;
}

static void flood_random(uint8_t data[64])
{
	uint8_t *ip = flood_header(data, draw(2) ? 6 : 17);
	put32(ip + 20, (uint32_t)scramble(state));
	put16(ip + 24, ip[9] == 17 ? 30 : draw(65536));
	if (ip[9] == 6)
		put16(ip + 32, 0x5000 | draw(64));
}

static void flood_syn(uint8_t data[64])
{
	uint8_t *ip = flood_header(data, 6);
	put32(ip + 16, 0xc6120001u);
	put16(ip + 20, 1024 + draw(64000));
	put16(ip + 22, 443);
	put32(ip + 24, (uint32_t)scramble(state));
	put16(ip + 32, 0x5002);
}

/* The first of a datagram, and none that follows; or one from its midst. */
static void flood_fragments(uint8_t data[64])
{
	uint8_t *ip = flood_header(data, 17);
	put16(ip + 2, 44);
	put16(ip + 4, draw(65536));
	put16(ip + 6, 0x2000 | (draw(2) ? draw(8000) : 0));
	put16(ip + 24, 4000);
}

static void flood_macs(uint8_t data[64])
{
	uint32_t sender = draw(SENDERS);
	uint8_t *ip = flood_header(data, 17);
	put32(data + 8, sender);
	data[6] = 0x06;
	put32(ip + 12, 0xac100000u | sender);
	put16(ip + 20, 1024 + sender % 60000);
	put16(ip + 22, 9);
	put16(ip + 24, 30);
}

static const struct flood {
	const char *name;
	void (*make)(uint8_t data[64]);
} floods[] = {{"random", flood_random}, {"syn", flood_syn}, {"fragments", flood_fragments}, {"macs", flood_macs}};

static const struct flood *flood_of(const char *name)
{
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++)
		if (strcmp(floods[i].name, name) == 0)
			return &floods[i];
	return NULL;
}

/* The recording's frames come in their order, evenly spread. */
static void make_flood(const struct flood *flood, const char *lab, const char *path, uint64_t packets)
{
	uint8_t data[64];
	load(lab);
	if (!n_frames)
		die(lab);
	begin(path);
	uint64_t every = packets / n_frames + 1;
	uint32_t next = 0;
	for (uint64_t n = 0; n < packets; n++) {
		flood->make(data);
		fix_ipv4(data + 14);
		emit(data, sizeof data);
		if (n % every == 0 && next < n_frames) {
			emit(frames[next].data, frames[next].length);
			next++;
		}
	}
	for (; next < n_frames; next++)
		emit(frames[next].data, frames[next].length);
	end(path);
}

int main(int argc, char **argv)
{
	bool mix = argc == 6 && strcmp(argv[1], "mix") == 0, cold = argc == 6 && strcmp(argv[1], "cold") == 0;
	const struct flood *flood = argc == 6 ? flood_of(argv[1]) : NULL;
	if (!mix && !cold && !flood) {
		fputs("usage: mkcapture mix LAB OUT OCTETS SEED | mkcapture cold OUT PACKETS FLOWS SEED |\n"
		      "       mkcapture random|syn|fragments|macs LAB OUT PACKETS SEED\n",
		      stderr);
		return 2;
	}
	state = strtoull(argv[5], NULL, 10) * 0x9e3779b97f4a7c15ull | 1;
	if (flood)
		make_flood(flood, argv[2], argv[3], strtoull(argv[4], NULL, 10));
	else if (mix)
		make_mix(argv[2], argv[3], strtoull(argv[4], NULL, 10));
	else
		make_cold(argv[2], strtoull(argv[3], NULL, 10), (uint32_t)strtoul(argv[4], NULL, 10));
	return 0;
}
