/* SSDP, discovery of UPnP (UPnP Device Architecture 1): devices announce themselves, control points ask. */
#include "classify/dissect/description.h"
#include "classify/dissect/device.h"

#define MOST_LINES 64

enum kind { KIND_NONE, KIND_NOTIFY, KIND_SEARCH, KIND_ANSWER };

static bool begins(const struct cursor *c, const char *text)
{
	size_t len = strlen(text);
	return cursor_left(c) >= len && wire_equal(c->at, len, text, len);
}

static enum kind kind_of(const struct cursor *c)
{
	return begins(c, "NOTIFY * HTTP/1.")     ? KIND_NOTIFY
	       : begins(c, "M-SEARCH * HTTP/1.") ? KIND_SEARCH
	       : begins(c, "HTTP/1.1 200")       ? KIND_ANSWER
						 : KIND_NONE;
}

/* The value of a header line of that name. */
static bool header(struct cursor line, const char *name, struct cursor *value)
{
	if (!begins(&line, name))
		return false;
	cursor_skip(&line, strlen(name));
	while (cursor_peek(&line, 0) == ' ' || cursor_peek(&line, 0) == '\t')
		cursor_skip(&line, 1);
	*value = wire_trim(line);
	return true;
}

/* What a device may well be only in software (a media server) is left to its description. */
static void tell_kind(struct dissection *x, struct cursor type)
{
	const char *kind = description_kind(type);
	if (kind && (!strcmp(kind, "router") || !strcmp(kind, "printer") || !strcmp(kind, "access point")))
		device_kind(x, FIELD_SSDP_DEVICE, kind);
}

/* The description lies at another address: a gateway repeats on one link what a device said on another. */
static bool is_relayed(const struct dissection *x, struct cursor c)
{
	struct cursor line, value, host;
	struct address a;
	char text[ADDRESS_TEXT_BYTES];
	for (unsigned i = 0; i < MOST_LINES && cursor_line(&c, &line) && cursor_left(&line); i++) {
		if (!header(line, "LOCATION:", &value) || !begins(&value, "http://"))
			continue;
		cursor_skip(&value, strlen("http://"));
		size_t n = 0;
		host = value;
		for (uint8_t d; n + 1 < sizeof text && (d = cursor_peek(&host, n)) && d != ':' && d != '/'; n++)
			text[n] = (char)d;
		text[n] = 0;
		return x->packet && x->packet->version == 4 && address_parse(text, &a) == 4 &&
		       !address_equal(&a, &x->packet->src);
	}
	return false;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	enum kind kind = kind_of(c);
	struct cursor line, value;
	if (kind == KIND_NONE || (kind != KIND_SEARCH && is_relayed(x, *c)))
		return;
	for (unsigned i = 0; i < MOST_LINES && cursor_line(c, &line) && cursor_left(&line); i++) {
		if (kind != KIND_SEARCH && header(line, "SERVER:", &value))
			dissection_yield(x, FIELD_SSDP_SERVER, SUBJECT_SENDER, value.at, cursor_left(&value));
		else if (kind == KIND_SEARCH && header(line, "USER-AGENT:", &value))
			dissection_yield(x, FIELD_SSDP_USER_AGENT, SUBJECT_SENDER, value.at, cursor_left(&value));
		else if (kind != KIND_SEARCH && header(line, kind == KIND_NOTIFY ? "NT:" : "ST:", &value))
			tell_kind(x, value);
	}
	if (kind == KIND_ANSWER && wire_sender_port(x) == 1900)
		wire_served(x);
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return kind_of(&in->first[d]) != KIND_NONE ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector ssdp_dissector = {
	.name = "ssdp",
	.application = "ssdp",
	.transports = TRANSPORT_UDP,
	.ports = {1900},
	.probe = probe,
	.datagram = datagram,
};
