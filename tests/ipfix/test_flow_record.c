/* What flow_record.c writes, read with libfixbuf: every element of every form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hash.h"
#include "ipfix/assertion.h"
#include "ipfix/element.h"
#include "ipfix/flow_export.h"
#include "ipfix/flow_record.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEN      32473 /* for examples, RFC 5612 */
#define LAYOUT   1000
#define ALL_ROWS UINT32_MAX
#define FLOWS    4000u

/* The rows, as fixbuf fills them in: without holes. */
struct record {
	uint64_t start_ms[2], end_ms[2], octets[2], packets[2];
	uint64_t overlay;
	uint8_t src6[16], dst6[16];
	fbVarfield_t application, community;
	uint32_t src4, dst4, segment;
	uint16_t sport, dport, tcp[2], tcp_first[2], tcp_rest[2], vlan, inner_vlan, icmp, icmp6;
	uint8_t protocol, end_reason, direction, ttl_min[2], ttl_max[2];
	uint8_t src_mac[6], dst_mac[6];
};

static const char *name(uint16_t application)
{
	return application == 443 ? "https" : NULL;
}

/* Any flow there can be; all that may be in a record differs from flow to flow. */
static struct flow sample(uint32_t n)
{
	uint64_t x = hash_mix(n + 1);
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_GRE};
	struct flow f = {.version = n & 1 ? 6 : 4,
			 .protocol = protocols[n >> 1 & 3],
			 .segment = n >> 3 & 1 ? 0x80000000u | (x & 0xffffff) : x & 0xffffff,
			 .start_us = 1700000000000000ull + x % 100000000,
			 .application = n >> 4 & 1 ? 443 : 0,
			 .end_reason = 1 + n % 5};
	for (int i = 0; i < (f.version == 6 ? 16 : 4); i++) {
		f.src.bytes[i] = (uint8_t)hash_mix(x + (uint64_t)i);
		f.dst.bytes[i] = (uint8_t)hash_mix(x + 16 + (uint64_t)i);
	}
	if (f.protocol == IPPROTO_ICMP)
		f.first_icmp = (uint16_t)(x >> 8);
	else
		f.sport = (uint16_t)x, f.dport = (uint16_t)(x >> 16);
	for (unsigned d = 0; d < 2; d++) {
		uint64_t y = hash_mix(x + 100 + d);
		if (n % 3 == 1 + d)
			continue; /* one direction only */
		f.side[d] = (struct flow_side){.packets = 1 + (y & 3 ? (uint32_t)y : 0),
					       .octets = y >> 3,
					       .first_us = y & 0xfffff,
					       .last_us = (uint32_t)(y & 0xfffff) + (uint32_t)(y >> 40),
					       .tcp_first = y >> 5 & 0xfff,
					       .tcp_union = y >> 17 & 0xfff,
					       .ttl_min = (uint8_t)(y >> 9),
					       .ttl_max = (uint8_t)(y >> 21)};
		memcpy(f.side[d].mac, &y, 6);
	}
	return f;
}

static fbInfoModel_t *model_with_ours(void)
{
	static const char *const names[] = {"initialTCPFlags", "unionTCPFlags", "communityId", "networkSegment"};
	fbInfoModel_t *model = fbInfoModelAlloc();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct element *e = element_find(names[i]);
		fbInfoElement_t ie = {.ref.name = e->name,
				      .ent = e->origin == ELEMENT_CERT ? ELEMENT_PEN_CERT : PEN,
				      .num = e->number,
				      .len = element_length(e->type),
				      .flags = (e->type <= 10 ? FB_IE_F_ENDIAN : 0u) |
					       (e->reversible ? FB_IE_F_REVERSIBLE : 0u),
				      .type = e->type};
		fbInfoModelAddElement(model, &ie);
	}
	return model;
}

static void compare_side(const struct record *r, const struct flow *f, int d, int to)
{
	const struct flow_side *s = &f->side[d];
	assert_int_equal(r->start_ms[to], s->packets ? (f->start_us + s->first_us) / 1000 : 0);
	assert_int_equal(r->end_ms[to], s->packets ? (f->start_us + s->last_us) / 1000 : 0);
	assert_int_equal(r->octets[to], s->octets);
	assert_int_equal(r->packets[to], s->packets);
	assert_int_equal(r->tcp[to], s->tcp_union);
	assert_int_equal(r->tcp_first[to], s->tcp_first);
	assert_int_equal(r->tcp_rest[to], s->packets > 1 ? s->tcp_union & ~(s->tcp_first & 2) : 0);
	assert_int_equal(r->ttl_min[to], s->ttl_min);
	assert_int_equal(r->ttl_max[to], s->ttl_max);
	assert_memory_equal(to ? r->dst_mac : r->src_mac, s->mac, 6);
}

static void compare_ends(const struct record *r, const struct flow *f, int d)
{
	const struct address *src = d ? &f->dst : &f->src, *dst = d ? &f->src : &f->dst;
	static const uint8_t zero[16];
	bool v6 = f->version == 6;
	uint32_t a, b;
	memcpy(&a, src->bytes, 4);
	memcpy(&b, dst->bytes, 4);
	assert_int_equal(r->src4, v6 ? 0 : ntohl(a));
	assert_int_equal(r->dst4, v6 ? 0 : ntohl(b));
	assert_memory_equal(r->src6, v6 ? src->bytes : zero, 16);
	assert_memory_equal(r->dst6, v6 ? dst->bytes : zero, 16);
	assert_int_equal(r->sport, d ? f->dport : f->sport);
	assert_int_equal(r->dport, d ? f->sport : f->dport);
}

static void compare(const struct record *r, const struct flow *f, bool own)
{
	int d = !f->side[0].packets;
	bool overlay = f->segment >> 31, tcp_unknown = !((f->side[0].tcp_first | f->side[1].tcp_first) & 2);
	struct flow_tuple t = {f->src, f->dst, f->sport, f->dport, f->protocol, f->version};
	char community[32];
	compare_side(r, f, d, 0);
	compare_side(r, f, !d, 1);
	compare_ends(r, f, d);
	assert_int_equal(r->overlay, overlay ? 1ull << 56 | (f->segment & 0xffffff) : 0);
	assert_int_equal(r->vlan, overlay ? 0 : f->segment & 0xfff);
	assert_int_equal(r->inner_vlan, overlay ? 0 : f->segment >> 12 & 0xfff);
	assert_int_equal(r->application.len, f->application ? 5 : 0);
	assert_memory_equal(r->application.buf, "https", r->application.len);
	assert_int_equal(r->icmp, f->version == 4 ? f->first_icmp : 0);
	assert_int_equal(r->icmp6, f->version == 6 ? f->first_icmp : 0);
	assert_int_equal(r->protocol, f->protocol);
	assert_int_equal(r->end_reason, f->end_reason);
	assert_int_equal(r->direction, f->protocol == IPPROTO_TCP && tcp_unknown ? 0 : 1 + d);
	if (f->protocol == IPPROTO_ICMP) {
		t.sport = f->first_icmp >> 8;
		t.dport = f->first_icmp & 255;
	}
	community_id(&t, community);
	assert_int_equal(r->segment, own ? f->segment : 0);
	assert_int_equal(r->community.len, own ? strlen(community) : 0);
	assert_memory_equal(r->community.buf, community, r->community.len);
}

static void write_file(const char *path, uint32_t pen)
{
	struct flow_exporter *x;
	struct flow_exporter_counters c;
	struct error error = {""};
	struct flow_export_options options = {.domain = 1, .pen = pen, .application_name = name};
	assert_int_equal(flow_exporter_open(path, &options, &x, &error), 0);
	for (uint32_t n = 0; n < FLOWS; n++) {
		struct flow f = sample(n);
		flow_exporter_write(x, &f);
	}
	assert_int_equal(flow_exporter_close(x, &c, &error), 0);
	assert_int_equal(c.delivered, FLOWS);
}

static void read_with_fixbuf(uint32_t pen)
{
	char path[] = "/tmp/onlooker-test-XXXXXX";
	close(mkstemp(path));
	write_file(path, pen);
	GError *e = NULL;
	fbInfoModel_t *model = model_with_ours();
	fbSession_t *session = fbSessionAlloc(model);
	fbTemplate_t *layout = fbTemplateAlloc(model);
	for (const struct message_row *row = flow_record_rows; row->name; row++) {
		fbInfoElementSpec_t spec = {.name = (char *)(uintptr_t)row->name, .len_override = row->length};
		assert_true(fbTemplateAppendSpec(layout, &spec, ALL_ROWS, &e));
	}
	assert_true(fbSessionAddTemplate(session, TRUE, LAYOUT, layout, &e));
	fBuf_t *buffer = fBufAllocForCollection(session, fbCollectorAllocFile(NULL, path, &e));
	assert_true(fBufSetInternalTemplate(buffer, LAYOUT, &e));
	uint32_t n = 0, forms = 0;
	for (;;) {
		struct record r;
		size_t len = sizeof r;
		uint16_t id;
		fbTemplate_t *next = fBufNextCollectionTemplate(buffer, &id, &e);
		if (!next)
			break;
		memset(&r, 0, sizeof r);
		assert_true(fBufNext(buffer, (uint8_t *)&r, &len, &e));
		if (id < FLOW_TEMPLATE_FIRST || id >= FLOW_TEMPLATE_FIRST + FLOW_FORMS)
			continue;
		struct flow f = sample(n++);
		compare(&r, &f, pen);
		forms |= 1u << (id - FLOW_TEMPLATE_FIRST);
	}
	assert_true(g_error_matches(e, FB_ERROR_DOMAIN, FB_ERROR_EOF));
	g_clear_error(&e);
	assert_int_equal(n, FLOWS);
	assert_int_equal(forms, (1u << FLOW_FORMS) - 1);
	fBufFree(buffer);
	fbInfoModelFree(model);
	unlink(path);
}

static void fixbuf_reads_every_element(void **state)
{
	read_with_fixbuf(0);
}

static void fixbuf_reads_our_own_elements(void **state)
{
	read_with_fixbuf(PEN);
}

/* A message that is full says so, and has lost nothing. */
static void a_message_ends_at_its_size(void **state)
{
	static struct flow_message m;
	struct flow_record_options options = {true, name};
	static const uint32_t sizes[] = {700, 1400, FLOW_MESSAGE_BYTES};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint32_t n = 0;
		flow_message_begin(&m);
		for (struct flow f = sample(0); flow_message_add(&m, sizes[i], &options, &f); f = sample(++n))
			assert_true(m.used <= sizes[i]);
		assert_true(n > 0);
		assert_int_equal(m.records, n);
		flow_message_seal(&m, 1, 2, 3);
		assert_memory_equal(m.data, "\0\n", 2);
		assert_int_equal(m.data[2] << 8 | m.data[3], m.used);
		assert_memory_equal(m.data + 4, "\0\0\0\1\0\0\0\2\0\0\0\3", 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixbuf_reads_every_element),
		cmocka_unit_test(fixbuf_reads_our_own_elements),
		cmocka_unit_test(a_message_ends_at_its_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
