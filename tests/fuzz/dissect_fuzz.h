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
	fixture_init(&f, NULL, 6, 0);
	/* as most of the tables' matches want it, so that the whole of it is tried */
	f.packet.protocol = 58;
	f.packet.icmp_type = size ? data[0] : 0;
	if (!fixture_frame(&f, d, data, size)) {
		static const uint16_t types[] = {0x0806, 0x88cc, 0x2000, 0x888e, 0x8892};
		for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
			f.packet.ethertype = types[i];
			fixture_frame(&f, d, data, size);
		}
	}
	return 0;
}

#endif
