/* A growing byte buffer for text that is made to be written out: JSON lines, tables, SQL values.
 *
 * Owned by one thread. Grows on the heap by doubling and is reused, so the steady state allocates nothing.
 * When the heap is out the buffer turns `failed` and takes no more; the caller asks once at the end.
 */
#ifndef ONLOOKER_CORE_BUFFER_H
#define ONLOOKER_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
	char *data;
	size_t len, size;
	bool failed;
};

void buffer_fini(struct buffer *b);

/* Makes room for `more` bytes behind len; false (and failed) when the heap is out. Seldom called and never inlined:
 * what adds stays small. */
__attribute__((noinline, cold)) bool buffer_reserve(struct buffer *b, size_t more);

static inline void buffer_clear(struct buffer *b)
{
	b->len = 0;
}

static inline void buffer_add(struct buffer *b, const void *data, size_t len)
{
	if (b->size - b->len < len && !buffer_reserve(b, len))
		return;
	if (len)                                     /* then there is room, and data with it */
		memcpy(b->data + b->len, data, len); // NOLINT(clang-analyzer-core.NonNullParamChecker)
	b->len += len;
}

static inline void buffer_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

static inline void buffer_char(struct buffer *b, char c)
{
	buffer_add(b, &c, 1);
}

/* A string literal, its length known to the compiler. */
#define BUFFER_LITERAL(b, s) buffer_add((b), "" s, sizeof(s) - 1)

/* "00" to "99", one behind the other. */
extern const char buffer_pairs[201];

void buffer_u64_long(struct buffer *b, uint64_t value);

/* A number in decimal; most have two digits. */
static inline void buffer_u64(struct buffer *b, uint64_t value)
{
	if (value >= 10 && value < 100)
		buffer_add(b, buffer_pairs + 2 * value, 2);
	else
		buffer_u64_long(b, value);
}

void buffer_hex(struct buffer *b, const uint8_t *data, size_t len);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text from the wire inside a JSON string, without the quotes: valid UTF-8 passes, control characters and
 * quotes are escaped, a byte that is no valid UTF-8 becomes \u00XX of the byte (contract). Bytes 00 too. */
void buffer_json(struct buffer *b, const char *text, size_t len);

/* The same with quotes around it; text NULL gives null. */
void buffer_json_string(struct buffer *b, const char *text);

#endif
