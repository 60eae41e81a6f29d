/* The endpoint attribute assertion (SACM information model 04, 5.4; contract, «Assertions») as a record.
 *
 * Made by the registry, read by serializers, sinks and the repository. Immutable once made. Everything it
 * points to lives in the block it came in (struct assertion_block), which goes from the registry's thread to
 * the publisher's and back, or at least until that block is back; nothing is freed piecemeal. All texts are
 * NUL-terminated wire text: any bytes but 00, not necessarily valid UTF-8; serializers escape.
 */
#ifndef ONLOOKER_IPFIX_ASSERTION_H
#define ONLOOKER_IPFIX_ASSERTION_H

#include "core/address.h"
#include "core/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* How something is known (information model 5.1.1); a set, never empty in an assertion. */
enum known { KNOWN_SELF = 1, KNOWN_AUTHORITY = 2, KNOWN_OBSERVATION = 4, KNOWN_VERIFICATION = 8, KNOWN_DERIVED = 16 };

enum statement { STATEMENT_OBSERVATION, STATEMENT_CORRELATION, STATEMENT_EVENT };

/* The confidence of what is taken back: it closes, and was never true of the endpoint. Everything else is surer. */
#define CONFIDENCE_WITHDRAWN 1

/* Names of designations; assertion_designation_name() gives the information element's name. */
enum designation_name {
	DESIGNATION_MAC,
	DESIGNATION_IPV4,
	DESIGNATION_IPV6,
	DESIGNATION_HOST_NAME,
	DESIGNATION_DOMAIN_NAME,
	DESIGNATION_WINDOWS_DOMAIN,
	DESIGNATION_DHCP_CLIENT_ID,
	DESIGNATION_CERTIFICATE,
	DESIGNATION_SSH_HOST_KEY,
	DESIGNATION_SMB_GUID,
	DESIGNATION_SNMP_ENGINE,
	DESIGNATION_CHASSIS_ID,
	DESIGNATION_MQTT_CLIENT_ID,
	DESIGNATION_USER_NAME,
	DESIGNATION_VLAN,
	DESIGNATION_LAYER2_SEGMENT,
	DESIGNATION_CUSTOMER_VLAN, /* the inner of two tags */
	DESIGNATIONS
};

struct designation {
	enum designation_name name;
	const char *value;  /* as people write it: addresses and MACs in presentation form */
	uint8_t known;      /* set of enum known */
	uint8_t confidence; /* percent */
};

enum attribute_name {
	ATTRIBUTE_SOFTWARE,
	ATTRIBUTE_SERVICE,
	ATTRIBUTE_HARDWARE,
	ATTRIBUTE_USER,
	ATTRIBUTE_CERTIFICATE,
	ATTRIBUTE_INTERFACE,
	ATTRIBUTE_LOCATION,
	ATTRIBUTE_FINGERPRINT,
	ATTRIBUTE_BANNER,
	ATTRIBUTE_EVENT,
	ATTRIBUTE_MULTIPLICITY, /* several systems behind one address */
	ATTRIBUTE_SENSOR,       /* the machine that observes */
	ATTRIBUTE_NAME, /* a name in the designation, said with its evidence: attribute named as the designation */
	ATTRIBUTES
};

/* One member of an attribute's value: {"softwareTitle": "nginx"}. Names are the contract's, static texts. */
struct member {
	const char *name;
	const char *text; /* NULL: `number` is the value; ignored when list is set */
	int64_t number;
	const char *const *list; /* NULL-terminated array of texts, or NULL */
};

struct flow_tuple {
	struct address src, dst;
	uint16_t sport, dport; /* ICMP: mapped type and code as Community ID wants them */
	uint8_t protocol;
	uint8_t version; /* 0: there is none (ARP, LLDP) */
};

struct evidence {
	const char *field;       /* "http.server" */
	const char *value;       /* as on the wire, at most 256 octets; hash or hex for keys and certificates */
	struct flow_tuple tuple; /* becomes communityId */
	uint64_t time_ns;
	const char *source; /* file or interface */
	uint64_t packet;    /* number in that source, from 1 */
};

struct attribute {
	enum attribute_name name;
	enum designation_name designation; /* ATTRIBUTE_NAME only */
	const struct member *members;
	uint32_t n_members;
	uint8_t known, confidence;
	const char *method;    /* field or fingerprint it came by; NULL for events */
	const char *signature; /* NULL when none */
	const struct evidence *evidence;
	uint32_t n_evidence;
	/* What was kept as JSON and is said again, octet for octet: the value instead of members, the array instead of
	 * evidence. NULL when made here. JSON alone has these; an IPFIX encoder is not given such. */
	const char *kept_value, *kept_evidence;
};

struct assertion {
	uint8_t id[16]; /* UUIDv8 */
	enum statement statement;
	bool has_endpoint; /* false: about an address that is only spoken of */
	bool unique;       /* uniquelyIdentified */
	uint8_t endpoint[16];
	const struct designation *designations;
	uint32_t n_designations; /* at most 8 */
	const struct attribute *attributes;
	uint32_t n_attributes;
	const uint8_t (*basis)[16];
	uint32_t n_basis;
	uint64_t start_ns, end_ns;
	bool open;
	uint64_t collected_ns; /* packet time when it was made */
};

/* What all assertions of a stream share; sent first, and again when anything in it changes. */
struct provenance {
	uint32_t id; /* provenanceId, from 1 */
	uint8_t component[16];
	const char *software; /* "onlooker 0.1.0" */
	const char *host_name;
	const char *const *ipv4; /* NULL-terminated */
	const char *const *ipv6;
	const char *observation_point; /* "pcap:capture.pcap" */
	uint32_t observation_domain;
	uint32_t refresh_seconds;   /* what stands is said again so often; 0: not said */
	const char *signature_set;  /* "sha256:…" */
	const char *clock;          /* "packet" */
	bool lossy;                 /* made in a stretch in which something was lost: not all may have been seen */
	const char *const *privacy; /* NULL-terminated "userName=drop" */
	uint64_t created_ns;
};

/* A block of assertions that travels as one. */
struct assertion_block {
	struct arena arena;
	struct assertion *assertions;
	uint32_t count, room;
	const struct provenance *provenance; /* of these and what follows, if it has changed; else NULL */
	uint64_t stretch; /* the registry's: it numbers what it fills, so that it knows what was read */
	bool last;        /* no block follows */
};

/* Every designation's and attribute's information element name, static. */
const char *assertion_designation_name(enum designation_name name);
const char *assertion_attribute_name(const struct attribute *attribute);
/* True when it is the name of one of them. */
bool assertion_names(const char *name);
/* Names of members that an attribute's value has, by number, static; NULL behind the last. */
const char *assertion_member_name(size_t i);
const char *assertion_statement_name(enum statement statement);
/* "self", "authority", … of one bit of `known`. */
const char *assertion_known_name(unsigned bit);

/* Canonical text of a UUID: 36 characters and a NUL. */
void uuid_text(const uint8_t id[16], char out[37]);

/* Community ID v1, seed 0, "1:…" (30 characters and a NUL at most); empty text when the tuple has no address. */
void community_id(const struct flow_tuple *tuple, char out[32]);

#endif
