/* Bounds-checked reading of bytes that cannot be trusted.
 *
 * The one way to read wire bytes. A cursor is two pointers and a sticky "short" flag: a read past the end
 * gives zeros and sets the flag, so a parser reads a whole header and asks once. A length field becomes a
 * sub-cursor, so that an inner parser cannot leave its container. Never allocates, never fails loudly.
 *
 * Thread: none of its own; a cursor is a value of its caller. Memory: borrows, never owns.
 * All multi-byte reads are big-endian (network order) unless the name says `le`; results are host order.
 */
#ifndef ONLOOKER_CORE_CURSOR_H
#define ONLOOKER_CORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;  /* next byte to read */
	const uint8_t *end; /* one past the last byte */
	bool short_read;    /* sticky: something was asked that was not there */
};

static inline struct cursor cursor_init(const void *data, size_t len)
{
	const uint8_t *p = data;
	return (struct cursor){p, len ? p + len : p, false};
}

/* Bytes not yet read. */
static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* True as long as every read so far was satisfied. */
static inline bool cursor_ok(const struct cursor *c)
{
	return !c->short_read;
}

/* Marks the cursor short, as if a read had run out: for a value that cannot be. */
static inline void cursor_fail(struct cursor *c)
{
	c->short_read = true;
	c->at = c->end;
}

/* Borrows `n` bytes and steps over them; NULL (and short) when they are not there. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t n)
{
	if (cursor_left(c) < n) {
		cursor_fail(c);
		return NULL;
	}
	const uint8_t *p = c->at;
	c->at += n;
	return p;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_bytes(c, n);
}

/* A cursor over the next `n` bytes, which are stepped over. Empty and short when they are not there. */
static inline struct cursor cursor_sub(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);
	if (!p)
		return (struct cursor){c->end, c->end, true};
	return (struct cursor){p, p + n, false};
}

/* Like cursor_sub, but gives what there is when `n` bytes are not there; both are marked short then. */
static inline struct cursor cursor_sub_cut(struct cursor *c, size_t n)
{
	size_t have = cursor_left(c);
	if (have >= n)
		return cursor_sub(c, n);
	struct cursor s = {c->at, c->end, true};
	cursor_fail(c);
	return s;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);
	return p ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);
	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cursor_u24(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 3);
	return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t cursor_u64(struct cursor *c)
{
	uint64_t hi = cursor_u32(c);
	return hi << 32 | cursor_u32(c);
}

static inline uint16_t cursor_le16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);
	return p ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);
	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static inline uint64_t cursor_le64(struct cursor *c)
{
	uint64_t lo = cursor_le32(c);
	return lo | (uint64_t)cursor_le32(c) << 32;
}

/* The byte `n` ahead without stepping; 0 when it is not there. Does not mark the cursor short. */
static inline uint8_t cursor_peek(const struct cursor *c, size_t n)
{
	return n < cursor_left(c) ? c->at[n] : 0;
}

/* Takes a line: the bytes up to LF, which is stepped over; a CR before it is left out.
 * returns  true and the line in *line (without its end), or false when no LF is there: nothing is consumed
 *          and the cursor is not marked short, so that the caller can wait for more.
 */
static inline bool cursor_line(struct cursor *c, struct cursor *line)
{
	size_t left = cursor_left(c);
	const uint8_t *lf = left ? memchr(c->at, '\n', left) : NULL;
	if (!lf)
		return false;
	const uint8_t *end = lf > c->at && lf[-1] == '\r' ? lf - 1 : lf;
	*line = (struct cursor){c->at, end, false};
	c->at = lf + 1;
	return true;
}

#endif
