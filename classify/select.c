#include "classify/select.h"

#include "classify/application.h"

#include <string.h>

static void add(struct candidates *c, uint32_t row)
{
	c->words[row / 64] |= 1ull << row % 64;
}

static void drop(struct candidates *c, uint32_t row)
{
	c->words[row / 64] &= ~(1ull << row % 64);
}

static void keep(struct candidates *c, const struct candidates *those)
{
	for (uint32_t i = 0; i < SELECT_ROWS / 64; i++)
		c->words[i] &= those->words[i];
}

bool candidates_empty(const struct candidates *c)
{
	uint64_t any = 0;
	for (uint32_t i = 0; i < SELECT_ROWS / 64; i++)
		any |= c->words[i];
	return !any;
}

void candidates_remove(struct candidates *c, const struct dissector *d)
{
	for (uint32_t row = 0; row < SELECT_ROWS && dissector_table[row]; row++)
		if (dissector_table[row] == d)
			drop(c, row);
}

/* Would the probe take a flow whose direction begins with this octet, by any ports it knows? */
static bool takes(const struct dissector *d, int direction, const uint8_t *octet)
{
	for (unsigned i = 0; i < 4; i++) {
		uint16_t port = i & 1 ? d->ports[0] : 0;
		struct probe_input in = {.dport = port, .transport = TRANSPORT_TCP, .mid_stream = i & 2};
		in.first[direction] = cursor_init(octet, 1);
		if (d->probe(&in) != PROBE_NO)
			return true;
		in.sport = port;
		in.dport = 0;
		if (port && d->probe(&in) != PROBE_NO)
			return true;
	}
	return false;
}

static void learn_first_octets(struct selector *s, uint32_t row)
{
	for (int direction = 0; direction < 2; direction++)
		for (unsigned b = 0; b < 256; b++) {
			uint8_t octet = (uint8_t)b;
			if (takes(dissector_table[row], direction, &octet))
				add(&s->first[direction][b], row);
		}
}

void selector_init(struct selector *s)
{
	memset(s, 0, sizeof *s);
	for (uint32_t row = 0; row < SELECT_ROWS && dissector_table[row]; row++) {
		const struct dissector *d = dissector_table[row];
		s->rows = row + 1;
		s->application[row] = application_number(d->application);
		if (d->transports & TRANSPORT_UDP)
			add(&s->transport[TRANSPORT_UDP], row);
		if (d->transports & TRANSPORT_SCTP)
			add(&s->transport[TRANSPORT_SCTP], row);
		if (!(d->transports & TRANSPORT_TCP))
			continue;
		add(&s->transport[TRANSPORT_TCP], row);
		learn_first_octets(s, row);
	}
}

uint16_t selector_application(const struct selector *s, const struct dissector *d)
{
	for (uint32_t row = 0; row < s->rows; row++)
		if (dissector_table[row] == d)
			return s->application[row];
	return application_number(d->application);
}

static bool knows_port(const struct dissector *d, const struct probe_input *in)
{
	for (unsigned i = 0; i < sizeof d->ports / sizeof d->ports[0] && d->ports[i]; i++)
		if (d->ports[i] == in->dport || d->ports[i] == in->sport)
			return true;
	return false;
}

/* One pass over the candidates, those that know a port or those that do not. */
static const struct dissector *ask(const struct selector *s, struct candidates *c, const struct probe_input *in,
				   bool ports, const struct dissector **maybe)
{
	for (uint32_t w = 0; w * 64 < s->rows; w++)
		for (uint64_t left = c->words[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			const struct dissector *d = dissector_table[row];
			if (knows_port(d, in) != ports)
				continue;
			switch (d->probe(in)) {
			case PROBE_YES:
				return d;
			case PROBE_NO:
				drop(c, row);
				break;
			case PROBE_MAYBE:
				if (!*maybe)
					*maybe = d;
			}
		}
	return NULL;
}

const struct dissector *selector_ask(const struct selector *s, struct candidates *c, const struct probe_input *in,
				     bool final)
{
	if (in->transport == TRANSPORT_TCP)
		for (int i = 0; i < 2; i++)
			if (cursor_left(&in->first[i]))
				keep(c, &s->first[i][in->first[i].at[0]]);
	const struct dissector *expected = NULL, *other = NULL;
	const struct dissector *d = ask(s, c, in, true, &expected);
	if (!d)
		d = ask(s, c, in, false, &other);
	return d || !final ? d : expected;
}
