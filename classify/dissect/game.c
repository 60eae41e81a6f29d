/* Games whose servers tell over UDP what they are, so that players find them: Valve's query (A2S_INFO), Quake's and
 * those of its descendants (getstatus, getinfo), Minecraft on phones (RakNet's ping), Teeworlds', Doom's. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

enum kind { KIND_NONE, KIND_VALVE, KIND_QUAKE, KIND_RAKNET, KIND_TEEWORLDS, KIND_DOOM };

/* RakNet marks what is outside of a connection by these. */
static const uint8_t offline[16] = {0,    0xff, 0xff, 0,    0xfe, 0xfe, 0xfe, 0xfe,
				    0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78};

enum { PONG = 0x1c, PONG_TEXT_AT = 33, DOOM_QUERY = 13, DOOM_ANSWER = 14, DOOM_PORT = 2342 };

/* Outside of a connection: a mark, or "xe" and a token, then four octets of ones; then what it is. */
static bool teeworlds(struct cursor c, const char *tag)
{
	struct cursor p = c;
	cursor_skip(&p, 6);
	return cursor_u32(&p) == 0xffffffff && cursor_ok(&p) &&
	       (cursor_u16(&c) == 0xffff || (c.at[-2] == 'x' && c.at[-1] == 'e')) && text_starts(p, tag);
}

static bool doom(struct cursor c)
{
	static const char *const ports[] = {"Chocolate ", "Crispy ", "Doom Retro ", "International Doom "};
	if (cursor_u16(&c) != DOOM_ANSWER)
		return false;
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (text_starts(c, ports[i]))
			return true;
	return false;
}

static enum kind answer_kind(struct cursor c)
{
	struct cursor p = c;
	if (teeworlds(c, "inf3") || teeworlds(c, "iext"))
		return KIND_TEEWORLDS;
	if (doom(c))
		return KIND_DOOM;
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

static bool asks(struct cursor c, uint16_t port)
{
	struct cursor p = c;
	if (teeworlds(c, "gie3"))
		return true;
	if (port == DOOM_PORT && cursor_left(&c) == 2 && cursor_peek(&c, 0) == 0 && cursor_peek(&c, 1) == DOOM_QUERY)
		return true;
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
		if (!asks(c, in->dport) && answer_kind(c) == KIND_NONE)
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

/* The token, the version of the game and that of a program made of it ("0.6.4, 16.4" is DDNet's), the name … */
static void teeworlds_info(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	struct cursor version, of_game;
	cursor_skip(&c, 14);
	ended(&c);
	version = ended(&c);
	if (!cursor_ok(&c) || !cursor_left(&version))
		return;
	bool other = text_before(&version, ',', &of_game);
	x->application = "teeworlds";
	wire_served(x);
	wire_label(&t, "product", wire_literal(other ? "DDNet" : "Teeworlds"));
	wire_label(&t, "version", text_trim(version));
	wire_yield(x, FIELD_GAME_SERVER, &t);
}

/* "Chocolate Doom 3.0.0" */
static void doom_info(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 2);
	struct cursor product = ended(&c), version = product;
	if (!cursor_ok(&c))
		return;
	while (cursor_left(&version) && version.end[-1] != ' ')
		version.end--;
	struct cursor name = text_trim(version);
	version = (struct cursor){version.end, product.end, false};
	x->application = "doom";
	wire_served(x);
	wire_label(&t, "product", name);
	wire_label(&t, "version", version);
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
	case KIND_TEEWORLDS:
		teeworlds_info(x, *c);
		break;
	case KIND_DOOM:
		doom_info(x, *c);
		break;
	case KIND_NONE:
		break;
	}
}

const struct dissector dissector_game = {
	.name = "game",
	.application = "",
	.transports = TRANSPORT_UDP,
	.ports = {27015, 27960, 19132, 27016, 28960, 8303, DOOM_PORT},
	.probe = probe,
	.datagram = datagram,
};
