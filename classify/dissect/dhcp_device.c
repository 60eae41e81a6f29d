#include "classify/dissect/dhcp_device.h"

#include "classify/dissect/text.h"

#define MOST_OPTIONS               64
#define ENTERPRISE_BROADBAND_FORUM 3561

struct row {
	uint8_t code;
	const char *label;
};

static const struct row cable[] = {{4, "serial"}, {6, "firmware"}, {9, "model"}, {10, "vendor"}};
static const struct row managed[] = {{2, "serial"}, {3, "model"}};

static bool printable(struct cursor c)
{
	for (; c.at < c.end; c.at++)
		if (*c.at < 0x20 || *c.at > 0x7e)
			return false;
	return true;
}

/* Options of one octet for code and one for length each. */
static void add_labels(struct cursor c, const struct row *rows, size_t n, struct wire_text *out)
{
	for (unsigned i = 0; i < MOST_OPTIONS && cursor_left(&c) >= 2; i++) {
		uint8_t code = cursor_u8(&c);
		struct cursor value = cursor_sub(&c, cursor_u8(&c));
		for (size_t r = 0; r < n && cursor_ok(&c); r++)
			if (rows[r].code == code && printable(value))
				wire_label(out, rows[r].label, value);
	}
}

/* Each enterprise's options stand behind its number and their length (RFC 3925). */
static void read_identified(struct cursor c, struct wire_text *out)
{
	for (unsigned i = 0; i < MOST_OPTIONS && cursor_left(&c) >= 5; i++) {
		uint32_t enterprise = cursor_u32(&c);
		struct cursor options = cursor_sub(&c, cursor_u8(&c));
		if (cursor_ok(&c) && enterprise == ENTERPRISE_BROADBAND_FORUM)
			add_labels(options, managed, sizeof managed / sizeof *managed, out);
	}
}

static bool is_cable(struct cursor vendor_class)
{
	return text_starts(vendor_class, "docsis") || text_starts(vendor_class, "pktc") ||
	       text_starts(vendor_class, "OpenCable");
}

bool dhcp_device(struct cursor vendor_class, struct cursor specific, struct cursor identified, struct wire_text *out)
{
	out->len = 0;
	if (is_cable(vendor_class))
		add_labels(specific, cable, sizeof cable / sizeof *cable, out);
	if (!out->len)
		read_identified(identified, out);
	return out->len > 0;
}
