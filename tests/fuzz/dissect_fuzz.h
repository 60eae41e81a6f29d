/* What every fuzz target of a dissector does with its input: the first octet picks datagram, stream or frame, the
 * direction and whether to probe; the rest is the message. */
#ifndef ONLOOKER_TESTS_FUZZ_DISSECT_FUZZ_H
#define ONLOOKER_TESTS_FUZZ_DISSECT_FUZZ_H

#include "tests/classify/datagram_fixture.h"

#include <stdlib.h>

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
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	fixture_init(&f, NULL, 6, 0);
	struct cursor c = cursor_init(copy, size);
	f.x.flow = NULL;
	d->frame(&f.x, &c);
	free(copy);
	return 0;
}

#endif
