#include "classify/dissect/description.h"
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"

#define AGAIN_BYTES 128 /* that must have come before it is worth looking again */

/* Its last octets look like the end of one. */
static bool closes(struct cursor page)
{
	static const char *const ends[] = {"</root>", ":Envelope>"};
	page = text_trim(page);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct cursor tail = page;
		size_t n = strlen(ends[i]);
		if (cursor_left(&page) < n)
			continue;
		tail.at = tail.end - n;
		if (text_is(tail, ends[i]))
			return true;
	}
	return false;
}

void http_description(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	size_t given = cursor_left(page);
	if (!whole && m->shown && given < (size_t)m->shown + AGAIN_BYTES && !closes(*page))
		return;
	m->shown = (uint16_t)given;
	if (!m->titled)
		m->titled = description_read(x, *page, whole);
	if (m->titled || whole)
		page->at = page->end;
}
