/* Announcements: finds the row of a datagram (classify/dissect/announce.h has what a row is). */
#include "classify/dissect/announce.h"

#include "classify/dissect/text.h"

static const struct announcement *const tables[] = {announce_text_rows, announce_tagged_rows, announce_record_rows};
#define TABLES (sizeof tables / sizeof *tables)

static bool at_home(const struct announcement *a, uint16_t port)
{
	return port >= a->first && port <= a->last;
}

static const struct announcement *find(struct cursor c, uint16_t sport, uint16_t dport)
{
	for (size_t t = 0; t < TABLES; t++)
		for (const struct announcement *a = tables[t]; a->is; a++)
			if ((at_home(a, sport) || at_home(a, dport)) && a->is(c))
				return a;
	return NULL;
}

static enum probe probe(const struct probe_input *in)
{
	for (int d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]) && find(in->first[d], in->sport, in->dport))
			return PROBE_YES;
	return PROBE_NO;
}

static void datagram(struct dissection *x, struct cursor *c)
{
	uint16_t from = x->packet->sport, to = x->packet->dport;
	const struct announcement *a = find(*c, from, to);
	if (!a)
		return;
	a->tell(x, *c);
	/* who speaks from the port to another has been asked */
	if (a->application && at_home(a, from) && !at_home(a, to)) {
		x->application = a->application;
		dissection_server(x, x->direction);
		dissection_service(x);
	}
}

void announce_name(struct dissection *x, struct cursor name)
{
	struct cursor host;
	if (text_host(text_trim(name), &host) && text_own_name(host))
		text_yield(x, FIELD_DEVICE_NAME, SUBJECT_SENDER, host, 128);
}

const struct dissector dissector_announce = {
	.name = "announce",
	.application = "",
	.transports = TRANSPORT_UDP,
	.ports = {17500, 5678, 10001, 2190, 27036, 8612, 6454, 3956},
	.probe = probe,
	.datagram = datagram,
};
