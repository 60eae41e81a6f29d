#include "classify/link.h"

extern const struct link_dissector arp_link;
extern const struct link_dissector cdp_link;
extern const struct link_dissector edp_link;
extern const struct link_dissector eapol_link;
extern const struct link_dissector lldp_link;
extern const struct link_dissector ndp_link;
extern const struct link_dissector profinet_link;
extern const struct link_dissector routing_link;
extern const struct link_dissector stp_link;
extern const struct link_dissector vrrp_link;

/* clang-format off */
const struct link_dissector *const link_table[] = {
		&arp_link,
	&cdp_link,
	&edp_link,
	&eapol_link,
	&lldp_link,
	&ndp_link,
	&profinet_link,
	&routing_link,
	&stp_link,
	&vrrp_link,
	NULL,
};
/* clang-format on */
