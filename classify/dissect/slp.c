/* Service location (RFC 2608, version 2): what agents advertise and say of themselves in attributes. Printers,
 * hypervisors, CIM brokers and management hardware answer here. */
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"

#include <stdio.h>

#define MOST_ATTRIBUTES 48
#define HEAD_BYTES      14 /* up to and with the length of the language tag */

enum { REGISTRATION = 3, REQUEST_ATTRIBUTES = 6, ANSWER_ATTRIBUTES = 7, DIRECTORY = 8, AGENT = 11, LAST_FUNCTION = 11 };

struct slp {
	bool of_another; /* attributes that were asked for are those of another address */
};

/* Version, function, length, flags (the low bits are reserved), next extension, number, language tag (8 of the RFC). */
static bool take_head(struct cursor *c, uint8_t *function, uint32_t *len)
{
	uint8_t version = cursor_u8(c);
	*function = cursor_u8(c);
	*len = cursor_u24(c);
	uint16_t flags = cursor_u16(c);
	cursor_skip(c, 5);
	uint16_t language = cursor_u16(c);
	return cursor_ok(c) && version == 2 && *function && *function <= LAST_FUNCTION && !(flags & 0x1fff) &&
	       language >= 1 && language <= 16 && *len > HEAD_BYTES + (uint32_t)language;
}

static enum probe side(struct cursor c, bool datagram)
{
	uint8_t function;
	uint32_t len;
	size_t there = cursor_left(&c);
	if (there && cursor_peek(&c, 0) != 2)
		return PROBE_NO;
	if (there < HEAD_BYTES)
		return datagram ? PROBE_NO : PROBE_MAYBE;
	if (!take_head(&c, &function, &len))
		return PROBE_NO;
	return !datagram || len >= there ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			best = text_either(best, side(in->first[d], in->transport == TRANSPORT_UDP));
	/* of a stream there is little to go by */
	return in->transport == TRANSPORT_TCP && !text_port(in, 427) ? PROBE_NO : best;
}

/* A text behind its length of two octets. */
static struct cursor text_of(struct cursor *c)
{
	return cursor_sub_cut(c, cursor_u16(c));
}

/* The host in "service:printer:lpr://192.0.2.7:515/queue"; false when there is none. */
static bool host_of(struct cursor url, struct cursor *host)
{
	while (cursor_left(&url) > 2 && !(url.at[0] == ':' && url.at[1] == '/' && url.at[2] == '/'))
		url.at++;
	cursor_skip(&url, 3);
	*host = (struct cursor){url.at, url.at, false};
	while (host->end < url.end && *host->end != '/' && *host->end != ':' && *host->end != ';')
		host->end++;
	return cursor_ok(&url) && cursor_left(host) > 0;
}

/* True when the URL names an address in digits that is not `whose`. */
static bool names_another(struct cursor url, const struct dissection *x, const struct address *whose)
{
	struct cursor host;
	char own[16];
	if (x->packet->version != 4 || !host_of(url, &host) || !(*host.at >= '0' && *host.at <= '9'))
		return false;
	int n = snprintf(own, sizeof own, "%u.%u.%u.%u", whose->bytes[0], whose->bytes[1], whose->bytes[2],
			 whose->bytes[3]);
	return n < 0 || !wire_equal(host.at, cursor_left(&host), own, (size_t)n);
}

/* Tags that tell what answers, whoever chose them. */
static const struct tag {
	const char *tag, *label;
} tags[] = {
	{"product", "product"},
	{"service-hi-name", "product"},
	{"manufacturer", "vendor"},
	{"vendor", "vendor"},
	{"printer-make-and-model", "model"},
	{"printer-model", "model"},
	{"machinetype-model", "model"},
	{"model", "model"},
	{"serial-number", "serial"},
	{"serialnumber", "serial"},
	{"firmware-version", "firmware"},
	{"printer-firmware-string", "firmware"},
};

static struct cursor unquoted(struct cursor value)
{
	value = text_trim(value);
	if (cursor_left(&value) >= 2 && *value.at == '"' && value.end[-1] == '"') {
		value.at++;
		value.end--;
	}
	return value;
}

static void attribute(struct dissection *x, struct wire_text *t, struct cursor tag, struct cursor value)
{
	tag = text_trim(tag);
	value = unquoted(value);
	if (text_is(tag, "x-hp-p1")) {
		device_id(x, FIELD_SLP_DEVICE, value);
		return;
	}
	if (text_is(tag, "x-hp-hn") || text_is(tag, "hostname") || text_is(tag, "host-name")) {
		struct cursor host;
		if (text_host(value, &host) && text_own_name(host))
			text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
		return;
	}
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (text_is(tag, tags[i].tag))
			wire_label(t, tags[i].label, value);
}

/* "(tag=value),(tag=value)": brackets inside a value are escaped (5 of the RFC). */
static void attributes(struct dissection *x, struct cursor list)
{
	struct wire_text t = {.len = 0};
	struct cursor before, pair, tag;
	for (unsigned i = 0; i < MOST_ATTRIBUTES && text_before(&list, '(', &before); i++) {
		if (!text_before(&list, ')', &pair))
			break;
		if (text_before(&pair, '=', &tag))
			attribute(x, &t, tag, pair);
	}
	wire_yield(x, FIELD_SLP_DEVICE, &t);
}

/* Who registers says what it has: a URL, its type, scopes, attributes. */
static void registration(struct dissection *x, struct cursor c)
{
	cursor_skip(&c, 3);
	struct cursor url = text_of(&c);
	uint8_t authenticators = cursor_u8(&c);
	text_of(&c);
	text_of(&c);
	if (!authenticators && !names_another(url, x, &x->packet->src))
		attributes(x, text_of(&c));
}

/* Error code, attributes: of this host, unless a directory was asked about another. */
static void answer(struct dissection *x, struct slp *s, struct cursor c)
{
	if (cursor_u16(&c) || s->of_another)
		return;
	attributes(x, text_of(&c));
}

static void advertisement(struct dissection *x, struct cursor c, size_t before)
{
	cursor_skip(&c, before);
	text_of(&c);
	text_of(&c);
	attributes(x, text_of(&c));
}

static void request(const struct dissection *x, struct slp *s, struct cursor c)
{
	text_of(&c); /* who has answered already */
	s->of_another = names_another(text_of(&c), x, &x->packet->dst);
}

/* Requests are odd but for that of attributes, which is 6 (4 and 5 are asked of and given by a directory). */
static bool is_answer(uint8_t function)
{
	return function == 2 || function == 5 || function == 7 || function == 8 || function == 10 || function == 11;
}

static void message(struct dissection *x, struct cursor c)
{
	uint8_t function;
	uint32_t len;
	if (!take_head(&c, &function, &len))
		return;
	struct cursor tag = (struct cursor){c.at - 2, c.end, false};
	cursor_skip(&c, cursor_u16(&tag));
	if (is_answer(function))
		wire_served(x);
	if (function == REGISTRATION)
		registration(x, c);
	else if (function == REQUEST_ATTRIBUTES)
		request(x, x->state, c);
	else if (function == ANSWER_ATTRIBUTES)
		answer(x, x->state, c);
	else if (function == DIRECTORY)
		advertisement(x, c, 6);
	else if (function == AGENT)
		advertisement(x, c, 0);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	message(x, *c);
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct cursor p = *c, whole;
	uint8_t function;
	uint32_t len;
	if (cursor_left(c) < HEAD_BYTES)
		return;
	if (!take_head(&p, &function, &len)) {
		dissection_done(x);
		return;
	}
	if (wire_message(x, c, len, &whole))
		message(x, whole);
}

const struct dissector dissector_slp = {
	.name = "slp",
	.application = "svrloc",
	.transports = TRANSPORT_TCP | TRANSPORT_UDP,
	.ports = {427},
	.state_bytes = sizeof(struct slp),
	.probe = probe,
	.stream = stream,
	.datagram = datagram,
};
