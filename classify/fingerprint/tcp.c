#include "classify/fingerprint/tcp.h"

#include "core/cursor.h"

#include <stdarg.h>
#include <stdio.h>

/* What the options say. */
struct options {
	uint32_t mss, scale;
	uint32_t ts1, ts2;
	bool timestamps, bad, trailing;
};

struct text {
	char *at;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(t->at + t->len, FINGERPRINT_TCP_BYTES - t->len, format, args);
	va_end(args);
	if (n > 0 && t->len + (size_t)n < FINGERPRINT_TCP_BYTES)
		t->len += (size_t)n;
}

/* Padding behind the end of the list must be zero. */
static void padding(struct text *t, struct cursor *c, struct options *o)
{
	size_t n = cursor_left(c);
	while (cursor_left(c))
		o->trailing |= cursor_u8(c) != 0;
	put(t, "eol+%zu", n);
}

/* One option with a length octet, its kind read already. */
static void option(struct text *t, uint8_t kind, struct cursor *c, struct options *o)
{
	uint8_t len = cursor_u8(c);
	struct cursor body = cursor_sub_cut(c, len < 2 ? 0 : len - 2u);
	switch (kind) {
	case 2:
		put(t, "mss");
		o->bad |= len != 4;
		o->mss = cursor_u16(&body);
		break;
	case 3:
		put(t, "ws");
		o->bad |= len != 3;
		o->scale = cursor_u8(&body);
		break;
	case 4:
		put(t, "sok");
		o->bad |= len != 2;
		break;
	case 5:
		put(t, "sack");
		o->bad |= len < 10 || len > 34;
		break;
	case 8:
		put(t, "ts");
		o->bad |= len != 10;
		o->timestamps = true;
		o->ts1 = cursor_u32(&body);
		o->ts2 = cursor_u32(&body);
		break;
	default:
		put(t, "?%u", kind);
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
	for (const char *comma = ""; cursor_left(&c); comma = ",") {
		put(t, "%s", comma);
		uint8_t kind = cursor_u8(&c);
		if (kind == 0)
			padding(t, &c, o);
		else if (kind == 1)
			put(t, "nop");
		else
			option(t, kind, &c, o);
	}
}

#define QUIRKS 17

static void quirks(struct text *t, const struct packet *p, const struct options *o)
{
	const struct tcp_header *tcp = &p->tcp;
	bool v4 = p->version == 4, syn_ack = tcp->flags & TCP_ACK, df = v4 && p->ip_flags & 2;
	const struct {
		const char *name;
		bool here;
	} rows[QUIRKS] = {
		{"df", df},
		{"id+", df && p->ip_id},
		{"id-", v4 && !df && !p->ip_id},
		{"ecn", p->tos & 3 || tcp->flags & (TCP_ECE | TCP_CWR | 0x100)},
		{"0+", v4 && p->ip_flags & 4},
		{"flow", !v4 && p->flow_label},
		{"seq-", !tcp->seq},
		{"ack+", !syn_ack && tcp->ack && !(tcp->flags & TCP_RST)},
		{"ack-", syn_ack && !tcp->ack},
		{"uptr+", !(tcp->flags & TCP_URG) && tcp->urgent},
		{"urgf+", tcp->flags & TCP_URG},
		{"pushf+", tcp->flags & TCP_PSH},
		{"ts1-", o->timestamps && !o->ts1},
		{"ts2+", o->timestamps && o->ts2 && !syn_ack},
		{"opt+", o->trailing},
		{"exws", o->scale > 14},
		{"bad", o->bad},
	};
	const char *comma = "";
	for (int i = 0; i < QUIRKS; i++)
		if (rows[i].here) {
			put(t, "%s%s", comma, rows[i].name);
			comma = ",";
		}
}

size_t fingerprint_tcp(const struct packet *packet, char out[FINGERPRINT_TCP_BYTES])
{
	if (!(packet->flags & PACKET_TCP))
		return 0;
	char kinds[FINGERPRINT_TCP_BYTES];
	struct text l = {kinds, 0}, t = {out, 0};
	struct options o = {0};
	kinds[0] = 0;
	layout(&l, &packet->tcp, &o);
	put(&t, "%u:%u:%u:%u:%u,%u:%s:", packet->version, packet->ttl, packet->ip_options_len, o.mss,
	    packet->tcp.window, o.scale, kinds);
	quirks(&t, packet, &o);
	put(&t, ":%s", packet->payload_wire ? "+" : "0");
	return t.len;
}
