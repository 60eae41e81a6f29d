/* NetBIOS names (RFC 1001 14.1, RFC 1002): what they look like on the wire and what is said by them.
 *
 * Any thread; values only. */
#ifndef ONLOOKER_CLASSIFY_DISSECT_NETBIOS_NAME_H
#define ONLOOKER_CLASSIFY_DISSECT_NETBIOS_NAME_H

#include "core/cursor.h"

#include <stdbool.h>
#include <stdint.h>

struct netbios_name {
	char text[16]; /* blanks at the end taken off */
	uint8_t len;
	uint8_t suffix; /* the sixteenth octet: what the name is for */
};

/* Takes 15 octets and the suffix as they are; false for a name that says nothing (empty, wildcards, not printable). */
bool netbios_name_set(struct netbios_name *name, const uint8_t octets[16]);

/* Undoes the half-octet encoding of 32 letters. */
bool netbios_name_decode(struct netbios_name *name, const uint8_t *letters, size_t len);

/* Reads a name as it stands in session requests and datagrams: a length of 32, letters, scope. */
bool netbios_name_read(struct netbios_name *name, struct cursor *c);

/* True for a unique name that is the host's own: workstation or file server. */
bool netbios_name_is_host(const struct netbios_name *name);

/* True for a group name that is a workgroup's or domain's. */
bool netbios_name_is_group(const struct netbios_name *name);

#endif
