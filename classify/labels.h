/* Values made of labels: "vendor=Siemens;model=6ES7 315-2EH14-0AB0;firmware=V3.2.6". Protocols that carry names,
 * versions and serial numbers as members of their own yield them so: signatures can read the value as any other,
 * and what no signature knows is said as the device or program said it.
 *
 *   product, version      a program, in the role of the field's side
 *   model, serial, kind   hardware;  firmware: the version of what runs in it
 *   vendor                who made either
 * Other labels are there for signatures. A value holds no ';' of its own (wire_label sees to that).
 *
 * Any thread; everything is the caller's.
 */
#ifndef ONLOOKER_CLASSIFY_LABELS_H
#define ONLOOKER_CLASSIFY_LABELS_H

#include <stddef.h>

/* What stands behind `key`: its length in *found_len, NULL when the label is not there. */
const char *labels_find(const char *text, size_t len, const char *key, size_t *found_len);

#endif
