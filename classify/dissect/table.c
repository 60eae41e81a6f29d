#include "classify/dissect.h"

extern const struct dissector dissector_ftp, dissector_http, dissector_imap, dissector_mysql, dissector_pgsql,
	dissector_pop3, dissector_smtp, dissector_ssh;
extern const struct dissector dhcp_dissector, dhcp6_dissector, mdns_dissector, llmnr_dissector, nbns_dissector,
	netbios_dissector, smb_dissector, dcerpc_dissector, kerberos_dissector, snmp_dissector, radius_dissector,
	ssdp_dissector, stun_dissector, ntp_dissector, ldap_dissector, dns_dissector;

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	&dissector_http,
	&dissector_ssh,
	&dissector_smtp,
	&dissector_ftp,
	&dissector_imap,
	&dissector_pop3,
	&dissector_mysql,
	&dissector_pgsql,
	&dhcp_dissector,
	&dhcp6_dissector,
	&mdns_dissector,
	&llmnr_dissector,
	&nbns_dissector,
	&netbios_dissector,
	&smb_dissector,
	&dcerpc_dissector,
	&kerberos_dissector,
	&snmp_dissector,
	&radius_dissector,
	&ssdp_dissector,
	&stun_dissector,
	&ntp_dissector,
	&ldap_dissector,
	&dns_dissector,
extern const struct dissector dissector_tls;

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	&dissector_tls,
	NULL,
};
