/* DRDA (The Open Group, volume 3), which IBM's databases and Derby speak: what both ends say in EXCSAT and its answer,
 * the client's product (PRDID) and user. Texts are EBCDIC, or ASCII where both agreed so. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define DSS_BYTES   6
#define TEXT_BYTES  64
#define PARAMETERS  32
#define MESSAGES    24
#define DSS_MAGIC   0xd0
#define ATTRIBUTES  0x1041 /* EXCSAT */
#define ATTRIBUTES_ 0x1443 /* its answer */

enum { EXTERNAL = 0x115e, CLASS = 0x1147, RELEASE = 0x115a, USER = 0x11a0, PRODUCT = 0x112e };
enum { ACCESS_DATABASE = 0x2001, CHECK = 0x106e };

struct drda {
	uint16_t messages[2];
};

static enum probe side(struct cursor c, bool server)
{
	if (cursor_left(&c) < 10)
		return cursor_left(&c) > 2 && c.at[2] != DSS_MAGIC ? PROBE_NO : PROBE_MAYBE;
	uint16_t len = cursor_u16(&c);
	uint8_t magic = cursor_u8(&c), format = cursor_u8(&c);
	cursor_skip(&c, 2);
	uint16_t inner = cursor_u16(&c), point = cursor_u16(&c);
	bool fits = magic == DSS_MAGIC && (format & 0x0f) <= 5 && (format & 0x0f) && len == inner + DSS_BYTES;
	return fits && (server || point == ATTRIBUTES) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = cursor_left(&in->first[0]) ? side(in->first[0], false) : PROBE_MAYBE;
	enum probe server = cursor_left(&in->first[1]) ? side(in->first[1], true) : PROBE_MAYBE;
	return server == PROBE_NO ? PROBE_NO : client;
}

/* The letters, digits and marks that names and releases are made of (CCSID 500); others are blanks. */
static uint8_t from_ebcdic(uint8_t c)
{
	static const char low[][10] = {"abcdefghi", "jklmnopqr", "?stuvwxyz"};
	static const char high[][11] = {"?ABCDEFGHI", "?JKLMNOPQR", "??STUVWXYZ", "0123456789"};
	static const struct {
		uint8_t from;
		char to;
	} marks[] = {{0x4b, '.'}, {0x4d, '('}, {0x4e, '+'}, {0x5d, ')'}, {0x60, '-'}, {0x61, '/'}, {0x6b, ','},
		     {0x6d, '_'}, {0x7a, ':'}, {0x7b, '#'}, {0x7c, '@'}, {0x5b, '$'}, {0x7e, '='}};
	uint8_t row = c >> 4, column = c & 15;
	if (row >= 8 && row <= 10 && column >= 1 && column <= 9)
		return (uint8_t)low[row - 8][column - 1];
	if (row >= 12 && column <= 9)
		return (uint8_t)high[row - 12][column];
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].from == c)
			return (uint8_t)marks[i].to;
	return ' ';
}

/* No letter or digit of EBCDIC is one of ASCII. */
static struct cursor readable(struct cursor value, uint8_t *out)
{
	size_t n = 0;
	bool ascii = cursor_left(&value) && value.at[0] < 0x80 && value.at[0] > 0x20;
	for (; value.at < value.end && n < TEXT_BYTES; value.at++)
		out[n++] = ascii ? *value.at : from_ebcdic(*value.at);
	return text_trim(cursor_init(out, n));
}

/* "SQL11013": product, version, release and modification (PRDID). */
static void identify(struct wire_text *t, struct cursor id)
{
	static const char *const products[][2] = {{"SQL", "Db2"},
						  {"DSN", "Db2 for z/OS"},
						  {"QSQ", "Db2 for i"},
						  {"ARI", "Db2 for VM and VSE"},
						  {"CSS", "Apache Derby"},
						  {"DNC", "Apache Derby client"},
						  {"JCC", "IBM Data Server Driver"},
						  {"IFX", "Informix"}};
	struct cursor digits = {id.at + 3, id.at + 7, false};
	uint64_t n;
	if (cursor_left(&id) < 8 || !text_number(digits, &n))
		return;
	for (size_t i = 0; i < sizeof products / sizeof *products; i++)
		if (text_starts(id, products[i][0])) {
			wire_label(t, "product", wire_literal(products[i][1]));
			wire_label(t, "vendor", wire_literal(products[i][1][0] == 'A' ? "Apache" : "IBM"));
			wire_label_format(t, "version", "%u.%u.%c", (unsigned)n / 100, (unsigned)n % 100, id.at[7]);
			return;
		}
}

static void parameter(struct dissection *x, struct wire_text *t, uint16_t point, struct cursor value)
{
	uint8_t out[TEXT_BYTES];
	struct cursor text = readable(value, out);
	bool server = dissection_from_server(x);
	if (point == CLASS)
		wire_label(t, "class", text);
	else if (point == EXTERNAL && !server)
		wire_label(t, "program", text_word(&text)); /* what follows changes with the connection */
	else if (point == RELEASE || point == PRODUCT)
		identify(t, text);
	else if (point == USER && !server)
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, text, 128);
}

static void message(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	bool server = dissection_from_server(x);
	cursor_skip(&c, DSS_BYTES + 2);
	uint16_t point = cursor_u16(&c);
	if (!cursor_ok(&c))
		return;
	if (server)
		dissection_service(x);
	if (point != ATTRIBUTES && point != ATTRIBUTES_ && point != ACCESS_DATABASE && point != CHECK)
		return;
	for (unsigned i = 0; i < PARAMETERS && cursor_left(&c) >= 4; i++) {
		uint16_t len = cursor_u16(&c), inner = cursor_u16(&c);
		if (len < 4)
			break;
		parameter(x, &t, inner, cursor_sub_cut(&c, len - 4u));
	}
	wire_yield(x, server ? FIELD_DRDA_SERVER : FIELD_DRDA_CLIENT, &t);
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c)
{
	if (cursor_left(&c) < 3)
		return 0;
	uint16_t len = cursor_u16(&c);
	return cursor_u8(&c) == DSS_MAGIC && len > DSS_BYTES ? len : -1;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct drda *s = x->state;
	struct cursor whole;
	while (wire_next(x, c, length(*c), &s->messages[x->direction], MESSAGES, &whole))
		message(x, whole);
}

const struct dissector dissector_drda = {
	.name = "drda",
	.application = "drda",
	.transports = TRANSPORT_TCP,
	.ports = {446, 1527}, /* and 50000, which is a client's as often */
	.state_bytes = sizeof(struct drda),
	.probe = probe,
	.stream = stream,
};
