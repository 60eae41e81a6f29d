/* Rx, which AFS speaks: the service by its port, and the version a host answers to who asks for it. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEAD_BYTES 28
#define FIRST_PORT 7000

enum { DATA = 1, VERSION = 13 };
enum { CLIENT_INITIATED = 1 };

static const char *const applications[] = {"afs3-fileserver", "afs3-callback", "afs3-prserver", "afs3-vlserver",
					   "afs3-kaserver",   "afs3-volser",   "afs3-errors",   "afs3-bos"};
#define APPLICATIONS (sizeof applications / sizeof *applications)

static const char *application(uint16_t port)
{
	return port >= FIRST_PORT && port - FIRST_PORT < (int)APPLICATIONS ? applications[port - FIRST_PORT] : NULL;
}

/* Times, numbers; type, flags, status, security; nothing; the number of the service, below 65536. */
static bool head(struct cursor c, uint8_t *type, uint8_t *flags)
{
	cursor_skip(&c, 20);
	*type = cursor_u8(&c);
	*flags = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint8_t security = cursor_u8(&c);
	return cursor_ok(&c) && *type >= DATA && *type <= VERSION && security < 8;
}

static enum probe probe(const struct probe_input *in)
{
	uint8_t type, flags;
	if (!application(in->dport) && !application(in->sport))
		return PROBE_NO;
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return cursor_left(&in->first[d]) >= HEAD_BYTES && head(in->first[d], &type, &flags) ? PROBE_YES
													     : PROBE_NO;
	return PROBE_MAYBE;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint8_t type, flags;
	const char *name = application(wire_sender_port(x));
	if (cursor_left(c) < HEAD_BYTES || !head(*c, &type, &flags) || (flags & CLIENT_INITIATED) || !name)
		return;
	x->application = name;
	wire_served(x);
	cursor_skip(c, HEAD_BYTES);
	if (type == VERSION)
		text_yield(x, FIELD_RX_VERSION, SUBJECT_SENDER, wire_trim(*c), 64);
}

const struct dissector dissector_rx = {
	.name = "rx",
	.application = "",
	.transports = TRANSPORT_UDP,
	.ports = {7000, 7001, 7002, 7003, 7004, 7005, 7007},
	.probe = probe,
	.datagram = datagram,
};
