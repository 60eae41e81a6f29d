/* What every fuzz target of a dissector does with its input: the first octet picks datagram, stream or frame, the
 * direction and whether to probe; the rest is the message. */
#ifndef ONLOOKER_TESTS_FUZZ_DISSECT_FUZZ_H
#define ONLOOKER_TESTS_FUZZ_DISSECT_FUZZ_H

#include "tests/classify/datagram_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline int dissect_fuzz(const struct dissector *d, uint8_t version, uint16_t port, const uint8_t *data,
			       size_t size)
{
	static struct fixture f;
	if (!size)
		return 0;
	bool reverse = data[0] & 1;
	fixture_init(&f, d, version, port);
	fixture_probe(&f, data[0] & 2 ? TRANSPORT_TCP : TRANSPORT_UDP, reverse, data + 1, size - 1);
	if (d->datagram)
		fixture_datagram(&f, reverse, data + 1, size - 1);
	if (d->stream) {
		fixture_stream(&f, reverse, data + 1, (size - 1) / 2);
		fixture_stream(&f, reverse, data + 1 + (size - 1) / 2, size - 1 - (size - 1) / 2);
	}
	return 0;
}

static inline int link_fuzz(const struct link_dissector *d, const uint8_t *data, size_t size)
{
	static struct fixture f;
	/* as the matches of the table want it, so that the whole of it is tried */
	static const struct {
		uint16_t ethertype;
		uint8_t version, protocol;
	} ways[] = {{0x86dd, 6, 58},  {0x0806, 0, 0},   {0x88cc, 0, 0},  {0x2000, 0, 0},  {0x888e, 0, 0},
		    {0x8892, 0, 0},   {60, 0, 0},       {0x88f7, 0, 0},  {0x88d9, 0, 0},  {0x88b8, 0, 0},
		    {0x0800, 4, 112}, {0x86dd, 6, 112}, {0x0800, 4, 88}, {0x0800, 4, 89}, {0x0800, 4, 103}};
	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
		fixture_init(&f, NULL, 6, 0);
		f.packet.ethertype = ways[i].ethertype;
		f.packet.version = ways[i].version;
		f.packet.protocol = ways[i].protocol;
		f.packet.icmp_type = size ? data[0] : 0;
		fixture_frame(&f, d, data, size);
	}
	return 0;
}

#endif
