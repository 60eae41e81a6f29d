/* Remote desktop (MS-RDPBCGR): the connection request over X.224, with the user name of its cookie; the server's
 * confirmation tells the service, and whether TLS follows. Where it does not, the client names its machine. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT         3389
#define PACKET_BYTES 4096
#define REQUEST      0xe0
#define CONFIRM      0xd0
#define DATA         0xf0

struct rdp {
	bool cookie; /* not to be looked at again */
};

/* The X.224 part of a TPKT. 1: *body begins at the octet behind the length indicator, 0: wait, -1: none */
static int take(struct cursor *c, struct cursor *body)
{
	struct cursor p = *c;
	if (cursor_left(&p) < 4)
		return 0;
	uint16_t version = cursor_u16(&p), len = cursor_u16(&p);
	if (version != 0x0300 || len < 11 || len > PACKET_BYTES)
		return -1;
	if (cursor_left(&p) < len - 4u)
		return 0;
	*body = cursor_sub(&p, len - 4u);
	cursor_u8(body);
	*c = p;
	return 1;
}

/* What a server confirms whose client was not seen: of a negotiation (type 2 or 3, length 8), or by its port. */
static enum probe server_probe(const struct probe_input *in)
{
	struct cursor first = in->first[1], body;
	int taken = take(&first, &body);
	if (taken <= 0)
		return taken ? PROBE_NO : PROBE_MAYBE;
	if (cursor_u8(&body) != CONFIRM)
		return PROBE_NO;
	cursor_skip(&body, 5);
	uint8_t type = cursor_peek(&body, 0);
	bool negotiated = cursor_left(&body) == 8 && (type == 2 || type == 3) && body.at[2] == 8;
	return negotiated || text_port(in, PORT) ? PROBE_YES : PROBE_NO;
}

/* A negotiation request (type 1, length 8) at the end, or a cookie: with neither the port must speak for it. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor first = in->first[0], body;
	static const uint8_t beginning[] = {3, 0};
	for (size_t i = 0; i < sizeof beginning && i < cursor_left(&first); i++)
		if (first.at[i] != beginning[i])
			return PROBE_NO;
	if (!cursor_left(&first) && cursor_left(&in->first[1]))
		return server_probe(in);
	int taken = take(&first, &body);
	if (taken <= 0)
		return taken ? PROBE_NO : PROBE_MAYBE;
	if (cursor_u8(&body) != REQUEST)
		return PROBE_NO;
	cursor_skip(&body, 5);
	if (text_starts(body, "Cookie: ") || text_port(in, PORT))
		return PROBE_YES;
	size_t left = cursor_left(&body);
	return left >= 8 && body.end[-8] == 1 && body.end[-6] == 8 ? PROBE_YES : PROBE_NO;
}

static void request(struct dissection *x, struct cursor body)
{
	struct cursor line;
	cursor_skip(&body, 5);
	if (cursor_line(&body, &line) && text_take(&line, "Cookie: mstshash="))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, line, 128);
}

/* A negotiation response (type 2) with a protocol other than 0 says that TLS comes. */
static void confirm(struct dissection *x, struct cursor body)
{
	cursor_skip(&body, 5);
	dissection_service(x);
	uint8_t type = cursor_u8(&body);
	cursor_skip(&body, 3);
	uint32_t protocol = cursor_le32(&body);
	if (cursor_ok(&body) && type == 2 && protocol)
		text_starttls(x);
	else if (cursor_ok(&body) && type == 3) /* refused */
		dissection_done_both(x);
	else
		dissection_done(x);
}

/* The block of core data in a client's settings (2.2.1.3.2): type 0xc001, its length, version 8.x. */
static struct cursor core_data(struct cursor c)
{
	const uint8_t *at;
	while (cursor_left(&c) >= 56 && (at = memmem(c.at, cursor_left(&c), "\x01\xc0", 2))) {
		struct cursor block = {at, c.end, false};
		cursor_skip(&block, 2);
		uint16_t len = cursor_le16(&block);
		uint32_t version = cursor_le32(&block);
		c.at = at + 2;
		if (cursor_ok(&block) && len >= 128 && len < 512 && version >> 16 == 8 && cursor_left(&block) >= 48)
			return block;
	}
	return cursor_init(NULL, 0);
}

/* A name a program gives itself wherever it runs is no machine's: it tells the program, together with the build. */
static bool name_of_program(const struct wire_text *name)
{
	static const char nmap[] = "EMP-LAP-0014"; /* its scripts' */
	return name->len == sizeof nmap - 1 && !memcmp(name->data, nmap, name->len);
}

/* Screen, colours, keyboard; then the build of the client's system, and its name. */
static void settings(struct dissection *x, struct cursor body)
{
	struct cursor core = core_data(body);
	struct wire_text text = {.len = 0}, name = {.len = 0};
	if (!cursor_left(&core))
		return;
	cursor_skip(&core, 12);
	uint32_t build = cursor_le32(&core);
	struct cursor wide = cursor_sub(&core, 32);
	wire_text_utf16(&name, wide.at, cursor_left(&wide));
	if (build >= 419 && build < 100000)
		wire_text_format(&text, "%u", build);
	if (name_of_program(&name)) {
		wire_text_add(&text, " ", 1);
		wire_text_add(&text, name.data, name.len);
		name.len = 0;
	}
	wire_yield(x, FIELD_RDP_CLIENT_BUILD, &text);
	wire_yield(x, FIELD_RDP_CLIENT_NAME, &name);
}

/* The client goes on, after its request. */
static void proceed(struct dissection *x, struct cursor *c)
{
	struct cursor body;
	if (text_turned_to_tls(x, *c))
		return;
	int taken = take(c, &body);
	if (!taken)
		return;
	if (taken > 0 && cursor_u8(&body) == DATA)
		settings(x, body);
	dissection_done(x);
}

static void step(struct dissection *x, struct cursor *c)
{
	struct rdp *s = x->state;
	struct cursor body;
	if (!dissection_from_server(x) && s->cookie) {
		proceed(x, c);
		return;
	}
	int taken = take(c, &body);
	if (!taken)
		return;
	uint8_t kind = taken > 0 ? cursor_u8(&body) : 0;
	if (!dissection_from_server(x) && kind == REQUEST) {
		s->cookie = true;
		request(x, body);
	} else if (dissection_from_server(x) && kind == CONFIRM)
		confirm(x, body);
	else
		dissection_done_both(x);
}

static void stream(struct dissection *x, struct cursor *c)
{
	const uint8_t *before = NULL;
	while (!x->next && !x->done[x->direction] && cursor_left(c) && c->at != before) {
		before = c->at;
		step(x, c);
	}
}

const struct dissector dissector_rdp = {
	.name = "rdp",
	.application = "ms-wbt-server",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.state_bytes = sizeof(struct rdp),
	.probe = probe,
	.stream = stream,
};
