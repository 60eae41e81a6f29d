#include "dissect_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

struct way {
	uint8_t *data; /* all octets of the direction */
	size_t taken, arrived;
	uint64_t skip;
	bool done;
};

struct run {
	const struct talk *talk;
	struct way way[2];
	struct packet packet;
	struct flow flow;
	struct dissection x;
	uint64_t state[DISSECT_STATE_BYTES / 8];
	enum { PROBING, FEEDING, OVER } phase;
	enum flow_direction spoke_first;
	char *out;
	size_t len, size;
};

static void print(struct run *r, const char *text)
{
	size_t n = strlen(text);
	if (r->len + n >= r->size)
		n = r->size - r->len - 1;
	memcpy(r->out + r->len, text, n);
	r->out[r->len += n] = 0;
}

static void print_value(struct run *r, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[8];
		if (p[i] >= 0x20 && p[i] < 0x7f)
			snprintf(text, sizeof text, "%c", p[i]);
		else
			snprintf(text, sizeof text, "\\%02x", p[i]);
		print(r, text);
	}
}

static void found(void *context, const struct finding *f)
{
	static const char *const subjects[] = {"sender", "receiver", "address", "hardware"};
	struct run *r = context;
	print(r, field_table[f->field].name);
	print(r, " ");
	print(r, r->x.direction == FLOW_FORWARD ? "client" : "server");
	print(r, " ");
	print(r, subjects[f->subject]);
	print(r, " ");
	print_value(r, f->value, f->len);
	print(r, "\n");
}

static void bound(void *context, const struct bound *b)
{
	print(context, "bound\n");
}

static void end(struct run *r, const char *why, const char *what)
{
	r->phase = OVER;
	print(r, why);
	print(r, what);
	print(r, "\n");
}

static enum probe probe(struct run *r)
{
	const struct talk *t = r->talk;
	struct probe_input in = {.sport = r->flow.sport,
				 .dport = r->flow.dport,
				 .transport = t->udp ? TRANSPORT_UDP : TRANSPORT_TCP,
				 .mid_stream = t->mid_stream};
	for (int d = 0; d < 2; d++)
		in.first[d] = cursor_init(r->way[d].data, r->way[d].arrived);
	return t->dissector->probe(&in);
}

static void turn(struct run *r, enum flow_direction d)
{
	r->x.direction = d;
	r->packet.src = d == FLOW_FORWARD ? r->flow.src : r->flow.dst;
	r->packet.dst = d == FLOW_FORWARD ? r->flow.dst : r->flow.src;
	r->packet.sport = d == FLOW_FORWARD ? r->flow.sport : r->flow.dport;
	r->packet.dport = d == FLOW_FORWARD ? r->flow.dport : r->flow.sport;
	r->x.skip[0] = r->x.skip[1] = 0;
}

static void settle(struct run *r)
{
	struct dissection *x = &r->x;
	for (int d = 0; d < 2; d++) {
		r->way[d].skip += x->skip[d];
		r->way[d].done |= x->done[d];
	}
	if (x->failed)
		end(r, "failed", "");
	else if (x->next)
		end(r, "next ", x->next->name);
	else if (r->way[0].done && r->way[1].done)
		end(r, "done", "");
}

static void hop(struct way *w)
{
	size_t n = w->arrived - w->taken;
	n = w->skip < n ? (size_t)w->skip : n;
	w->taken += n;
	w->skip -= n;
}

static void show(struct run *r, enum flow_direction d, bool last)
{
	struct way *w = &r->way[d];
	hop(w);
	if (w->done)
		w->taken = w->arrived;
	if (w->taken == w->arrived || r->phase != FEEDING)
		return;
	turn(r, d);
	r->x.last = last;
	struct cursor c = cursor_init(w->data + w->taken, w->arrived - w->taken);
	r->talk->dissector->stream(&r->x, &c);
	assert_true(c.at >= w->data + w->taken && c.at <= w->data + w->arrived);
	w->taken = (size_t)(c.at - w->data);
	if (w->arrived - w->taken > INSPECT_PENDING_BYTES)
		w->done = true;
	settle(r);
	hop(w);
}

static void present(struct run *r, enum flow_direction d)
{
	show(r, d, false);
}

static void arrive(struct run *r, enum flow_direction d, size_t n)
{
	struct way *w = &r->way[d];
	if (r->phase == OVER)
		return;
	if (r->phase == PROBING && !r->way[0].arrived && !r->way[1].arrived)
		r->spoke_first = d;
	UNPOISON(w->data + w->arrived, n);
	w->arrived += n;
	if (r->phase == PROBING) {
		enum probe p = probe(r);
		if (r->talk->chosen)
			p = PROBE_YES;
		if (p == PROBE_NO)
			end(r, "not", "");
		if (p != PROBE_YES)
			return;
		r->phase = FEEDING;
		present(r, r->spoke_first);
		present(r, (enum flow_direction) !r->spoke_first);
		return;
	}
	present(r, d);
}

static void lose(struct run *r, enum flow_direction d, size_t n)
{
	struct way *w = &r->way[d];
	if (r->phase != FEEDING || w->done)
		return;
	uint64_t unseen = w->skip < n ? w->skip : n;
	w->skip -= unseen;
	n -= (size_t)unseen;
	show(r, d, true);
	w->taken = w->arrived;
	if (!n)
		return;
	turn(r, d);
	if (r->talk->dissector->gap)
		r->talk->dissector->gap(&r->x, n);
	else
		w->done = true;
	settle(r);
}

static void datagram(struct run *r, const struct step *s, size_t n)
{
	struct way *w = &r->way[s->direction];
	UNPOISON(w->data + w->arrived, n);
	struct probe_input in = {.sport = r->flow.sport, .dport = r->flow.dport, .transport = TRANSPORT_UDP};
	in.first[s->direction] = cursor_init(w->data + w->arrived, n);
	if (r->phase == PROBING)
		r->phase = r->talk->dissector->probe(&in) == PROBE_YES ? FEEDING : PROBING;
	if (r->phase == FEEDING) {
		turn(r, s->direction);
		struct cursor c = cursor_init(w->data + w->arrived, n);
		r->talk->dissector->datagram(&r->x, &c);
		settle(r);
	}
	w->arrived += n;
}

static void walk(struct run *r, size_t piece, size_t most)
{
	for (size_t i = 0; i < r->talk->count && most; i++) {
		const struct step *s = &r->talk->steps[i];
		size_t len = s->len < most ? s->len : most;
		most -= len;
		if (s->lost)
			lose(r, s->direction, s->lost);
		if (r->talk->udp) {
			datagram(r, s, len);
			continue;
		}
		for (size_t at = 0, n; at < len; at += n) {
			n = piece && piece < len - at ? piece : len - at;
			arrive(r, s->direction, n);
		}
	}
}

static void gather(struct run *r, size_t most)
{
	size_t total[2] = {0, 0}, left = most;
	for (int pass = 0; pass < 2; pass++) {
		size_t at[2] = {0, 0};
		left = most;
		for (size_t i = 0; i < r->talk->count; i++) {
			const struct step *s = &r->talk->steps[i];
			size_t n = s->len < left ? s->len : left;
			left -= n;
			if (pass && n)
				memcpy(r->way[s->direction].data + at[s->direction], s->data, n);
			at[s->direction] += n;
		}
		for (int d = 0; d < 2 && !pass; d++) {
			total[d] = at[d];
			r->way[d].data = malloc(total[d] + 1);
			assert_non_null(r->way[d].data);
		}
	}
	for (int d = 0; d < 2; d++)
		POISON(r->way[d].data, total[d] + 1);
}

void talk_run(const struct talk *talk, size_t piece, size_t most, char *out, size_t size)
{
	static const uint8_t client[4] = {192, 0, 2, 1}, server[4] = {192, 0, 2, 2};
	struct run r = {.talk = talk, .out = out, .size = size};
	const struct finder finder = {found, bound, &r};
	out[0] = 0;
	memcpy(r.flow.src.bytes, client, 4);
	memcpy(r.flow.dst.bytes, server, 4);
	r.flow.version = r.packet.version = 4;
	r.flow.sport = talk->sport ? talk->sport : 40000;
	r.flow.dport = talk->port;
	r.flow.protocol = talk->udp ? 17 : 6;
	r.flow.side[0].tcp_first = talk->mid_stream ? TCP_ACK : TCP_SYN;
	r.x = (struct dissection){.finder = &finder,
				  .packet = &r.packet,
				  .flow = &r.flow,
				  .server = FLOW_REVERSE,
				  .state = r.state,
				  .dissector = talk->dissector};
	assert_true(talk->dissector->state_bytes <= DISSECT_STATE_BYTES);
	gather(&r, most);
	walk(&r, piece, most);
	for (int i = 0; i < 2 && !talk->udp; i++)
		show(&r, i ? (enum flow_direction) !r.spoke_first : r.spoke_first, true);
	for (int d = 0; d < 2; d++) {
		UNPOISON(r.way[d].data, r.way[d].arrived + 1);
		free(r.way[d].data);
	}
}

/* Without a TLS dissector in the table, what would be handed over to it ends. */
static const char *expected(const char *lines, char *text, size_t size)
{
	static const char next[] = "next tls\n";
	const char *at = strstr(lines, next);
	if (!at || dissector_by_name("tls"))
		return lines;
	snprintf(text, size, "%.*sdone\n%s", (int)(at - lines), lines, at + sizeof next - 1);
	return text;
}

void talk_expect(const struct talk *talk, const char *lines)
{
	char text[4096];
	lines = expected(lines, text, sizeof text);
	static const size_t pieces[] = {0, 1, 2, 3, 5, 7, 64, 1000};
	static char out[1 << 16];
	size_t total = 0;
	for (size_t i = 0; i < talk->count; i++)
		total += talk->steps[i].len;
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		talk_run(talk, pieces[i], total, out, sizeof out);
		if (strcmp(out, lines))
			print_message("# in pieces of %zu\n", pieces[i]);
		assert_string_equal(out, lines);
	}
	for (size_t cut = 0; cut < total; cut += 1 + total / 4096)
		talk_run(talk, cut % 3, cut, out, sizeof out);
}
