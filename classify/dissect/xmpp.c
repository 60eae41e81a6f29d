/* XMPP (RFC 6120): streams of clients and of servers among each other, the user of a login in the clear, and TLS that
 * is asked for inside. Reads no XML but what tags begin with. */
#include "classify/dissect/sasl.h"
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define OPENING_BYTES 600  /* within which a stream says what it is */
#define TAG_BYTES     2048 /* of a tag with the text behind it; of longer ones the begin is read */
#define TAGS          400  /* of a direction; who logs in does so early */

struct xmpp {
	uint16_t tags[2];
	bool starttls;
	bool text[2]; /* octets behind the last tag were dropped */
	bool version; /* within the client's answer to jabber:iq:version */
	char product[48], number[32], os[48];
};

static bool opens(struct cursor f)
{
	return text_probe(f, "<?xml ") == PROBE_YES || text_probe(f, "<stream:stream ") == PROBE_YES;
}

static enum probe stream_probe(struct cursor f, bool *peer)
{
	if (!opens(f))
		return text_either(text_probe(f, "<?xml "), text_probe(f, "<stream:stream "));
	bool full = cursor_left(&f) >= OPENING_BYTES;
	if (full)
		f.end = f.at + OPENING_BYTES;
	*peer = text_has(f, "jabber:server");
	if (text_has(f, "etherx.jabber.org/streams") && (*peer || text_has(f, "jabber:client")))
		return PROBE_YES;
	return full ? PROBE_NO : PROBE_MAYBE;
}

static enum probe probe(const struct probe_input *in)
{
	bool peer;
	return text_sides(stream_probe(in->first[0], &peer), stream_probe(in->first[1], &peer), true);
}

/* The value of an attribute, in either kind of quotes. */
static struct cursor attribute(struct cursor tag, const char *name)
{
	struct cursor value;
	for (; cursor_left(&tag); tag.at++) {
		if (!text_take(&tag, name))
			continue;
		char quote = (char)cursor_peek(&tag, 0);
		cursor_skip(&tag, 1);
		if ((quote == '"' || quote == '\'') && text_before(&tag, quote, &value))
			return value;
		break;
	}
	return cursor_init(NULL, 0);
}

/* <auth mechanism='PLAIN'>base64 */
static void login(struct dissection *x, struct cursor tag, struct cursor text)
{
	char line[TAG_BYTES];
	struct cursor mechanism = attribute(tag, "mechanism=");
	size_t n = cursor_left(&mechanism), m = cursor_left(&text);
	if (!n || !m || n + m + 1 > sizeof line)
		return;
	memcpy(line, mechanism.at, n);
	line[n] = ' ';
	memcpy(line + n + 1, text.at, m);
	sasl_begin(x, cursor_init(line, n + 1 + m));
}

static void label(struct wire_text *t, const char *key, const char *value)
{
	wire_label(t, key, wire_literal(value));
}

/* An answer to jabber:iq:version (XEP-0092): name, version, system. What a server passes on from others is not its
 * own, so that the client's answers alone are taken. */
static void version_tag(struct dissection *x, struct xmpp *s, struct cursor tag, struct cursor text)
{
	struct wire_text t = {.len = 0};
	if (text_starts(tag, "<query") && text_has(tag, "jabber:iq:version")) {
		s->version = true;
		*s->product = *s->number = *s->os = 0;
	} else if (!s->version)
		return;
	else if (text_is(tag, "<name"))
		wire_keep(s->product, sizeof s->product, text);
	else if (text_is(tag, "<version"))
		wire_keep(s->number, sizeof s->number, text);
	else if (text_is(tag, "<os"))
		wire_keep(s->os, sizeof s->os, text);
	else if (text_starts(tag, "</query")) {
		s->version = false;
		label(&t, "product", s->product);
		label(&t, "version", s->number);
		label(&t, "os", s->os);
		if (*s->product)
			wire_yield(x, FIELD_XMPP_VERSION, &t);
	}
}

static void client_tag(struct dissection *x, struct xmpp *s, struct cursor tag, struct cursor text)
{
	if (text_starts(tag, "<starttls"))
		s->starttls = true;
	else if (text_starts(tag, "<auth "))
		login(x, tag, text);
	else if (text_is(tag, "<username"))
		text_yield(x, FIELD_USER_NAME, SUBJECT_SENDER, text, 128);
	else
		version_tag(x, s, tag, text);
}

static void server_tag(struct dissection *x, struct xmpp *s, struct cursor tag)
{
	if (text_starts(tag, "<stream:stream")) {
		x->application = text_has(tag, "jabber:server") ? "xmpp-server" : "xmpp-client";
		dissection_service(x);
	}
	if (s->starttls && text_starts(tag, "<proceed"))
		text_starttls(x);
	else if (text_starts(tag, "<success"))
		dissection_done_both(x);
}

/* Text is of interest behind few tags. */
static bool has_text(struct cursor tag)
{
	return text_starts(tag, "<auth ") || text_is(tag, "<username") || text_is(tag, "<name") ||
	       text_is(tag, "<version") || text_is(tag, "<os");
}

/* A tag up to its '>', without the text before it; of some also the text behind. False when they are not all there. */
static bool take(struct cursor *c, struct cursor *tag, struct cursor *text)
{
	const uint8_t *from = cursor_left(c) ? memchr(c->at, '<', cursor_left(c)) : NULL;
	c->at = from ? from : c->end;
	struct cursor p = *c;
	if (!text_before(&p, '>', tag))
		return false;
	*text = cursor_init(p.at, 0);
	if (has_text(*tag) && !text_before(&p, '<', text))
		return false;
	c->at = text->end;
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct xmpp *s = x->state;
	struct cursor tag, text;
	while (!x->next && !x->done[x->direction] && cursor_left(c)) {
		bool *dropped = &s->text[x->direction];
		if (!*dropped && text_tls_begins(*c) != PROBE_NO) {
			text_turned_to_tls(x, *c);
			return;
		}
		*dropped |= cursor_peek(c, 0) != '<';
		struct cursor first = text_first(*c, TAG_BYTES);
		const uint8_t *before = c->at;
		bool took = take(&first, &tag, &text);
		c->at = first.at;
		if (!took && c->at != before)
			continue; /* past what stood before a tag: now the bound is the tag's */
		if (!took) {
			if (cursor_left(c) >= TAG_BYTES)
				dissection_done(x);
			return;
		}
		*dropped = false;
		if (++s->tags[x->direction] > TAGS)
			dissection_done(x);
		tag = text_trim(tag);
		if (dissection_from_server(x))
			server_tag(x, s, tag);
		else
			client_tag(x, s, tag, text);
	}
}

const struct dissector dissector_xmpp = {
	.name = "xmpp",
	.application = "xmpp-client",
	.transports = TRANSPORT_TCP,
	.ports = {5222, 5269},
	.state_bytes = sizeof(struct xmpp),
	.probe = probe,
	.stream = stream,
};
