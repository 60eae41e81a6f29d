/* AMQP 0-9-1 and 1.0 (ISO/IEC 19464): what broker and client say of themselves: product, version, platform in the
 * properties of Start, Start-Ok and Open. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 8
#define FRAME_END    0xce
#define FRAMES       40
#define FIELDS_MOST  64

enum { TLS = 2 }; /* a kind of protocol header */
enum { METHOD = 1, CONNECTION = 10, START = 10, START_OK = 11, OPEN = 0x10 };

struct amqp {
	uint16_t frames[2];
	bool header[2]; /* the protocol header was seen */
	bool one;       /* version 1.0, or its SASL */
	uint8_t turned; /* directions that said the header of TLS */
};

/* "AMQP", kind, version. */
static enum probe protocol_header(struct cursor f)
{
	enum probe p = text_probe(f, "AMQP");
	if (p != PROBE_YES)
		return p;
	if (cursor_left(&f) < HEADER_BYTES)
		return PROBE_MAYBE;
	return f.at[4] <= 3 && f.at[5] <= 1 ? PROBE_YES : PROBE_NO;
}

/* Connection.Start, or a header again. */
static enum probe server_probe(struct cursor f)
{
	static const uint8_t start[] = {METHOD, 0, 0}, method[] = {0, CONNECTION, 0, START};
	if (cursor_left(&f) && *f.at == 'A')
		return protocol_header(f);
	for (size_t i = 0; i < sizeof start && i < cursor_left(&f); i++)
		if (f.at[i] != start[i])
			return PROBE_NO;
	for (size_t i = 0; i < sizeof method && i + 7 < cursor_left(&f); i++)
		if (f.at[i + 7] != method[i])
			return PROBE_NO;
	return cursor_left(&f) < 11 ? PROBE_MAYBE : PROBE_YES;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = cursor_left(&in->first[0]) ? protocol_header(in->first[0]) : PROBE_MAYBE;
	enum probe server = cursor_left(&in->first[1]) ? server_probe(in->first[1]) : PROBE_MAYBE;
	return client < server ? client : server;
}

struct properties {
	struct cursor product, version, platform, cluster;
};

static void property(struct properties *p, struct cursor name, struct cursor value)
{
	if (text_is(name, "product"))
		p->product = value;
	else if (text_is(name, "version"))
		p->version = value;
	else if (text_is(name, "platform"))
		p->platform = value;
	else if (text_is(name, "cluster_name"))
		p->cluster = value;
}

static void tell(struct dissection *x, const struct properties *p)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", p->product);
	wire_label(&t, "version", p->version);
	wire_label(&t, "platform", p->platform);
	wire_label(&t, "cluster", p->cluster);
	wire_yield(x, dissection_from_server(x) ? FIELD_AMQP_SERVER : FIELD_AMQP_CLIENT, &t);
}

/* Steps over a value of a field table (0-9-1, 4.2.5.5 as brokers have it); strings come out. */
static struct cursor table_value(struct cursor *c)
{
	struct cursor none = cursor_init(NULL, 0);
	uint8_t kind = cursor_u8(c);
	switch (kind) {
	case 'S':
		return cursor_sub(c, cursor_u32(c));
	case 'x':
	case 'F':
	case 'A':
		(void)cursor_sub(c, cursor_u32(c));
		break;
	case 't':
	case 'b':
	case 'B':
		cursor_skip(c, 1);
		break;
	case 's':
	case 'u':
		cursor_skip(c, 2);
		break;
	case 'I':
	case 'i':
	case 'f':
		cursor_skip(c, 4);
		break;
	case 'D':
		cursor_skip(c, 5);
		break;
	case 'l':
	case 'd':
	case 'T':
		cursor_skip(c, 8);
		break;
	case 'V':
		break;
	default:
		cursor_fail(c);
	}
	return none;
}

static void table(struct dissection *x, struct cursor c)
{
	struct properties p = {0};
	for (unsigned i = 0; i < FIELDS_MOST && cursor_left(&c); i++) {
		struct cursor name = cursor_sub(&c, cursor_u8(&c)), value = table_value(&c);
		if (!cursor_ok(&c))
			break;
		property(&p, name, value);
	}
	tell(x, &p);
}

static void method(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 7);
	uint16_t class = cursor_u16(&c), method = cursor_u16(&c);
	if (class != CONNECTION || (method != START && method != START_OK))
		return;
	if (method == START)
		cursor_skip(&c, 2);
	struct cursor properties = cursor_sub(&c, cursor_u32(&c));
	if (cursor_ok(&c))
		table(x, properties);
}

/* A value of 1.0 (part 1, 1.2): its octets without the constructor; compound ones with their count. */
static struct cursor one_value(struct cursor *c, uint8_t *kind)
{
	*kind = cursor_u8(c);
	switch (*kind >> 4) {
	case 0x4:
		return cursor_init(c->at, 0);
	case 0x5:
		return cursor_sub(c, 1);
	case 0x6:
		return cursor_sub(c, 2);
	case 0x7:
		return cursor_sub(c, 4);
	case 0x8:
		return cursor_sub(c, 8);
	case 0x9:
		return cursor_sub(c, 16);
	case 0xa:
	case 0xc:
	case 0xe:
		return cursor_sub(c, cursor_u8(c));
	case 0xb:
	case 0xd:
	case 0xf:
		return cursor_sub(c, cursor_u32(c));
	default:
		cursor_fail(c);
		return *c;
	}
}

/* Steps over the count of a list or map and returns it. */
static uint32_t count(struct cursor *c, uint8_t kind)
{
	return kind >> 4 == 0xc ? cursor_u8(c) : kind >> 4 == 0xd ? cursor_u32(c) : 0;
}

/* The last member of Open is the map of properties (part 2, 2.7.1). */
static void open_frame(struct dissection *x, struct cursor c)
{
	struct properties p = {0};
	uint8_t kind;
	cursor_skip(&c, (size_t)4 * cursor_peek(&c, 4)); /* the data offset tells where the body begins */
	if (cursor_u24(&c) != (0x005300 | OPEN))         /* a described type, its descriptor a small number */
		return;
	struct cursor list = one_value(&c, &kind), map = cursor_init(NULL, 0);
	uint32_t members = count(&list, kind);
	for (uint32_t i = 0; i < members && i < 10 && cursor_ok(&list); i++)
		map = one_value(&list, &kind);
	if (members < 10 || !cursor_ok(&list) || (kind != 0xc1 && kind != 0xd1))
		return;
	uint32_t pairs = count(&map, kind);
	for (uint32_t i = 0; i + 1 < pairs && i < FIELDS_MOST && cursor_ok(&map); i += 2) {
		struct cursor name = one_value(&map, &kind), value = one_value(&map, &kind);
		if (cursor_ok(&map) && (kind >> 4 == 0xa || kind >> 4 == 0xb))
			property(&p, name, value);
	}
	tell(x, &p);
}

static bool frame(struct dissection *x, struct amqp *s, struct cursor *c)
{
	struct cursor p = *c, whole;
	uint32_t len;
	if (cursor_left(&p) < 7)
		return false;
	if (s->one)
		len = cursor_u32(&p);
	else {
		cursor_skip(&p, 3);
		len = cursor_u32(&p);
		if (len > 0x10000000 || cursor_peek(c, 0) > 8)
			len = 0;
		else
			len += 8;
	}
	if (len < 8 || len > 0x10000000 || s->frames[x->direction] > FRAMES) {
		dissection_done(x);
		return false;
	}
	if (!wire_message(x, c, len, &whole))
		return false;
	s->frames[x->direction]++;
	if (dissection_from_server(x))
		dissection_service(x);
	if (!cursor_left(&whole))
		return true;
	if (s->one)
		open_frame(x, whole);
	else if (cursor_peek(&whole, 0) == METHOD && whole.end[-1] == FRAME_END)
		method(x, whole);
	return true;
}

/* Both sides say the header of TLS, then turn to it (AMQP 1.0, 5.2.1). */
static void turn(struct dissection *x, struct amqp *s, struct cursor *c)
{
	if (s->turned & 1 << x->direction)
		return;
	cursor_skip(c, HEADER_BYTES);
	s->turned |= (uint8_t)(1 << x->direction);
	if (dissection_from_server(x))
		dissection_service(x);
	if (s->turned == 3)
		text_starttls(x);
}

/* 1.0 says its header again behind SASL. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct amqp *s = x->state;
	while (!x->done[x->direction] && cursor_left(c)) {
		if (cursor_peek(c, 0) != 'A') {
			if (!frame(x, s, c))
				return;
			continue;
		}
		if (cursor_left(c) < HEADER_BYTES)
			return;
		s->one = s->one || cursor_peek(c, 5) == 1;
		if (protocol_header(*c) != PROBE_YES) {
			dissection_done(x);
			return;
		}
		if (cursor_peek(c, 4) == TLS) {
			turn(x, s, c);
			return;
		}
		cursor_skip(c, HEADER_BYTES);
		if (dissection_from_server(x))
			dissection_service(x);
	}
}

const struct dissector dissector_amqp = {
	.name = "amqp",
	.application = "amqp",
	.transports = TRANSPORT_TCP,
	.ports = {5672},
	.state_bytes = sizeof(struct amqp),
	.probe = probe,
	.stream = stream,
};
