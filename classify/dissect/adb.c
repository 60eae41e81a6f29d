/* Android's debug bridge: what a device says it is, before it turns to TLS. */
#include "classify/dissect/text.h"

#define HEADER_BYTES 24
#define BANNER_BYTES 4096

/* The command octets of messages, as little-endian numbers. */
enum { CNXN = 0x4e584e43, AUTH = 0x48545541, STLS = 0x534c5453, SYNC = 0x434e5953 };

struct adb {
	bool starttls[2];
};

/* Command, two arguments, length, checksum, and the command with its bits turned round. 1, 0: more, -1: none */
static int take(struct cursor *c, uint32_t *command, struct cursor *data)
{
	struct cursor p = *c;
	if (cursor_left(&p) < HEADER_BYTES)
		return 0;
	*command = cursor_le32(&p);
	cursor_skip(&p, 8);
	uint32_t len = cursor_le32(&p);
	cursor_skip(&p, 4);
	if (cursor_le32(&p) != ~*command || len > BANNER_BYTES)
		return -1;
	if (cursor_left(&p) < len)
		return 0;
	*data = cursor_sub(&p, len);
	*c = p;
	return 1;
}

static enum probe side(struct cursor f, bool server)
{
	enum probe p = text_probe(f, "CNXN");
	if (server)
		p = text_either(p, text_either(text_probe(f, "AUTH"), text_probe(f, "STLS")));
	if (p != PROBE_YES || cursor_left(&f) < HEADER_BYTES)
		return p == PROBE_NO ? PROBE_NO : PROBE_MAYBE;
	struct cursor magic = {f.at + 20, f.at + 24, false};
	return cursor_le32(&magic) == ~cursor_le32(&f) ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	return text_sides(side(in->first[0], false), side(in->first[1], true), true);
}

/* "device::ro.product.name=…;ro.product.model=…;…" */
static void banner(struct dissection *x, struct cursor data)
{
	struct cursor property;
	if (!text_starts(data, "device:"))
		return;
	while (text_before(&data, ';', &property)) {
		for (; cursor_left(&property); property.at++)
			if (text_take(&property, "ro.product.model=")) {
				text_yield(x, FIELD_ADB_MODEL, SUBJECT_SENDER, property, 128);
				return;
			}
	}
}

/* Behind these come files and commands. */
static bool is_opening(uint32_t command)
{
	return command == CNXN || command == AUTH || command == STLS || command == SYNC;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct adb *s = x->state;
	struct cursor data;
	uint32_t command;
	while (!x->next && !x->done[x->direction] && cursor_left(c)) {
		bool server = dissection_from_server(x);
		int taken = s->starttls[x->direction] ? 0 : take(c, &command, &data);
		if (!taken)
			return;
		if (taken < 0 || !is_opening(command)) {
			dissection_done(x);
			return;
		}
		if (server)
			dissection_service(x);
		if (command == CNXN && server)
			banner(x, data);
		s->starttls[x->direction] |= command == STLS;
		if (s->starttls[0] && s->starttls[1])
			text_starttls(x);
	}
}

const struct dissector dissector_adb = {
	.name = "adb",
	.application = "adb",
	.transports = TRANSPORT_TCP,
	.ports = {5555},
	.state_bytes = sizeof(struct adb),
	.probe = probe,
	.stream = stream,
};
