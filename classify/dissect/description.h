/* Descriptions that devices give of themselves over HTTP: UPnP's (UPnP Device Architecture 1.1 2.3) and those of the
 * devices profile for web services (DPWS 1.1 4, as Windows, printers and scanners speak it).
 *
 * Worker threads only; nothing is kept.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_DESCRIPTION_H
#define ONLOOKER_CLASSIFY_DISSECT_DESCRIPTION_H

#include "classify/dissect.h"

/* Reads what there is of a body and yields it about the sender. `whole`: no more of it will be shown.
 * returns  true when the description was read, or this is none; false when more of it is needed */
bool description_read(struct dissection *x, struct cursor xml, bool whole);

/* What kind of thing a type of UPnP or WSD names ("urn:schemas-upnp-org:device:Printer:1"); NULL when it is not known.
 */
const char *description_kind(struct cursor type);

#endif
