/* S7comm: module identification (system status lists 11 and 1C). S7comm-plus: the order number and version that a
 * controller says when a session is opened. */
#include "classify/dissect/iso_tsap.h"
#include "classify/dissect/wire.h"

#include <stdio.h>

#define RECORDS 40

enum {
	USERDATA = 7,
	RESPONSE_CPU = 0x84, /* type response, group "CPU functions" */
	READ_LIST = 1,
	LIST_MODULE = 0x11,
	LIST_COMPONENT = 0x1c,
};

static void begin(struct wire_text *t, const struct s7 *s)
{
	wire_label(t, "vendor", wire_literal("Siemens"));
	wire_label(t, "model", wire_literal(s->order));
	wire_label(t, "firmware", wire_literal(s->firmware));
}

/* Records of an index, an order number of 20 characters, a type, and a version: 'V' and three numbers. */
static void modules(struct dissection *x, struct s7 *s, struct cursor c, size_t record)
{
	for (unsigned i = 0; i < RECORDS && record >= 28 && cursor_left(&c) >= record; i++) {
		struct cursor r = cursor_sub(&c, record);
		uint16_t index = cursor_u16(&r);
		struct cursor order = cursor_sub(&r, 20);
		cursor_skip(&r, 2);
		if (index == 1)
			wire_keep(s->order, sizeof s->order, wire_trim(order));
		else if (index == 7 && cursor_u8(&r) == 'V') {
			uint8_t a = cursor_u8(&r), b = cursor_u8(&r), d = cursor_u8(&r);
			snprintf(s->firmware, sizeof s->firmware, "V%u.%u.%u", a, b, d);
		}
	}
	struct wire_text t = {.len = 0};
	if (!*s->order)
		return;
	begin(&t, s);
	wire_yield(x, FIELD_S7_DEVICE, &t);
}

/* Records of an index and 32 characters. */
static void components(struct dissection *x, const struct s7 *s, struct cursor c, size_t record)
{
	struct cursor found[16] = {0};
	for (unsigned i = 0; i < RECORDS && record >= 34 && cursor_left(&c) >= record; i++) {
		struct cursor r = cursor_sub(&c, record);
		uint16_t index = cursor_u16(&r);
		if (index < 16)
			found[index] = wire_trim(cursor_sub(&r, 32));
	}
	dissection_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, found[1].at, cursor_left(&found[1]));
	struct wire_text t = {.len = 0};
	begin(&t, s);
	if (!*s->order)
		wire_label(&t, "model", found[7]);
	wire_label(&t, "type", found[7]);
	wire_label(&t, "serial", found[5]);
	wire_label(&t, "module", found[2]);
	wire_label(&t, "plant", found[3]);
	if (cursor_left(&found[5]) || cursor_left(&found[7]))
		wire_yield(x, FIELD_S7_DEVICE, &t);
}

static void userdata(struct dissection *x, struct s7 *s, struct cursor parameters, struct cursor c)
{
	cursor_skip(&parameters, 5);
	if (cursor_u16(&parameters) != (RESPONSE_CPU << 8 | READ_LIST) || cursor_u8(&c) != 0xff)
		return;
	cursor_skip(&c, 3);
	uint16_t list = cursor_u16(&c);
	cursor_skip(&c, 2);
	uint16_t record = cursor_u16(&c);
	cursor_skip(&c, 2);
	if (cursor_ok(&c) && (list & 0xff) == LIST_MODULE)
		modules(x, s, c, record);
	else if (cursor_ok(&c) && (list & 0xff) == LIST_COMPONENT)
		components(x, s, c, record);
}

/* "…;6ES7 212-1BE40-0XB0;V4.2": the order number behind a semicolon, then the version. */
static void plus(struct dissection *x, struct s7 *s, struct cursor c)
{
	for (; cursor_left(&c) > 24; c.at++) {
		if (memcmp(c.at, ";6ES7 ", 6) && memcmp(c.at, ";6AG1 ", 6) && memcmp(c.at, ";6AV2 ", 6))
			continue;
		struct cursor order = {c.at + 1, c.end, false}, version;
		const uint8_t *stop = memchr(order.at, ';', cursor_left(&order) < 24 ? cursor_left(&order) : 24);
		if (!stop)
			return;
		order.end = stop;
		version = (struct cursor){stop + 1, stop + 1, false};
		while (version.end < c.end && ((*version.end >= '0' && *version.end <= '9') || *version.end == '.' ||
					       (version.end == version.at && *version.end == 'V')))
			version.end++;
		if (version.end > version.at && version.end[-1] == '.')
			version.end--;
		wire_keep(s->order, sizeof s->order, wire_trim(order));
		wire_keep(s->firmware, sizeof s->firmware, wire_trim(version));
		struct wire_text t = {.len = 0};
		begin(&t, s);
		wire_yield(x, FIELD_S7_DEVICE, &t);
		return;
	}
}

void s7_message(struct dissection *x, struct s7 *s, struct cursor c)
{
	if (!dissection_from_server(x))
		return;
	if (cursor_u8(&c) != 0x32) {
		plus(x, s, c);
		return;
	}
	uint8_t kind = cursor_u8(&c);
	cursor_skip(&c, 4);
	uint16_t parameters = cursor_u16(&c), data = cursor_u16(&c);
	if (kind != USERDATA)
		return;
	struct cursor p = cursor_sub(&c, parameters), d = cursor_sub(&c, data);
	if (cursor_ok(&c))
		userdata(x, s, p, d);
}
