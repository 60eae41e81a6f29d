/* From reports to assertions: what is said, of whom, when; and that the number of workers changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/registry.h"
#include "classify/reporter.h"
#include "core/buffer.h"
#include "core/time.h"

#include <openssl/ec.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 3
#define A       "00:0c:29:00:00:0a"
#define B       "00:0c:29:00:00:0b"
#define R       "00:0c:29:00:00:01"

struct bench {
	struct ring in[WORKERS], back[WORKERS];
	struct reporter *reporters[WORKERS];
	uint32_t workers;
	uint64_t ordinal;
	struct privacy privacy;
	struct registry_options options;
	struct signature_set *set;
	struct assertion_block block;
	char *lines[4096];
	unsigned n, assertions;
	uint32_t sets; /* of the reporters' caches */
	struct registry_counters counters;
};

static struct bench b;

/* ---- what comes out, a line for each attribute: "open|shut|event endpoint designation… : attribute member=value …"
 * ---- */

static void put_line(const struct assertion *a, const struct attribute *said)
{
	struct buffer t = {0};
	char id[37] = "-";
	if (a->has_endpoint)
		uuid_text(a->endpoint, id);
	buffer_format(&t, "%s %.8s", a->statement == STATEMENT_EVENT ? "event" : a->open ? "open" : "shut", id);
	for (uint32_t i = 0; i < a->n_designations; i++)
		buffer_format(&t, " %s", a->designations[i].value);
	buffer_format(&t, " : %s", assertion_attribute_name(said));
	for (uint32_t k = 0; k < said->n_members; k++) {
		const struct member *m = &said->members[k];
		buffer_format(&t, " %s=%s", m->name ? m->name : "", m->text ? m->text : m->list ? m->list[0] : "#");
	}
	buffer_format(&t, " [%llu %llu] of %u", (unsigned long long)(a->start_ns / 1000000000),
		      (unsigned long long)(a->end_ns / 1000000000), a->n_attributes);
	buffer_format(&t, " %u%%", said->confidence);
	buffer_char(&t, 0);
	assert_true(b.n < sizeof b.lines / sizeof *b.lines);
	b.lines[b.n++] = t.data;
}

static void put_lines(const struct assertion *a)
{
	b.assertions++;
	assert_true(a->n_attributes);
	for (uint32_t i = 0; i < a->n_attributes; i++)
		put_line(a, &a->attributes[i]);
}

static struct assertion_block *take_block(void *context)
{
	(void)context;
	arena_reset(&b.block.arena);
	b.block.count = 0;
	return &b.block;
}

static void submit(void *context, struct assertion_block *block)
{
	(void)context;
	for (uint32_t i = 0; i < block->count; i++)
		put_lines(&block->assertions[i]);
}

static unsigned count(const char *text)
{
	unsigned n = 0;
	for (unsigned i = 0; i < b.n; i++)
		n += strstr(b.lines[i], text) != NULL;
	return n;
}

static void expect(unsigned want, const char *text)
{
	unsigned n = count(text);
	if (n != want)
		for (unsigned i = 0; i < b.n; i++)
			print_message("%s\n", b.lines[i]);
	if (n != want)
		fail_msg("%u lines with \"%s\", not %u", n, text, want);
}

/* Percent, of the last line with the text. */
static unsigned long last_confidence(const char *text)
{
	for (unsigned i = b.n; i-- > 0;)
		if (strstr(b.lines[i], text) && strncmp(b.lines[i], "event", 5) != 0)
			return strtoul(strrchr(b.lines[i], ' '), NULL, 10);
	fail_msg("no line with \"%s\"", text);
	return 0;
}

/* ---- what goes in ---- */

static void forget_lines(void)
{
	for (unsigned i = 0; i < b.n; i++)
		free(b.lines[i]);
	b.n = 0;
}

static const char *name_of_source(const void *context, uint16_t index)
{
	(void)context;
	(void)index;
	return "test.pcap";
}

static void begin(uint32_t workers)
{
	struct scope everybody = {0};
	b.workers = workers;
	b.ordinal = 0;
	b.assertions = 0;
	for (uint32_t i = 0; i < workers; i++) {
		assert_int_equal(ring_init(&b.in[i], 64), 0);
		assert_int_equal(ring_init(&b.back[i], 64), 0);
		b.reporters[i] = reporter_new(42, &everybody, b.sets, &b.in[i], &b.back[i]);
		assert_non_null(b.reporters[i]);
	}
	b.options = (struct registry_options){
		.in = b.in,
		.back = b.back,
		.workers = workers,
		.outlet = {take_block, submit, NULL},
		.signatures = b.set,
		.privacy = &b.privacy,
		.site_key = {1, 2},
		.observation_domain = 1,
		.refresh_ns = 3600 * NS_PER_SECOND,
		.gone_ns = 86400 * NS_PER_SECOND,
		.max_endpoints = 1000,
		.source_name = name_of_source,
	};
}

static void finish(void)
{
	struct registry *r;
	for (uint32_t i = 0; i < b.workers; i++)
		reporter_end(b.reporters[i]);
	assert_int_equal(registry_new(&b.options, &r, NULL), 0);
	registry_run(r);
	b.counters = *registry_counters(r);
	assert_int_equal(b.counters.assertions, b.assertions);
	registry_free(r);
	for (uint32_t i = 0; i < b.workers; i++) {
		reporter_free(b.reporters[i]);
		ring_fini(&b.in[i]);
		ring_fini(&b.back[i]);
	}
}

struct sent {
	struct frame frame;
	struct packet packet;
};

/* A packet at `t` seconds, from (mac, ip) with a TTL; returns the worker that has it. */
static uint32_t packet_of(struct sent *s, unsigned t, const char *mac, const char *ip, uint8_t ttl, uint16_t sport)
{
	memset(s, 0, sizeof *s);
	s->frame = (struct frame){.time_ns = t * NS_PER_SECOND, .ordinal = ++b.ordinal, .number = b.ordinal};
	s->packet.frame = &s->frame;
	s->packet.clock_ns = s->frame.time_ns;
	s->packet.verdict = VERDICT_IP;
	s->packet.flags = PACKET_HAS_MAC | PACKET_HAS_PORTS;
	assert_true(mac_parse(mac, s->packet.src_mac));
	s->packet.version = address_parse(ip, &s->packet.src);
	address_parse(s->packet.version == 4 ? "192.0.2.99" : "2001:db8::99", &s->packet.dst);
	s->packet.ttl = ttl;
	s->packet.protocol = 6;
	s->packet.sport = sport;
	s->packet.dport = 50000;
	/* Both directions of a flow go to one worker; here: by the sender. */
	return (uint32_t)(s->packet.src.bytes[3] + s->packet.src.bytes[15]) % b.workers;
}

static void send_packet(unsigned t, const char *mac, const char *ip, uint8_t ttl)
{
	struct sent s;
	uint32_t w = packet_of(&s, t, mac, ip, ttl, 1234);
	reporter_clock(b.reporters[w], s.packet.clock_ns);
	reporter_prefetch(b.reporters[w], &s.packet, 1, UINT64_MAX);
	reporter_host(b.reporters[w], 0);
	reporter_settle(b.reporters[w]);
}

static void show_octets(unsigned t, const char *mac, const char *ip, enum field field, uint16_t port, const void *value,
			size_t len)
{
	struct sent s;
	uint32_t w = packet_of(&s, t, mac, ip, 64, port);
	struct finding f = {
		.field = field, .subject = SUBJECT_SENDER, .value = value, .len = (uint32_t)len, .packet = &s.packet};
	reporter_clock(b.reporters[w], s.packet.clock_ns);
	reporter_prefetch(b.reporters[w], &s.packet, 1, UINT64_MAX);
	reporter_host(b.reporters[w], 0);
	reporter_found(b.reporters[w], &f);
	reporter_settle(b.reporters[w]);
}

static void show(unsigned t, const char *mac, const char *ip, enum field field, uint16_t port, const char *value)
{
	show_octets(t, mac, ip, field, port, value, strlen(value));
}

static void speak_of(unsigned t, const char *ip, const char *name)
{
	struct sent s;
	uint32_t w = packet_of(&s, t, R, "192.168.1.1", 64, 53);
	struct finding f = {.field = FIELD_DNS_ADDRESS,
			    .subject = SUBJECT_ADDRESS,
			    .value = (const uint8_t *)name,
			    .len = (uint32_t)strlen(name),
			    .packet = &s.packet};
	f.version = address_parse(ip, &f.address);
	reporter_clock(b.reporters[w], s.packet.clock_ns);
	reporter_prefetch(b.reporters[w], &s.packet, 1, UINT64_MAX);
	reporter_host(b.reporters[w], 0);
	reporter_found(b.reporters[w], &f);
	reporter_settle(b.reporters[w]);
}

/* What the end of a flow showed, which was over at `over`; when it is ended is another matter. */
static void end_flow(unsigned over, const char *mac, const char *ip, const char *value)
{
	static struct sent s; /* apart from the packets of any batch */
	uint32_t w = packet_of(&s, over, mac, ip, 64, 80);
	b.ordinal--; /* no packet of the input */
	s.frame.ordinal = 1;
	s.frame.number = over;
	struct finding f = {.field = FIELD_HTTP_SERVER,
			    .subject = SUBJECT_SENDER,
			    .value = (const uint8_t *)value,
			    .len = (uint32_t)strlen(value),
			    .packet = &s.packet};
	reporter_flow_ends(b.reporters[w], over * NS_PER_SECOND);
	reporter_found(b.reporters[w], &f);
	reporter_flow_ended(b.reporters[w]);
}

static int set_up(void **state)
{
	(void)state;
	struct error e;
	memset(&b, 0, sizeof b);
	arena_init(&b.block.arena, 65536, 0);
	b.block.room = 64;
	b.block.assertions = calloc(b.block.room, sizeof *b.block.assertions);
	return signature_builtin(&b.set, &e);
}

static int tear_down(void **state)
{
	(void)state;
	forget_lines();
	signature_free(b.set);
	arena_fini(&b.block.arena);
	free(b.block.assertions);
	return 0;
}

/* ---- cases ---- */

static void first_sight_is_said_and_closed(void **state)
{
	(void)state;
	begin(1);
	send_packet(100, A, "192.168.1.10", 64);
	send_packet(107, A, "192.168.1.10", 64);
	finish();
	expect(1, "newEndpoint");
	expect(1, "open");
	expect(1, "shut");
	expect(1, "[100 107]");
	assert_int_equal(b.counters.endpoints_seen, 1);
}

static void standing_knowledge_is_said_again_at_every_refresh(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 7300; t += 100)
		send_packet(t, A, "192.168.1.10", 64);
	finish();
	expect(3, "open"); /* first sight, and after one and two hours */
	expect(1, "newEndpoint");
	expect(1, "[0 7300]");
}

/* All that a packet shows of its sender is one assertion; at the end so is what was seen equally long. */
static void what_becomes_known_together_is_one_assertion(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_SERVICE, 443, "https");
	show(2, A, "192.168.1.10", FIELD_SERVICE, 993, "imaps");
	finish();
	expect(1, "newEndpoint [1 1] of 1"); /* events are apart: they last no time */
	expect(2, "[1 1] of 2");             /* the interface and the first service are opened together … */
	expect(1, "[1 2] of 1");             /* … but do not end together */
	expect(3, "open");
	expect(3, "shut");
	assert_int_equal(b.assertions, 1 + 2 + 3);
}

#define LINUX_SYN   "4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+:0"
#define WINDOWS_SYN "4:128:0:1460:64240,8:mss,nop,ws,nop,nop,sok:df,id+:0"
#define UBUNTU      "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10"

/* The rows of field.def are more than an octet counts. */
static void the_last_field_is_itself(void **state)
{
	(void)state;
	begin(1);
	assert_true(FIELDS > 256);
	show(1, A, "192.168.1.10", (enum field)(FIELDS - 1), 0, "vendor=Example;model=X9");
	finish();
	expect(2, "model=X9"); /* opened, closed */
}

/* How a machine sends supports what it says of itself, whichever comes first, and is not said beside it. */
static void a_stack_upholds_what_its_holder_says(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		begin(1);
		if (first)
			show(1, A, "192.168.1.10", FIELD_SSH_BANNER, 22, UBUNTU);
		show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
		if (!first)
			show(2, A, "192.168.1.10", FIELD_SSH_BANNER, 22, UBUNTU);
		show(3, A, "192.168.1.10", FIELD_TCP_SYN_ACK, 22, "4:64:0:1460:65160,7:mss,sok,ts,nop,ws:df:0");
		finish();
		expect(3, "softwareTitle=Ubuntu Linux"); /* opened, surer with the stack, closed */
		expect(first ? 0 : 2, "softwareTitle=Linux");
		expect(0, "conflict");
		forget_lines();
	}
}

#define DEBIAN11 "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1"
#define DEBIAN12 "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"

/* A machine that was upgraded goes on to send as it did: that does not keep the system it had. */
static void a_stack_follows_an_upgrade(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 30000; t += 1000) {
		show(t + 1, A, "192.168.1.10", FIELD_TCP_SYN_ACK, 22, "4:64:0:1460:65160,7:mss,sok,ts,nop,ws:df:0");
		show(t + 2, A, "192.168.1.10", FIELD_SSH_BANNER, 22, t < 5000 ? DEBIAN11 : DEBIAN12);
	}
	finish();
	expect(2, "versionChanged");                                                   /* of system and server, once */
	expect(1, "debian_linux:11:*:*:*:*:*:*:* role=operatingSystem [2 5001] of 1"); /* to before the new banner */
	forget_lines();
}

/* A server that hides its version from some time on may have any: what it was ends, and it is itself from an hour
 * later. Not so long that it is told twice when a page without version comes between. */
static void a_name_without_a_version_upholds_none(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 30000; t += 1000) {
		show(t + 1, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, t < 5000 ? "nginx/1.18.0" : "nginx");
		show(t + 2, B, "192.168.1.11", FIELD_HTTP_SERVER, 80, t % 2000 ? "nginx/1.18.0" : "nginx");
	}
	finish();
	expect(2, "nginx:1.18.0:*:*:*:*:*:*:* role=server transport=tcp port=# [1 4001]"); /* said again, and closed */
	expect(1, "nginx:*:*:*:*:*:*:*:* role=server transport=tcp port=# [1 30001]");
	expect(2, "nginx:*:*:*:*:*:*:*:* role=server transport=tcp port=# [2 2]"); /* before it had one */
	expect(2, "kind=newSoftware new=nginx 1.18.0");
	forget_lines();
}

/* One site behind a port names its version and another does not: that keeps no version there, and none comes back. */
static void a_site_without_a_version_follows_an_upgrade(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 30000; t += 1000) {
		show(t + 1, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, t < 5000 ? "nginx/1.18.0" : "nginx/1.24.0");
		show(t + 2, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx");
	}
	finish();
	expect(1, "versionChanged");
	expect(2, "nginx:1.18.0:*:*:*:*:*:*:* role=server transport=tcp port=# [1 4001]");
	forget_lines();
}

/* What says a part of a version goes with what says the whole. */
static void a_part_of_a_version_follows_the_whole(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 30000; t += 1000) {
		show(t + 1, A, "192.168.1.10", FIELD_NTLM_VERSION, 0, t < 5000 ? "10.0.19044" : "10.0.19045");
		show(t + 2, A, "192.168.1.10", FIELD_HTTP_USER_AGENT, 0,
		     "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0");
	}
	finish();
	expect(1, "versionChanged");
	expect(2, "windows_10:10.0.19044:*:*:*:*:*:*:* role=operatingSystem [1 4001]");
	forget_lines();
}

/* A relay of messages is called by none of the names in them; who was renamed is called by both. */
static void a_relay_has_none_of_the_names_in_its_messages(void **state)
{
	static const char *const names[] = {"web", "db", "mail", "web", "dns"};
	(void)state;
	begin(1);
	for (unsigned i = 0; i < 5; i++) {
		show(1 + 70 * i, A, "192.168.1.10", FIELD_SYSLOG_HOST, 0, names[i]);
		show(2 + 70 * i, B, "192.168.1.11", FIELD_SYSLOG_HOST, 0, i < 3 ? "old" : "new");
	}
	show(400, A, "192.168.1.10", FIELD_SERVICE, 80, "http");
	finish();
	expect(2, ": hostName =web");
	expect(1, ": hostName =web [1 1] of 1 1%"); /* withdrawn */
	expect(1, ": hostName =db [71 71] of 1 1%");
	expect(0, ": hostName =mail");
	expect(0, ": hostName =dns");
	expect(2, "192.168.1.10 : service applicationName=http"); /* it is called nothing */
	expect(2, ": hostName =old");
	expect(2, ": hostName =new");
	forget_lines();
}

#define DAYS 86400u

/* Who comes back has what it had, or another version of it. */
static void what_came_back_is_not_new(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t <= 9 * DAYS; t += 3600) {
		send_packet(t + 1, B, "192.168.1.11", 64);
		if (t % (3 * DAYS) == 0)
			show(t + 2, A, "192.168.1.10", FIELD_SSH_BANNER, 22, t < 5 * DAYS ? DEBIAN11 : DEBIAN12);
	}
	finish();
	expect(2, "newSoftware");
	expect(2, "versionChanged");
	expect(3, "kind=gone");
}

/* One that contradicts is kept, and told of, once. */
static void a_stack_that_contradicts_is_told_of(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_SSH_BANNER, 22, UBUNTU);
	show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	show(3, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	finish();
	expect(1, "conflict old=Ubuntu Linux 22.04 new=Windows");
	expect(2, "softwareTitle=Windows");      /* opened, closed */
	expect(3, "softwareTitle=Ubuntu Linux"); /* again, in its lower band */
}

#define WINDOWS_AGENT                                                                                           \
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.51 " \
	"Safari/537.36"

/* What is doubtful loses to how the machine sends, and takes the place of nothing that is not. */
static void a_doubtful_word_loses(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		begin(1);
		if (first)
			show(1, A, "192.168.1.10", FIELD_HTTP_DOUBTFUL_AGENT, 0, WINDOWS_AGENT);
		show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
		if (!first)
			show(3, A, "192.168.1.10", FIELD_HTTP_DOUBTFUL_AGENT, 0, WINDOWS_AGENT);
		finish();
		expect(1, "conflict");
		expect(0, "endpointMultiplicity");
		expect(first ? 2 : 3, "softwareTitle=Linux"); /* opened, less sure, closed */
		forget_lines();
	}
}

/* A build that implementations of NTLM borrow yields to the stack; one that none does is believed as before. */
static void a_borrowed_build_loses(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		begin(1);
		if (first)
			show(1, A, "192.168.1.10", FIELD_NTLM_VERSION, 445, "6.1.7601");
		show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
		if (!first)
			show(3, A, "192.168.1.10", FIELD_NTLM_VERSION, 445, "6.1.7601");
		finish();
		expect(1, "conflict");
		assert_true(last_confidence("softwareTitle=Linux") > last_confidence("softwareTitle=Windows"));
		forget_lines();
	}
	begin(1);
	show(1, A, "192.168.1.10", FIELD_NTLM_VERSION, 445, "10.0.20348");
	show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
	finish();
	assert_true(last_confidence("softwareTitle=Linux") < last_confidence("softwareTitle=Windows"));
	forget_lines();
	begin(1);
	show(1, A, "192.168.1.10", FIELD_NTLM_VERSION, 445, "6.1.7601");
	show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	finish();
	expect(0, "conflict");
	assert_true(last_confidence("softwareVersion=6.1.7601") >= 97);
}

static void a_doubtful_word_refines_nothing(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	show(2, A, "192.168.1.10", FIELD_HTTP_DOUBTFUL_AGENT, 0, WINDOWS_AGENT);
	show(3, A, "192.168.1.10", FIELD_TCP_SYN_ACK, 445, "4:128:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0");
	finish();
	expect(0, "conflict");
	expect(2, "softwareTitle=Windows softwareCreator=Microsoft softwareVersion=10.0");
	expect(2, "windows:*:*:*:*:*:*:*:* role=operatingSystem [1 3]"); /* the stack's own word, to the end */
	forget_lines();
	/* and when it is said where it can be believed, it is the better word */
	begin(1);
	show(1, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	show(2, A, "192.168.1.10", FIELD_HTTP_DOUBTFUL_AGENT, 0, WINDOWS_AGENT);
	show(3, A, "192.168.1.10", FIELD_HTTP_USER_AGENT, 0, WINDOWS_AGENT);
	show(4, A, "192.168.1.10", FIELD_TCP_SYN_ACK, 445, "4:128:0:1460:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0");
	finish();
	expect(0, "windows:*:*:*:*:*:*:*:* role=operatingSystem [1 4]");
}

/* The same system in other words of its own is no contradiction; two stacks behind one address are. */
static void stacks_of_one_address_are_told_apart(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
	show(2, A, "192.168.1.10", FIELD_DHCP_PARAMETERS, 68, "1,28,2,3,15,6,119,12,44,47,26,121,42");
	finish();
	expect(0, "conflict");
	begin(1);
	forget_lines();
	show(1, A, "192.168.1.10", FIELD_TCP_SYN, 0, LINUX_SYN);
	show(2, A, "192.168.1.10", FIELD_TCP_SYN, 0, WINDOWS_SYN);
	finish();
	expect(1, "conflict old=Linux new=Windows");
}

static void software_is_recognised_once(void **state)
{
	(void)state;
	begin(1);
	for (unsigned t = 0; t < 10; t++)
		show(t, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.22.1");
	finish();
	expect(2, "softwareTitle=nginx"); /* opened, closed */
	expect(1, "newSoftware new=nginx 1.22.1");
}

static void one_server_on_a_port(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx");
	show(2, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.22.1");
	show(3, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx");
	show(4, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.24.0");
	finish();
	expect(1, "versionChanged old=nginx 1.22.1 new=nginx 1.24.0");
	unsigned with = count("softwareTitle=nginx"), versioned = count("softwareVersion=1.2");
	assert_int_equal(with - versioned, 2); /* without a version: opened, and closed when it was known better */
}

static void announce(unsigned t, const char *to, uint16_t from_port, const char *server)
{
	struct sent s;
	uint32_t w = packet_of(&s, t, A, "192.168.1.10", 4, from_port);
	address_parse(to, &s.packet.dst);
	s.packet.protocol = 17;
	s.packet.dport = 1900;
	struct finding f = {.field = FIELD_SSDP_SERVER,
			    .subject = SUBJECT_SENDER,
			    .value = (const uint8_t *)server,
			    .len = (uint32_t)strlen(server),
			    .packet = &s.packet};
	reporter_clock(b.reporters[w], s.packet.clock_ns);
	reporter_prefetch(b.reporters[w], &s.packet, 1, UINT64_MAX);
	reporter_host(b.reporters[w], 0);
	reporter_found(b.reporters[w], &f);
	reporter_settle(b.reporters[w]);
}

/* Each announcement goes out from another port; what is announced is one server, at the group's. */
static void an_announcement_is_of_the_groups_port(void **state)
{
	static const char before[] = "Debian DLNADOC/1.50 UPnP/1.0 MiniDLNA/1.3.0";
	static const char after[] = "Debian DLNADOC/1.50 UPnP/1.0 MiniDLNA/1.3.1";
	(void)state;
	begin(1);
	announce(1, "239.255.255.250", 40001, before);
	announce(2, "239.255.255.250", 40002, after);
	finish();
	expect(1, "versionChanged old=MiniDLNA 1.3.0 new=MiniDLNA 1.3.1");
	forget_lines();
	begin(1);
	announce(1, "255.255.255.255", 40001, before); /* a broadcast is no group */
	announce(2, "255.255.255.255", 40002, after);
	finish();
	expect(0, "versionChanged");
}

/* A certificate made on the spot. */
static int make_certificate(unsigned char **der)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	assert_non_null(key);
	assert_non_null(x);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"Example", -1,
				   -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	int len = i2d_X509(x, der);
	X509_free(x);
	EVP_PKEY_free(key);
	assert_true(len > 0);
	return len;
}

static void only_its_own_certificate_identifies_a_server(void **state)
{
	(void)state;
	unsigned char *der = NULL;
	size_t len = (size_t)make_certificate(&der);
	begin(1);
	show_octets(1, A, "192.168.1.10", FIELD_TLS_CHAIN_CERTIFICATE, 443, der, len);
	show_octets(2, B, "192.168.1.11", FIELD_TLS_CERTIFICATE, 443, der, len);
	finish();
	expect(2, "192.168.1.10 : certificate fingerprint="); /* nothing between: it designates nobody */
	expect(0, "192.168.1.11 : certificate fingerprint=");
	expect(4, " : certificate fingerprint=");
	OPENSSL_free(der);
}

/* That it is TLS says less than what is inside, whichever was seen first. */
static void wrapping_gives_way_to_what_is_inside(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_SERVICE, 443, "tls");
	show(2, A, "192.168.1.10", FIELD_SERVICE, 443, "https");
	show(3, A, "192.168.1.10", FIELD_SERVICE, 443, "tls");
	show(4, A, "192.168.1.10", FIELD_SERVICE, 993, "imaps");
	show(5, A, "192.168.1.10", FIELD_SERVICE, 993, "tls");
	show(6, A, "192.168.1.10", FIELD_SERVICE, 8443, "tls");
	finish();
	expect(2, "applicationName=https"); /* opened, closed */
	expect(2, "applicationName=imaps");
	expect(4, "applicationName=tls"); /* of 443 until it was known better, of 8443 */
}

static void who_is_spoken_of_is_no_endpoint_until_it_speaks(void **state)
{
	(void)state;
	begin(1);
	speak_of(1, "198.51.100.7", "www.example.org");
	speak_of(1, "198.51.100.8", "silent.example.org");
	send_packet(5, R, "198.51.100.7", 55);
	finish();
	expect(2, "- 198.51.100.8 silent.example.org"); /* opened and closed, of nobody */
	expect(2, "- 198.51.100.7 www.example.org");
	expect(4, "198.51.100.7 www.example.org : domainName");
	assert_int_equal(b.counters.endpoints_seen, 2); /* the resolver, who is the router too, and the far host */
}

static void a_new_holder_inherits_nothing(void **state)
{
	(void)state;
	begin(1);
	speak_of(1, "192.168.1.10", "old.example.org");
	show(2, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.22.1");
	show(50, B, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.22.1");
	finish();
	expect(1, "addressMoved old=" A " new=" B);
	expect(0, B " 192.168.1.10 old.example.org");
	expect(2, A " 192.168.1.10 old.example.org"); /* opened when its holder was seen, closed when that lost it */
	expect(2, A " 192.168.1.10 : softwareInstance");
	expect(2, B " 192.168.1.10 : softwareInstance");
}

static void privacy_comes_before_any_output(void **state)
{
	(void)state;
	b.privacy.rules[0].name = "userName";
	b.privacy.rules[0].action = PRIVACY_DROP;
	b.privacy.rules[1].name = "ipv4Address";
	b.privacy.rules[1].action = PRIVACY_TRUNCATE;
	b.privacy.n = 2;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_USER_NAME, 21, "alice");
	finish();
	expect(0, "alice");
	expect(0, "192.168.1.10");
	assert_true(count("192.168.1.0") > 0);
}

static void what_is_gone_is_closed_and_forgotten(void **state)
{
	(void)state;
	begin(1);
	show(1, A, "192.168.1.10", FIELD_HTTP_SERVER, 80, "nginx/1.22.1");
	send_packet(200000, B, "192.168.1.11", 64);
	send_packet(300000, A, "192.168.1.10", 64);
	finish();
	expect(2, "kind=gone");
	expect(2, "newEndpoint"); /* who comes back is the same, and not new */
	assert_int_equal(b.counters.endpoints, 1);
	assert_int_equal(b.counters.endpoints_seen, 2);
}

static const char *const ips[] = {"192.168.1.10", "192.168.1.11", "192.168.1.12", "198.51.100.7", "2001:db8::5"};

static void play_one(unsigned t, uint64_t x)
{
	const char *ip = ips[x % 5], *mac = x >> 8 & 1 ? A : x >> 9 & 1 ? B : R;
	if (x >> 16 & 1)
		send_packet(t, mac, ip, x >> 17 & 1 ? 64 : 57);
	else
		show(t, mac, ip, FIELD_HTTP_SERVER, 80, x >> 20 & 1 ? "nginx/1.22.1" : "Apache/2.4.57 (Debian)");
	if (t % 11 == 0)
		speak_of(t, ip, x >> 30 & 1 ? "a.example.org" : "b.example.org");
}

/* `lag` seconds pass until a flow that is over is ended. */
static void play(uint32_t workers, uint32_t sets, unsigned lag)
{
	uint64_t x = 88172645463325252ull;
	b.sets = sets;
	begin(workers);
	for (unsigned t = 0; t < 4100; t++) { /* every flow is ended, however late */
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (t < 4000 && (t % 7 == 0 || (t % 200 < 50)))
			play_one(t, x);
		if (t % 97 == lag && t > lag && t - lag < 4000)
			end_flow(t - lag, A, ips[(t - lag) % 5], (t - lag) % 2 ? "lighttpd/1.4.69" : "nginx/1.18.0");
	}
	finish();
	b.sets = 0;
}

static void the_same_is_said(uint32_t workers, uint32_t sets, unsigned lag)
{
	play(1, 0, 3);
	unsigned n = b.n, assertions = b.assertions;
	static char *one[sizeof b.lines / sizeof *b.lines];
	memcpy(one, b.lines, n * sizeof *one);
	b.n = 0;
	play(workers, sets, lag);
	for (unsigned i = 0; i < n && i < b.n; i++)
		assert_string_equal(b.lines[i], one[i]);
	assert_int_equal(b.n, n);
	assert_int_equal(b.assertions, assertions);
	for (unsigned i = 0; i < n; i++)
		free(one[i]);
}

static void the_number_of_workers_changes_nothing(void **state)
{
	(void)state;
	the_same_is_said(WORKERS, 0, 3);
}

static void the_size_of_the_caches_changes_nothing(void **state)
{
	(void)state;
	the_same_is_said(1, 1, 3);
	forget_lines();
	the_same_is_said(WORKERS, 1, 3);
}

static void when_flows_are_ended_changes_nothing(void **state)
{
	(void)state;
	the_same_is_said(1, 0, 50);
	forget_lines();
	the_same_is_said(WORKERS, 1, 31);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_sight_is_said_and_closed),
		TEST(standing_knowledge_is_said_again_at_every_refresh),
		TEST(what_becomes_known_together_is_one_assertion),
		TEST(software_is_recognised_once),
		TEST(the_last_field_is_itself),
		TEST(a_stack_upholds_what_its_holder_says),
		TEST(a_stack_follows_an_upgrade),
		TEST(a_name_without_a_version_upholds_none),
		TEST(a_site_without_a_version_follows_an_upgrade),
		TEST(a_part_of_a_version_follows_the_whole),
		TEST(a_relay_has_none_of_the_names_in_its_messages),
		TEST(what_came_back_is_not_new),
		TEST(a_stack_that_contradicts_is_told_of),
		TEST(stacks_of_one_address_are_told_apart),
		TEST(a_doubtful_word_loses),
		TEST(a_borrowed_build_loses),
		TEST(a_doubtful_word_refines_nothing),
		TEST(one_server_on_a_port),
		TEST(an_announcement_is_of_the_groups_port),
		TEST(only_its_own_certificate_identifies_a_server),
		TEST(wrapping_gives_way_to_what_is_inside),
		TEST(who_is_spoken_of_is_no_endpoint_until_it_speaks),
		TEST(a_new_holder_inherits_nothing),
		TEST(privacy_comes_before_any_output),
		TEST(what_is_gone_is_closed_and_forgotten),
		TEST(the_number_of_workers_changes_nothing),
		TEST(the_size_of_the_caches_changes_nothing),
		TEST(when_flows_are_ended_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
