/* Where an endpoint is attached, as a switch, an access point or a gateway says of it: the value of location fields,
 * "kind=switchPort;chassis=access-1;port=Gi1/0/5" (classify/labels.h).
 *
 * Any thread; everything is the caller's.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_LOCATION_H
#define ONLOOKER_CLASSIFY_DISSECT_LOCATION_H

#include "classify/dissect/wire.h"

/* Identifiers are octets of whoever gave them: text is said as text, a MAC that says it is one as a MAC, the rest in
 * hexadecimal digits. Many relays put a type and a length before the two identifiers of RFC 3046 (0 for a MAC or
 * numbers, 1 for text). */
void location_label(struct wire_text *t, const char *key, struct cursor id);

#endif
