/* Reads DNS messages (RFC 1035 4) record by record, as DNS, mDNS, LLMNR and the NetBIOS name service write them.
 *
 * A reader borrows the message and is a value of its caller; nothing is allocated. What was read before a broken
 * record stays good: the reader only stops. Names are followed through compression strictly backwards and a
 * bounded number of times; the number of records is capped.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_DNS_MESSAGE_H
#define ONLOOKER_CLASSIFY_DISSECT_DNS_MESSAGE_H

#include "core/address.h"
#include "core/cursor.h"

#include <stdbool.h>
#include <stdint.h>

/* Most records of a message that are looked at. */
#define DNS_MESSAGE_RECORDS 512

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_NB = 32, /* RFC 1002; SRV has been 33 since, which the NetBIOS name service calls NBSTAT */
	DNS_SRV = 33,
};

enum dns_class { DNS_IN = 1, DNS_CHAOS = 3 };

/* Labels joined by dots, no dot at the end; octets as on the wire. The root is empty. */
struct dns_name {
	uint8_t text[255];
	uint8_t len;
	uint8_t first; /* octets of the first label: where a dot inside a label matters */
};

/* A question has neither ttl nor data. */
struct dns_record {
	struct dns_name owner;
	enum dns_section section;
	uint16_t type, class;
	uint32_t ttl;
	struct cursor data;
};

struct dns_reader {
	struct cursor message; /* whole, what names point into */
	struct cursor c;       /* what is still unread */
	uint16_t id, flags;
	uint16_t left[DNS_SECTIONS];
	enum dns_section section;
	unsigned records; /* read so far */
};

/* Starts at the header; false when that is not whole. */
bool dns_open(struct dns_reader *r, struct cursor message);

/* The next question or record; false at the end, at the cap, or where the message is broken. */
bool dns_next(struct dns_reader *r, struct dns_record *record);

/* True when all records were read and nothing is left over. */
bool dns_complete(const struct dns_reader *r);

/* Reads a name inside record data and steps over it; false, and an empty name, when it is broken. The cursor is short
 * only when it is not known where the name ends. */
bool dns_name_read(const struct dns_reader *r, struct cursor *c, struct dns_name *name);

/* The address of an A or AAAA record: its version, 0 when it is no such record. */
uint8_t dns_record_address(const struct dns_record *record, struct address *address);

/* The address whose name a PTR record tells (in-addr.arpa, ip6.arpa): its version, 0 when it is none. */
uint8_t dns_reverse_address(const struct dns_name *name, struct address *address);

/* True when both are one name, whatever the case of letters. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
bool dns_name_is(const struct dns_name *name, const char *text);

/* True when the name is `suffix` or ends in a dot and `suffix`. */
bool dns_name_under(const struct dns_name *name, const char *suffix);

#define DNS_FLAG_RESPONSE(flags) (((flags)&0x8000) != 0)
#define DNS_FLAG_OPCODE(flags)   (((flags) >> 11) & 15)
#define DNS_FLAG_RCODE(flags)    ((flags)&15)

#endif
