#include "classify/fingerprint/tcp.h"

#include "core/cursor.h"

#include <string.h>

/* What the options say. */
struct options {
	uint32_t mss, scale;
	uint32_t ts1, ts2;
	bool timestamps, bad, trailing;
};

/* Made for every SYN: written by hand, for formatting would cost more than all the rest. What does not fit is left
 * out whole. */
struct text {
	char *at;
	size_t len;
};

static void put(struct text *t, const char *word, size_t len)
{
	if (t->len + len >= FINGERPRINT_TCP_BYTES)
		return;
	memcpy(t->at + t->len, word, len);
	t->len += len;
}

#define PUT(text, word) put(text, word, sizeof(word) - 1)

static void put_number(struct text *t, uint32_t value)
{
	char digits[10];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(t, digits + at, sizeof digits - at);
}

static void put_part(struct text *t, uint32_t value, const char *behind)
{
	put_number(t, value);
	put(t, behind, 1);
}

/* Padding behind the end of the list must be zero. */
static void padding(struct text *t, struct cursor *c, struct options *o)
{
	size_t n = cursor_left(c);
	while (cursor_left(c))
		o->trailing |= cursor_u8(c) != 0;
	PUT(t, "eol+");
	put_number(t, (uint32_t)n);
}

/* One option with a length octet, its kind read already. */
static void option(struct text *t, uint8_t kind, struct cursor *c, struct options *o)
{
	uint8_t len = cursor_u8(c);
	struct cursor body = cursor_sub_cut(c, len < 2 ? 0 : len - 2u);
	switch (kind) {
	case 2:
		PUT(t, "mss");
		o->bad |= len != 4;
		o->mss = cursor_u16(&body);
		break;
	case 3:
		PUT(t, "ws");
		o->bad |= len != 3;
		o->scale = cursor_u8(&body);
		break;
	case 4:
		PUT(t, "sok");
		o->bad |= len != 2;
		break;
	case 5:
		PUT(t, "sack");
		o->bad |= len < 10 || len > 34;
		break;
	case 8:
		PUT(t, "ts");
		o->bad |= len != 10;
		o->timestamps = true;
		o->ts1 = cursor_u32(&body);
		o->ts2 = cursor_u32(&body);
		break;
	default:
		PUT(t, "?");
		put_number(t, kind);
		o->bad |= len < 2 || len > 40;
		break;
	}
	o->bad |= !cursor_ok(&body);
	if (len < 2)
		cursor_fail(c);
}

static void layout(struct text *t, const struct tcp_header *tcp, struct options *o)
{
	struct cursor c = cursor_init(tcp->options, tcp->options ? tcp->options_len : 0);
	for (bool more = false; cursor_left(&c); more = true) {
		if (more)
			PUT(t, ",");
		uint8_t kind = cursor_u8(&c);
		if (kind == 0)
			padding(t, &c, o);
		else if (kind == 1)
			PUT(t, "nop");
		else
			option(t, kind, &c, o);
	}
}

/* Names in the order of the bits that quirks_of() sets. */
static const struct {
	char name[7];
	uint8_t len;
} quirk[] = {
	{"df", 2},   {"id+", 3},  {"id-", 3},  {"ecn", 3},   {"0+", 2},    {"flow", 4},
	{"seq-", 4}, {"ack+", 4}, {"ack-", 4}, {"uptr+", 5}, {"urgf+", 5}, {"pushf+", 6},
	{"ts1-", 4}, {"ts2+", 4}, {"opt+", 4}, {"exws", 4},  {"bad", 3},
};

static uint32_t quirks_of(const struct packet *p, const struct options *o)
{
	const struct tcp_header *tcp = &p->tcp;
	bool v4 = p->version == 4, syn_ack = tcp->flags & TCP_ACK, df = v4 && p->ip_flags & 2;
	const bool here[] = {
		df,
		df && p->ip_id,
		v4 && !df && !p->ip_id,
		p->tos & 3 || tcp->flags & (TCP_ECE | TCP_CWR | 0x100),
		v4 && p->ip_flags & 4,
		!v4 && p->flow_label,
		!tcp->seq,
		!syn_ack && tcp->ack && !(tcp->flags & TCP_RST),
		syn_ack && !tcp->ack,
		!(tcp->flags & TCP_URG) && tcp->urgent,
		tcp->flags & TCP_URG,
		tcp->flags & TCP_PSH,
		o->timestamps && !o->ts1,
		o->timestamps && o->ts2 && !syn_ack,
		o->trailing,
		o->scale > 14,
		o->bad,
	};
	_Static_assert(sizeof here == sizeof quirk / sizeof *quirk, "a name for each quirk");
	uint32_t set = 0;
	for (uint32_t i = 0; i < sizeof here; i++)
		set |= (uint32_t)here[i] << i;
	return set;
}

static void quirks(struct text *t, uint32_t set)
{
	for (; set; set &= set - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(set);
		put(t, quirk[i].name, quirk[i].len);
		if (set & (set - 1))
			PUT(t, ",");
	}
}

size_t fingerprint_tcp(const struct packet *packet, char out[FINGERPRINT_TCP_BYTES])
{
	if (!(packet->flags & PACKET_TCP))
		return 0;
	char kinds[FINGERPRINT_TCP_BYTES];
	struct text l = {kinds, 0}, t = {out, 0};
	struct options o = {0};
	layout(&l, &packet->tcp, &o);
	put_part(&t, packet->version, ":");
	put_part(&t, packet->ttl, ":");
	put_part(&t, packet->ip_options_len, ":");
	put_part(&t, o.mss, ":");
	put_part(&t, packet->tcp.window, ",");
	put_part(&t, o.scale, ":");
	put(&t, kinds, l.len);
	PUT(&t, ":");
	quirks(&t, quirks_of(packet, &o));
	put(&t, packet->payload_wire ? ":+" : ":0", 2);
	out[t.len] = 0;
	return t.len;
}
