/* IPP (RFC 8011) in the body of HTTP: printers tell what they are, and jobs whose they are. */
#include "classify/dissect/device.h"
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"

#define HEAD_BYTES  8 /* version, operation or status, request */
#define FIRST_VALUE 0x10

enum { END_OF_ATTRIBUTES = 3 };

static void tell(struct dissection *x, const struct http_message *m, struct cursor name, struct cursor value)
{
	if (!m->status) {
		if (text_is(name, "requesting-user-name") && !text_is(value, "anonymous"))
			text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, value, 64);
	} else if (text_is(name, "printer-make-and-model"))
		device_yield(x, FIELD_IPP_DEVICE, &(struct device){.model = value, .kind = "printer"});
	else if (text_is(name, "printer-device-id"))
		device_id(x, FIELD_IPP_DEVICE, value);
	else if (text_is(name, "printer-uuid"))
		text_yield(x, FIELD_UPNP_UDN, SUBJECT_SENDER, value, 64);
}

/* A group begins, or an attribute: kind, name, value, each with its length. False when it is not whole, or the last. */
static bool attribute(struct dissection *x, const struct http_message *m, struct cursor *c)
{
	struct cursor at = *c;
	uint8_t kind = cursor_u8(&at);
	if (kind >= FIRST_VALUE) {
		struct cursor name = cursor_sub(&at, cursor_u16(&at));
		struct cursor value = cursor_sub(&at, cursor_u16(&at));
		if (cursor_ok(&at))
			tell(x, m, name, value);
	}
	if (!cursor_ok(&at) || kind == END_OF_ATTRIBUTES)
		return false;
	c->at = at.at;
	return true;
}

void http_ipp(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	if (!m->titled && cursor_left(page) >= HEAD_BYTES) {
		cursor_skip(page, HEAD_BYTES);
		m->titled = true;
	}
	while (m->titled && cursor_left(page) && attribute(x, m, page))
		;
	if (whole || (m->titled && cursor_peek(page, 0) == END_OF_ATTRIBUTES))
		page->at = page->end;
}
