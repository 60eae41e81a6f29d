/* Protocols over UDP of which only the service is told, by an answer that fits in all its parts: one row each, no
 * state. Octets alone are not enough in a datagram, so each has its port. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

struct row {
	const char *application;
	uint16_t port;
	bool (*request)(struct cursor c);
	bool (*answer)(struct cursor c);
};

#define ONE_OF(value, set) (memchr((set), (value), sizeof(set)) != NULL)

/* NAT-PMP (RFC 6886): version 0; the address, or a mapping. */
static bool natpmp_request(struct cursor c)
{
	size_t left = cursor_left(&c);
	uint8_t version = cursor_u8(&c), operation = cursor_u8(&c);
	return !version && ((operation == 0 && left == 2) || ((operation == 1 || operation == 2) && left == 12));
}

static bool natpmp_answer(struct cursor c)
{
	size_t left = cursor_left(&c);
	uint8_t version = cursor_u8(&c), operation = cursor_u8(&c);
	uint16_t result = cursor_u16(&c);
	return !version && result <= 5 &&
	       ((operation == 128 && (left == 12 || (result && left == 8))) ||
		((operation == 129 || operation == 130) && left == 16));
}

/* Its successor (RFC 6887): version 2, words of four octets, 24 at least. */
static bool pcp(struct cursor c, bool answer)
{
	size_t left = cursor_left(&c);
	uint8_t version = cursor_u8(&c), operation = cursor_u8(&c);
	return version == 2 && left >= 24 && left <= 1100 && left % 4 == 0 && (operation & 0x7f) <= 3 &&
	       (operation & 0x80) == (answer ? 0x80 : 0);
}

static bool pcp_request(struct cursor c)
{
	return pcp(c, false);
}

static bool pcp_answer(struct cursor c)
{
	return pcp(c, true);
}

/* The kind of a message of GTP's family: version, type, the length of what follows `head` octets. 0 when it is none. */
static uint8_t gtp(struct cursor c, uint8_t version, size_t head)
{
	size_t left = cursor_left(&c);
	uint8_t flags = cursor_u8(&c), type = cursor_u8(&c);
	uint16_t length = cursor_u16(&c);
	return cursor_ok(&c) && flags >> 5 == version && length + head == left ? type : 0;
}

/* Version 1 (3GPP TS 29.060, 29.281) and version 2 (TS 29.274). */
static uint8_t gtp1(struct cursor c)
{
	return gtp(c, 1, 8);
}

static uint8_t gtp2(struct cursor c)
{
	return gtp(c, 2, 4);
}

static uint8_t pfcp(struct cursor c)
{
	return gtp(c, 1, 4);
}

/* Echo, and contexts or sessions made, changed and ended. */
static bool gtp_control_request(struct cursor c)
{
	static const uint8_t first[] = {1, 16, 18, 20}, second[] = {1, 32, 34, 36};
	return ONE_OF(gtp1(c), first) || ONE_OF(gtp2(c), second);
}

static bool gtp_control_answer(struct cursor c)
{
	static const uint8_t first[] = {2, 17, 19, 21}, second[] = {2, 33, 35, 37};
	return ONE_OF(gtp1(c), first) || ONE_OF(gtp2(c), second);
}

static bool gtp_user_request(struct cursor c)
{
	return gtp1(c) == 1;
}

static bool gtp_user_answer(struct cursor c)
{
	return gtp1(c) == 2;
}

/* Heartbeat, association, session (TS 29.244). */
static bool pfcp_request(struct cursor c)
{
	static const uint8_t types[] = {1, 5, 50, 52, 54};
	return ONE_OF(pfcp(c), types);
}

static bool pfcp_answer(struct cursor c)
{
	static const uint8_t types[] = {2, 6, 51, 53, 55};
	return ONE_OF(pfcp(c), types);
}

/* DoIP (ISO 13400-2): version and its complement, kind, length. */
static uint16_t doip(struct cursor c)
{
	uint8_t version = cursor_u8(&c), complement = cursor_u8(&c);
	uint16_t kind = cursor_u16(&c);
	uint32_t length = cursor_u32(&c);
	return cursor_ok(&c) && (version ^ complement) == 0xff && length == cursor_left(&c) ? kind : UINT16_MAX;
}

static bool doip_request(struct cursor c)
{
	uint16_t kind = doip(c);
	return (kind >= 1 && kind <= 3) || kind == 0x4001 || kind == 0x4003;
}

/* A vehicle names itself, or tells how it is. */
static bool doip_answer(struct cursor c)
{
	uint16_t kind = doip(c);
	return kind == 4 || kind == 0x4002 || kind == 0x4004;
}

static const struct row rows[] = {
	{"nat-pmp", 5351, natpmp_request, natpmp_answer},
	{"pcp", 5351, pcp_request, pcp_answer},
	{"gtp-control", 2123, gtp_control_request, gtp_control_answer},
	{"gtp-user", 2152, gtp_user_request, gtp_user_answer},
	{"pfcp", 8805, pfcp_request, pfcp_answer},
	{"doip-disc", 13400, doip_request, doip_answer},
};
#define ROWS (sizeof rows / sizeof *rows)

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		for (size_t i = 0; i < ROWS && cursor_left(&in->first[d]); i++)
			if (text_port(in, rows[i].port) &&
			    (rows[i].request(in->first[d]) || rows[i].answer(in->first[d])))
				return PROBE_YES;
	return PROBE_NO;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].answer(*c)) {
			dissection_server(x, x->direction);
			if (text_server_port(x) != rows[i].port)
				continue;
			x->application = rows[i].application;
			dissection_service(x);
			dissection_done_both(x);
			return;
		}
}

const struct dissector dissector_simple_datagram = {
	.name = "simple-datagram",
	.application = "",
	.transports = TRANSPORT_UDP,
	.ports = {5351, 2123, 2152, 8805, 13400},
	.probe = probe,
	.datagram = datagram,
};
