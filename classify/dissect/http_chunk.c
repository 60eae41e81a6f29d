/* The chunked coding of a message's body (RFC 9112 7.1): lines with sizes, and putting together what they cut. */
#include "classify/dissect/http.h"
#include "classify/dissect/text.h"

#define MOST_CHUNKS 64 /* of a page that are put together */

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_chunk_size(struct cursor line, uint64_t *size)
{
	size_t digits = 0;
	*size = 0;
	for (line = text_trim(line); cursor_left(&line) && digit(*line.at) >= 0; line.at++, digits++)
		*size = *size << 4 | (uint64_t)digit(*line.at);
	return digits && digits <= 14;
}

static struct cursor at_most(struct cursor c, uint64_t n)
{
	return text_first(c, n < cursor_left(&c) ? (size_t)n : cursor_left(&c));
}

bool http_chunks_join(uint64_t left, struct cursor c, uint8_t *page, size_t room, size_t *len)
{
	*len = 0;
	for (unsigned i = 0; i < MOST_CHUNKS && left; i++) {
		struct cursor line, data = at_most(at_most(c, left), room - *len);
		memcpy(page + *len, data.at, cursor_left(&data));
		*len += cursor_left(&data);
		if (*len == room)
			return true;
		if (cursor_left(&data) < left)
			return false;
		cursor_skip(&c, cursor_left(&data));
		if (!cursor_line(&c, &line))
			return false;
		if (cursor_left(&line)) /* no chunk's end: nothing that follows belongs to the page */
			return true;
		if (!cursor_line(&c, &line))
			return false;
		if (!http_chunk_size(line, &left))
			return true;
	}
	return true;
}
