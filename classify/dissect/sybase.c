/* TDS 5, which Sybase's servers speak (and Microsoft's spoke once): who logs in with which program from where, and the
 * server's name and version when it accepts. Later versions of Microsoft's: tds.c. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES   8
#define PACKET_BYTES 512

enum { LOGIN = 2, TABULAR = 4, LAST = 1 };
enum { LOGIN_ACK = 0xad };
enum { HOST_AT = 0, USER_AT = 31, PROGRAM_AT = 140, FIELD_BYTES = 30 }; /* of the login record */

/* A field of thirty octets, and behind it how many of them count. */
static bool member(struct cursor record, size_t at, struct cursor *value)
{
	cursor_skip(&record, at);
	struct cursor field = cursor_sub(&record, FIELD_BYTES);
	uint8_t len = cursor_u8(&record);
	if (!cursor_ok(&record) || len > FIELD_BYTES)
		return false;
	*value = cursor_sub(&field, len);
	return true;
}

static enum probe client_side(struct cursor c)
{
	struct cursor host, user, program;
	size_t left = cursor_left(&c);
	if (left < HEAD_BYTES)
		return left && c.at[0] != LOGIN ? PROBE_NO : PROBE_MAYBE;
	uint8_t kind = cursor_u8(&c), status = cursor_u8(&c);
	uint16_t len = cursor_u16(&c);
	cursor_skip(&c, 4);
	if (kind != LOGIN || status > LAST || len != PACKET_BYTES)
		return PROBE_NO;
	if (left < PACKET_BYTES)
		return PROBE_MAYBE;
	bool record = member(c, HOST_AT, &host) && member(c, USER_AT, &user) && member(c, PROGRAM_AT, &program);
	return record ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor server = in->first[1];
	if (!cursor_left(&in->first[0]) && cursor_left(&server))
		return PROBE_NO;
	if (cursor_left(&server) && server.at[0] != TABULAR)
		return PROBE_NO;
	return client_side(in->first[0]);
}

static void login(struct dissection *x, struct cursor c)
{
	struct cursor value, host;
	cursor_skip(&c, HEAD_BYTES);
	if (member(c, HOST_AT, &value) && text_host(value, &host))
		text_yield(x, FIELD_TDS_CLIENT_HOST, SUBJECT_SENDER, host, FIELD_BYTES);
	if (member(c, USER_AT, &value))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, FIELD_BYTES);
	if (member(c, PROGRAM_AT, &value))
		text_yield(x, FIELD_TDS_CLIENT, SUBJECT_SENDER, value, FIELD_BYTES);
}

/* LOGINACK: length, status, version of the protocol, the server's name, its version. */
static bool acknowledged(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	cursor_skip(&c, 2 + 1 + 4);
	struct cursor name = cursor_sub(&c, cursor_u8(&c));
	unsigned major = cursor_u8(&c), minor = cursor_u8(&c), patch = cursor_u8(&c);
	for (const uint8_t *p = name.at; p < name.end; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	if (!cursor_ok(&c) || cursor_left(&name) < 3)
		return false;
	wire_label(&t, "product", name);
	wire_label_format(&t, "version", "%u.%u.%u", major, minor, patch);
	wire_yield(x, FIELD_SYBASE_SERVER, &t);
	return true;
}

static void answer(struct dissection *x, struct cursor c)
{
	dissection_service(x);
	cursor_skip(&c, HEAD_BYTES);
	while (cursor_left(&c) > 12)
		if (cursor_u8(&c) == LOGIN_ACK && acknowledged(x, c))
			return;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	if (cursor_left(c) < HEAD_BYTES)
		return;
	cursor_skip(&p, 2);
	if (!wire_message(x, c, cursor_u16(&p), &whole))
		return;
	dissection_done(x);
	if (dissection_from_server(x))
		answer(x, whole);
	else
		login(x, whole);
}

const struct dissector dissector_sybase = {
	.name = "sybase",
	.application = "sybase",
	.transports = TRANSPORT_TCP,
	.ports = {5000, 2638, 4100},
	.probe = probe,
	.stream = stream,
};
