#include "classify/dissect/netlogon.h"

enum { SAM_LOGON_RESPONSE_EX = 23, SAM_PAUSE_RESPONSE_EX = 24, SAM_USER_UNKNOWN_EX = 25 };

/* Operation, flags, the domain's GUID; then names, compressed as in DNS: forest, domain, host, the short names of
 * both. */
bool netlogon_read(struct cursor message, struct netlogon *out)
{
	struct dns_reader r = {.message = message, .c = message};
	struct dns_name forest;
	uint16_t operation = cursor_le16(&r.c);
	cursor_skip(&r.c, 2 + 4 + 16);
	if (!cursor_ok(&r.c) || operation < SAM_LOGON_RESPONSE_EX || operation > SAM_USER_UNKNOWN_EX)
		return false;
	return dns_name_read(&r, &r.c, &forest) && dns_name_read(&r, &r.c, &out->domain) &&
	       dns_name_read(&r, &r.c, &out->host) && dns_name_read(&r, &r.c, &out->short_domain) &&
	       dns_name_read(&r, &r.c, &out->short_host) && out->domain.len;
}
