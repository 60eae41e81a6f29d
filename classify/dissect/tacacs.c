/* TACACS+ (RFC 8907): devices ask who may come in. Mostly sealed; where it is not the user is named, of the device. */
#include "classify/dissect/text.h"

#define HEADER_BYTES 12
#define BODY_BYTES   65536
#define MESSAGES     32

enum { AUTHENTICATION = 1, AUTHORIZATION = 2, ACCOUNTING = 3 };
enum { UNSEALED = 1 };

struct tacacs {
	uint8_t seen[2];
};

struct header {
	uint8_t type, sequence, flags;
	uint32_t len;
};

static bool read_header(struct cursor *c, struct header *h)
{
	uint8_t version = cursor_u8(c);
	h->type = cursor_u8(c);
	h->sequence = cursor_u8(c);
	h->flags = cursor_u8(c);
	cursor_skip(c, 4);
	h->len = cursor_u32(c);
	return cursor_ok(c) && version >> 1 == 0xc0 >> 1 && h->type >= AUTHENTICATION && h->type <= ACCOUNTING &&
	       h->sequence && !(h->flags & ~5) && h->len && h->len <= BODY_BYTES;
}

/* The first octets, before the header is whole. */
static enum probe beginning(struct cursor f, bool server)
{
	struct header h;
	if (cursor_left(&f) > 0 && f.at[0] >> 1 != 0xc0 >> 1)
		return PROBE_NO;
	if (cursor_left(&f) > 1 && (f.at[1] < AUTHENTICATION || f.at[1] > ACCOUNTING))
		return PROBE_NO;
	if (cursor_left(&f) > 2 && f.at[2] != (server ? 2 : 1))
		return PROBE_NO;
	if (cursor_left(&f) < HEADER_BYTES)
		return PROBE_MAYBE;
	return read_header(&f, &h) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe c = beginning(in->first[0], false), s = beginning(in->first[1], true);
	return c < s ? c : s;
}

/* Action, privilege, kind, service, then four lengths and the texts; authorization has a method before. */
static void tell_user(struct dissection *x, const struct header *h, struct cursor body)
{
	if (h->sequence != 1 || h->type == ACCOUNTING)
		return;
	cursor_skip(&body, 4);
	uint8_t len = cursor_u8(&body);
	cursor_skip(&body, 2);
	uint8_t arguments = cursor_u8(&body);
	if (h->type == AUTHORIZATION)
		cursor_skip(&body, arguments);
	struct cursor user = cursor_sub(&body, len);
	if (cursor_ok(&body))
		text_yield(x, FIELD_RADIUS_USER_NAME, SUBJECT_SENDER, user, 64);
}

static bool message(struct dissection *x, struct tacacs *t, struct cursor *c)
{
	struct cursor at = *c;
	struct header h;
	if (cursor_left(&at) < HEADER_BYTES)
		return false;
	if (!read_header(&at, &h)) {
		dissection_done_both(x);
		return false;
	}
	struct cursor body = cursor_sub(&at, h.len);
	if (!cursor_ok(&at))
		return false;
	if (dissection_from_server(x))
		dissection_service(x);
	else if (h.flags & UNSEALED)
		tell_user(x, &h, body);
	c->at = at.at;
	if (++t->seen[x->direction] >= MESSAGES)
		dissection_done(x);
	return !x->done[x->direction];
}

static void stream(struct dissection *x, struct cursor *c)
{
	while (message(x, x->state, c))
		;
}

const struct dissector tacacs_dissector = {
	.name = "tacacs",
	.application = "tacacs",
	.transports = TRANSPORT_TCP,
	.ports = {49},
	.state_bytes = sizeof(struct tacacs),
	.probe = probe,
	.stream = stream,
};
