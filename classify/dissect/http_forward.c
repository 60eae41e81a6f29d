/* Requests that a proxy passes on say so: Via (RFC 9110 7.6.3), Forwarded (RFC 7239) and what was in use before it.
 * What such a request says of its sender is said by somebody behind the address it came from. Gateways that say
 * nothing are known by how they write a request. */
#include "classify/dissect/http.h"

#include "classify/dissect/text.h"

enum form { NO_ADDRESS, ADDRESSES, ELEMENTS };

static const struct row {
	const char *name;
	uint8_t len;
	uint8_t form; /* enum form: how it names the client */
} rows[] = {
	{"via", 3, NO_ADDRESS},
	{"forwarded", 9, ELEMENTS},
	{"x-real-ip", 9, ADDRESSES},
	{"x-forwarded-for", 15, ADDRESSES},
	{"x-bluecoat-via", 14, NO_ADDRESS},
	{"true-client-ip", 14, ADDRESSES},
	{"cf-connecting-ip", 16, ADDRESSES},
	{"x-cluster-client-ip", 19, ADDRESSES},
};

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711": the version, 0 when it is none of these. */
static uint8_t parse(struct cursor text, struct address *a)
{
	char copy[ADDRESS_TEXT_BYTES];
	struct cursor host = text_trim(text), rest = host, bare = host;
	if (text_take(&rest, "[")) {
		if (!text_before(&rest, ']', &host))
			return 0;
	} else if (text_before(&rest, ':', &host) && cursor_left(&rest) && memchr(rest.at, ':', cursor_left(&rest)))
		host = bare; /* more than one colon: not that of a port */
	size_t n = cursor_left(&host);
	if (!n || n >= sizeof copy)
		return 0;
	memcpy(copy, host.at, n);
	copy[n] = 0;
	return address_parse(copy, a);
}

/* The node behind for= of an element of Forwarded. */
static bool element(struct cursor value, struct cursor *node)
{
	struct cursor pair, key;
	while (cursor_left(&value)) {
		if (!text_before(&value, ';', &pair)) {
			pair = value;
			value.at = value.end;
		}
		if (!text_before(&pair, '=', &key) || !text_is(text_trim(key), "for"))
			continue;
		*node = text_trim(pair);
		if (text_take(node, "\"") && node->end > node->at && node->end[-1] == '"')
			node->end--;
		return true;
	}
	return false;
}

/* An address of another realm need not be the one that is known by the same digits here. */
static bool comparable(const struct dissection *x, const struct address *a, uint8_t version)
{
	return !address_is_unspecified(a, version) && !address_is_loopback(a, version) &&
	       !address_is_multicast(a, version) &&
	       address_is_private(a, version) == address_is_private(&x->packet->src, x->packet->version);
}

/* Of several hops only the first is a client, and that it is true has only their word. */
static void client(const struct dissection *x, struct http_message *m, const struct row *row, struct cursor value)
{
	struct address a;
	uint8_t version;
	if (row->form == NO_ADDRESS || memchr(value.at, ',', cursor_left(&value)))
		return;
	if (row->form == ELEMENTS && !element(value, &value))
		return;
	version = parse(value, &a);
	if (!version || m->behind_version || !x->packet)
		return;
	m->own = version == x->packet->version && address_equal(&a, &x->packet->src);
	if (!comparable(x, &a, version))
		return;
	m->behind = a;
	m->behind_version = version;
}

/* nginx asks as HTTP/1.0, with two fields of its own before those of the client. */
static bool asked_by_nginx(const struct http_message *m, struct cursor fields)
{
	struct cursor first, second, name, value;
	return m->minor == 0 && cursor_line(&fields, &first) && cursor_line(&fields, &second) &&
	       text_header(first, &name, &value) && text_is(name, "host") && text_header(second, &name, &value) &&
	       text_is(name, "connection") && text_is(value, "close");
}

/* How a request is written, as far as gateways that say nothing are known by it. */
struct manner {
	uint8_t step;       /* how many of Squid's own fields stood behind one another at last */
	bool of_sender;     /* the host that is asked for is the sender's own address */
	bool plain, wget;   /* the program never speaks of the connection; Wget does, in words of its own */
	bool closes, keeps; /* "close", "keep-alive" */
};

/* Squid puts the host behind the client's fields, then how old an answer may be and the connection, of its own. */
static uint8_t squid_step(uint8_t step, struct cursor name, struct cursor value)
{
	if (text_is(name, "host"))
		return 1;
	if (step == 1 && text_is(name, "cache-control") && text_is(value, "max-age=259200"))
		return 2;
	return step == 2 && text_is(name, "connection") && text_is(value, "keep-alive") ? 3 : 0;
}

/* Somebody asked the sender at its own address, and it passes on octets as they are (a balancer, a forwarded port). */
static bool asked_of_sender(const struct dissection *x, struct cursor host)
{
	struct address a = {.words = {0, 0}};
	return x->packet && parse(host, &a) == x->packet->version && address_equal(&a, &x->packet->src) &&
	       !address_equal(&a, &x->packet->dst);
}

static void take(const struct dissection *x, struct manner *w, struct cursor name, struct cursor value)
{
	w->step = squid_step(w->step, name, value);
	if (text_is(name, "host")) {
		w->of_sender |= asked_of_sender(x, value);
	} else if (text_is(name, "user-agent")) {
		w->plain = text_starts(value, "curl/") || text_starts(value, "Lynx/");
		w->wget = text_starts(value, "Wget/");
	} else if (text_is(name, "connection")) {
		bool capital = cursor_peek(&value, 0) == 'K' || cursor_peek(&value, 0) == 'C';
		w->closes = text_is(value, "close") && !(w->wget && capital);
		w->keeps = text_is(value, "keep-alive") && !(w->wget && capital);
	}
}

/* Forward proxies (Apache, Privoxy, V2Ray) put their own word about the connection in the place of the client's. */
static bool passed_on(const struct manner *w)
{
	return w->step == 3 || w->of_sender || ((w->plain || w->wget) && (w->closes || w->keeps));
}

/* These programs write their fields in capitals. One that comes in small letters has been through a gateway that keeps
 * fields so (HAProxy, Envoy) and need not add any by which it could be known. */
static bool rewritten(struct cursor name, struct cursor value)
{
	static const char *const programs[] = {"Mozilla/5.0 (", "curl/", "Wget/", "python-requests/", "Lynx/", "w3m/"};
	if (*name.at != 'u' || !text_is(name, "user-agent"))
		return false;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (text_starts(value, programs[i]))
			return true;
	return false;
}

static const struct row *row_of(struct cursor name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].len == cursor_left(&name) && text_starts(name, rows[i].name))
			return &rows[i];
	return NULL;
}

bool http_passes_on(struct cursor name)
{
	return row_of(name) != NULL;
}

void http_forwarding(const struct dissection *x, struct http_message *m, struct cursor fields)
{
	struct cursor line, name, value;
	struct manner written = {0};
	m->forwarded = asked_by_nginx(m, fields);
	while (cursor_line(&fields, &line) && cursor_left(&line)) {
		if (!strchr("vfxcthu", *line.at | 0x20) || !text_header(line, &name, &value)) {
			written.step = 0;
			continue;
		}
		take(x, &written, name, value);
		m->forwarded |= rewritten(name, value);
		const struct row *row = row_of(name);
		if (!row)
			continue;
		m->forwarded = true;
		client(x, m, row, value);
	}
	m->forwarded |= passed_on(&written);
	if (m->own)
		m->forwarded = false; /* a program on the machine itself that passes on what others there ask */
}

/* Via names the product that Server begins with: "Apache" of "Apache/2.4.57 (Debian)". */
static bool names(struct cursor via, struct cursor server)
{
	char word[32];
	size_t n = 0;
	for (uint8_t c; n + 1 < sizeof word && (c = cursor_peek(&server, n)) && !strchr("/ (", c); n++)
		word[n] = (char)c;
	word[n] = 0;
	return n && (text_has(via, word) || (!strcmp(word, "ATS") && text_has(via, "TrafficServer")));
}

/* Who passes an answer on adds Via and leaves Server as it came (RFC 9110 7.6.3, 10.2.4); who answers by itself may
 * name itself in both. */
void http_relaying(struct http_message *m, struct cursor fields)
{
	struct cursor line, name, value, server = {0}, via = {0};
	while (cursor_line(&fields, &line) && cursor_left(&line)) {
		if (!strchr("vs", *line.at | 0x20) || !text_header(line, &name, &value))
			continue;
		if (text_is(name, "via"))
			via = text_trim(value);
		else if (text_is(name, "server"))
			server = text_trim(value);
	}
	m->relayed = cursor_left(&via) && !names(via, server);
}
