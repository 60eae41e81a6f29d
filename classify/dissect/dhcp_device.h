/* What devices say of themselves inside DHCP's vendor-specific options, as labels (classify/labels.h): cable modems and
 * what is built into them (CableLabs CL-SP-CANN-DHCP-Reg), equipment that is managed by TR-069 (BBF TR-069 annex F).
 * Reads octets, keeps nothing; worker threads. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_DHCP_DEVICE_H
#define ONLOOKER_CLASSIFY_DISSECT_DHCP_DEVICE_H

#include "classify/dissect/wire.h"

/* vendor_class  option 60, says whose numbers those of option 43 are
 * specific      option 43, may be empty
 * identified    option 125, may be empty
 * returns       false when none of it is a device's word about itself */
bool dhcp_device(struct cursor vendor_class, struct cursor specific, struct cursor identified, struct wire_text *out);

#endif
