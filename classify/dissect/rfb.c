/* RFB (RFC 6143): VNC's screens. The versions and ways to log in that a server offers tell products apart, and where
 * the login does not seal what follows the server says what its desktop is called. Logins that turn to TLS do so here.
 */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define VERSION_BYTES   12
#define CHALLENGE_BYTES 16
#define NAME_BYTES      256

enum security { SECURITY_NONE = 1, SECURITY_VNC = 2, SECURITY_TLS = 18, SECURITY_VENCRYPT = 19 };

/* Of VeNCrypt the server's second step, and the way to log in it agrees to, come between LOGIN and TLS. */
enum stage { VERSION, CHOICES, LOGIN, RESULT, SCREEN, AGREED };

struct rfb {
	uint8_t stage[2]; /* what comes next of each direction */
	uint8_t minor;    /* that both speak: 3, 7 or 8 */
	uint8_t chosen;   /* enum security */
	bool inner;       /* VeNCrypt: the client chose what is inside */
};

static bool digits(const uint8_t *p)
{
	for (unsigned i = 0; i < 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = text_probe(in->first[0], "RFB 00"), server = text_probe(in->first[1], "RFB 00");
	if (!cursor_left(&in->first[1]))
		return client == PROBE_NO ? PROBE_NO : PROBE_MAYBE;
	return server;
}

static unsigned number(const uint8_t *p)
{
	return (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0');
}

/* "RFB 003.008\n". */
static bool version(struct dissection *x, struct rfb *r, struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, VERSION_BYTES);
	if (!p)
		return false;
	if (memcmp(p, "RFB ", 4) || !digits(p + 4) || p[7] != '.' || !digits(p + 8) || p[11] != '\n') {
		dissection_fail(x);
		return false;
	}
	if (dissection_from_server(x)) {
		dissection_service(x);
		dissection_yield(x, FIELD_RFB_VERSION, SUBJECT_SENDER, p + 4, 7);
	} else { /* what the client answers holds */
		unsigned minor = number(p + 4) > 3 ? 8 : number(p + 8);
		r->minor = minor < 7 ? 3 : minor == 7 ? 7 : 8;
	}
	r->stage[x->direction] = CHOICES;
	return true;
}

/* The ways to log in, in the server's order: "16,2". */
static void tell_choices(struct dissection *x, struct cursor list)
{
	struct wire_text text = {.len = 0};
	while (cursor_left(&list) && text.len < 64)
		wire_text_format(&text, "%s%u", text.len ? "," : "", cursor_u8(&list));
	wire_yield(x, FIELD_RFB_SECURITY, &text);
}

static bool server_choices(struct dissection *x, struct rfb *r, struct cursor *c)
{
	if (r->minor == 3) {
		r->chosen = (uint8_t)cursor_u32(c);
	} else {
		uint8_t count = cursor_u8(c);
		struct cursor list = cursor_sub(c, count);
		if (!cursor_ok(c))
			return false;
		if (!count) { /* it refuses */
			dissection_done_both(x);
			return false;
		}
		tell_choices(x, list);
	}
	r->stage[x->direction] = LOGIN;
	return cursor_ok(c);
}

/* No login says nothing of its result before 3.8. */
static enum stage after_login(const struct rfb *r)
{
	return r->chosen == SECURITY_NONE && r->minor < 8 ? SCREEN : RESULT;
}

/* VeNCrypt 0.2: version, an octet that it is good, the ways inside; then an octet that the one chosen is good. */
static bool server_vencrypt(struct dissection *x, struct rfb *r, struct cursor *c)
{
	uint8_t *stage = &r->stage[x->direction];
	if (*stage == LOGIN) {
		cursor_skip(c, 3);
		cursor_skip(c, 4u * cursor_u8(c));
		*stage = AGREED;
		return cursor_ok(c);
	}
	if (!r->inner)
		return false;
	if (cursor_u8(c) == 1)
		text_starttls(x);
	else
		dissection_done_both(x);
	return cursor_ok(c);
}

static bool server_step(struct dissection *x, struct rfb *r, struct cursor *c)
{
	uint8_t *stage = &r->stage[x->direction];
	if (*stage == CHOICES)
		return r->minor && server_choices(x, r, c); /* the client's version comes before */
	if (r->chosen == SECURITY_VENCRYPT)
		return server_vencrypt(x, r, c);
	if (*stage == LOGIN) {
		if (!r->chosen)
			return false;
		cursor_skip(c, r->chosen == SECURITY_VNC ? CHALLENGE_BYTES : 0);
		*stage = (uint8_t)after_login(r);
		return cursor_ok(c);
	}
	if (*stage == RESULT) {
		uint32_t failed = cursor_u32(c);
		*stage = SCREEN;
		if (failed)
			dissection_done_both(x);
		return cursor_ok(c) && !failed;
	}
	cursor_skip(c, 2 + 2 + 16); /* its size and how it writes colours */
	uint32_t len = cursor_u32(c);
	struct cursor name = cursor_sub(c, len < NAME_BYTES ? len : NAME_BYTES);
	if (!cursor_ok(c))
		return false;
	text_yield(x, FIELD_RFB_DESKTOP, SUBJECT_SENDER, name, NAME_BYTES);
	dissection_done_both(x);
	return false;
}

/* What a client chooses has one octet; of VeNCrypt a version and four more. Whatever else it says is of no use. */
static bool client_step(struct dissection *x, struct rfb *r, struct cursor *c)
{
	uint8_t *stage = &r->stage[x->direction];
	if (*stage == CHOICES && r->minor > 3) {
		r->chosen = cursor_u8(c);
		*stage = LOGIN;
		if (r->chosen == SECURITY_VENCRYPT)
			return true;
		if (r->chosen == SECURITY_TLS && cursor_ok(c))
			text_starttls(x);
		else if (r->chosen != SECURITY_NONE && r->chosen != SECURITY_VNC)
			dissection_done_both(x);
	} else if (r->chosen == SECURITY_VENCRYPT) {
		if (r->inner)
			return false; /* TLS, before the server was heard to agree */
		cursor_skip(c, 2 + 4);
		return r->inner = cursor_ok(c);
	}
	if (!x->next)
		dissection_done(x);
	return false;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct rfb *r = x->state;
	bool more = true;
	while (more && !x->failed && !x->next && !x->done[x->direction] && cursor_left(c)) {
		struct cursor at = *c;
		struct rfb before = *r;
		if (r->stage[x->direction] == VERSION)
			more = version(x, r, &at);
		else
			more = dissection_from_server(x) ? server_step(x, r, &at) : client_step(x, r, &at);
		if (!cursor_ok(&at)) {
			*r = before;
			return;
		}
		if (more || x->next || x->done[x->direction])
			c->at = at.at;
	}
}

const struct dissector rfb_dissector = {
	.name = "rfb",
	.application = "rfb",
	.transports = TRANSPORT_TCP,
	.ports = {5900, 5901, 5902, 5800},
	.state_bytes = sizeof(struct rfb),
	.probe = probe,
	.stream = stream,
};
