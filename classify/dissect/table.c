#include "classify/dissect.h"

extern const struct dissector dhcp_dissector, mdns_dissector, llmnr_dissector, dns_dissector;

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	&dhcp_dissector, &mdns_dissector, &llmnr_dissector, &dns_dissector, NULL,
};
