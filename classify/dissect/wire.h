/* Small readings that many of the dissectors share: addresses, texts, UTF-16.
 *
 * Any thread; everything is a value of the caller's or is borrowed from the wire.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_WIRE_H
#define ONLOOKER_CLASSIFY_DISSECT_WIRE_H

#include "classify/dissect.h"

#include <stdarg.h>

/* Text that is put together from several places. Takes what fits and drops the rest. */
struct wire_text {
	char data[1024];
	size_t len;
};

void wire_text_add(struct wire_text *t, const void *data, size_t len);
void wire_text_format(struct wire_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* UTF-16LE as UTF-8; lone surrogates become U+FFFD. Stops at a NUL. */
void wire_text_utf16(struct wire_text *t, const uint8_t *data, size_t len);

/* Adds "key=value" as classify/labels.h has it: blanks around the value taken off, octets that do not print and ';'
 * made blanks; nothing when the value is empty. */
void wire_label(struct wire_text *t, const char *key, struct cursor value);
void wire_label_format(struct wire_text *t, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Takes the next `len` octets of a stream as one message. Of one that is longer than WIRE_MESSAGE_BYTES nothing is
 * put together: it is passed over and comes out empty. returns false when more octets are needed. */
#define WIRE_MESSAGE_BYTES 16384
bool wire_message(struct dissection *x, struct cursor *c, uint64_t len, struct cursor *message);

/* Takes the next whole message of a direction that consists of them.
 * len      its octets, those of its header too; 0: the header is not at hand yet; negative: it is no message
 * taken    how many were taken before, and `most` of them are: the direction is done then, as behind what is no message
 * returns  false when there is none now
 */
bool wire_next(struct dissection *x, struct cursor *c, int64_t len, uint16_t *taken, unsigned most,
	       struct cursor *message);

/* Yields the text about the sender. */
static inline void wire_yield(struct dissection *x, enum field field, const struct wire_text *t)
{
	dissection_yield(x, field, SUBJECT_SENDER, t->data, t->len);
}

/* Reads an address of 4 or 16 octets. */
static inline struct address wire_address(struct cursor *c, uint8_t version)
{
	struct address a = {.words = {0, 0}};
	const uint8_t *p = cursor_bytes(c, version == 4 ? 4 : 16);
	if (p)
		memcpy(a.bytes, p, version == 4 ? 4 : 16);
	return a;
}

/* True for an address one host can have on a network: not unspecified, loopback or multicast. */
bool wire_address_usable(const struct address *a, uint8_t version);

/* What is left of a cursor up to the first NUL, blanks at the end taken off. */
struct cursor wire_trim(struct cursor c);

/* Copies as much of the value as `size` octets hold, and a NUL. */
void wire_keep(char *to, size_t size, struct cursor value);

/* A text of our own as if it came from the wire. */
static inline struct cursor wire_literal(const char *text)
{
	return cursor_init(text, strlen(text));
}

/* True when `a` is `b`, letters of either case being equal. */
bool wire_equal(const void *a, size_t a_len, const void *b, size_t b_len);

/* The port the octets at hand were sent from. */
static inline uint16_t wire_sender_port(const struct dissection *x)
{
	return x->packet->sport;
}

/* Sender is the server: says so and asserts the service. */
static inline void wire_served(struct dissection *x)
{
	dissection_server(x, x->direction);
	dissection_service(x);
}

#endif
