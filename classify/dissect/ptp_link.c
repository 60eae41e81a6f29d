/* The Precision Time Protocol right over Ethernet (IEEE 1588-2008 annex F), as industrial and audio networks have it.
 */
#include "classify/dissect/ptp.h"
#include "classify/link.h"

#define ETHERTYPE_PTP 0x88f7

static bool match(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_PTP;
}

static void frame(struct dissection *x, struct cursor *c)
{
	ptp_message(x, *c);
}

const struct link_dissector ptp_link = {.name = "ptp", .match = match, .frame = frame};
