/* Syslog (RFC 5424, and RFC 3164 as it was found in use): a device reports, with its name and that of the program. */
#include "classify/dissect/device.h"
#include "classify/dissect/text.h"

#define HEAD_BYTES 256 /* of a message, in which a firewall names itself */
#define MESSAGES   16  /* of a flow that are read: a collector's neighbour may write for years */

struct syslog {
	uint8_t seen;
};

static bool decimal(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "<165>": facility and severity, at most 191. */
static bool priority(struct cursor *c)
{
	unsigned value = 0, digits = 0;
	if (cursor_u8(c) != '<')
		return false;
	while (digits < 3 && decimal(cursor_peek(c, 0))) {
		value = value * 10 + cursor_u8(c) - '0';
		digits++;
	}
	return cursor_u8(c) == '>' && cursor_ok(c) && digits && value <= 191;
}

static bool month(struct cursor *c)
{
	static const char *const months[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
					     "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
	for (size_t i = 0; i < 12; i++)
		if (text_take(c, months[i]))
			return true;
	return false;
}

/* "Oct 11 22:14:15 ", also with a year behind the day. */
static bool old_time(struct cursor *c)
{
	struct cursor at = *c, word;
	if (!month(&at))
		return false;
	while (cursor_peek(&at, 0) == ' ')
		at.at++;
	word = text_word(&at);
	if (!cursor_left(&word) || !decimal(*word.at))
		return false;
	word = text_word(&at);
	if (cursor_left(&word) == 4)
		word = text_word(&at);
	if (!text_has(word, ":"))
		return false;
	*c = at;
	return true;
}

/* What may be a host's name; what is an address, or ends like a program's tag, is none. */
static bool host_name(struct cursor word)
{
	struct cursor host;
	return cursor_left(&word) > 1 && text_own_name(word) && word.end[-1] != ':' && !text_has(word, "[") &&
	       text_host(word, &host) && cursor_left(&host) == cursor_left(&word);
}

/* Each message names its host: of a relay's, others than the sender (classify/knowledge.c). */
static void tell_host(struct dissection *x, struct cursor word)
{
	if (host_name(word))
		text_yield(x, FIELD_SYSLOG_HOST, SUBJECT_SENDER, word, 255);
}

/* rsyslog and syslog-ng say who they are when they begin: [origin software="rsyslogd" swVersion="8.2302.0" …]. */
static void tell_origin(struct dissection *x, struct cursor rest)
{
	struct wire_text text = {.len = 0};
	struct cursor skipped, product, version;
	while (text_before(&rest, '[', &skipped)) {
		if (!text_take(&rest, "origin software=\""))
			continue;
		if (!text_before(&rest, '"', &product) || !text_take(&rest, " swVersion=\"") ||
		    !text_before(&rest, '"', &version))
			return;
		wire_label(&text, "product", product);
		wire_label(&text, "version", version);
		wire_yield(x, FIELD_SYSLOG_ORIGIN, &text);
		return;
	}
}

/* What other daemons write when they begin: "syslogd (GNU inetutils 2.4): restart". */
static void tell_daemon(struct dissection *x, struct cursor c)
{
	static const struct {
		const char *mark, *product;
		char end;
	} daemons[] = {
		{"syslogd (GNU inetutils ", "GNU inetutils syslogd", ')'},
		{"syslogd (sysklogd ", "sysklogd", ')'},
		{"syslog-ng starting up; version='", "syslog-ng", '\''},
		{"syslogd started: BusyBox v", "BusyBox", ' '},
	};
	struct wire_text text = {.len = 0};
	if (cursor_left(&c) > HEAD_BYTES)
		c.end = c.at + HEAD_BYTES;
	for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++) {
		struct cursor version, rest = c;
		while (cursor_left(&rest) && !text_take(&rest, daemons[i].mark))
			rest.at++;
		if (!text_before(&rest, daemons[i].end, &version))
			continue;
		wire_label(&text, "product", cursor_init(daemons[i].product, strlen(daemons[i].product)));
		wire_label(&text, "version", version);
		wire_yield(x, FIELD_SYSLOG_ORIGIN, &text);
		return;
	}
}

/* "sshd[123]: …", "%ASA-6-302013: …": the program, or the place in the device's software. */
static void tell_program(struct dissection *x, struct cursor rest)
{
	struct cursor tag = rest;
	size_t n = 0;
	while (n < cursor_left(&rest) && n < 48 && rest.at[n] > ' ' && rest.at[n] != ':' && rest.at[n] != '[')
		n++;
	tag.end = tag.at + n;
	if (n > 1 && n < cursor_left(&rest) && rest.at[n] != ' ')
		text_yield(x, FIELD_SYSLOG_PROGRAM, SUBJECT_SENDER, tag, 48);
}

/* Version, time, host, program, process, message, structured data. */
static void new_form(struct dissection *x, struct cursor c)
{
	text_word(&c);
	text_word(&c);
	tell_host(x, text_word(&c));
	struct cursor program = text_word(&c);
	if (!text_is(program, "-"))
		text_yield(x, FIELD_SYSLOG_PROGRAM, SUBJECT_SENDER, program, 48);
	tell_origin(x, c);
}

/* Cisco writes a number, then its time between '*' or '.' and ':', where others have their time. */
static void cisco(struct dissection *x, struct cursor c)
{
	struct cursor skipped;
	if (text_before(&c, '%', &skipped) && cursor_left(&skipped) < 64) {
		c.at--;
		tell_program(x, c);
	}
}

static void old_form(struct dissection *x, struct cursor c)
{
	if (!old_time(&c)) {
		cisco(x, c);
		return;
	}
	struct cursor after = c, word = text_word(&after);
	tell_daemon(x, c);
	if (host_name(word) && !text_starts(text_trim(after), "(")) { /* "syslogd (…" is a program that has no host */
		tell_host(x, word);
		c = after;
	}
	if (cursor_peek(&c, 0) == '%' || cursor_peek(&c, 0) == ':')
		cisco(x, c);
	else
		tell_program(x, c);
	tell_origin(x, c);
}

/* The value behind a key: bare up to a blank, or in quotes. */
static struct cursor value_of(struct cursor text, const char *key)
{
	struct cursor value = cursor_init(NULL, 0);
	for (; cursor_left(&text); text.at++)
		if (text_take(&text, key)) {
			if (!text_take(&text, "\"") || !text_before(&text, '"', &value))
				value = text_word(&text);
			break;
		}
	return value;
}

/* Firewalls whose reports are lists of keys and values, with their own serial number. */
static void tell_firewall(struct dissection *x, struct cursor c)
{
	static const struct maker {
		const char *vendor, *mark, *serial, *name;
	} makers[] = {
		{"Fortinet", " devid=", " devid=", "devname="},
		{"Juniper", ": NetScreen device_id=", "device_id=", NULL},
		{"SonicWall", "id=firewall sn=", " sn=", NULL},
	};
	if (cursor_left(&c) > HEAD_BYTES)
		c.end = c.at + HEAD_BYTES;
	for (const struct maker *m = makers; m < makers + sizeof makers / sizeof *makers; m++) {
		if (!text_has(c, m->mark))
			continue;
		device_yield(x, FIELD_SYSLOG_DEVICE,
			     &(struct device){.manufacturer = cursor_init(m->vendor, strlen(m->vendor)),
					      .serial = value_of(c, m->serial),
					      .kind = "firewall"});
		if (m->name)
			tell_host(x, value_of(c, m->name));
		return;
	}
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct syslog *s = x->state;
	if (!priority(c))
		return;
	if (!s->seen)
		tell_firewall(x, *c);
	if (cursor_peek(c, 0) == '1' && cursor_peek(c, 1) == ' ')
		new_form(x, *c);
	else
		old_form(x, *c);
	if (++s->seen >= MESSAGES)
		dissection_done(x);
}

static bool fits(const struct probe_input *in, struct cursor c)
{
	struct cursor at = c;
	if (!priority(&at))
		return false;
	if (in->dport == 514 || in->sport == 514)
		return true;
	return old_time(&at) || (text_take(&at, "1 ") && decimal(cursor_peek(&at, 0)) && cursor_peek(&at, 4) == '-');
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return fits(in, in->first[d]) ? PROBE_YES : PROBE_NO;
	return PROBE_MAYBE;
}

const struct dissector syslog_dissector = {
	.name = "syslog",
	.application = "syslog",
	.transports = TRANSPORT_UDP,
	.ports = {514},
	.state_bytes = sizeof(struct syslog),
	.probe = probe,
	.datagram = datagram,
};
