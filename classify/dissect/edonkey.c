/* eDonkey: what program greets (OP_HELLO and its answer, with the tags eMule added). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 6
#define TAGS       32

enum { PROTOCOL = 0xe3, HELLO = 0x01, HELLO_ANSWER = 0x4c, HASH_BYTES = 16 };
enum { TAG_TEXT = 2, TAG_NUMBER = 3, MODIFICATION = 0x55, PROGRAM = 0xfb };

/* 0xe3, a length, what it is; a hello has the size of a hash first. */
static enum probe side(struct cursor c, bool server)
{
	if (cursor_left(&c) < HEAD_BYTES + 1)
		return cursor_left(&c) && c.at[0] != PROTOCOL ? PROBE_NO : PROBE_MAYBE;
	uint8_t protocol = cursor_u8(&c);
	uint32_t len = cursor_le32(&c);
	uint8_t kind = cursor_u8(&c), hash = cursor_u8(&c);
	bool first = server ? kind == HELLO_ANSWER : kind == HELLO && hash == HASH_BYTES;
	return protocol == PROTOCOL && len > 30 && len < 2048 && first ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = side(in->first[0], false), server = side(in->first[1], true);
	return client == PROBE_NO || server == PROBE_NO ? PROBE_NO : client;
}

/* The number that eMule and those that are compatible with it give: which of them, then major, minor, update. */
static void program(struct wire_text *t, uint32_t n)
{
	static const char *const names[] = {"eMule",    "cDonkey",    "xMule",    "aMule",
					    "Shareaza", "eMule Plus", "Hydranode"};
	unsigned which = n >> 24, update = n >> 7 & 7;
	if (which >= sizeof names / sizeof *names || !(n & 0xffffff))
		return;
	wire_label(t, "product", wire_literal(names[which]));
	if (which) /* the others number their releases */
		wire_label_format(t, "version", "%u.%u.%u", n >> 17 & 127, n >> 10 & 127, update);
	else
		wire_label_format(t, "version", "%u.%u%c", n >> 17 & 127, n >> 10 & 127, 'a' + (int)update);
}

/* A type, a name behind its length (of one octet, that is a number), a value. */
static bool tag(struct cursor *c, struct wire_text *t)
{
	uint8_t type = cursor_u8(c);
	struct cursor name = cursor_sub(c, cursor_le16(c)), text;
	uint8_t number = cursor_left(&name) == 1 ? name.at[0] : 0;
	if (type == TAG_TEXT) {
		text = cursor_sub(c, cursor_le16(c));
		if (number == MODIFICATION && cursor_ok(c))
			wire_label(t, "modification", text);
	} else if (type == TAG_NUMBER) {
		uint32_t value = cursor_le32(c);
		if (number == PROGRAM && cursor_ok(c))
			program(t, value);
	} else
		return false;
	return cursor_ok(c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct wire_text t = {.len = 0};
	struct cursor p = *c, whole;
	bool server = dissection_from_server(x);
	if (cursor_left(c) < HEAD_BYTES + 1)
		return;
	cursor_skip(&p, 1);
	if (!wire_message(x, c, (uint64_t)cursor_le32(&p) + HEAD_BYTES - 1, &whole))
		return;
	dissection_done(x);
	cursor_skip(&whole, HEAD_BYTES - 1);
	uint8_t kind = cursor_u8(&whole);
	if (kind != (server ? HELLO_ANSWER : HELLO))
		return;
	if (server)
		dissection_service(x);
	cursor_skip(&whole, (server ? 0 : 1) + HASH_BYTES + 6);
	uint32_t tags = cursor_le32(&whole);
	for (uint32_t i = 0; i < tags && i < TAGS && tag(&whole, &t); i++)
		;
	wire_yield(x, server ? FIELD_EDONKEY_SERVER : FIELD_EDONKEY_CLIENT, &t);
}

const struct dissector dissector_edonkey = {
	.name = "edonkey",
	.application = "efcp",
	.transports = TRANSPORT_TCP,
	.ports = {4662},
	.probe = probe,
	.stream = stream,
};
