#include "classify/dissect/description.h"
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

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

/* The status of VLC's player has a root of the same name, and the version in it: "3.0.24 Vetinari". */
static void player(struct dissection *x, struct cursor page)
{
	static const char tag[] = "<version>";
	struct wire_text t = {.len = 0};
	struct cursor rest = {memmem(page.at, cursor_left(&page), tag, sizeof tag - 1), page.end, false}, version;
	if (!rest.at || !text_has(page, "<currentplid>") || !text_has(page, "<audiodelay>"))
		return;
	cursor_skip(&rest, sizeof tag - 1);
	if (!text_before(&rest, '<', &version))
		return;
	wire_label(&t, "product", wire_literal("VLC media player"));
	wire_label(&t, "vendor", wire_literal("VideoLAN"));
	wire_label(&t, "version", text_word(&version));
	wire_yield(x, FIELD_HTTP_SELF, &t);
}

void http_description(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	size_t given = cursor_left(page);
	if (!whole && m->shown && given < (size_t)m->shown + AGAIN_BYTES && !closes(*page))
		return;
	m->shown = (uint16_t)given;
	if (!m->titled) {
		m->titled = description_read(x, *page, whole);
		if (m->titled && m->status)
			player(x, *page);
	}
	if (m->titled || whole)
		page->at = page->end;
}
