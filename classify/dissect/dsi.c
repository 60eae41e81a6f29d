/* Apple's file service over DSI: the server's name, what machine or program it is, which versions it speaks, and who
 * logs in. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES  16
#define VERSIONS    8
#define MESSAGES    8
#define MOST_LENGTH 0x100000u

enum { COMMAND = 2, GET_STATUS = 3, OPEN_SESSION = 4 };
enum { LOGIN = 18, LOGIN_EXTENDED = 63 };

struct dsi {
	uint16_t messages[2];
};

/* Request or reply, a command, an identifier; no error in a request; the last four octets are reserved. */
static enum probe side(struct cursor c, bool server)
{
	if (cursor_left(&c) < HEAD_BYTES)
		return cursor_left(&c) && c.at[0] != server ? PROBE_NO : PROBE_MAYBE;
	uint8_t flags = cursor_u8(&c), command = cursor_u8(&c);
	cursor_skip(&c, 2);
	uint32_t error = cursor_u32(&c), len = cursor_u32(&c), reserved = cursor_u32(&c);
	bool first = command == GET_STATUS || command == OPEN_SESSION;
	return flags == server && first && (server || !error) && len < 65536 && !reserved ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	return text_sides(side(in->first[0], false), side(in->first[1], true), text_port(in, 548));
}

/* A text behind its length of one octet. */
static struct cursor counted(struct cursor *c)
{
	return cursor_sub_cut(c, cursor_u8(c));
}

static struct cursor at_offset(struct cursor c, uint16_t offset)
{
	cursor_skip(&c, offset);
	return c;
}

/* The newest, which is the last by its letters: "AFP3.4" behind "AFPX03" and "AFPVersion 2.1". */
static struct cursor newest(struct cursor c)
{
	struct cursor best = {NULL, NULL, false};
	unsigned n = cursor_u8(&c);
	for (unsigned i = 0; i < n && i < VERSIONS; i++) {
		struct cursor v = counted(&c);
		size_t len = cursor_left(&v) < cursor_left(&best) ? cursor_left(&v) : cursor_left(&best);
		if (text_starts(v, "AFP3.") && (!len || memcmp(v.at, best.at, len) > 0))
			best = v;
	}
	return best;
}

/* FPGetSrvrInfo: offsets of machine type, versions, methods, icon; flags; the name. */
static void status(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor whole = c, host;
	uint16_t machine = cursor_u16(&c), versions = cursor_u16(&c);
	cursor_skip(&c, 6);
	struct cursor name = counted(&c);
	if (!cursor_ok(&c))
		return;
	struct cursor type = at_offset(whole, machine);
	wire_label(&t, "machine", counted(&type));
	wire_label(&t, "protocol", newest(at_offset(whole, versions)));
	wire_yield(x, FIELD_AFP_SERVER, &t);
	if (text_host(name, &host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

/* Version and method, then the user: in the longer form behind a type, with a length of two octets. */
static void login(struct dissection *x, struct cursor c)
{
	uint8_t command = cursor_u8(&c);
	if (command != LOGIN && command != LOGIN_EXTENDED)
		return;
	cursor_skip(&c, command == LOGIN_EXTENDED ? 3 : 0);
	counted(&c);
	struct cursor method = counted(&c), user;
	if (command == LOGIN_EXTENDED) {
		cursor_skip(&c, 1);
		user = cursor_sub_cut(&c, cursor_u16(&c));
	} else
		user = counted(&c);
	if (cursor_ok(&c) && !text_has(method, "No User") && !text_has(method, "Client Krb"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
}

static void message(struct dissection *x, uint8_t command, struct cursor c)
{
	cursor_skip(&c, HEAD_BYTES);
	if (!dissection_from_server(x)) {
		if (command == COMMAND)
			login(x, c);
		return;
	}
	dissection_service(x);
	if (command == GET_STATUS)
		status(x, c);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, uint8_t *command)
{
	if (cursor_left(&c) < HEAD_BYTES)
		return 0;
	uint8_t flags = cursor_u8(&c);
	*command = cursor_u8(&c);
	cursor_skip(&c, 6);
	uint32_t len = cursor_u32(&c);
	return flags <= 1 && len <= MOST_LENGTH ? (int64_t)len + HEAD_BYTES : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct dsi *s = x->state;
	struct cursor whole;
	uint8_t command;
	while (wire_next(x, c, length(*c, &command), &s->messages[x->direction], MESSAGES, &whole)) {
		if (cursor_left(&whole))
			message(x, command, whole);
	}
}

const struct dissector dissector_dsi = {
	.name = "dsi",
	.application = "afpovertcp",
	.transports = TRANSPORT_TCP,
	.ports = {548},
	.state_bytes = sizeof(struct dsi),
	.probe = probe,
	.stream = stream,
};
