/* What a device says it is: maker, model, serial number, kind, as a value of labels (classify/labels.h).
 *
 * Any thread; everything is a value of the caller's or borrowed from the wire.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_DEVICE_H
#define ONLOOKER_CLASSIFY_DISSECT_DEVICE_H

#include "classify/dissect/wire.h"

struct device {
	struct cursor manufacturer, model;
	struct cursor number; /* of the model: said with it when it tells more than the model does */
	struct cursor serial;
	const char *kind; /* "printer", …; NULL: not known */
};

/* Writes the value; leaves the text empty when nothing is known. */
void device_text(const struct device *device, struct wire_text *text);

/* Yields it about the sender, if anything is known. */
void device_yield(struct dissection *x, enum field field, const struct device *device);

/* Yields only a kind about the sender: "switch", "router". */
void device_kind(struct dissection *x, enum field field, const char *kind);

/* Yields what a printer's identification says: "MFG:Example;MDL:Ink 7;SN:42;" (IEEE 1284 7.6).
 * returns  false when there is no model in it */
bool device_id(struct dissection *x, enum field field, struct cursor text);

#endif
