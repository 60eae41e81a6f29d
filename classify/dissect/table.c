#include "classify/dissect.h"

extern const struct dissector dissector_ftp, dissector_http, dissector_imap, dissector_mysql, dissector_pgsql,
	dissector_pop3, dissector_smtp, dissector_ssh;

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	&dissector_http, &dissector_ssh,   &dissector_smtp,  &dissector_ftp, &dissector_imap,
	&dissector_pop3, &dissector_mysql, &dissector_pgsql, NULL,
};
