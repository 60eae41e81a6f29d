#include "classify/select.h"

#include "classify/application.h"

#include <pthread.h>
#include <string.h>

#define PORTS (sizeof((struct dissector *)0)->ports / sizeof((struct dissector *)0)->ports[0])

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

/* Would the probe take a flow whose direction begins with this octet, by any port or by the first it knows? Rows that
 * want one of several ports must answer for port 0, which no flow has, as for theirs. */
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

static void learn_ports(struct selector *s, uint32_t row)
{
	const struct dissector *d = dissector_table[row];
	for (unsigned i = 0; i < PORTS && d->ports[i]; i++) {
		add(&s->port[d->ports[i] & 255], row);
		if (d->transports & TRANSPORT_TCP)
			s->usual[0][d->ports[i] / 64] |= 1ull << d->ports[i] % 64;
		if (d->transports & (TRANSPORT_UDP | TRANSPORT_SCTP))
			s->usual[1][d->ports[i] / 64] |= 1ull << d->ports[i] % 64;
	}
}

bool selector_usual_port(const struct selector *s, enum transport transport, uint16_t port)
{
	return s->usual[transport != TRANSPORT_TCP][port / 64] >> port % 64 & 1;
}

enum port_use selector_port_use(const struct selector *s, enum transport transport, uint16_t port)
{
	if (port < 1024 || selector_usual_port(s, transport, port))
		return PORT_SERVICE;
	return port < 32768 ? PORT_ANY : PORT_EPHEMERAL;
}

static struct selector of_table;

static void make(void)
{
	struct selector *s = &of_table;
	for (uint32_t row = 0; row < SELECT_ROWS && dissector_table[row]; row++) {
		const struct dissector *d = dissector_table[row];
		s->rows = row + 1;
		s->application[row] = application_number(d->application);
		learn_ports(s, row);
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

const struct selector *selector_get(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make);
	return &of_table;
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
	for (unsigned i = 0; i < PORTS && d->ports[i]; i++)
		if (d->ports[i] == in->dport || d->ports[i] == in->sport)
			return true;
	return false;
}

/* Those of the candidates that know a port of the flow. */
static struct candidates at_home(const struct selector *s, const struct candidates *c, const struct probe_input *in)
{
	const struct candidates *a = &s->port[in->sport & 255], *b = &s->port[in->dport & 255];
	struct candidates those = {{0}};
	for (uint32_t w = 0; w * 64 < s->rows; w++)
		for (uint64_t left = c->words[w] & (a->words[w] | b->words[w]); left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			if (knows_port(dissector_table[row], in))
				add(&those, row);
		}
	return those;
}

/* One pass over some of the candidates. */
static const struct dissector *ask(const struct selector *s, struct candidates *c, const struct candidates *some,
				   const struct probe_input *in, const struct dissector **maybe)
{
	for (uint32_t w = 0; w * 64 < s->rows; w++)
		for (uint64_t left = some->words[w]; left; left &= left - 1) {
			uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(left);
			const struct dissector *d = dissector_table[row];
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
	struct candidates home = at_home(s, c, in), abroad = *c;
	for (uint32_t w = 0; w < SELECT_ROWS / 64; w++)
		abroad.words[w] &= ~home.words[w];
	const struct dissector *d = ask(s, c, &home, in, &expected);
	if (!d)
		d = ask(s, c, &abroad, in, &other);
	return d || !final ? d : expected;
}
