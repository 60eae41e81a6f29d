/* BitTorrent (BEP 3, 5, 10, 20): the peer's identifier in the handshake, what it calls itself in the extended one, and
 * the version of nodes in the distributed hash table. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HANDSHAKE_BYTES 68
#define MESSAGES        8
#define MOST_LENGTH     0x20000u

enum { EXTENDED = 20 };

struct bittorrent {
	uint16_t messages[2];
	bool greeted[2];
};

static enum probe side(struct cursor f, enum transport transport)
{
	if (transport == TRANSPORT_TCP)
		return text_probe(f, "\023BitTorrent protocol");
	if (!cursor_left(&f))
		return PROBE_MAYBE;
	/* a question, an answer or an error of the table: dictionaries with such first members */
	bool table = text_starts(f, "d1:ad2:id20:") || text_starts(f, "d1:rd2:id20:") || text_starts(f, "d2:ip6:");
	return table ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum transport transport = (enum transport)in->transport;
	return text_sides(side(in->first[0], transport), side(in->first[1], transport), true);
}

/* "-UT3550-" and so on (BEP 20): the rest is random. */
static void peer(struct dissection *x, struct cursor id)
{
	struct cursor begin = {id.at, id.at + 8, false};
	if (begin.at[0] == '-' && begin.at[7] == '-')
		text_yield(x, FIELD_BITTORRENT_PEER_ID, SUBJECT_SENDER, begin, 8);
}

/* A text behind its key in a dictionary: "1:v13:Transmission 3". */
static bool member(struct cursor c, const char *key, struct cursor *value)
{
	struct cursor digits;
	uint64_t n;
	size_t key_len = strlen(key);
	for (; cursor_left(&c) > key_len; c.at++) {
		if (memcmp(c.at, key, key_len))
			continue;
		struct cursor rest = {c.at + key_len, c.end, false};
		if (text_before(&rest, ':', &digits) && text_number(digits, &n) && n <= cursor_left(&rest)) {
			*value = cursor_sub(&rest, (size_t)n);
			return true;
		}
	}
	return false;
}

static void message(struct dissection *x, struct cursor c)
{
	struct cursor client;
	cursor_skip(&c, 4);
	if (cursor_u16(&c) == EXTENDED << 8 && member(c, "1:v", &client) && cursor_left(&client) < 64)
		text_yield(x, FIELD_BITTORRENT_CLIENT, SUBJECT_SENDER, client, 64);
}

static bool handshake(struct dissection *x, struct bittorrent *s, struct cursor *c)
{
	struct cursor whole;
	if (!wire_message(x, c, HANDSHAKE_BYTES, &whole))
		return false;
	cursor_skip(&whole, 48);
	s->greeted[x->direction] = true;
	if (dissection_from_server(x))
		dissection_service(x);
	peer(x, whole);
	return true;
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	if (cursor_left(&c) < 4)
		return 0;
	uint32_t len = cursor_u32(&c);
	return len <= MOST_LENGTH ? (int64_t)len + 4 : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct bittorrent *s = x->state;
	struct cursor whole;
	if (!s->greeted[x->direction] && !handshake(x, s, c))
		return;
	while (wire_next(x, c, length(*c), &s->messages[x->direction], MESSAGES, &whole))
		if (cursor_left(&whole))
			message(x, whole);
}

/* "1:v4:": two letters of the program, two octets of its version. */
static void datagram(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor version;
	if (side(*c, TRANSPORT_UDP) != PROBE_YES || !member(*c, "1:v", &version) || cursor_left(&version) != 4)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (version.at[i] < 'A' || version.at[i] > 'z')
			return;
	wire_text_format(&t, "%c%c %02x%02x", version.at[0], version.at[1], version.at[2], version.at[3]);
	wire_yield(x, FIELD_BITTORRENT_PEER_ID, &t);
}

const struct dissector dissector_bittorrent = {
	.name = "bittorrent",
	.application = "bittorrent",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {6881},
	.state_bytes = sizeof(struct bittorrent),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
