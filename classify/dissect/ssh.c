/* SSH: identification lines (RFC 4253 4.2; SSH-1.x too), the algorithms each side offers, and the server's host
 * key from whichever key exchange message carries it. What follows NEWKEYS is secret and not looked at. */
#include "capture/packet.h"
#include "classify/dissect/text.h"

#define BANNER_LINES  50    /* a server may say other lines first (RFC 4253 4.2) */
#define PACKET_BYTES  32000 /* a longer packet is passed over: it must fit what waits for more */
#define HASSH_BYTES   8192
#define BLOB_BYTES    16384
#define ALGORITHM_MAX 64

enum message {
	SSH_DISCONNECT = 1,
	SSH_KEXINIT = 20,
	SSH_NEWKEYS = 21,
	SSH_KEX_FIRST = 30, /* 30-49 belong to the key exchange method */
	SSH_KEX_LAST = 49
};

enum mode { BANNER, PACKETS };

struct side {
	uint8_t mode, lines;
	bool overlong, old; /* old: this side speaks SSH-1 only */
};

struct ssh {
	struct side side[2];
};

/* An identification at the beginning of a line that is not the first. */
static bool later_line(struct cursor first)
{
	struct cursor line;
	while (cursor_line(&first, &line))
		if (text_probe(first, "SSH-") == PROBE_YES)
			return true;
	return false;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++) {
		enum probe p = text_probe(in->first[d], "SSH-");
		if (p == PROBE_NO && !(d && text_port(in, 22)))
			return PROBE_NO;
		best = text_either(best, p);
	}
	if (best == PROBE_YES || !text_port(in, 22) || !cursor_left(&in->first[1]))
		return best;
	/* A server on the usual port may say something else before. */
	if (later_line(in->first[1]))
		return PROBE_YES;
	return cursor_left(&in->first[1]) < 2048 ? PROBE_MAYBE : best;
}

static void identify(struct dissection *x, struct side *s, struct cursor line)
{
	bool server = dissection_from_server(x);
	text_yield(x, server ? FIELD_SSH_BANNER : FIELD_SSH_CLIENT_BANNER, SUBJECT_SENDER, line, 255);
	if (server)
		dissection_service(x);
	s->mode = PACKETS;
	s->old = !text_starts(line, "SSH-2.") && !text_starts(line, "SSH-1.99");
}

static bool banner(struct dissection *x, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (text_probe(line, "SSH-") == PROBE_YES)
		identify(x, s, line);
	else if (++s->lines > BANNER_LINES)
		dissection_fail(x);
	return true;
}

/* A string with its length before it (RFC 4251 5). */
static struct cursor string(struct cursor *c)
{
	return cursor_sub(c, cursor_u32(c));
}

/* kex;encryption;mac;compression of the sender's own direction. */
static void kexinit(struct dissection *x, struct cursor c)
{
	uint8_t text[HASSH_BYTES];
	size_t n = 0;
	struct cursor list[8];
	cursor_skip(&c, 16);
	for (int i = 0; i < 8; i++)
		list[i] = string(&c);
	if (!cursor_ok(&c))
		return;
	unsigned toward = dissection_from_server(x) ? 1 : 0;
	const unsigned wanted[] = {0, 2 + toward, 4 + toward, 6 + toward};
	for (int i = 0; i < 4; i++) {
		const struct cursor *l = &list[wanted[i]];
		size_t len = cursor_left(l);
		if (len + 1 > sizeof text - n)
			return;
		if (i)
			text[n++] = ';';
		if (len)
			memcpy(text + n, l->at, len);
		n += len;
	}
	dissection_yield(x, toward ? FIELD_SSH_HASSH_SERVER : FIELD_SSH_HASSH, SUBJECT_SENDER, text, n);
}

static bool algorithm(struct cursor name)
{
	size_t n = cursor_left(&name);
	if (n < 4 || n > ALGORITHM_MAX)
		return false;
	for (; name.at < name.end; name.at++)
		if (*name.at <= ' ' || *name.at >= 0x7f)
			return false;
	return true;
}

/* Replies of all key exchanges (RFC 4253 8, 4419, 4432, 5656, 8731, and the hybrid ones) begin with the host key; a
 * group or a share that comes in the same numbers does not begin with the name of an algorithm. */
static void exchange(struct dissection *x, struct cursor c)
{
	struct cursor blob = string(&c), inner = blob;
	struct cursor name = string(&inner);
	if (!cursor_ok(&blob) || !cursor_ok(&inner) || !algorithm(name) || !cursor_left(&inner) ||
	    cursor_left(&blob) > BLOB_BYTES)
		return;
	dissection_server(x, x->direction);
	dissection_service(x);
	dissection_yield(x, FIELD_SSH_HOST_KEY, SUBJECT_SENDER, blob.at, cursor_left(&blob));
}

/* False when this direction has no more to tell. */
static bool message(struct dissection *x, struct cursor c)
{
	uint8_t type = cursor_u8(&c);
	if (!cursor_ok(&c) || type == SSH_NEWKEYS || type == SSH_DISCONNECT || type > SSH_KEX_LAST)
		return false;
	if (type == SSH_KEXINIT)
		kexinit(x, c);
	else if (type >= SSH_KEX_FIRST)
		exchange(x, c);
	return true;
}

static bool packet(struct dissection *x, struct ssh *h, struct side *s, struct cursor *c)
{
	struct cursor p = *c;
	if (s->old || h->side[!x->direction].old) {
		dissection_done(x);
		return false;
	}
	if (cursor_left(&p) < 4)
		return false;
	uint32_t len = cursor_u32(&p);
	if (len < 2 || len > 1 << 18) {
		dissection_done(x);
		return false;
	}
	if (len > PACKET_BYTES) {
		*c = p;
		text_pass(x, c, len);
		return true;
	}
	if (cursor_left(&p) < len)
		return false;
	struct cursor body = cursor_sub(&p, len);
	uint8_t padding = cursor_u8(&body);
	*c = p;
	if (padding > cursor_left(&body)) {
		dissection_done(x);
		return false;
	}
	body.end -= padding;
	if (!message(x, body))
		dissection_done(x);
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct ssh *h = x->state;
	struct side *s = &h->side[x->direction];
	while (!x->failed && !x->done[x->direction] && cursor_left(c))
		if (!(s->mode == BANNER ? banner(x, s, c) : packet(x, h, s, c)))
			return;
}

const struct dissector dissector_ssh = {
	.name = "ssh",
	.application = "ssh",
	.transports = TRANSPORT_TCP,
	.ports = {22, 2222, 830},
	.state_bytes = sizeof(struct ssh),
	.probe = probe,
	.stream = stream,
};
