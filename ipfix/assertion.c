#include "ipfix/assertion.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

const char *assertion_designation_name(enum designation_name name)
{
	static const char *const names[DESIGNATIONS] = {
		[DESIGNATION_MAC] = "macAddress",
		[DESIGNATION_IPV4] = "ipv4Address",
		[DESIGNATION_IPV6] = "ipv6Address",
		[DESIGNATION_HOST_NAME] = "hostName",
		[DESIGNATION_DOMAIN_NAME] = "domainName",
		[DESIGNATION_WINDOWS_DOMAIN] = "windowsDomain",
		[DESIGNATION_DHCP_CLIENT_ID] = "dhcpClientIdentifier",
		[DESIGNATION_CERTIFICATE] = "certificateFingerprint",
		[DESIGNATION_SSH_HOST_KEY] = "sshHostKeyFingerprint",
		[DESIGNATION_SMB_GUID] = "smbServerGuid",
		[DESIGNATION_SNMP_ENGINE] = "snmpEngineId",
		[DESIGNATION_CHASSIS_ID] = "chassisId",
		[DESIGNATION_MQTT_CLIENT_ID] = "mqttClientId",
		[DESIGNATION_USER_NAME] = "userName",
		[DESIGNATION_VLAN] = "vlanId",
		[DESIGNATION_LAYER2_SEGMENT] = "layer2SegmentId",
		[DESIGNATION_CUSTOMER_VLAN] = "dot1qCustomerVlanId",
	};
	return (unsigned)name < DESIGNATIONS ? names[name] : "";
}

const char *assertion_attribute_name(const struct attribute *attribute)
{
	static const char *const names[ATTRIBUTES] = {
		[ATTRIBUTE_SOFTWARE] = "softwareInstance",
		[ATTRIBUTE_SERVICE] = "service",
		[ATTRIBUTE_HARDWARE] = "hardware",
		[ATTRIBUTE_USER] = "userName",
		[ATTRIBUTE_CERTIFICATE] = "certificate",
		[ATTRIBUTE_INTERFACE] = "networkInterface",
		[ATTRIBUTE_LOCATION] = "location",
		[ATTRIBUTE_FINGERPRINT] = "fingerprint",
		[ATTRIBUTE_BANNER] = "banner",
		[ATTRIBUTE_EVENT] = "event",
		[ATTRIBUTE_MULTIPLICITY] = "endpointMultiplicity",
		[ATTRIBUTE_SENSOR] = "observingSensor",
	};
	if (attribute->name == ATTRIBUTE_NAME)
		return assertion_designation_name(attribute->designation);
	return (unsigned)attribute->name < ATTRIBUTES ? names[attribute->name] : "";
}

bool assertion_names(const char *name)
{
	for (int i = 0; i < DESIGNATIONS; i++)
		if (strcmp(assertion_designation_name((enum designation_name)i), name) == 0)
			return true;
	for (int i = 0; i < ATTRIBUTE_NAME; i++)
		if (strcmp(assertion_attribute_name(&(struct attribute){.name = (enum attribute_name)i}), name) == 0)
			return true;
	return false;
}

const char *assertion_member_name(size_t i)
{
	static const char *const names[] = {
		"softwareTitle",
		"softwareCreator",
		"softwareVersion",
		"packageRevision",
		"softwareIdentifier",
		"packageIdentifier",
		"role",
		"transport",
		"port",
		"applicationName",
		"manufacturer",
		"model",
		"kind",
		"serialNumber",
		"userName",
		"domain",
		"fingerprint",
		"subject",
		"issuer",
		"notBefore",
		"notAfter",
		"names",
		"interfaceMacAddress",
		"interfaceName",
		"interfaceType",
		"addresses",
		"chassis",
		"field",
		"value",
		"old",
		"new",
		"atLeast",
		"systems",
	};
	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *assertion_statement_name(enum statement statement)
{
	static const char *const names[] = {"Observation", "Correlation", "Event"};
	return (unsigned)statement < 3 ? names[statement] : "";
}

const char *assertion_known_name(unsigned bit)
{
	switch (bit) {
	case KNOWN_SELF:
		return "self";
	case KNOWN_AUTHORITY:
		return "authority";
	case KNOWN_OBSERVATION:
		return "observation";
	case KNOWN_VERIFICATION:
		return "verification";
	case KNOWN_DERIVED:
		return "derived";
	default:
		return "";
	}
}

void uuid_text(const uint8_t id[16], char out[37])
{
	static const char digits[] = "0123456789abcdef";
	char *p = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[id[i] >> 4];
		*p++ = digits[id[i] & 15];
	}
	*p = 0;
}

/* Community ID v1 (github.com/corelight/community-id-spec): SHA-1 over seed, addresses, protocol, ports, the smaller
 * endpoint first, so that both directions give the same. */

/* ICMP types that have an answer. `of_v6` tells which protocol; type and answer stand in for ports. */
static const struct {
	bool of_v6;
	uint8_t type, answer;
} counterparts[] = {
	{false, 8, 0},    {false, 0, 8},    {false, 13, 14},  {false, 14, 13},  {false, 15, 16},  {false, 16, 15},
	{false, 10, 9},   {false, 9, 10},   {false, 17, 18},  {false, 18, 17},  {true, 128, 129}, {true, 129, 128},
	{true, 133, 134}, {true, 134, 133}, {true, 135, 136}, {true, 136, 135}, {true, 130, 131}, {true, 131, 130},
	{true, 139, 140}, {true, 140, 139}, {true, 144, 145}, {true, 145, 144},
};

static bool answered_by(const struct flow_tuple *t, uint16_t *answer)
{
	for (size_t i = 0; i < sizeof counterparts / sizeof counterparts[0]; i++) {
		if (counterparts[i].of_v6 == (t->protocol == IPPROTO_ICMPV6) && counterparts[i].type == t->sport) {
			*answer = counterparts[i].answer;
			return true;
		}
	}
	return false;
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static size_t put_u16(uint8_t *p, uint16_t x)
{
	p[0] = (uint8_t)(x >> 8);
	p[1] = (uint8_t)x;
	return 2;
}

/* What is hashed; its length. At most 2 + 16 + 16 + 2 + 4. */
static size_t input(const struct flow_tuple *t, uint8_t out[40])
{
	size_t len = t->version == 6 ? 16 : 4, n = 0;
	uint16_t sport = t->sport, dport = t->dport;
	bool icmp = t->protocol == IPPROTO_ICMP || t->protocol == IPPROTO_ICMPV6;
	bool one_way = icmp && !answered_by(t, &dport);
	int order = memcmp(t->src.bytes, t->dst.bytes, len);
	bool swap = !one_way && (order > 0 || (order == 0 && sport > dport));
	n += put_u16(out, 0); /* seed */
	memcpy(out + n, swap ? t->dst.bytes : t->src.bytes, len);
	memcpy(out + n + len, swap ? t->src.bytes : t->dst.bytes, len);
	n += 2 * len;
	out[n++] = t->protocol;
	out[n++] = 0;
	if (!has_ports(t->protocol))
		return n;
	n += put_u16(out + n, swap ? dport : sport);
	return n + put_u16(out + n, swap ? sport : dport);
}

/* OpenSSL looks an algorithm up by name for every digest unless it is fetched once, and the context is worth keeping,
 * one a thread: together more than half the time of so short a digest. */
static EVP_MD *sha1;
static pthread_key_t contexts;

static void release(void *context)
{
	EVP_MD_CTX_free(context);
}

static void fetch(void)
{
	sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (sha1 && pthread_key_create(&contexts, release)) {
		EVP_MD_free(sha1);
		sha1 = NULL;
	}
}

static EVP_MD_CTX *own_context(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, fetch);
	if (!sha1)
		return NULL;
	EVP_MD_CTX *context = pthread_getspecific(contexts);
	if (!context) {
		context = EVP_MD_CTX_new();
		pthread_setspecific(contexts, context);
	}
	return context;
}

/* Base64 (RFC 4648 4) of a digest's twenty octets, and a zero behind it. */
static void put_base64(const uint8_t digest[20], char *out)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (int i = 0; i < 20; i += 3, out += 4) {
		uint32_t v = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | (i < 18 ? digest[i + 2] : 0);
		for (int k = 0; k < 4; k++)
			out[k] = digit[v >> (18 - 6 * k) & 63];
	}
	out[-1] = '=';
	*out = 0;
}

void community_id(const struct flow_tuple *t, char out[32])
{
	uint8_t bytes[40], digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	out[0] = 0;
	if (t->version != 4 && t->version != 6)
		return;
	size_t n = input(t, bytes);
	EVP_MD_CTX *c = own_context();
	if (!c || !EVP_DigestInit_ex2(c, sha1, NULL) || !EVP_DigestUpdate(c, bytes, n) ||
	    !EVP_DigestFinal_ex(c, digest, &len) || len != 20)
		return;
	memcpy(out, "1:", 2);
	put_base64(digest, out + 2);
}
