/* A stand-in for the inspector: hands messages to one dissector and keeps its findings as lines of text.
 *
 * A line is "FIELD SUBJECT VALUE": the subject is "sender", "receiver", an address, or a MAC (with "/address" when
 * one was given); of a value octets that do not print are written \xNN. A binding is "bound KIND MAC ADDRESS", with
 * " lease=N" and " spoken" where they hold. Each message is copied to memory of just its size, so that the address
 * sanitizer sees a read past it. Test code: single thread, aborts when it cannot go on.
 */
#ifndef ONLOOKER_TESTS_CLASSIFY_DATAGRAM_FIXTURE_H
#define ONLOOKER_TESTS_CLASSIFY_DATAGRAM_FIXTURE_H

#include "classify/dissect.h"
#include "classify/link.h"

#define FIXTURE_LINES 256

struct fixture {
	struct frame frame;
	struct packet packet;
	struct flow flow;
	struct finder finder;
	struct dissection x;
	const struct dissector *dissector;
	_Alignas(16) uint8_t state[DISSECT_STATE_BYTES];
	uint8_t pending[2][INSPECT_PENDING_BYTES];
	size_t pending_len[2];
	char lines[FIXTURE_LINES][640];
	unsigned count;
};

/* A flow 192.0.2.10:40000 to 192.0.2.53:port of the dissector (version 4; fe80::10 and fe80::53 with version 6);
 * source MAC 02:00:00:00:00:10 forward, :53 reverse. */
void fixture_init(struct fixture *f, const struct dissector *dissector, uint8_t version, uint16_t port);

/* What the dissector makes of the first octets of a direction. */
enum probe fixture_probe(struct fixture *f, enum transport transport, enum flow_direction direction, const void *data,
			 size_t len);

/* True when the first octets of a TCP direction, one after the other, are "maybe" until they are "yes": selection may
 * ask after any number of them, and a "no" is final. */
bool fixture_probe_waits(struct fixture *f, enum flow_direction direction, const void *data, size_t len);

void fixture_datagram(struct fixture *f, enum flow_direction direction, const void *data, size_t len);

/* Octets of a TCP direction; what the dissector leaves waits for more. */
void fixture_stream(struct fixture *f, enum flow_direction direction, const void *data, size_t len);

/* A frame; false when the link dissector does not match. packet is the caller's to set up after fixture_init(). */
bool fixture_frame(struct fixture *f, const struct link_dissector *link, const void *data, size_t len);

/* Forgets the lines. */
void fixture_clear(struct fixture *f);

bool fixture_has(const struct fixture *f, const char *line);

/* True when the lines are just these, in this order; the list ends with NULL. Prints what was found when not. */
bool fixture_said(const struct fixture *f, ...) __attribute__((sentinel));

/* Hands the message over cut at every length; returns the most lines that one of them gave. */
unsigned fixture_cut_datagrams(struct fixture *f, enum flow_direction direction, const void *data, size_t len);
unsigned fixture_cut_frames(struct fixture *f, const struct link_dissector *link, const void *data, size_t len);

/* Hands a stream over octet by octet, which must say the same as at once. */
void fixture_drip(struct fixture *f, enum flow_direction direction, const void *data, size_t len);

/* Messages under construction. */
struct message {
	uint8_t data[4096];
	size_t len;
};

void put(struct message *m, const void *data, size_t len);
void put_text(struct message *m, const char *text);
void put_u8(struct message *m, unsigned value);
void put_u16(struct message *m, unsigned value);
void put_u32(struct message *m, uint32_t value);
void put_le16(struct message *m, unsigned value);
void put_le32(struct message *m, uint32_t value);
void put_zero(struct message *m, size_t len);
void put_hex(struct message *m, const char *hex);
/* "www.example.com" as DNS labels with the root at the end. */
void put_name(struct message *m, const char *name);
/* ASCII as UTF-16LE, no end. */
void put_utf16(struct message *m, const char *text);

#endif
