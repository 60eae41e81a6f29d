/* Pages whose text tells the program that made them: a row each of what stands before the words. Error pages and first
 * pages of programs that send no Server header, or stand behind a server that does. */
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define BLANKS     64   /* between a tag and the words behind it */
#define WORD_BYTES 1024 /* within which the words must end */
#define MOST_BYTES 512  /* of them that are told */
#define NAME_BYTES 128  /* of a metric's first line, in which its name must end */
#define TEXT_BYTES 512  /* of a page of plain text, in which it must have said what it is */

struct row {
	const char *tag;    /* in the page's own words */
	const char *says;   /* what comes behind it and blanks; "": anything */
	const char *before; /* what is put before the rest, up to the next tag */
	bool machine;       /* they tell of the machine as well, which is another's where a server stands before it */
};

static const struct row rows[] = {
	{"<a href=\"https://www.privoxy.org/\">Privoxy</a>", "", "Privoxy ", false},
	{"<a href=\"/\" id=\"appname\">", "PowerDNS ", "PowerDNS ", false},
	{"<script>", "var environment = {\"is_cockpit_client\"", "{\"is_cockpit_client\"", true},
	{"<th>Django Version:</th>", "<td>", "Django ", false},
	{"<th>Python Version:</th>", "<td>", "Python of Django ", false},
	{"</code>,", "Django tried these URL patterns", "Django tried these URL patterns", false},
	{"<br/>", "dnsdist comes with ABSOLUTELY NO WARRANTY", "dnsdist comes with ABSOLUTELY NO WARRANTY", false},
	{"<h2>", "Sinatra doesn", "Sinatra doesn", false},
};

/* Takes the row's own words. PROBE_MAYBE: the rest of them may yet come. */
static enum probe take(struct cursor *c, const struct row *row)
{
	enum probe p = text_probe(*c, row->tag);
	if (p != PROBE_YES)
		return p;
	cursor_skip(c, strlen(row->tag));
	for (unsigned i = 0; i < BLANKS && cursor_left(c) && *c->at <= ' '; i++)
		c->at++;
	p = text_probe(*c, row->says);
	if (p == PROBE_YES)
		cursor_skip(c, strlen(row->says));
	return p;
}

static void tell(struct dissection *x, const char *before, struct cursor text)
{
	struct wire_text t = {.len = 0};
	text = text_trim(text_first(text, MOST_BYTES));
	wire_text_add(&t, before, strlen(before));
	wire_text_add(&t, text.at, cursor_left(&text));
	wire_yield(x, FIELD_HTTP_PAGE_SIGNATURE, &t);
}

bool http_phrase(struct dissection *x, const struct http_message *m, struct cursor page, bool whole)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cursor c = page, text;
		enum probe p = take(&c, &rows[i]);
		if (p == PROBE_NO || (rows[i].machine && (m->served || m->relayed)))
			continue;
		struct cursor window = text_first(c, WORD_BYTES);
		if (p == PROBE_YES && text_before(&window, '<', &text))
			tell(x, rows[i].before, text);
		else if (!whole && cursor_left(&c) < WORD_BYTES)
			return false;
		return true;
	}
	return true;
}

/* A page in plain text that is nothing but metrics says so in its first word; the name of the first may tell whose they
 * are. */
bool http_text_kind(struct dissection *x, struct http_message *m, struct cursor page, bool whole)
{
	static const char help[] = "# HELP ";
	enum probe p = m->titled ? PROBE_NO : text_probe(page, help);
	if (p != PROBE_YES)
		return p == PROBE_NO || whole;
	struct cursor name, rest = text_first(page, NAME_BYTES);
	cursor_skip(&rest, sizeof help - 1);
	if (text_before(&rest, ' ', &name))
		tell(x, help, name);
	else if (!whole && cursor_left(&page) < NAME_BYTES)
		return false;
	m->page = HTTP_PAGE_METRICS;
	return true;
}

/* Puma's words about an error in an application, with the places it passed: the version is part of the path. */
static void puma(struct dissection *x, struct cursor page)
{
	static const char path[] = "/gems/puma-";
	struct wire_text t = {.len = 0};
	struct cursor at = page, version;
	wire_text_format(&t, "Puma caught this error");
	at.at = memmem(page.at, cursor_left(&page), path, sizeof path - 1);
	if (at.at) {
		cursor_skip(&at, sizeof path - 1);
		if (text_before(&at, '/', &version) && cursor_left(&version) < 16)
			wire_text_format(&t, " in puma-%.*s", (int)cursor_left(&version), (const char *)version.at);
	}
	wire_yield(x, FIELD_HTTP_PAGE_SIGNATURE, &t);
}

void http_text(struct dissection *x, struct http_message *m, struct cursor *page, bool whole)
{
	struct cursor first = text_first(*page, TEXT_BYTES);
	if (!whole && cursor_left(&first) < TEXT_BYTES && !m->titled)
		return;
	if (!m->titled && text_starts(first, "Puma caught this error: "))
		puma(x, first);
	else if (!m->titled && text_has(first, "<distccstats>\ndcc_"))
		tell(x, "<distccstats>", cursor_init(NULL, 0));
	m->titled = true; /* the beginning has been looked at */
	page->at = page->end;
}
