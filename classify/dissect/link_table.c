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
extern const struct link_dissector ptp_link;
extern const struct link_dissector sonmp_link;
extern const struct link_dissector udld_link;
extern const struct link_dissector lltd_link;
extern const struct link_dissector isis_link;
extern const struct link_dissector goose_link;
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
	&ptp_link,
	&sonmp_link,
	&udld_link,
	&lltd_link,
	&isis_link,
	&goose_link,
	NULL,
};
/* clang-format on */
