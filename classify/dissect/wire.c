#include "classify/dissect/wire.h"

#include <stdio.h>
#include <strings.h>

void wire_text_add(struct wire_text *t, const void *data, size_t len)
{
	if (len > sizeof t->data - t->len)
		len = sizeof t->data - t->len;
	if (len)
		memcpy(t->data + t->len, data, len);
	t->len += len;
}

void wire_text_format(struct wire_text *t, const char *format, ...)
{
	char text[128];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0)
		wire_text_add(t, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static bool blank(uint8_t c)
{
	return c <= ' ' || c == 0x7f || c == ';';
}

void wire_label(struct wire_text *t, const char *key, struct cursor value)
{
	while (value.at < value.end && blank(*value.at))
		value.at++;
	while (value.at < value.end && blank(value.end[-1]))
		value.end--;
	if (!cursor_left(&value))
		return;
	if (cursor_left(&value) > 128)
		value.end = value.at + 128;
	wire_text_format(t, "%s%s=", t->len ? ";" : "", key);
	for (; value.at < value.end; value.at++)
		wire_text_add(t, blank(*value.at) ? (const uint8_t *)" " : value.at, 1);
}

void wire_label_format(struct wire_text *t, const char *key, const char *format, ...)
{
	char text[128];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n > 0)
		wire_label(t, key, cursor_init(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
}

static void add_code_point(struct wire_text *t, uint32_t u)
{
	uint8_t out[4];
	size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; u >>= 6)
		out[i] = (uint8_t)(0x80 | (u & 0x3f));
	out[0] = (uint8_t)(lead[n] | u);
	if (sizeof t->data - t->len >= n)
		wire_text_add(t, out, n);
}

void wire_text_utf16(struct wire_text *t, const uint8_t *data, size_t len)
{
	struct cursor c = cursor_init(data, len & ~(size_t)1);
	while (cursor_left(&c)) {
		uint32_t u = cursor_le16(&c);
		if (!u)
			return;
		if (u >= 0xd800 && u < 0xe000) {
			uint32_t low = (uint32_t)cursor_peek(&c, 1) << 8 | cursor_peek(&c, 0);
			bool pair = u < 0xdc00 && low >= 0xdc00 && low < 0xe000;
			if (pair)
				cursor_skip(&c, 2);
			u = pair ? 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
		}
		add_code_point(t, u);
	}
}

bool wire_message(struct dissection *x, struct cursor *c, uint64_t len, struct cursor *message)
{
	size_t have = cursor_left(c);
	*message = cursor_init(c->at, 0);
	if (len <= WIRE_MESSAGE_BYTES) {
		if (have < len)
			return false;
		*message = cursor_sub(c, (size_t)len);
		return true;
	}
	cursor_skip(c, have < len ? have : (size_t)len);
	if (len > have)
		dissection_skip(x, len - have);
	return true;
}

bool wire_next(struct dissection *x, struct cursor *c, int64_t len, uint16_t *taken, unsigned most,
	       struct cursor *message)
{
	if (x->done[x->direction] || !cursor_left(c))
		return false;
	if (len < 0 || *taken >= most) {
		dissection_done(x);
		return false;
	}
	if (!len || !wire_message(x, c, (uint64_t)len, message))
		return false;
	++*taken;
	return true;
}

bool wire_address_usable(const struct address *a, uint8_t version)
{
	if (version == 4 && a->bytes[0] == 0)
		return false;
	return !address_is_unspecified(a, version) && !address_is_loopback(a, version) &&
	       !address_is_multicast(a, version);
}

struct cursor wire_trim(struct cursor c)
{
	size_t n = cursor_left(&c) ? strnlen((const char *)c.at, cursor_left(&c)) : 0;
	while (n && (c.at[n - 1] == ' ' || c.at[n - 1] == '\r' || c.at[n - 1] == '\n' || c.at[n - 1] == '\t'))
		n--;
	return (struct cursor){c.at, n ? c.at + n : c.at, false}; /* an empty cursor may lie nowhere */
}

void wire_keep(char *to, size_t size, struct cursor value)
{
	size_t n = cursor_left(&value) < size - 1 ? cursor_left(&value) : size - 1;
	if (n)
		memcpy(to, value.at, n);
	to[n] = 0;
}

bool wire_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && (!a_len || !strncasecmp(a, b, a_len));
}
