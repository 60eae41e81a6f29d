/* Daemons whose protocol is known by how each side begins and of which one line tells the product: a row each. What
 * that line means is a signature's (daemon.greeting, daemon.client); of most protocols here nothing else would be
 * learnt. */
#include "classify/dissect/text.h"

#define LINES       96  /* of a direction; what these do not tell the others will not */
#define BEGIN_BYTES 32  /* no beginning is longer */
#define TELL_BYTES  160 /* of the line that tells */

struct row {
	const char *application;
	uint16_t port;           /* of the server, where the words alone could be another protocol's; else 0 */
	const char *client[6];   /* how a client may begin; none: the server's greeting is enough */
	const char *server[4];   /* how the server may */
	const char *tell;        /* what the line that names the server has in it; NULL: nothing does */
	const char *client_tell; /* the same of the client */
	const char *greets;      /* what a line has that tells less, with more to come; NULL: none does */
};

static const struct row rows[] = {
	{"munin", 0, {NULL}, {"# munin node at "}, "version: ", NULL, NULL},
	{"dict", 2628, {NULL}, {"220 "}, " <", "client ", NULL},
	{"nut",
	 3493,
	 {"VER", "LIST ", "GET ", "USERNAME ", "STARTTLS", "LOGIN "},
	 {"Network UPS Tools ", "BEGIN LIST ", "OK", "ERR "},
	 "Network UPS Tools ",
	 NULL,
	 NULL},
	{"gpsd", 0, {NULL}, {"{\"class\":\"VERSION\","}, "\"release\":", NULL, NULL},
	{"mpd", 0, {NULL}, {"OK MPD "}, "OK MPD ", NULL, NULL},
	{"tarantool", 0, {NULL}, {"Tarantool "}, "Tarantool ", NULL, NULL},
	{"gearman", 4730, {"version", "status", "workers", "getpid"}, {"OK ", "."}, "OK ", NULL, NULL},
	{"beanstalkd",
	 11300,
	 {"stats", "put ", "use ", "watch ", "reserve", "list-tube"},
	 {"OK ", "INSERTED ", "USING ", "WATCHING "},
	 "version: ",
	 NULL,
	 NULL},
	{"zookeeper",
	 2181,
	 {"stat", "srvr", "envi", "ruok", "cons", "mntr"},
	 {"Zookeeper version: ", "Environment:", "imok", "zk_version"},
	 "version",
	 NULL,
	 NULL},
	{"clamd",
	 3310,
	 {"nVERSION", "zVERSION", "VERSION", "nPING", "zPING", "PING"},
	 {"ClamAV ", "PONG"},
	 "ClamAV ",
	 NULL,
	 NULL},
	{"spamd",
	 0,
	 {"PING SPAMC/", "CHECK SPAMC/", "SYMBOLS SPAMC/", "REPORT SPAMC/", "PROCESS SPAMC/", "HEADERS SPAMC/"},
	 {"SPAMD/"},
	 "SPAMD/",
	 "SPAMC/",
	 NULL},
	{"lcdproc", 0, {"hello"}, {"connect LCDproc "}, "connect LCDproc ", NULL, NULL},
	{"asterisk-ami", 0, {NULL}, {"Asterisk Call Manager/"}, "Asterisk Call Manager/", NULL, NULL},
	{"cvspserver",
	 0,
	 {"BEGIN AUTH REQUEST", "BEGIN VERIFICATION REQUEST", "BEGIN GSSAPI REQUEST"},
	 {"I LOVE YOU", "I HATE YOU", "error ", "E "},
	 NULL,
	 NULL,
	 NULL},
	{"distcc", 0, {"DIST0000000"}, {"DONE0000000"}, "DONE0000000", "DIST0000000", NULL},
	{"gnutella-svc", 0, {"GNUTELLA CONNECT/"}, {"GNUTELLA/"}, "User-Agent: ", "User-Agent: ", NULL},
	{"kismet", 0, {NULL}, {"*KISMET: "}, "*KISMET: ", NULL, NULL},
	{"teamspeak", 0, {NULL}, {"TS3\n"}, "version=", NULL, NULL},
	{"nbd", 0, {NULL}, {"NBDMAGIC"}, NULL, NULL, NULL},
	{"t3", 0, {"t3 ", "t3s "}, {"HELO:"}, "HELO:", "t3", NULL},
	{"bb",
	 1984,
	 {"ping", "status ", "config ", "xymondboard", "data ", "client "},
	 {"xymond "},
	 "xymond ",
	 NULL,
	 NULL},
	{"tinc", 655, {"0 "}, {"0 "}, " 17", " 17", NULL},
	{"ganglia", 8649, {NULL}, {"<?xml version="}, "<GANGLIA_XML ", NULL, NULL},
	{"osmocom-vty", 0, {NULL}, {"Welcome to the Osmo"}, " (Osmo", NULL, "Welcome to the Osmo"},
	{"aprs", 14580, {"user "}, {"# "}, "# ", " vers ", NULL},
	{"adc", 0, {"HSUP AD"}, {"ISUP AD"}, "IINF ", "BINF ", NULL},
	{"boinc-gui-rpc",
	 0,
	 {"<boinc_gui_rpc_request>"},
	 {"<boinc_gui_rpc_reply>"},
	 "<boinc_gui_rpc_reply>",
	 NULL,
	 NULL},
	{"rserve", 0, {NULL}, {"Rsrv0"}, "Rsrv0", NULL, NULL},
	{"openvpn-management", 0, {NULL}, {">INFO:OpenVPN Management"}, "OpenVPN Version: ", NULL, ">INFO:OpenVPN"},
	{"tor-control",
	 9051,
	 {"PROTOCOLINFO", "AUTHENTICATE", "AUTHCHALLENGE"},
	 {"250-PROTOCOLINFO ", "250 ", "514 ", "515 "},
	 "250-VERSION Tor=",
	 NULL,
	 NULL},
	/* wherever the port: a client may begin otherwise, so its words are not enough */
	{"tor-control", 0, {"PROTOCOLINFO"}, {"250-PROTOCOLINFO "}, "250-VERSION Tor=", NULL, NULL},
	{"haproxy-cli", 0, {"show info", "show stat"}, {"Name: HAProxy"}, "Version: ", NULL, NULL},
	{"icap",
	 0,
	 {"OPTIONS icap:", "REQMOD icap:", "RESPMOD icap:", "OPTIONS icaps:", "REQMOD icaps:", "RESPMOD icaps:"},
	 {"ICAP/1.0 "},
	 "Service: ",
	 "User-Agent: ",
	 "Server: "},
	{"zebra", 0, {NULL}, {"\r\nHello, this is "}, "Hello, this is ", NULL, NULL},
	{"varnish-cli", 6082, {NULL}, {"200 ", "107 "}, "varnish-", NULL, "Varnish Cache CLI"},
	{"vtun", 0, {NULL}, {"VTUN server ver "}, "VTUN server ver ", NULL, NULL},
	{"bzflag", 0, {"BZFLAG"}, {"BZFS"}, "BZFS", NULL, NULL},
	{"ovsdb",
	 0,
	 {"{\"id\":", "{\"method\":"},
	 {"{\"id\":0,\"result\":[\"", "{\"error\":null,\"id\":"},
	 "\"Open_vSwitch\"",
	 NULL,
	 NULL},
};
#define ROWS (sizeof rows / sizeof *rows)
_Static_assert(ROWS <= 64, "a bit a row");

struct daemon {
	uint64_t fits[2]; /* a bit a row: how the direction began is that protocol's */
	uint8_t lines[2];
	bool began[2], overlong[2];
};

static enum probe begins(struct cursor first, const char *const words[], size_t n)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < n && words[i]; i++)
		best = text_either(best, text_probe(first, words[i]));
	return best;
}

static enum probe client_begins(const struct row *r, struct cursor first)
{
	return r->client[0] ? begins(first, r->client, sizeof r->client / sizeof *r->client) : PROBE_YES;
}

static enum probe server_begins(const struct row *r, struct cursor first)
{
	return begins(first, r->server, sizeof r->server / sizeof *r->server);
}

static enum probe row_probe(const struct row *r, const struct probe_input *in)
{
	if (r->port && in->dport && in->dport != r->port) /* 0: the selector asks about octets alone */
		return PROBE_NO;
	bool spoke = cursor_left(&in->first[0]), greeted = cursor_left(&in->first[1]);
	if (!r->client[0] && spoke && !greeted) /* a client of this one waits */
		return PROBE_NO;
	enum probe client = client_begins(r, in->first[0]), server = server_begins(r, in->first[1]);
	return client < server ? client : server;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < ROWS && best != PROBE_YES; i++)
		best = text_either(best, row_probe(&rows[i], in));
	return best;
}

/* Which rows the direction's first octets fit; false when more of them are needed to tell: however they were cut into
 * packets, all rows are decided at once. */
static bool begin(struct dissection *x, struct daemon *d, struct cursor first)
{
	bool server = dissection_from_server(x), maybe = false;
	uint64_t fits = 0;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		if ((r->port && r->port != text_server_port(x)) || (!server && !r->client[0]))
			continue;
		enum probe p = server ? server_begins(r, first) : client_begins(r, first);
		maybe |= p == PROBE_MAYBE;
		if (p == PROBE_YES)
			fits |= UINT64_C(1) << i;
	}
	if (maybe && cursor_left(&first) <= BEGIN_BYTES && !x->last)
		return false;
	d->fits[x->direction] = fits;
	d->began[x->direction] = true;
	return true;
}

static const struct row *decide(const struct dissection *x, const struct daemon *d)
{
	for (size_t i = 0; i < ROWS; i++) {
		bool client = !rows[i].client[0] || d->fits[!x->server] >> i & 1;
		if (client && d->fits[x->server] >> i & 1)
			return &rows[i];
	}
	return NULL;
}

static void tell(struct dissection *x, const struct row *r, struct cursor line)
{
	bool server = dissection_from_server(x);
	const char *mark = server ? r->tell : r->client_tell;
	bool tells = mark && text_has(line, mark), greets = server && r->greets && text_has(line, r->greets);
	if (tells || greets)
		text_yield(x, server ? FIELD_DAEMON_GREETING : FIELD_DAEMON_CLIENT, SUBJECT_SENDER, line, TELL_BYTES);
	if (tells)
		dissection_done(x);
}

static void lines(struct dissection *x, struct daemon *d, const struct row *r, struct cursor *c)
{
	struct cursor line;
	while (!x->done[x->direction] && text_line(&d->overlong[x->direction], c, &line)) {
		tell(x, r, line);
		if (++d->lines[x->direction] >= LINES)
			dissection_done(x);
	}
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct daemon *d = x->state;
	if (!d->began[x->direction] && !begin(x, d, *c))
		return;
	const struct row *r = decide(x, d);
	if (!r) { /* a client that spoke first is shown again when the server has answered */
		if (!d->fits[x->direction] || d->began[!x->direction])
			dissection_fail(x);
		else if (cursor_left(c) > TEXT_LINE_BYTES)
			dissection_done(x);
		return;
	}
	x->application = r->application;
	if (dissection_from_server(x))
		dissection_service(x);
	if (!(dissection_from_server(x) ? r->tell : r->client_tell))
		dissection_done(x);
	lines(x, d, r, c);
	/* what is no line, or one without an end */
	if (x->last && cursor_left(c))
		tell(x, r, *c);
}

const struct dissector dissector_daemon = {
	.name = "daemon",
	.application = "",
	.transports = TRANSPORT_TCP,
	.ports = {4949, 2628, 3493, 2947, 6600, 11300, 4730},
	.state_bytes = sizeof(struct daemon),
	.probe = probe,
	.stream = stream,
};
