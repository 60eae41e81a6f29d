/* Oracle's TNS: the client's program, host and user from the connect descriptor; the server's version from a refusal or
 * redirection, and from the banner that a session begins with. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#include <stdio.h>

#define HEADER_BYTES 8
#define PACKETS      60

enum {
	CONNECT = 1,
	ACCEPT = 2,
	REFUSE = 4,
	REDIRECT = 5,
	DATA = 6,
	RESEND = 11,
	MARKER = 12,
	ATTENTION = 13,
	CONTROL = 14
};

struct oracle {
	uint16_t packets[2];
	bool banner, wide; /* wide: lengths have 32 bits (version 315 on) */
};

static int header(struct cursor c, bool wide, uint32_t *len, uint8_t *kind)
{
	size_t have = cursor_left(&c);
	uint32_t all = cursor_u32(&c);
	*kind = cursor_u8(&c);
	*len = wide ? all : all >> 16;
	if (have >= 4 && (*len < HEADER_BYTES || *len > 0x200000 || (!wide && all & 0xffff)))
		return -1;
	if (have >= 5 && (!*kind || *kind > 15))
		return -1;
	return have >= HEADER_BYTES;
}

/* Connect: version, compatible version, … (…DESCRIPTION…). */
static enum probe probe(const struct probe_input *in)
{
	uint32_t len;
	uint8_t kind;
	struct cursor c = in->first[0], s = in->first[1];
	int client = header(c, false, &len, &kind);
	if (client <= 0)
		return client || (!cursor_left(&c) && cursor_left(&s)) ? PROBE_NO : PROBE_MAYBE;
	if (kind != CONNECT)
		return PROBE_NO;
	cursor_skip(&c, HEADER_BYTES);
	if (cursor_left(&c) < 4)
		return PROBE_MAYBE;
	uint16_t version = cursor_u16(&c), compatible = cursor_u16(&c);
	if (version < 300 || version > 330 || compatible > version)
		return PROBE_NO;
	if (!cursor_left(&s))
		return PROBE_MAYBE;
	int server = header(s, false, &len, &kind);
	return server < 0 ? PROBE_NO : !server ? PROBE_MAYBE : kind == CONNECT || kind == DATA ? PROBE_NO : PROBE_YES;
}

/* What stands behind "(NAME=" up to the parenthesis. */
static bool member(struct cursor c, const char *name, struct cursor *value)
{
	struct cursor before;
	while (text_before(&c, '(', &before))
		if (text_take(&c, name) && text_take(&c, "="))
			return text_before(&c, ')', value) && cursor_left(value);
	return false;
}

static void connect(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor program, host, user, name, before;
	bool found = false;
	while (!found && text_before(&c, '(', &before))
		found = text_take(&c, "CID=");
	if (!found)
		return;
	if (member(c, "USER", &user))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 64);
	if (member(c, "HOST", &host) && text_host(host, &name) && !text_is(name, "__jdbc__"))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, name, 64);
	if (!member(c, "PROGRAM", &program))
		return;
	for (const uint8_t *p = program.end; p > program.at; p--) /* without its folders */
		if (p[-1] == '\\' || p[-1] == '/') {
			program.at = p;
			break;
		}
	wire_label(&t, "product", program);
	wire_yield(x, FIELD_ORACLE_CLIENT, &t);
}

/* VSNNUM: parts of 8, 4, 8, 4 and 8 bits. */
static void refusal(struct dissection *x, struct cursor c)
{
	struct cursor number;
	uint64_t v;
	char text[64];
	if (!member(c, "VSNNUM", &number) || !text_number(number, &v) || !v || v > UINT32_MAX)
		return;
	int n = snprintf(text, sizeof text, "TNS %u.%u.%u.%u.%u", (unsigned)(v >> 24), (unsigned)(v >> 20 & 15),
			 (unsigned)(v >> 12 & 255), (unsigned)(v >> 8 & 15), (unsigned)(v & 255));
	text_yield(x, FIELD_ORACLE_VERSION, SUBJECT_SENDER, cursor_init(text, (size_t)n), 64);
}

/* "Oracle Database 11g Enterprise Edition Release 11.2.0.4.0 - 64bit Production". */
static bool banner(struct dissection *x, struct cursor c)
{
	static const char word[] = "Oracle Database ";
	for (; cursor_left(&c) >= sizeof word; c.at++) {
		c.at = memchr(c.at, 'O', cursor_left(&c));
		if (!c.at)
			return false;
		if (!text_starts(c, word))
			continue;
		struct cursor end = {c.at, c.at, false};
		while (end.end < c.end && *end.end >= ' ' && *end.end <= '~')
			end.end++;
		text_yield(x, FIELD_ORACLE_VERSION, SUBJECT_SENDER, end, 128);
		return true;
	}
	return false;
}

static void packet(struct dissection *x, struct oracle *s, uint8_t kind, struct cursor c)
{
	cursor_skip(&c, cursor_left(&c) ? HEADER_BYTES : 0);
	if (!dissection_from_server(x)) {
		/* a long descriptor does not stand in the request but behind it */
		if (kind == CONNECT || (kind == DATA && s->packets[x->direction] == 2))
			connect(x, c);
		return;
	}
	dissection_service(x);
	if (kind == ACCEPT)
		s->wide = cursor_u16(&c) >= 315;
	else if (kind == REFUSE || kind == REDIRECT)
		refusal(x, c);
	else if (kind == DATA && !s->banner)
		s->banner = banner(x, c);
}

/* Of the packet that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, const struct oracle *s, uint8_t *kind)
{
	uint32_t len;
	int r = s->banner ? -1 : header(c, s->wide, &len, kind);
	return r > 0 ? (int64_t)len : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct oracle *s = x->state;
	struct cursor whole;
	uint8_t kind;
	while (wire_next(x, c, length(*c, s, &kind), &s->packets[x->direction], PACKETS, &whole))
		packet(x, s, kind, whole);
}

const struct dissector dissector_oracle = {
	.name = "oracle",
	.application = "oracle",
	.transports = TRANSPORT_TCP,
	.ports = {1521, 1526},
	.state_bytes = sizeof(struct oracle),
	.probe = probe,
	.stream = stream,
};
