/* The text protocols and their neighbours, both directions. A file is a conversation: octets as lines, where a line
 * begins with the dissector's name and port at first, then '<' (server) or '>' (client) and a two-octet length,
 * then so many octets. Whatever the octets are, cutting them into other pieces must yield the same findings. */
#include "../classify/dissect_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dissector *named(struct cursor *c, uint16_t *port)
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

static size_t steps_of(struct cursor c, struct step *steps)
{
	size_t n = 0;
	while (n < STEPS && cursor_left(&c) > 3) {
		enum flow_direction d = cursor_u8(&c) == '<' ? FLOW_REVERSE : FLOW_FORWARD;
		struct cursor octets = cursor_sub_cut(&c, cursor_u16(&c));
		c.short_read = false;
		steps[n++] = (struct step){d, octets.at, cursor_left(&octets), 0};
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[1 << 16], pieces[1 << 16];
	struct cursor c = cursor_init(data, size);
	struct step steps[STEPS];
	uint16_t port = 0;
	const struct dissector *d = named(&c, &port);
	if (!d)
		return 0;
	struct talk talk = {.dissector = d,
			    .steps = steps,
			    .port = port,
			    .udp = d->datagram && (size % 2 || !d->stream),
			    .chosen = true};
	talk.count = steps_of(c, steps);
	talk_run(&talk, 0, size, whole, sizeof whole);
	talk_run(&talk, 1 + size % 7, size, pieces, sizeof pieces);
	if (strcmp(whole, pieces)) {
		fprintf(stderr, "%s: whole:\n%s\nin pieces:\n%s\n", d->name, whole, pieces);
		abort();
	}
	return 0;
}
