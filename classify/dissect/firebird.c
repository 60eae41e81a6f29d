/* Firebird and InterBase: a client that connects names its user and host; a server that accepts says by which protocol.
 */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define MOST_TAGS 32

enum { CONNECT = 1, ACCEPT = 3, REJECT = 4, ATTACH = 19, ACCEPT_DATA = 94, CONDITIONAL = 98 };
enum { TAG_USER = 1, TAG_HOST = 4, TAG_LOGIN = 9 };

static enum probe client(struct cursor c)
{
	static const uint8_t begin[] = {0, 0, 0, CONNECT, 0, 0, 0, ATTACH, 0, 0, 0};
	size_t n = cursor_left(&c) < sizeof begin ? cursor_left(&c) : sizeof begin;
	if (n && memcmp(c.at, begin, n))
		return PROBE_NO;
	if (cursor_left(&c) < 16)
		return PROBE_MAYBE;
	cursor_skip(&c, 8);
	uint32_t version = cursor_u32(&c), architecture = cursor_u32(&c);
	return version >= 1 && version <= 4 && architecture <= 64 ? PROBE_YES : PROBE_NO;
}

static enum probe server(struct cursor c)
{
	uint32_t operation = cursor_u32(&c);
	if (!cursor_ok(&c))
		return PROBE_MAYBE;
	return operation == ACCEPT || operation == REJECT || operation == ACCEPT_DATA || operation == CONDITIONAL
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe a = client(in->first[0]), b = server(in->first[1]);
	return b == PROBE_NO ? PROBE_NO : a;
}

static void identification(struct dissection *x, struct cursor c)
{
	struct cursor host;
	for (unsigned i = 0; i < MOST_TAGS && cursor_left(&c) >= 2; i++) {
		uint8_t tag = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		if (!cursor_ok(&c))
			return;
		if (tag == TAG_USER || tag == TAG_LOGIN)
			text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, 64);
		else if (tag == TAG_HOST && text_host(value, &host) && text_own_name(host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
	}
}

/* Operation, what for, version, architecture; file, filled up to fours; how many protocols; who. */
static bool connecting(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 16);
	uint32_t len = cursor_u32(&c);
	if (len > 1024)
		return true;
	cursor_skip(&c, (len + 3) & ~3u);
	cursor_skip(&c, 4);
	uint32_t who = cursor_u32(&c);
	if (who > 4096)
		return true;
	struct cursor block = cursor_sub(&c, who);
	if (!cursor_ok(&c))
		return false;
	identification(x, block);
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	if (cursor_left(c) < 16)
		return;
	if (!dissection_from_server(x)) {
		if (connecting(x, *c) || cursor_left(c) > 8192)
			dissection_done(x);
		return;
	}
	if (server(*c) != PROBE_YES) {
		dissection_fail(x);
		return;
	}
	dissection_service(x);
	wire_label(&t, "product", wire_literal("Firebird"));
	/* from version 3 on the number of the protocol has its high bit set, and 11 and 12 before it, as InterBase has
	 * not */
	if (c->at[3] != REJECT && c->at[6] & 0x80)
		wire_yield(x, FIELD_FIREBIRD_SERVER, &t);
	dissection_done(x);
}

const struct dissector dissector_firebird = {
	.name = "firebird",
	.application = "gds-db",
	.transports = TRANSPORT_TCP,
	.ports = {3050},
	.probe = probe,
	.stream = stream,
};
