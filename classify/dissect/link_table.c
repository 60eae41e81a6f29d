#include "classify/link.h"

extern const struct link_dissector arp_link, ndp_link, lldp_link, cdp_link;

const struct link_dissector *const link_table[] = {
	&arp_link, &ndp_link, &lldp_link, &cdp_link, NULL,
};
