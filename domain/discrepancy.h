/* What an endpoint reports of its software beside what was observed of it (RFC 8248 use of two views; ECP 8).
 *
 * Reported is what is known by `self` alone (an import); observed is what the network showed. A software is
 *   corroborated   reported and observed, and the versions agree as far as they go
 *   contradicted   reported and observed in different versions
 *   silent         reported, never observed
 *   undeclared     observed on an endpoint that reports, but not reported
 * An endpoint that never reported is not "reporting". Any thread; nothing is kept.
 */
#ifndef ONLOOKER_DOMAIN_DISCREPANCY_H
#define ONLOOKER_DOMAIN_DISCREPANCY_H

#include "domain/inventory.h"

enum agreement { CORROBORATED, CONTRADICTED, SILENT, UNDECLARED };

/* "corroborated", … */
const char *agreement_name(enum agreement a);

/* True when a reported package or product and an observed title name the same software: openssh-server and OpenSSH,
 * apache2 and Apache HTTP Server. */
bool discrepancy_same_software(const char *reported, const char *observed);

/* True when a reported version ("1:9.2p1-2+deb12u3") and an observed one ("9.2p1") can be of the same software. */
bool discrepancy_versions_agree(const char *reported, const char *observed);

/* Appends {"endpointIdentifier":…,"reporting":…,"software":[…]} without newline; false, and nothing appended, when
 * neither a report nor observed software is known. */
bool discrepancy_json(struct buffer *out, const struct inventory_endpoint *e);

#endif
