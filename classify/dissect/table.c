#include "classify/dissect.h"

extern const struct dissector dissector_ftp, dissector_http, dissector_imap, dissector_mqtt, dissector_mysql,
	dissector_nntp, dissector_pgsql, dissector_pop3, dissector_rdp, dissector_rtsp, dissector_simple, dissector_sip,
	dissector_smtp, dissector_ssh, dissector_telnet, dissector_x11;

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
	&dissector_sip,
	&dissector_rtsp,
	&dissector_mqtt,
	&dissector_nntp,
	&dissector_rdp,
	&dissector_x11,
	&dissector_simple,
	&dissector_telnet,
	NULL,
};
