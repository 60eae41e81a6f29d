/* DICOM (PS3.8): what implementation both ends are when an association is made, and how the caller calls itself. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PDU_BYTES 6
#define ITEMS     160

enum { ASSOCIATE_RQ = 1, ASSOCIATE_AC = 2, ASSOCIATE_RJ = 3, ABORT = 7 };
enum { USER_INFORMATION = 0x50, CLASS = 0x52, VERSION = 0x55 };

static enum probe side(struct cursor c, bool server)
{
	if (cursor_left(&c) < PDU_BYTES + 2)
		return cursor_left(&c) && (!c.at[0] || c.at[0] > ABORT) ? PROBE_NO : PROBE_MAYBE;
	uint8_t kind = cursor_u8(&c), zero = cursor_u8(&c);
	uint32_t len = cursor_u32(&c);
	uint16_t version = cursor_u16(&c);
	if (server && (kind == ASSOCIATE_RJ || kind == ABORT))
		return !zero && len == 4 ? PROBE_YES : PROBE_NO;
	return kind == (server ? ASSOCIATE_AC : ASSOCIATE_RQ) && !zero && len > 68 && len < 65536 && version == 1
		       ? PROBE_YES
		       : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe client = side(in->first[0], false), server = side(in->first[1], true);
	return client == PROBE_NO || server == PROBE_NO ? PROBE_NO : client;
}

static void user_information(struct cursor c, struct wire_text *t)
{
	for (unsigned i = 0; i < ITEMS && cursor_left(&c) >= 4; i++) {
		uint8_t kind = cursor_u8(&c);
		cursor_skip(&c, 1);
		struct cursor value = cursor_sub_cut(&c, cursor_u16(&c));
		if (kind == CLASS)
			wire_label(t, "class", value);
		else if (kind == VERSION)
			wire_label(t, "implementation", value);
	}
}

static void association(struct dissection *x, struct cursor c)
{
	struct wire_text t = {.len = 0};
	bool server = dissection_from_server(x);
	cursor_skip(&c, PDU_BYTES + 4);
	struct cursor called = cursor_sub(&c, 16), calling = cursor_sub(&c, 16);
	cursor_skip(&c, 32);
	if (!cursor_ok(&c))
		return;
	for (unsigned i = 0; i < ITEMS && cursor_left(&c) >= 4; i++) {
		uint8_t kind = cursor_u8(&c);
		cursor_skip(&c, 1);
		struct cursor item = cursor_sub_cut(&c, cursor_u16(&c));
		if (kind == USER_INFORMATION)
			user_information(item, &t);
	}
	wire_label(&t, "title", server ? called : calling);
	wire_yield(x, server ? FIELD_DICOM_SERVER : FIELD_DICOM_CLIENT, &t);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	if (cursor_left(c) < PDU_BYTES)
		return;
	uint8_t kind = cursor_u8(&p);
	cursor_skip(&p, 1);
	if (!wire_message(x, c, (uint64_t)cursor_u32(&p) + PDU_BYTES, &whole))
		return;
	dissection_done(x);
	if (dissection_from_server(x))
		dissection_service(x);
	if (kind == ASSOCIATE_RQ || kind == ASSOCIATE_AC)
		association(x, whole);
}

const struct dissector dissector_dicom = {
	.name = "dicom",
	.application = "dicom",
	.transports = TRANSPORT_TCP,
	.ports = {104, 11112, 4242, 2761, 2762},
	.probe = probe,
	.stream = stream,
};
