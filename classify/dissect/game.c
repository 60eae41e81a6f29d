/* Games whose servers tell over UDP what they are, so that players find them: Valve's query (A2S_INFO), Quake's and
 * those of its descendants (getstatus, getinfo), Minecraft on phones (RakNet's ping). */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum kind { KIND_NONE, KIND_VALVE, KIND_QUAKE, KIND_RAKNET };

/* RakNet marks what is outside of a connection by these. */
static const uint8_t offline[16] = {0,    0xff, 0xff, 0,    0xfe, 0xfe, 0xfe, 0xfe,
				    0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78};

enum { PONG = 0x1c, PONG_TEXT_AT = 33 };

static enum kind answer_kind(struct cursor c)
{
	struct cursor p = c;
	if (cursor_u32(&p) == 0xffffffff) {
		if (cursor_peek(&p, 0) == 'I' && cursor_left(&p) > 16)
			return KIND_VALVE;
		return text_starts(p, "statusResponse\n\\") || text_starts(p, "infoResponse\n\\") ? KIND_QUAKE
												  : KIND_NONE;
	}
	if (cursor_peek(&c, 0) != PONG || cursor_left(&c) <= PONG_TEXT_AT + 2)
		return KIND_NONE;
	return memcmp(c.at + 17, offline, sizeof offline) ? KIND_NONE : KIND_RAKNET;
}

static bool asks(struct cursor c)
{
	struct cursor p = c;
	if (cursor_u32(&p) == 0xffffffff)
		return text_starts(p, "TSource Engine Query") || text_starts(p, "getstatus") ||
		       text_starts(p, "getinfo");
	return (cursor_peek(&c, 0) == 1 || cursor_peek(&c, 0) == 2) && cursor_left(&c) >= 25 &&
	       !memcmp(c.at + 9, offline, sizeof offline);
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		struct cursor c = in->first[d];
		if (!cursor_left(&c))
			continue;
		if (!asks(c) && answer_kind(c) == KIND_NONE)
			return PROBE_NO;
		best = PROBE_YES;
	}
	return best;
}

/* A text that ends with NUL. */
static struct cursor ended(struct cursor *c)
{
	struct cursor text = *c;
	if (!text_before(c, 0, &text))
		cursor_fail(c);
	return text;
}

/* Protocol; name, map, folder, game; numbers; kind of server, its system; more; the version. */
static void valve(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 6);
	ended(&c);
	ended(&c);
	struct cursor folder = ended(&c), game = ended(&c);
	cursor_skip(&c, 6);
	uint8_t system = cursor_u8(&c);
	cursor_skip(&c, 2);
	struct cursor version = ended(&c);
	if (!cursor_ok(&c))
		return;
	wire_label(&t, "product", cursor_left(&game) ? game : folder);
	wire_label(&t, "version", version);
	wire_label(&t, "folder", folder);
	wire_label(&t, "system", wire_literal(system == 'l' ? "Linux" : system == 'w' ? "Windows" : ""));
	x->application = "source-query";
	wire_served(x);
	wire_yield(x, FIELD_GAME_SERVER, &t);
}

/* "\key\value\key\value" */
static struct cursor value_of(struct cursor c, const char *key)
{
	struct cursor name, value = {NULL, NULL, false};
	text_before(&c, '\\', &name);
	for (unsigned i = 0; i < 64 && text_before(&c, '\\', &name); i++) {
		if (!text_before(&c, '\\', &value)) {
			value = c;
			c.at = c.end;
		}
		if (text_is(name, key))
			return value;
	}
	return (struct cursor){NULL, NULL, false};
}

static void quake(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor line, version;
	cursor_line(&c, &line);
	cursor_line(&c, &line);
	version = value_of(line, "version");
	x->application = "quake";
	wire_served(x);
	wire_label(&t, "engine", version);
	wire_label(&t, "game", value_of(line, "gamename"));
	if (cursor_left(&version))
		wire_yield(x, FIELD_GAME_SERVER, &t);
}

/* "MCPE;greeting;protocol;version;…" */
static void raknet(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor edition, word;
	cursor_skip(&c, PONG_TEXT_AT);
	c = cursor_sub_cut(&c, cursor_u16(&c));
	if (!text_before(&c, ';', &edition) || !text_before(&c, ';', &word) || !text_before(&c, ';', &word) ||
	    !text_before(&c, ';', &word) || (!text_is(edition, "MCPE") && !text_is(edition, "MCEE")))
		return;
	x->application = "minecraft";
	wire_served(x);
	wire_label(&t, "product", wire_literal("Minecraft Bedrock server"));
	wire_label(&t, "version", word);
	wire_yield(x, FIELD_GAME_SERVER, &t);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	switch (answer_kind(*c)) {
	case KIND_VALVE:
		valve(x, *c);
		break;
	case KIND_QUAKE:
		quake(x, *c);
		break;
	case KIND_RAKNET:
		raknet(x, *c);
		break;
	case KIND_NONE:
		break;
	}
}

const struct dissector dissector_game = {
	.name = "game",
	.application = "",
	.transports = TRANSPORT_UDP,
	.ports = {27015, 27960, 19132, 27016, 28960},
	.probe = probe,
	.datagram = datagram,
};
