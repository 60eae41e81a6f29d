/* Runs a dissector over a conversation, as inspection would: probes, presents each direction in order in pieces
 * of a given size, shows again what was left, honours skips, ends and hand-overs. What it yields is collected as
 * lines "field subject value". Octets that have not arrived yet are poisoned when the address sanitizer is there.
 */
#ifndef ONLOOKER_TESTS_CLASSIFY_DISSECT_FIXTURE_H
#define ONLOOKER_TESTS_CLASSIFY_DISSECT_FIXTURE_H

#include "classify/dissect.h"

#include <stddef.h>
#include <stdint.h>

struct step {
	enum flow_direction direction;
	const void *data;
	size_t len;
	size_t lost; /* octets of the direction that are missing before these */
};

/* A text of the client, of the server; binary ones; n octets of the direction missing before. */
#define C(text)                                         \
	{                                               \
		FLOW_FORWARD, text, sizeof(text) - 1, 0 \
	}
#define S(text)                                         \
	{                                               \
		FLOW_REVERSE, text, sizeof(text) - 1, 0 \
	}
#define S_LOST(n, text)                                 \
	{                                               \
		FLOW_REVERSE, text, sizeof(text) - 1, n \
	}

struct talk {
	const struct dissector *dissector;
	const struct step *steps;
	size_t count;
	uint16_t port;  /* of the responder */
	uint16_t sport; /* of the initiator; 0: 40000 */
	bool mid_stream;
	bool udp;
	bool chosen; /* the probe is asked, but its answer is taken for yes */
};

/* Runs with pieces of `piece` octets (0: each step whole), up to `most` octets in all; the lines go to `out`. */
void talk_run(const struct talk *talk, size_t piece, size_t most, char *out, size_t size);

/* Asserts that the lines are these, with any cutting into pieces; and that no cut at any length does harm. */
void talk_expect(const struct talk *talk, const char *lines);

#define TALK(name, row, to)                                                                         \
	{                                                                                           \
		.dissector = &(row), .steps = name, .count = sizeof name / sizeof *name, .port = to \
	}

/* Runs steps[] with the dissector to the port, and expects the lines. */
#define EXPECT(row, to, lines, ...)                                    \
	do {                                                           \
		static const struct step talk_steps[] = {__VA_ARGS__}; \
		const struct talk talk_ = TALK(talk_steps, row, to);   \
		talk_expect(&talk_, lines);                            \
	} while (0)

#define EXPECT_UDP(row, to, lines, ...)                                \
	do {                                                           \
		static const struct step talk_steps[] = {__VA_ARGS__}; \
		struct talk talk_ = TALK(talk_steps, row, to);         \
		talk_.udp = true;                                      \
		talk_expect(&talk_, lines);                            \
	} while (0)

#endif
