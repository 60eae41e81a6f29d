#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buffer_fini(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

bool buffer_reserve(struct buffer *b, size_t more)
{
	if (b->failed)
		return false;
	size_t size = b->size ? b->size : 4096;
	while (size - b->len < more)
		size *= 2;
	if (size == b->size)
		return true;
	char *data = realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

const char buffer_pairs[201] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
	"49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
	"9899";

static unsigned count_digits(uint64_t value)
{
	unsigned n = 1;
	for (; value >= 100; value /= 100)
		n += 2;
	return n + (value >= 10);
}

void buffer_u64_long(struct buffer *b, uint64_t value)
{
	unsigned n = count_digits(value);
	if (b->size - b->len < n && !buffer_reserve(b, n))
		return;
	char *p = b->data + b->len + n;
	for (; value >= 10; value /= 100) {
		p -= 2;
		memcpy(p, buffer_pairs + 2 * (value % 100), 2);
	}
	if (n % 2)
		*--p = (char)('0' + value);
	b->len += n;
}

void buffer_hex(struct buffer *b, const uint8_t *data, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	if (b->size - b->len < 2 * len && !buffer_reserve(b, 2 * len))
		return;
	for (size_t i = 0; i < len; i++) {
		b->data[b->len++] = digit[data[i] >> 4];
		b->data[b->len++] = digit[data[i] & 15];
	}
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char text[1024];
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n > 0)
		buffer_add(b, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Length of the valid UTF-8 sequence at p (2-4), or 0 (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
	uint8_t c = p[0];
	size_t n = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
	if (!n || left < n)
		return 0;
	uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	uint8_t high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void escape(struct buffer *b, uint8_t c)
{
	static const char digit[] = "0123456789abcdef";
	char six[6] = {'\\', 'u', '0', '0', digit[c >> 4], digit[c & 15]};
	switch (c) {
	case '"':
		BUFFER_LITERAL(b, "\\\"");
		break;
	case '\\':
		BUFFER_LITERAL(b, "\\\\");
		break;
	case '\n':
		BUFFER_LITERAL(b, "\\n");
		break;
	case '\r':
		BUFFER_LITERAL(b, "\\r");
		break;
	case '\t':
		BUFFER_LITERAL(b, "\\t");
		break;
	default:
		buffer_add(b, six, sizeof six);
	}
}

void buffer_json(struct buffer *b, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t from = 0, i = 0;
	while (i < len) {
		uint8_t c = p[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		size_t n = c >= 0x80 ? utf8_sequence(p + i, len - i) : 0;
		if (n) {
			i += n;
			continue;
		}
		buffer_add(b, text + from, i - from);
		escape(b, c);
		from = ++i;
	}
	buffer_add(b, text + from, len - from);
}

void buffer_json_string(struct buffer *b, const char *text)
{
	if (!text) {
		BUFFER_LITERAL(b, "null");
		return;
	}
	buffer_char(b, '"');
	buffer_json(b, text, strlen(text));
	buffer_char(b, '"');
}
