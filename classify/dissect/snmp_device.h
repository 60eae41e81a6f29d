/* What device an agent is in, by the objects that managers ask printers, switches and power supplies for: the chassis
 * of ENTITY-MIB (RFC 6933), the identity of UPS-MIB (RFC 1628), the serial number of Printer-MIB (RFC 3805), and a
 * printer's identification, which makers have under objects of their own.
 *
 * Worker threads; everything is borrowed from the datagram at hand.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_SNMP_DEVICE_H
#define ONLOOKER_CLASSIFY_DISSECT_SNMP_DEVICE_H

#include "classify/dissect/device.h"

/* What the bindings of one message have told so far. All members zero before the first. */
struct snmp_device {
	struct device is;
	struct cursor firmware;
};

/* One binding: the object's identifier as on the wire, and its value, a string of octets. */
void snmp_device_object(struct dissection *x, struct snmp_device *d, struct cursor name, struct cursor value);

/* All bindings were seen: yields what they tell of the device, if they do. */
void snmp_device_yield(struct dissection *x, const struct snmp_device *d);

#endif
