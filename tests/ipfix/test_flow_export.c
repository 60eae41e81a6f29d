#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cursor.h"
#include "core/time.h"
#include "ipfix/flow_export.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *application(uint16_t label)
{
	return label == 53 ? "domain" : NULL;
}

/* n even: both directions; 4 k + 1: forward only; 4 k + 3: reverse only; one in eight IPv6, one in ten an overlay. */
static struct flow sample(uint32_t n)
{
	struct flow f = {.version = n % 8 == 7 ? 6 : 4,
			 .protocol = n % 3 ? IPPROTO_UDP : IPPROTO_TCP,
			 .sport = (uint16_t)(1024 + n),
			 .dport = 53,
			 .segment = n % 10 == 9 ? 0x80000000u | n : 100,
			 .start_us = 1700000000 * 1000000ull,
			 .application = 53,
			 .end_reason = FLOW_END_IDLE};
	memcpy(f.src.bytes, "\300\0\002\001", 4);
	memcpy(f.dst.bytes, "\300\0\002\002", 4);
	for (int d = 0; d < 2; d++) {
		if (n % 2 && d != (n % 4 == 3))
			continue;
		f.side[d].packets = 3 + (uint32_t)d;
		f.side[d].octets = 1000 + n;
		f.side[d].first_us = (uint32_t)d * 2000;
		f.side[d].last_us = f.side[d].first_us + 1000000;
		f.side[d].ttl_min = f.side[d].ttl_max = 64;
		f.side[d].tcp_first = f.protocol == IPPROTO_TCP ? (d ? 0x12 : 0x02) : 0;
		f.side[d].tcp_union = f.protocol == IPPROTO_TCP ? 0x1b : 0;
	}
	return f;
}

static struct flow_exporter *opened(const char *url, uint32_t pen)
{
	struct flow_exporter *x;
	struct error error = {""};
	struct flow_export_options options = {.domain = 5, .pen = pen, .application_name = application};
	assert_int_equal(flow_exporter_open(url, &options, &x, &error), 0);
	return x;
}

static void write_all(struct flow_exporter *x, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct flow f = sample(i);
		flow_exporter_write(x, &f);
	}
}

/* A reader of our own: messages and sequence numbers, templates, and the sums of packets. */
#define FIELDS_MAX 64
struct field {
	uint32_t pen;
	uint16_t number, length;
};
struct layout {
	struct field fields[FIELDS_MAX];
	uint16_t n;
	bool options;
};
struct seen {
	struct layout layouts[1024];
	uint64_t messages, octets, flows, options, sequence, packets[2], templates;
	bool community;
	/* Of the options records by element: how often it came, the first value of the last record, and the last. */
	uint64_t times[512], first[512], last[512];
};

static void read_template(struct seen *s, struct cursor *c, bool options)
{
	uint16_t id = cursor_u16(c), n = cursor_u16(c);
	if (options)
		(void)cursor_u16(c);
	assert_true(id >= 256);
	assert_true(n <= FIELDS_MAX);
	struct layout *l = &s->layouts[id % 1024];
	l->n = n;
	l->options = options;
	s->templates++;
	for (uint16_t i = 0; i < n; i++) {
		uint16_t number = cursor_u16(c);
		l->fields[i] = (struct field){.number = number & 0x7fff, .length = cursor_u16(c)};
		if (number & 0x8000)
			l->fields[i].pen = cursor_u32(c);
		s->community |= l->fields[i].pen == 32473;
	}
}

static void read_record(struct seen *s, struct cursor *c, const struct layout *l)
{
	for (uint16_t i = 0; i < l->n; i++) {
		const struct field *f = &l->fields[i];
		uint16_t len = f->length == 65535 ? cursor_u8(c) : f->length;
		if (f->length == 65535 && len == 255)
			len = cursor_u16(c);
		struct cursor value = cursor_sub(c, len);
		if (l->options && !f->pen && f->number < 512 && (len == 8 || len == 4)) {
			bool again = i && l->fields[i - 1].number == f->number;
			s->times[f->number] += !again;
			s->last[f->number] = len == 8 ? cursor_u64(&value) : cursor_u32(&value);
			s->first[f->number] = again ? s->first[f->number] : s->last[f->number];
		}
		if (!l->options && f->number == 2 && len == 8)
			s->packets[f->pen == 29305] += cursor_u64(&value);
	}
	s->sequence++;
	*(l->options ? &s->options : &s->flows) += 1;
}

static void read_message(struct seen *s, struct cursor *c)
{
	struct cursor start = *c;
	assert_int_equal(cursor_u16(c), 10);
	uint16_t len = cursor_u16(c);
	(void)cursor_u32(c);
	assert_int_equal(cursor_u32(c), s->sequence);
	assert_int_equal(cursor_u32(c), 5);
	struct cursor body = cursor_sub(&start, len);
	(void)cursor_sub(&body, 16);
	(void)cursor_sub(c, len - 16);
	s->messages++;
	s->octets += len;
	while (cursor_left(&body) >= 4) {
		uint16_t id = cursor_u16(&body), set_len = cursor_u16(&body);
		assert_true(set_len >= 4);
		struct cursor set = cursor_sub(&body, set_len - 4);
		while (cursor_left(&set) >= 4 && cursor_ok(&set)) {
			if (id == 2 || id == 3)
				read_template(s, &set, id == 3);
			else
				read_record(s, &set, &s->layouts[id % 1024]);
		}
		assert_true(cursor_ok(&set));
	}
	assert_true(cursor_ok(&body));
}

static struct seen *read_back(const uint8_t *data, size_t len)
{
	struct seen *s = calloc(1, sizeof *s);
	struct cursor c = cursor_init(data, len);
	while (cursor_left(&c))
		read_message(s, &c);
	assert_true(cursor_ok(&c));
	return s;
}

static void file_round_trip(uint32_t pen, uint32_t count)
{
	char name[] = "/tmp/onlooker-test-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	struct flow_exporter *x = opened(name, pen);
	struct flow_exporter_counters c;
	struct error error = {""};
	write_all(x, count);
	assert_int_equal(flow_exporter_close(x, &c, &error), 0);
	assert_int_equal(c.offered, count);
	assert_int_equal(c.delivered, count);
	assert_int_equal(c.dropped, 0);
	off_t size = lseek(fd, 0, SEEK_END);
	assert_int_equal(size, c.octets);
	uint8_t *data = malloc((size_t)size);
	assert_int_equal(pread(fd, data, (size_t)size, 0), size);
	struct seen *s = read_back(data, (size_t)size);
	uint64_t forward = 0, reverse = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct flow f = sample(i);
		forward += f.side[0].packets ? f.side[0].packets : f.side[1].packets;
		reverse += f.side[0].packets ? f.side[1].packets : 0;
	}
	assert_int_equal(s->flows, count);
	assert_int_equal(s->packets[0], forward);
	assert_int_equal(s->packets[1], reverse);
	assert_int_equal(s->community, pen != 0);
	assert_true(s->options >= 2); /* type records of CERT's two at least */
	free(s);
	free(data);
	close(fd);
	unlink(name);
}

static void a_file_reads_back(void **state)
{
	file_round_trip(0, 0);
	file_round_trip(0, 1);
	file_round_trip(0, 5000);
	file_round_trip(32473, 5000);
}

static struct seen *read_file(const char *name)
{
	FILE *f = fopen(name, "rb");
	uint8_t *data = malloc(1 << 20);
	assert_non_null(f);
	size_t n = fread(data, 1, 1 << 20, f);
	assert_true(n > 0 && n < 1 << 20);
	fclose(f);
	struct seen *s = read_back(data, n);
	free(data);
	return s;
}

static void assert_statistics(const struct seen *s, const struct flow_statistics *m)
{
	assert_int_equal(s->last[149], 5);
	assert_int_equal(s->last[143], 77);
	assert_int_equal(s->last[144], 77);
	assert_int_equal(s->last[86], m->packets);
	assert_int_equal(s->last[163], m->flows);
	assert_int_equal(s->last[164], m->ignored_packets);
	assert_int_equal(s->last[166], m->shed_flows);
	assert_int_equal(s->last[167], m->shed_packets);
	assert_int_equal(s->last[168], m->shed_octets);
	assert_int_equal(s->last[42], s->flows);
}

/* Read back after each: what was said of the messages before is what was there. */
static void statistics_are_records_too(void **state)
{
	char name[] = "/tmp/onlooker-test-XXXXXX";
	close(mkstemp(name));
	struct flow_exporter *x;
	struct flow_exporter_counters c;
	struct error error = {""};
	struct flow_export_options options = {.domain = 5, .process = 77};
	assert_int_equal(flow_exporter_open(name, &options, &x, &error), 0);
	struct flow_statistics m = {.time_ns = 1700000000ull * NS_PER_SECOND, .packets = 900, .flows = 150};
	for (uint32_t i = 1; i <= 3; i++) {
		struct seen *before = read_file(name);
		uint64_t messages = before->messages, octets = before->octets;
		free(before);
		write_all(x, i == 2 ? 0 : 100);
		flow_exporter_statistics(x, &m);
		struct seen *s = read_file(name);
		assert_statistics(s, &m);
		assert_int_equal(s->times[86], i);
		assert_int_equal(s->times[164], i);
		assert_int_equal(s->times[166], i);
		assert_int_equal(s->messages, messages + (i == 2 ? 1 : 2));
		assert_int_equal(s->last[41], s->messages - 1);
		assert_true(s->last[40] >= octets && s->last[40] < s->octets);
		/* the last times are those of flows not sent: from the second statistics to the third */
		assert_int_equal(s->first[323], i == 1 ? 0 : 1700000060000);
		assert_int_equal(s->last[323], i == 1 ? 0 : i == 2 ? 1700000060000 : 1700000120000);
		free(s);
		m.time_ns += 60 * NS_PER_SECOND;
		m.packets += 1000;
		m.flows += 10;
		m.ignored_packets += i;
		m.shed_flows = m.shed_packets = i;
		m.shed_octets = 60 * i;
	}
	assert_int_equal(flow_exporter_close(x, &c, &error), 0);
	assert_int_equal(c.offered, 200);
	assert_int_equal(c.delivered, 200);
	unlink(name);
}

static void losses_have_a_first_and_a_last_time(void **state)
{
	struct flow_losses l = {0};
	flow_losses_note(&l, 0, 10);
	assert_int_equal(l.last_ns, 0);
	flow_losses_note(&l, 3, 20);
	flow_losses_note(&l, 3, 30);
	flow_losses_note(&l, 4, 40);
	flow_losses_note(&l, 4, 50);
	assert_int_equal(l.count, 4);
	assert_int_equal(l.first_ns, 20);
	assert_int_equal(l.last_ns, 40);
}

static void what_cannot_be_opened_is_said(void **state)
{
	static const char *const urls[] = {"tls://",
					   "tls://[::1",
					   "sctp://127.0.0.1",
					   "udp://",
					   "udp://[::1",
					   "tcp://h:x",
					   "/nonexistent/directory/file",
					   ""};
	struct flow_export_options options = {.domain = 1};
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		struct flow_exporter *x;
		struct error error = {""};
		assert_int_equal(flow_exporter_open(urls[i], &options, &x, &error), ERROR_USAGE);
		assert_null(x);
		assert_string_not_equal(error.text, "");
	}
}

static void a_full_disk_is_said_once_and_counted(void **state)
{
	struct flow_exporter *x;
	struct flow_exporter_counters c;
	struct error error = {""};
	struct flow_export_options options = {.domain = 1};
	assert_int_equal(flow_exporter_open("/dev/full", &options, &x, &error), ERROR_FAILED);
	assert_non_null(strstr(error.text, "/dev/full"));
	int pair[2], port_fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	assert_int_equal(bind(port_fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(port_fd, 1), 0);
	getsockname(port_fd, (struct sockaddr *)&a, &len);
	char url[64];
	snprintf(url, sizeof url, "tcp://127.0.0.1:%u", ntohs(a.sin_port));
	x = opened(url, 0);
	pair[0] = accept(port_fd, NULL, NULL);
	setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
	close(pair[0]); /* a peer that goes away */
	close(port_fd);
	write_all(x, 20000);
	flow_exporter_statistics(x, &(struct flow_statistics){.flows = 20000});
	const struct flow_exporter_counters *now = flow_exporter_counters(x);
	assert_true(now->dropped_packets >= 3 * now->dropped && now->dropped_packets <= 7 * now->dropped);
	assert_true(now->dropped_octets >= 1000 * now->dropped);
	assert_int_equal(flow_exporter_close(x, &c, &error), ERROR_FAILED);
	assert_int_equal(c.offered, 20000);
	assert_int_equal(c.offered, c.delivered + c.dropped);
	assert_true(c.dropped > 0);
	assert_non_null(strstr(error.text, url));
}

static void datagrams_carry_whole_messages(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	char url[64];
	uint8_t *all = malloc(1 << 20);
	size_t n = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(url, sizeof url, "udp://127.0.0.1:%u", ntohs(a.sin_port));
	struct flow_exporter *x = opened(url, 0);
	struct flow_exporter_counters c;
	write_all(x, 300);
	assert_int_equal(flow_exporter_close(x, &c, NULL), 0);
	for (ssize_t got; (got = recv(fd, all + n, 65536, MSG_DONTWAIT)) > 0; n += (size_t)got) {
		assert_int_equal(all[n + 2] << 8 | all[n + 3], got);
		assert_true(got <= 1400);
	}
	struct seen *s = read_back(all, n);
	assert_int_equal(s->flows, 300);
	free(s);
	free(all);
	close(fd);
}

static void udp_repeats_its_templates(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	char url[64];
	uint8_t datagram[2048];
	struct seen *s = calloc(1, sizeof *s);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	snprintf(url, sizeof url, "udp://127.0.0.1:%u", ntohs(a.sin_port));
	struct flow_exporter *x = opened(url, 0);
	for (uint32_t i = 0; i < 45000; i++) {
		struct flow f = sample(i * 2);
		flow_exporter_write(x, &f);
		for (ssize_t got; i % 50 == 0 && (got = recv(fd, datagram, sizeof datagram, MSG_DONTWAIT)) > 0;) {
			struct cursor c = cursor_init(datagram, (size_t)got);
			read_message(s, &c); /* checks the sequence, too */
		}
	}
	assert_true(s->templates >= 3 * 8);
	assert_int_equal(flow_exporter_close(x, NULL, NULL), 0);
	free(s);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_reads_back),
		cmocka_unit_test(statistics_are_records_too),
		cmocka_unit_test(losses_have_a_first_and_a_last_time),
		cmocka_unit_test(what_cannot_be_opened_is_said),
		cmocka_unit_test(a_full_disk_is_said_once_and_counted),
		cmocka_unit_test(datagrams_carry_whole_messages),
		cmocka_unit_test(udp_repeats_its_templates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
