/* What fuzz targets of whole conversations do with their input: a file is octets as lines, where a line begins with the
 * dissector's name and port at first, then '<' (server) or '>' (client) and a two-octet length, then so many octets.
 * Whatever the octets are, cutting them into other pieces must yield the same findings. */
#ifndef ONLOOKER_TESTS_FUZZ_TALK_FUZZ_H
#define ONLOOKER_TESTS_FUZZ_TALK_FUZZ_H

#include "tests/classify/dissect_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TALK_STEPS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline const struct dissector *talk_named(struct cursor *c, uint16_t *port)
{
	struct cursor line;
	char name[32] = "";
	unsigned number = 0;
	if (!cursor_line(c, &line) || cursor_left(&line) >= sizeof name)
		return NULL;
	memcpy(name, line.at, cursor_left(&line));
	char *blank = strchr(name, ' ');
	if (blank) {
		*blank = 0;
		number = (unsigned)strtoul(blank + 1, NULL, 10);
	}
	*port = (uint16_t)number;
	return dissector_by_name(name);
}

static inline size_t talk_steps(struct cursor c, struct step *steps)
{
	size_t n = 0;
	while (n < TALK_STEPS && cursor_left(&c) > 3) {
		enum flow_direction d = cursor_u8(&c) == '<' ? FLOW_REVERSE : FLOW_FORWARD;
		struct cursor octets = cursor_sub_cut(&c, cursor_u16(&c));
		c.short_read = false;
		steps[n++] = (struct step){d, octets.at, cursor_left(&octets), 0};
	}
	return n;
}

static inline int talk_fuzz(const uint8_t *data, size_t size)
{
	static char whole[1 << 16], pieces[1 << 16];
	struct cursor c = cursor_init(data, size);
	struct step steps[TALK_STEPS];
	uint16_t port = 0;
	const struct dissector *d = talk_named(&c, &port);
	if (!d)
		return 0;
	struct talk talk = {.dissector = d,
			    .steps = steps,
			    .port = port,
			    .udp = d->datagram && (size % 2 || !d->stream),
			    .chosen = true};
	talk.count = talk_steps(c, steps);
	talk_run(&talk, 0, size, whole, sizeof whole);
	talk_run(&talk, 1 + size % 7, size, pieces, sizeof pieces);
	if (strcmp(whole, pieces)) {
		fprintf(stderr, "%s: whole:\n%s\nin pieces:\n%s\n", d->name, whole, pieces);
		abort();
	}
	return 0;
}

#endif
