#include "ipfix/assertion.h"

#include <openssl/evp.h>

static const char *const designations[DESIGNATIONS] = {
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
};

static const char *const attributes[ATTRIBUTES] = {
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
};

const char *assertion_designation_name(enum designation_name name)
{
	return designations[name];
}

const char *assertion_attribute_name(const struct attribute *attribute)
{
	return attribute->name == ATTRIBUTE_NAME ? designations[attribute->designation] : attributes[attribute->name];
}

const char *assertion_statement_name(enum statement statement)
{
	static const char *const names[] = {"Observation", "Correlation", "Event"};
	return names[statement];
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
	default:
		return "derived";
	}
}

void uuid_text(const uint8_t id[16], char out[37])
{
	static const char digit[] = "0123456789abcdef";
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digit[id[i] >> 4];
		*out++ = digit[id[i] & 15];
	}
	*out = 0;
}

void community_id(const struct flow_tuple *t, char out[32])
{
	out[0] = 0;
	if (!t->version)
		return;
	size_t n = t->version == 4 ? 4 : 16, len = 2;
	int order = memcmp(t->src.bytes, t->dst.bytes, n);
	bool swap = order > 0 || (!order && t->sport > t->dport);
	const struct address *a = swap ? &t->dst : &t->src, *b = swap ? &t->src : &t->dst;
	uint16_t p = swap ? t->dport : t->sport, q = swap ? t->sport : t->dport;
	uint8_t data[40] = {0}, sum[20];
	memcpy(data + len, a->bytes, n);
	memcpy(data + len + n, b->bytes, n);
	len += 2 * n;
	const uint8_t tail[] = {t->protocol, 0, (uint8_t)(p >> 8), (uint8_t)p, (uint8_t)(q >> 8), (uint8_t)q};
	memcpy(data + len, tail, sizeof tail);
	EVP_Digest(data, len + sizeof tail, sum, NULL, EVP_sha1(), NULL);
	memcpy(out, "1:", 2);
	EVP_EncodeBlock((unsigned char *)out + 2, sum, sizeof sum);
}
