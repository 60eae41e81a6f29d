/* Protocols of which only the service is told, by first octets that are unmistakable: one row each, no state but
 * which rows are still possible. A server is named once it has spoken itself. */
#include "classify/dissect/text.h"

#define FIRST_BYTES 1024 /* of a direction; what these do not tell the others will not */

enum need {
	SERVER_TELLS, /* what the server says is enough */
	BOTH_TELL,    /* client and server must both fit */
};

struct row {
	const char *application;
	enum need need;
	uint16_t port; /* of the server, when the octets alone are not enough; else 0 */
	enum probe (*client)(struct cursor first);
	enum probe (*server)(struct cursor first);
};

/* Octets from `offset` on. */
static enum probe octets(struct cursor first, size_t offset, const void *wanted, size_t n)
{
	size_t left = cursor_left(&first);
	if (left <= offset)
		return PROBE_MAYBE;
	size_t have = left - offset < n ? left - offset : n;
	if (memcmp(first.at + offset, wanted, have))
		return PROBE_NO;
	return have == n ? PROBE_YES : PROBE_MAYBE;
}

static enum probe both(enum probe a, enum probe b)
{
	return a < b ? a : b;
}

/* The octet at `offset` lies between two others. */
static enum probe octet(struct cursor first, size_t offset, uint8_t low, uint8_t high)
{
	if (cursor_left(&first) <= offset)
		return PROBE_MAYBE;
	return first.at[offset] >= low && first.at[offset] <= high ? PROBE_YES : PROBE_NO;
}

static enum probe rsync(struct cursor f)
{
	return text_probe(f, "@RSYNCD: ");
}

/* Greeting of ZMTP 3: signature, version, the name of a mechanism (RFC 23). */
static enum probe zmtp(struct cursor f)
{
	return both(octets(f, 0, "\377", 1), both(octets(f, 9, "\177\3", 2), octet(f, 12, 'A', 'Z')));
}

/* Gearman's packets: a zero, then REQ or RES. */
static enum probe gearman_client(struct cursor f)
{
	return octets(f, 0, "\0REQ", 4);
}

static enum probe gearman_server(struct cursor f)
{
	return octets(f, 0, "\0RES", 4);
}

/* Citrix ICA: six octets both ends send. */
static enum probe ica(struct cursor f)
{
	return octets(f, 0, "\177\177ICA\0", 6);
}

/* Java's remote calls (Java Object Serialization, 10.2): magic, version, a protocol; 'N' and an address accept it. */
static enum probe rmi_client(struct cursor f)
{
	return both(octets(f, 0, "JRMI\0", 5), octet(f, 6, 'K', 'M'));
}

static enum probe rmi_server(struct cursor f)
{
	return octet(f, 0, 'N', 'N');
}

/* AJP 1.3: a web server's requests begin with 0x1234, a container's answers with "AB". */
static enum probe ajp_client(struct cursor f)
{
	return octets(f, 0, "\22\64", 2);
}

static enum probe ajp_server(struct cursor f)
{
	return both(octets(f, 0, "AB", 2), octet(f, 4, 3, 9));
}

/* Instruments (HiSLIP, IVI-6.1): the prologue of every message. */
static enum probe hislip(struct cursor f)
{
	return both(octets(f, 0, "HS", 2), octet(f, 2, 0, 28));
}

/* SPICE's link messages. */
static enum probe spice(struct cursor f)
{
	return octets(f, 0, "REDQ", 4);
}

/* Ceph's daemons greet with the version of their protocol. */
static enum probe ceph(struct cursor f)
{
	return text_probe(f, "ceph v");
}

/* CORBA's General Inter-ORB Protocol (OMG CORBA 15.4): magic, version 1. */
static enum probe giop(struct cursor f)
{
	return both(octets(f, 0, "GIOP\1", 5), octet(f, 5, 0, 4));
}

/* Windows' delivery of updates among peers. */
static enum probe delivery(struct cursor f)
{
	return octets(f, 0, "\16Swarm protocol", 15);
}

/* Financial Information Exchange: the version is the first field, the length the second. */
static enum probe fix(struct cursor f)
{
	return octets(f, 0, "8=FIX", 5);
}

/* Lumberjack 2, which the Beats speak: the size of a window, and its acknowledgement. */
static enum probe lumberjack_client(struct cursor f)
{
	return both(octets(f, 0, "2W", 2), both(octet(f, 2, 0, 0), octet(f, 6, '2', '2')));
}

static enum probe lumberjack_server(struct cursor f)
{
	return both(octets(f, 0, "2A", 2), octet(f, 2, 0, 0));
}

/* GE's service request transport: a message of zeros asks for a connection, and a 1 before zeros grants it. */
static enum probe gesrtp_client(struct cursor f)
{
	return octets(f, 0, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static enum probe gesrtp_server(struct cursor f)
{
	return octets(f, 0, "\1\0\0\0\0\0\0\0", 8);
}

/* Diagnostics of vehicles (ISO 13400-2): version, its complement, a kind that only the one end says: to be admitted,
 * and that it is or not. */
static enum probe doip(struct cursor f, uint8_t kind)
{
	const uint8_t rest[] = {0, kind, 0, 0, 0};
	if (cursor_left(&f) >= 2 && (f.at[0] ^ f.at[1]) != 0xff)
		return PROBE_NO;
	return octets(f, 2, rest, sizeof rest);
}

static enum probe doip_client(struct cursor f)
{
	return doip(f, 5);
}

static enum probe doip_server(struct cursor f)
{
	return doip(f, 6);
}

static const struct row rows[] = {
	{"gearman", BOTH_TELL, 0, gearman_client, gearman_server},
	{"ica", BOTH_TELL, 0, ica, ica},
	{"rmiregistry", BOTH_TELL, 0, rmi_client, rmi_server},
	{"ajp13", BOTH_TELL, 0, ajp_client, ajp_server},
	{"hislip", BOTH_TELL, 0, hislip, hislip},
	{"zmtp", BOTH_TELL, 0, zmtp, zmtp},
	{"spice", BOTH_TELL, 0, spice, spice},
	{"ceph", BOTH_TELL, 0, ceph, ceph},
	{"giop", BOTH_TELL, 0, giop, giop},
	{"ms-do", BOTH_TELL, 0, delivery, delivery},
	{"fix", BOTH_TELL, 0, fix, fix},
	{"lumberjack", BOTH_TELL, 0, lumberjack_client, lumberjack_server},
	{"gesrtp", BOTH_TELL, 18245, gesrtp_client, gesrtp_server},
	{"doip-data", BOTH_TELL, 13400, doip_client, doip_server},
	{"rsync", SERVER_TELLS, 0, rsync, rsync},
};
#define ROWS (sizeof rows / sizeof *rows)

struct simple {
	uint64_t fits[2]; /* a bit a row: what the direction said is that protocol's */
};
_Static_assert(ROWS <= 64, "a bit a row");

/* Port 0 is no flow's: the selector asks whether a row could be it at all. */
static enum probe row_probe(const struct row *r, const struct probe_input *in)
{
	if (r->port && in->dport && in->dport != r->port)
		return PROBE_NO;
	bool spoke[2] = {cursor_left(&in->first[0]) > 0, cursor_left(&in->first[1]) > 0};
	enum probe client = spoke[0] ? r->client(in->first[0]) : PROBE_MAYBE;
	enum probe server = spoke[1] ? r->server(in->first[1]) : PROBE_MAYBE;
	if (client == PROBE_NO || server == PROBE_NO)
		return PROBE_NO;
	return r->need == SERVER_TELLS ? server : both(client, server);
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_NO;
	for (size_t i = 0; i < ROWS && best != PROBE_YES; i++)
		best = text_either(best, row_probe(&rows[i], in));
	return best;
}

/* Asks every row about the direction's first octets. False when none can be it. */
static bool ask(struct dissection *x, struct simple *s, struct cursor first)
{
	bool server = dissection_from_server(x), possible = false;
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].port && rows[i].port != text_server_port(x))
			continue;
		enum probe p = server ? rows[i].server(first) : rows[i].client(first);
		possible |= p != PROBE_NO;
		if (p == PROBE_YES)
			s->fits[x->direction] |= 1ull << i;
	}
	return possible;
}

static const struct row *decide(const struct dissection *x, const struct simple *s)
{
	uint64_t server = s->fits[x->server], client = s->fits[!x->server];
	for (size_t i = 0; i < ROWS; i++)
		if ((server >> i & 1) && (rows[i].need == SERVER_TELLS || (client >> i & 1)))
			return &rows[i];
	return NULL;
}

/* Nothing is consumed: the first octets are shown again with more behind them, until they tell. */
static void stream(struct dissection *x, struct cursor *c)
{
	struct simple *s = x->state;
	if (!ask(x, s, *c)) {
		dissection_fail(x);
		return;
	}
	const struct row *r = decide(x, s);
	if (r) {
		x->application = r->application;
		dissection_service(x);
		dissection_done_both(x);
	} else if (cursor_left(c) > FIRST_BYTES)
		dissection_done(x);
}

const struct dissector dissector_simple = {
	.name = "simple",
	.application = "",
	.transports = TRANSPORT_TCP,
	.ports = {18245, 13400},
	.state_bytes = sizeof(struct simple),
	.probe = probe,
	.stream = stream,
};
