/* Made-up assertions for tests and benchmarks: storage the caller owns, filled with knowledge that looks like
 * what traffic gives. Header only; the texts are static or lie in the sample. */
#ifndef ONLOOKER_TESTS_SAMPLE_H
#define ONLOOKER_TESTS_SAMPLE_H

#include "ipfix/assertion.h"

#include <stdio.h>
#include <string.h>

#define SAMPLE_START_NS 1795176000123456789ull /* 2026-11-20T12:00:00.123456Z */

struct sample {
	struct assertion assertion;
	struct attribute attribute;
	struct designation designations[2];
	struct member members[7];
	struct evidence evidence;
	char mac[MAC_TEXT_BYTES], address[ADDRESS_TEXT_BYTES], version[16];
};

static inline void sample_id(uint8_t id[16], uint32_t kind, uint32_t n)
{
	memset(id, 0, 16);
	memcpy(id, &kind, 4);
	for (int i = 0; i < 4; i++)
		id[12 + i] = (uint8_t)(n >> (24 - 8 * i));
	id[6] = 0x80;
	id[8] = 0x80;
}

static inline struct provenance sample_provenance(void)
{
	static const char *const ipv4[] = {"192.0.2.250", NULL};
	static const char *const privacy[] = {"userName=drop", NULL};
	struct provenance p = {.id = 1,
			       .software = "onlooker 0.1.0",
			       .host_name = "sensor",
			       .ipv4 = ipv4,
			       .observation_point = "pcap:capture.pcap",
			       .observation_domain = 1,
			       .signature_set = "sha256:00",
			       .clock = "packet",
			       .privacy = privacy,
			       .created_ns = SAMPLE_START_NS};
	sample_id(p.component, 7, 1);
	return p;
}

/* "nginx 1.22.<version>" of endpoint number `n`, at its address 10.x.y.z. Assertion number `id`. */
static inline void sample_fill(struct sample *s, uint32_t id, uint32_t n, uint32_t version)
{
	memset(s, 0, sizeof *s);
	const uint8_t mac[6] = {0, 0x0c, 0x29, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	struct address a = {.bytes = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
	mac_text(mac, s->mac);
	address_text(&a, 4, s->address);
	snprintf(s->version, sizeof s->version, "1.22.%u", version);
	s->designations[0] = (struct designation){DESIGNATION_MAC, s->mac, KNOWN_OBSERVATION, 99};
	s->designations[1] = (struct designation){DESIGNATION_IPV4, s->address, KNOWN_OBSERVATION, 95};
	const struct member members[] = {
		{.name = "softwareTitle", .text = "nginx"},
		{.name = "softwareCreator", .text = "F5"},
		{.name = "softwareVersion", .text = s->version},
		{.name = "softwareIdentifier", .text = "cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*"},
		{.name = "role", .text = "server"},
		{.name = "transport", .text = "tcp"},
		{.name = "port", .number = 80}};
	memcpy(s->members, members, sizeof members);
	s->evidence = (struct evidence){.field = "http.server",
					.value = "nginx/1.22.1",
					.tuple = {.src = a,
						  .dst = {.bytes = {192, 0, 2, 9}},
						  .sport = 80,
						  .dport = (uint16_t)(40000 + n % 1000),
						  .protocol = 6,
						  .version = 4},
					.time_ns = SAMPLE_START_NS + id * 1000ull,
					.source = "capture.pcap",
					.packet = 1 + id};
	s->attribute = (struct attribute){.name = ATTRIBUTE_SOFTWARE,
					  .members = s->members,
					  .n_members = 7,
					  .known = KNOWN_SELF | KNOWN_OBSERVATION,
					  .confidence = 90,
					  .method = "http.server",
					  .signature = "http.server/nginx",
					  .evidence = &s->evidence,
					  .n_evidence = 1};
	s->assertion = (struct assertion){.statement = STATEMENT_CORRELATION,
					  .has_endpoint = true,
					  .unique = true,
					  .designations = s->designations,
					  .n_designations = 2,
					  .attributes = &s->attribute,
					  .n_attributes = 1,
					  .start_ns = SAMPLE_START_NS,
					  .end_ns = SAMPLE_START_NS + 9 * 1000000000ull,
					  .collected_ns = SAMPLE_START_NS + id * 1000ull};
	sample_id(s->assertion.id, 1, id);
	sample_id(s->assertion.endpoint, 2, n);
}

#endif
