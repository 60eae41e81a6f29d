/* What is carried over ISO transport on TCP (RFC 1006): S7comm and MMS. Each is handed one whole unit of user data.
 * Worker threads only; nothing is kept but what the flow's state holds. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_ISO_TSAP_H
#define ONLOOKER_CLASSIFY_DISSECT_ISO_TSAP_H

#include "classify/dissect.h"

/* What S7 answers in one message and the next belongs together. */
struct s7 {
	char order[24], firmware[16];
};

/* S7comm and S7comm-plus, from the protocol identifier on. */
void s7_message(struct dissection *x, struct s7 *s, struct cursor c);

/* MMS (ISO 9506) in session and presentation, from the session on: what answers "identify". */
void mms_message(struct dissection *x, struct cursor c);

#endif
