/* Names of applications as small numbers, so that a flow can carry one (struct flow, application).
 *
 * The names are IANA's service names, and `tls`, `quic`, `dtls` where the content of an encrypted flow is unknown.
 * The numbers mean something inside one process only. Any thread; constant data.
 */
#ifndef ONLOOKER_CLASSIFY_APPLICATION_H
#define ONLOOKER_CLASSIFY_APPLICATION_H

#include <stdint.h>

/* The number of a name; 0 when it is none of the table or NULL. */
uint16_t application_number(const char *name);

/* The name of a number; NULL for 0 and what no name has. */
const char *application_name(uint16_t number);

#endif
