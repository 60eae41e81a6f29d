/* IEC 60870-5-104: the service. The control fields (5.1) tell it: start 68h, a length, formats I, S and U. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define PORT 2404

static int header(struct cursor c, uint8_t *len)
{
	size_t have = cursor_left(&c);
	uint8_t start = cursor_u8(&c);
	*len = cursor_u8(&c);
	uint8_t control = cursor_u8(&c);
	if ((have > 0 && start != 0x68) || (have > 1 && (*len < 4 || *len > 253)))
		return -1;
	if (have < 6)
		return 0;
	if ((control & 3) == 3) /* one of six functions, nothing else */
		return *len == 4 && !c.at[0] && !c.at[1] && !c.at[2] ? 1 : -1;
	if ((control & 3) == 1)
		return *len == 4 && control == 1 && !c.at[0] ? 1 : -1;
	return *len >= 10 ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	uint8_t len;
	int a = header(in->first[0], &len), b = header(in->first[1], &len);
	if (a < 0 || b < 0)
		return PROBE_NO;
	if (text_port(in, PORT))
		return a || b ? PROBE_YES : PROBE_MAYBE;
	return a && b ? PROBE_YES : PROBE_MAYBE;
}

static void stream(struct dissection *x, struct cursor *c)
{
	uint8_t len;
	int r = header(*c, &len);
	if (!r)
		return;
	if (x->flow->sport == PORT && x->flow->dport != PORT)
		dissection_server(x, FLOW_FORWARD);
	if (r > 0 && dissection_from_server(x))
		dissection_service(x);
	dissection_done(x);
}

const struct dissector dissector_iec104 = {
	.name = "iec104",
	.application = "iec-104",
	.transports = TRANSPORT_TCP,
	.ports = {PORT},
	.probe = probe,
	.stream = stream,
};
