#include "classify/dissect/http.h"

#include "classify/dissect/text.h"

#define TAG_BYTES    512 /* a longer tag or title is not waited for */
#define TITLE_BYTES  256
#define SIGNED_BYTES 128

/* Looks for `mark` in the next TAG_BYTES. -1: not yet, 0: no, 1: *before is what precedes it. */
static int find(const struct cursor *page, char mark, bool whole, struct cursor *before)
{
	size_t left = cursor_left(page);
	struct cursor window = cursor_init(page->at, left > TAG_BYTES ? TAG_BYTES : left);
	if (text_before(&window, mark, before))
		return 1;
	return left >= TAG_BYTES || whole ? 0 : -1;
}

/* The value of attribute `name` in a tag, quoted or not. */
static bool attribute(struct cursor tag, const char *name, struct cursor *value)
{
	for (; cursor_left(&tag); tag.at++) {
		struct cursor t = tag;
		if (!text_take(&t, name) || !text_take(&t, "="))
			continue;
		if (text_take(&t, "\""))
			return text_before(&t, '"', value);
		if (text_take(&t, "'"))
			return text_before(&t, '\'', value);
		*value = text_word(&t);
		return true;
	}
	return false;
}

/* The page a web server's package brings lies where another server finds it as well: beside a Server header it tells
 * less than that. */
static bool brought_along(struct cursor text)
{
	static const char *const titles[] = {"Apache2 ", "Apache Tomcat", "Welcome to nginx", "Test Page for the ",
					     "IIS"};
	text = text_trim(text);
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (text_starts(text, titles[i]))
			return true;
	return false;
}

/* The page on which a server shows how it fares has its version in a link, far behind the title. So has a page about an
 * error of Privoxy's. */
static enum http_page worth(struct cursor text)
{
	if (text_starts(text_trim(text), "Statistics Report for HAProxy"))
		return HTTP_PAGE_STATUS;
	return text_has(text, " (Privoxy@") ? HTTP_PAGE_LONG : HTTP_PAGE_HTML;
}

static int title(struct dissection *x, struct http_message *m, const struct cursor *page, bool whole)
{
	struct cursor tag, text, rest = *page;
	int found = find(&rest, '>', whole, &tag);
	if (found <= 0)
		return found;
	rest.at = tag.end + 1;
	found = find(&rest, '<', whole, &text);
	if (found > 0) {
		m->titled = true;
		if (worth(text) != HTTP_PAGE_HTML)
			m->page = worth(text);
		if (!m->served || !brought_along(text))
			text_yield(x, FIELD_HTTP_TITLE, SUBJECT_SENDER, text, TITLE_BYTES);
	}
	return found;
}

/* Django's pages about errors ask robots to stay away in these words, and have the versions behind their style. */
static int meta(struct dissection *x, struct http_message *m, const struct cursor *page, bool whole)
{
	struct cursor tag, name, content;
	int found = find(page, '>', whole, &tag);
	if (found <= 0 || !attribute(tag, "name", &name) || !attribute(tag, "content", &content))
		return found;
	if (text_is(name, "generator"))
		text_yield(x, FIELD_HTTP_GENERATOR, SUBJECT_SENDER, content, TITLE_BYTES);
	else if (text_is(name, "robots") && text_is(content, "NONE,NOARCHIVE") && m->page == HTTP_PAGE_HTML)
		m->page = HTTP_PAGE_LONG;
	return found;
}

/* Servers that send no Server header sign the pages they make of errors all the same: Tomcat in <h3>, Jetty in a link,
 * Apache in <address>, Resin in <small>. Whether the text is one the signatures tell; a version has a digit. */
static bool may_sign(struct cursor tag)
{
	static const char *const tags[] = {"<h3", "<a ", "<address", "<small", "<i>"};
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (text_starts(tag, tags[i]))
			return true;
	return false;
}

static bool has_digit(struct cursor text)
{
	for (; cursor_left(&text); text.at++)
		if (*text.at >= '0' && *text.at <= '9')
			return true;
	return false;
}

static int signed_page(struct dissection *x, struct http_message *m, const struct cursor *page, bool whole)
{
	struct cursor tag, text, rest = *page;
	int found = find(&rest, '>', whole, &tag);
	if (found <= 0)
		return found;
	rest.at = tag.end + 1;
	found = find(&rest, '<', whole, &text);
	if (found <= 0 || cursor_left(&text) > SIGNED_BYTES || !has_digit(text))
		return found;
	if (m->page == HTTP_PAGE_STATUS)
		m->page = HTTP_PAGE_HTML; /* one is enough */
	text_yield(x, FIELD_HTTP_PAGE_SIGNATURE, SUBJECT_SENDER, text_trim(text), SIGNED_BYTES);
	return found;
}

/* What stands at '<'. -1: more is needed to tell; else it has been dealt with. */
static int element(struct dissection *x, struct http_message *m, const struct cursor *page, bool whole)
{
	if (cursor_left(page) < 8 && !whole)
		return -1;
	if (!m->titled && text_starts(*page, "<title"))
		return title(x, m, page, whole);
	bool tells = m->page == HTTP_PAGE_STATUS || (m->status >= 400 && !m->served);
	if (!http_phrase(x, m, *page, whole))
		return -1;
	if (tells && may_sign(*page))
		return signed_page(x, m, page, whole);
	return text_starts(*page, "<meta") ? meta(x, m, page, whole) : 0;
}

void http_html(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	while (cursor_left(page)) {
		const uint8_t *tag = memchr(page->at, '<', cursor_left(page));
		page->at = tag ? tag : page->end;
		uint8_t before = m->page;
		if (!tag || element(x, m, page, whole) < 0)
			return;
		page->at++;
		if (m->page != before) /* how much of it may be looked at, too */
			return;
	}
}
