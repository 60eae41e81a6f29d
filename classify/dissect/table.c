#include "classify/dissect.h"

extern const struct dissector dissector_dtls, dissector_quic, dissector_tls;

/* Order is priority: what is surest by its first octets comes first. */
const struct dissector *const dissector_table[] = {
	&dissector_tls,
	&dissector_quic,
	&dissector_dtls,
	NULL,
};
