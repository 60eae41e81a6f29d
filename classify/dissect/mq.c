/* IBM MQ: segments that begin with "TSH", in ASCII or EBCDIC; when a channel is opened both ends name product and
 * version
 * ("MQMM09030500": a queue manager of 9.3.0.5). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 28
#define SEGMENTS   6

struct mq {
	uint8_t segments[2];
};

/* Eye-catcher, length, byte order, kind of segment. */
static enum probe side(struct cursor c)
{
	static const char ascii[] = "TSH", ebcdic[] = "\343\342\310";
	size_t n = cursor_left(&c) < 3 ? cursor_left(&c) : 3;
	if (n && memcmp(c.at, ascii, n) && memcmp(c.at, ebcdic, n))
		return PROBE_NO;
	if (cursor_left(&c) < 9)
		return PROBE_MAYBE;
	uint8_t order = c.at[8];
	return order == 1 || order == 2 ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = side(in->first[0]), b = side(in->first[1]);
	if (a == PROBE_NO || b == PROBE_NO)
		return PROBE_NO;
	return text_either(a, b);
}

static bool digits(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static void tell(struct dissection *x, const uint8_t *id)
{
	struct wire_text t = {.len = 0};
	bool server = dissection_from_server(x);
	unsigned part[4];
	for (unsigned i = 0; i < 4; i++)
		part[i] = (unsigned)(id[4 + 2 * i] - '0') * 10 + (unsigned)(id[5 + 2 * i] - '0');
	wire_label(&t, "product", wire_literal(server ? "IBM MQ" : "IBM MQ client"));
	wire_label(&t, "vendor", wire_literal("IBM"));
	wire_label_format(&t, "version", "%u.%u.%u.%u", part[0], part[1], part[2], part[3]);
	wire_label(&t, "component", cursor_init(id, 4));
	wire_yield(x, server ? FIELD_MQ_SERVER : FIELD_MQ_CLIENT, &t);
	dissection_done(x);
}

/* Products' identifiers are "MQ", two letters and eight digits, wherever they stand (the place differs between levels).
 */
static void segment(struct dissection *x, struct cursor c)
{
	if (dissection_from_server(x))
		dissection_service(x);
	for (; cursor_left(&c) >= 12; c.at++)
		if (c.at[0] == 'M' && c.at[1] == 'Q' && c.at[2] >= 'A' && c.at[2] <= 'Z' && c.at[3] >= 'A' &&
		    c.at[3] <= 'Z' && digits(c.at + 4, 8)) {
			tell(x, c.at);
			return;
		}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct mq *s = x->state;
	struct cursor whole;
	while (!x->done[x->direction] && cursor_left(c) >= HEAD_BYTES) {
		struct cursor p = *c;
		cursor_skip(&p, 4);
		uint32_t len = cursor_u32(&p);
		if (side(*c) != PROBE_YES || len < HEAD_BYTES || s->segments[x->direction] >= SEGMENTS) {
			dissection_done(x);
			return;
		}
		if (!wire_message(x, c, len, &whole))
			return;
		s->segments[x->direction]++;
		segment(x, whole);
	}
}

const struct dissector dissector_mq = {
	.name = "mq",
	.application = "ibm-mqseries",
	.transports = TRANSPORT_TCP,
	.ports = {1414},
	.state_bytes = sizeof(struct mq),
	.probe = probe,
	.stream = stream,
};
