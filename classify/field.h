/* The fields: what dissectors yield and signatures read, as one table made from field.def.
 * Any thread; constant data. */
#ifndef ONLOOKER_CLASSIFY_FIELD_H
#define ONLOOKER_CLASSIFY_FIELD_H

#include "ipfix/assertion.h"

#include <stdint.h>

enum field {
#define FIELD(symbol, name, recog, side, known, knowledge, confidence) FIELD_##symbol,
#include "classify/field.def"
#undef FIELD
	FIELDS
};

enum field_side { FIELD_SIDE_HOST, FIELD_SIDE_SERVER, FIELD_SIDE_CLIENT };

/* What becomes of a field's value (classify/meaning.c holds the function of each). */
enum knowledge {
	KNOWLEDGE_NONE,              /* kept by nobody yet */
	KNOWLEDGE_SIGNATURE,         /* matched against the signature set; a banner when nothing explains it */
	KNOWLEDGE_SIGNATURE_QUIET,   /* matched; dropped when nothing explains it */
	KNOWLEDGE_SIGNATURE_DERIVED, /* the same, and its sender has not said it */
	KNOWLEDGE_DOUBTFUL,          /* as another field is (field_read_as()), no surer than this one */
	KNOWLEDGE_BANNER,            /* a banner as it is */
	KNOWLEDGE_SERVICE,
	KNOWLEDGE_HARDWARE, /* value is the model */
	KNOWLEDGE_VENDOR,   /* of a network interface: value is its maker */
	KNOWLEDGE_SENSOR,   /* the machine that observes: value is the name of its interface */
	KNOWLEDGE_LABELS,   /* a device or program that names itself (classify/labels.h) */
	KNOWLEDGE_LOCATION, /* where it is attached (classify/dissect/location.h) */
	KNOWLEDGE_HOST_NAME,
	KNOWLEDGE_DOMAIN_NAME,
	KNOWLEDGE_WINDOWS_DOMAIN,
	KNOWLEDGE_CLIENT_ID, /* octets; becomes hex */
	KNOWLEDGE_CHASSIS_ID,
	KNOWLEDGE_SMB_GUID,
	KNOWLEDGE_SNMP_ENGINE, /* octets; becomes hex */
	KNOWLEDGE_MQTT_CLIENT_ID,
	KNOWLEDGE_USER_NAME,         /* "DOMAIN\user" or "user" */
	KNOWLEDGE_CERTIFICATE,       /* DER; identifies its holder */
	KNOWLEDGE_CERTIFICATE_CHAIN, /* DER of an issuer: tells of who shows it, and identifies nobody */
	KNOWLEDGE_SSH_HOST_KEY,      /* key blob, RFC 4253 6.6 */
	KNOWLEDGE_FINGERPRINT_JA3,   /* the string; its MD5 is the fingerprint */
	KNOWLEDGE_FINGERPRINT_JA3S,
	KNOWLEDGE_FINGERPRINT_JA4, /* JA4_r; its hashed form is the fingerprint */
	KNOWLEDGE_FINGERPRINT_HASSH,
	KNOWLEDGE_FINGERPRINT_HASSH_SERVER,
	KNOWLEDGE_FINGERPRINT_TCP_SYN,
	KNOWLEDGE_FINGERPRINT_TCP_SYN_ACK,
	KNOWLEDGE_FINGERPRINT_DHCP,
	KNOWLEDGE_FINGERPRINT_HTTP_HEADERS,
	KNOWLEDGE_FINGERPRINT_HTTP_SERVER_HEADERS,
	KNOWLEDGE_SYSTEMS /* "2;Linux;Windows": how many systems at least, and which (classify/crowd.c) */
};

struct field_row {
	const char *name;
	const char *recog; /* "" when Recog has no such text */
	uint8_t side;      /* enum field_side */
	uint8_t known;     /* set of enum known */
	uint8_t knowledge; /* enum knowledge */
	uint8_t confidence;
};

extern const struct field_row field_table[FIELDS];

/* How that is known which a signature concludes of the field: what a fingerprint shows its sender has not said. */
uint8_t field_concluded(enum field field);

/* The field whose signatures read it: another than itself where the words are doubtful. */
enum field field_read_as(enum field field);

/* The field of that name, also by its Recog name; FIELDS when there is none. */
enum field field_by_name(const char *name);

#endif
