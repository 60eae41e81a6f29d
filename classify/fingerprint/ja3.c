#include "classify/fingerprint/ja3.h"

#include <openssl/evp.h>

/* A decimal list under construction; `full` once something did not fit. */
struct list {
	char *at, *end;
	bool full, more;
};

static void put_char(struct list *l, char c)
{
	if (l->at == l->end)
		l->full = true;
	else
		*l->at++ = c;
}

static void put_number(struct list *l, uint16_t value)
{
	char digits[5];
	int n = 0;
	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		put_char(l, digits[--n]);
}

static void put_item(struct list *l, uint16_t value)
{
	if (l->more)
		put_char(l, '-');
	put_number(l, value);
	l->more = true;
}

static void next_field(struct list *l)
{
	put_char(l, ',');
	l->more = false;
}

static void put_words(struct list *l, struct cursor words)
{
	while (cursor_left(&words) >= 2) {
		uint16_t word = cursor_u16(&words);
		if (!tls_is_grease(word))
			put_item(l, word);
	}
}

static void put_extensions(struct list *l, struct cursor extensions)
{
	struct cursor body;
	uint16_t type;
	while (tls_extension(&extensions, &type, &body))
		if (!tls_is_grease(type))
			put_item(l, type);
}

size_t ja3_text(const struct tls_hello *h, char out[JA3_BYTES])
{
	struct list l = {out, out + JA3_BYTES, false, false};
	put_number(&l, h->version);
	next_field(&l);
	if (h->client)
		put_words(&l, h->ciphers);
	else
		put_item(&l, h->cipher);
	next_field(&l);
	put_extensions(&l, h->extensions);
	if (h->client) {
		next_field(&l);
		put_words(&l, h->groups);
		next_field(&l);
		for (struct cursor formats = h->formats; cursor_left(&formats);)
			put_item(&l, cursor_u8(&formats));
	}
	return l.full ? 0 : (size_t)(l.at - out);
}

void md5_hex(const void *data, size_t len, char out[33])
{
	uint8_t digest[EVP_MAX_MD_SIZE] = {0};
	EVP_Digest(data, len, digest, NULL, EVP_md5(), NULL);
	for (int i = 0; i < 16; i++) {
		out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	out[32] = 0;
}
