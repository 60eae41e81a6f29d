/* HTTP/1.0 and 1.1 (RFC 9112), WebDAV's methods with it, and ICY. Reads the headers of every message of a
 * connection and the beginning of pages, and lets all other octets pass unseen. */
#include "classify/dissect/http.h"

#include "classify/dissect/text.h"
#include "classify/fingerprint/browser.h"
#include "classify/fingerprint/http_headers.h"

#define PAGE_BYTES    4096  /* of a body that may be looked at */
#define IPP_BYTES     16384 /* the same of one whose attributes are taken one by one */
#define METRICS_BYTES 32768 /* and of one whose lines are */
#define STATUS_BYTES  16384 /* and of one that has what it is to tell behind its style */
#define HEADER_LINES  200   /* of a message; more are passed over unread */
#define LOST_LINES    2000  /* without a start line among them the direction is given up */
#define JUDGED        16    /* requests among which one that names a browser is looked for */
#define MESSAGES      20000 /* in a direction; the rest of such a connection tells nothing new */
#define HEADER_BYTES  16384 /* of a header that is awaited whole */
#define ASKED         32    /* requests of which the response is still out */
#define UNTIL_THE_END UINT64_MAX

enum mode {
	START, /* a start line comes */
	HEADERS,
	BODY,
	CHUNK,      /* a line with the size of a chunk comes */
	CHUNK_BODY, /* and its octets */
	CHUNK_END,  /* and the end of line behind them */
	TRAILERS,
	LOST, /* octets are missing: the next start line is looked for */
};

struct side {
	struct http_message message;
	uint64_t left;      /* octets of the body or chunk that are still to come */
	uint16_t page_left; /* octets of the page that may still be looked at */
	uint16_t lines, messages;
	uint16_t awaited; /* octets of a header in which its end was not found */
	uint8_t mode;
	bool overlong;
	bool surveyed; /* what the header at hand tells as a whole was read */
	bool ordered;  /* the fingerprint of this direction was taken */
	bool judged;   /* whether the browser that is named asks was judged */
	bool doubtful; /* and it does not */
};

struct http {
	struct side side[2];
	uint64_t asked; /* enum http_request of each, two bits, the oldest lowest */
	uint8_t asked_count;
};
_Static_assert(sizeof(struct http) <= 128, "the state of HTTP fits into a small piece of the pool");

static void ask(struct http *h, uint8_t request)
{
	if (h->asked_count < ASKED)
		h->asked |= (uint64_t)request << 2 * h->asked_count++;
}

/* What the response that begins now answers. An interim response (1xx) leaves the question open. */
static uint8_t answered(struct http *h, unsigned status)
{
	if (!h->asked_count)
		return HTTP_PLAIN;
	uint8_t request = h->asked & 3;
	if (status >= 200 || status == 101) {
		h->asked >>= 2;
		h->asked_count--;
	}
	return request;
}

/* True when the authority of a request names the very address, and the port if it names one, that it was sent to: a
 * proxy may be asked for another server of its own machine. */
static bool to_receiver(const struct dissection *x, struct cursor authority)
{
	char text[ADDRESS_TEXT_BYTES];
	struct cursor host = authority;
	struct address a;
	uint64_t port;
	if (!text_before(&authority, ':', &host))
		host = authority;
	else if (x->packet && text_number(authority, &port) && port != x->packet->dport)
		return false;
	size_t n = cursor_left(&host);
	if (n >= sizeof text || !x->packet)
		return false;
	memcpy(text, host.at, n);
	text[n] = 0;
	return address_parse(text, &a) && address_equal(&a, &x->packet->dst);
}

/* "user:password@" in a target: the user, no more. */
static void userinfo(struct dissection *x, struct cursor authority)
{
	struct cursor info, user;
	if (!text_before(&authority, '@', &info))
		return;
	if (!text_before(&info, ':', &user))
		user = info;
	text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, user, 128);
}

static uint8_t absolute(struct dissection *x, struct cursor target)
{
	struct cursor authority;
	if (!text_take(&target, "http://") && !text_take(&target, "https://") && !text_take(&target, "ftp://"))
		return HTTP_PLAIN;
	if (!text_before(&target, '/', &authority))
		authority = target;
	userinfo(x, authority);
	return to_receiver(x, authority) ? HTTP_PLAIN : HTTP_PROXIED;
}

static bool request_line(struct dissection *x, struct http *h, struct side *s, struct cursor line)
{
	uint8_t minor;
	if (!http_is_request(line, s->overlong, &minor))
		return false;
	struct cursor verb = text_word(&line), target = text_word(&line);
	s->message = (struct http_message){.request = HTTP_PLAIN, .minor = minor};
	if (text_is(verb, "HEAD"))
		s->message.request = HTTP_HEAD;
	else if (text_is(verb, "CONNECT"))
		s->message.request = HTTP_CONNECT;
	uint8_t form = absolute(x, target);
	if (form == HTTP_PROXIED && s->message.request == HTTP_PLAIN)
		s->message.request = HTTP_PROXIED;
	ask(h, s->message.request);
	dissection_server(x, (enum flow_direction) !x->direction);
	return true;
}

static bool response_line(struct dissection *x, struct http *h, struct side *s, struct cursor line)
{
	uint64_t status;
	if (!text_starts(line, "HTTP/1.") && !text_starts(line, "ICY "))
		return false;
	struct cursor version = text_word(&line);
	if (!text_number(text_word(&line), &status) || status < 100 || status > 999)
		return false;
	s->message = (struct http_message){.status = (uint16_t)status, .minor = cursor_peek(&version, 7) & 15};
	s->message.request = answered(h, s->message.status);
	dissection_server(x, x->direction);
	if (text_server_port(x) == 631)
		x->application = "ipp";
	dissection_service(x);
	return true;
}

static bool start_line(struct dissection *x, struct http *h, struct side *s, struct cursor line)
{
	if (!request_line(x, h, s, line) && !response_line(x, h, s, line))
		return false;
	s->mode = HEADERS;
	s->lines = 0;
	s->awaited = 0;
	s->surveyed = false;
	if (++s->messages >= MESSAGES)
		dissection_done_both(x);
	return true;
}

/* What comes is not where it should be: after a gap, or when the sender counts otherwise than it says. */
static void lose(struct side *s)
{
	s->mode = LOST;
	s->lines = 0;
}

static bool start(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (cursor_left(&line) && !start_line(x, h, s, line))
		lose(s);
	return true;
}

/* The framing was lost, or there never was any: a start line may come again, but not for ever. */
static bool lost(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (!start_line(x, h, s, line) && ++s->lines > LOST_LINES)
		dissection_done(x);
	return true;
}

static void begin_body(struct side *s, uint64_t octets)
{
	s->mode = octets ? BODY : START;
	s->left = octets;
}

/* The connection turns to something else: HTTP/2, TLS (RFC 2817), or what nobody reads (WebSocket). */
static void upgrade(struct dissection *x, const struct http_message *m)
{
	static const char *const names[] = {
		[HTTP_UPGRADE_OTHER] = "", [HTTP_UPGRADE_HTTP2] = "http2", [HTTP_UPGRADE_TLS] = "tls"};
	x->next = dissector_by_name(names[m->upgrade]);
	if (!x->next)
		dissection_done_both(x);
}

/* How much of a body of this kind may be looked at. */
static uint16_t most_of(uint8_t page)
{
	static const uint16_t most[] = {[HTTP_PAGE_IPP] = IPP_BYTES,
					[HTTP_PAGE_METRICS] = METRICS_BYTES,
					[HTTP_PAGE_STATUS] = STATUS_BYTES,
					[HTTP_PAGE_LONG] = STATUS_BYTES};
	uint16_t own = page < sizeof most / sizeof *most ? most[page] : 0;
	return own ? own : PAGE_BYTES;
}

/* Of a proxy's answer only what is in its own words tells of it. An error without a type is looked at as text. */
static uint16_t readable(struct http_message *m)
{
	if (!m->typed && m->status >= 500)
		m->page = HTTP_PAGE_TEXT;
	bool others = m->status && m->request == HTTP_PROXIED && (!m->proxys || m->relayed);
	return m->coded || m->page == HTTP_PAGE_NONE || others ? 0 : most_of(m->page);
}

static void response_end(struct dissection *x, struct side *s)
{
	struct http_message *m = &s->message;
	if (m->status == 101) {
		upgrade(x, m);
		return;
	}
	if (m->request == HTTP_CONNECT && m->status >= 200 && m->status < 300) {
		x->next = &dissector_any;
		return;
	}
	s->page_left = readable(m);
	if (m->request == HTTP_HEAD || m->status < 200 || m->status == 204 || m->status == 304)
		s->mode = START;
	else if (m->chunked)
		s->mode = CHUNK;
	else
		begin_body(s, m->has_length ? m->length : UNTIL_THE_END);
}

static void request_end(struct side *s)
{
	struct http_message *m = &s->message;
	s->page_left = m->page == HTTP_PAGE_IPP ? readable(m) : 0;
	if (m->chunked)
		s->mode = CHUNK;
	else
		begin_body(s, m->has_length ? m->length : 0);
}

/* True when the empty line that ends a header is there. What was searched is not searched again. */
static bool ended(struct side *s, struct cursor c)
{
	struct cursor line;
	const uint8_t *begin = c.at;
	for (cursor_skip(&c, s->awaited); cursor_line(&c, &line); s->awaited = (uint16_t)(c.at - begin))
		if (!cursor_left(&line) && (s->awaited || !s->overlong))
			return true;
	return false;
}

/* The value of User-Agent; empty when there is none. */
static struct cursor agent_of(struct cursor fields)
{
	struct cursor line, name, v;
	while (cursor_line(&fields, &line) && cursor_left(&line))
		if ((*line.at | 0x20) == 'u' && text_header(line, &name, &v) && text_is(name, "user-agent"))
			return v;
	return cursor_init(fields.at, 0);
}

/* Who asks on a connection once in a browser's name is one program: it is judged by the first such request. */
static void judge(struct side *s, struct cursor agent, const char *text, size_t len)
{
	s->judged = true;
	s->doubtful = browser_doubtful(agent, cursor_init(text, len));
}

static void order_request(struct dissection *x, struct side *s, struct cursor fields)
{
	const struct http_message *m = &s->message;
	char text[FINGERPRINT_HTTP_BYTES];
	if (m->forwarded || (s->ordered && (s->judged || s->messages > JUDGED)))
		return;
	struct cursor agent = agent_of(fields);
	bool first = !s->ordered, judges = !s->judged && m->request != HTTP_CONNECT && browser_claimed(agent);
	if (!first && !judges)
		return;
	unsigned names;
	size_t len = fingerprint_http_headers(fields, m->minor, false, &names, text);
	if (judges)
		judge(s, agent, text, len);
	s->ordered = true;
	if (names < FINGERPRINT_HTTP_NAMES)
		return;
	if (first)
		dissection_yield(x, FIELD_HTTP_HEADERS, SUBJECT_SENDER, text, len);
	if (judges ? s->doubtful : !cursor_left(&agent))
		dissection_yield(x, FIELD_HTTP_UNNAMED_HEADERS, SUBJECT_SENDER, text, len);
}

static void order_response(struct dissection *x, struct side *s, struct cursor fields)
{
	const struct http_message *m = &s->message;
	char text[FINGERPRINT_HTTP_BYTES];
	if (s->ordered || m->status < 200 || m->request == HTTP_PROXIED)
		return;
	s->ordered = true;
	unsigned names;
	size_t len = fingerprint_http_headers(fields, m->minor, true, &names, text);
	if (names >= FINGERPRINT_HTTP_NAMES)
		dissection_yield(x, FIELD_HTTP_SERVER_HEADERS, SUBJECT_SENDER, text, len);
}

/* Reads what a header tells as a whole, before its fields are read. False while it is awaited: what a request says
 * of its sender depends on fields behind it. */
static bool survey(struct dissection *x, struct side *s, struct cursor c)
{
	size_t left = cursor_left(&c);
	bool whole = left <= HEADER_BYTES && ended(s, c);
	if (!whole && !x->last && left < HEADER_BYTES)
		return false;
	s->surveyed = true;
	if (s->message.status)
		http_relaying(&s->message, c);
	else
		http_forwarding(x, &s->message, c);
	if (whole && !s->overlong) {
		if (s->message.status)
			order_response(x, s, c);
		else
			order_request(x, s, c);
	}
	s->message.doubtful = s->doubtful;
	return true;
}

static bool headers(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!s->surveyed && !survey(x, s, *c))
		return false;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (cursor_left(&line)) {
		if (s->lines++ < HEADER_LINES)
			http_header(x, &s->message, line);
		else
			s->lines = HEADER_LINES;
		return true;
	}
	if (s->message.status)
		response_end(x, s);
	else
		request_end(s);
	return true;
}

static void spend(struct side *s, size_t octets)
{
	if (s->left != UNTIL_THE_END)
		s->left -= octets;
}

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

/* How each kind of body is read. */
static void (*const readers[])(struct dissection *, struct http_message *, struct cursor *, bool) = {
	[HTTP_PAGE_HTML] = http_html, [HTTP_PAGE_XML] = http_description, [HTTP_PAGE_JSON] = http_json,
	[HTTP_PAGE_IPP] = http_ipp,   [HTTP_PAGE_METRICS] = http_metrics, [HTTP_PAGE_STATUS] = http_html,
	[HTTP_PAGE_LONG] = http_html, [HTTP_PAGE_TEXT] = http_text,
};

/* A page that turns out to be of another kind may be looked at further. */
static void widen(struct side *s, uint8_t before)
{
	uint16_t now = most_of(s->message.page), then = most_of(before);
	if (now > then)
		s->page_left += (uint16_t)(now - then);
}

/* JSON has what belongs together in different chunks. False when it waits. */
static bool join(struct dissection *x, struct side *s, struct cursor c)
{
	uint8_t page[PAGE_BYTES];
	size_t len;
	if (!http_chunks_join(s->left, c, page, sizeof page, &len) && !x->last)
		return false;
	struct cursor whole = cursor_init(page, len);
	http_json(x, &s->message, &whole, true);
	s->page_left = 0;
	return true;
}

/* Plain text is looked at as what it turns out to be. False when that cannot be told yet. */
static bool settle(struct dissection *x, struct side *s, struct cursor c)
{
	size_t all = least(s->left, s->page_left), n = least(all, cursor_left(&c));
	if (s->message.page == HTTP_PAGE_TEXT && !http_text_kind(x, &s->message, cursor_init(c.at, n), n == all))
		return false;
	widen(s, HTTP_PAGE_TEXT);
	return true;
}

/* The part of a page that is looked at. False when it waits. */
static bool look(struct dissection *x, struct side *s, struct cursor *c)
{
	if (s->message.page == HTTP_PAGE_JSON && s->mode == CHUNK_BODY)
		return join(x, s, *c);
	if (s->message.page == HTTP_PAGE_TEXT && !settle(x, s, *c))
		return false;
	size_t all = least(s->left, s->page_left), n = least(all, cursor_left(c));
	struct cursor page = cursor_init(c->at, n);
	uint8_t before = s->message.page;
	if (before == HTTP_PAGE_METRICS && s->mode == CHUNK_BODY && n == s->left &&
	    !http_metrics_seam(x, page, (struct cursor){page.end, c->end, false}))
		return false;
	readers[before](x, &s->message, &page, n == all);
	bool changed = s->message.page != before;
	size_t used = n == all && !changed ? n : (size_t)(page.at - c->at);
	cursor_skip(c, used);
	spend(s, used);
	s->page_left -= (uint16_t)used;
	widen(s, before);
	return n == all || changed;
}

/* Lets `left` octets pass: those at hand now, the others without being shown. */
static bool pass(struct dissection *x, struct side *s, struct cursor *c, enum mode next)
{
	while (s->page_left && s->left) /* more than once when a page turns out to be worth it */
		if (!look(x, s, c))
			return false;
	if (s->left == UNTIL_THE_END) {
		cursor_skip(c, cursor_left(c));
		dissection_done(x);
		return false;
	}
	text_pass(x, c, s->left);
	s->left = 0;
	s->mode = next;
	return true;
}

static bool body(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	return pass(x, s, c, START);
}

static bool chunk_body(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	return pass(x, s, c, CHUNK_END);
}

static bool chunk(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (!http_chunk_size(line, &s->left))
		lose(s);
	else
		s->mode = s->left ? CHUNK_BODY : TRAILERS;
	return true;
}

static bool chunk_end(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	s->mode = CHUNK;
	if (cursor_left(&line))
		lose(s);
	return true;
}

static bool trailers(struct dissection *x, struct http *h, struct side *s, struct cursor *c)
{
	struct cursor line;
	if (!text_line(&s->overlong, c, &line))
		return false;
	if (!cursor_left(&line))
		s->mode = START;
	return true;
}

/* What each mode does with the octets at hand; false when it needs more of them. */
static bool (*const steps[])(struct dissection *, struct http *, struct side *, struct cursor *) = {
	[START] = start,           [HEADERS] = headers,     [BODY] = body,         [CHUNK] = chunk,
	[CHUNK_BODY] = chunk_body, [CHUNK_END] = chunk_end, [TRAILERS] = trailers, [LOST] = lost,
};

static void stream(struct dissection *x, struct cursor *c)
{
	struct http *h = x->state;
	struct side *s = &h->side[x->direction];
	while (!x->failed && !x->next && !x->done[x->direction] && cursor_left(c))
		if (!steps[s->mode](x, h, s, c))
			return;
}

/* Lost octets of a body are no loss while the end of the body is known to lie behind them. */
static void gap(struct dissection *x, uint64_t octets)
{
	struct http *h = x->state;
	struct side *s = &h->side[x->direction];
	s->overlong = false;
	s->page_left = 0;
	/* the beginning of an answer was lost, but it was one */
	if (dissection_from_server(x) && h->side[!x->direction].messages)
		dissection_service(x);
	if ((s->mode == BODY || s->mode == CHUNK_BODY) && octets <= s->left)
		spend(s, (size_t)octets);
	else
		lose(s);
}

const struct dissector dissector_http = {
	.name = "http",
	.application = "http",
	.transports = TRANSPORT_TCP,
	.ports = {80, 8080, 3128, 8000, 5985, 631, 49152},
	.state_bytes = sizeof(struct http),
	.probe = http_probe,
	.stream = stream,
	.gap = gap,
};
