/* What a domain controller answers to who looks for one (MS-ADTS 6.3.1.9): its name, and that of its domain. It comes
 * over LDAP without a connection, and in NetBIOS datagrams.
 *
 * Any thread; the names are values of the caller's.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_NETLOGON_H
#define ONLOOKER_CLASSIFY_DISSECT_NETLOGON_H

#include "classify/dissect/dns_message.h"

struct netlogon {
	struct dns_name domain, host; /* as DNS knows them; the host may be empty */
	struct dns_name short_domain, short_host;
};

/* False when it is another message, or broken. */
bool netlogon_read(struct cursor message, struct netlogon *out);

#endif
