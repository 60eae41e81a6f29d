#include "classify/fingerprint/ja4.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Most entries of one list. */
#define ENTRIES     512
#define SERVER_NAME 0x0000
#define ALPN        0x0010

struct words {
	uint16_t word[ENTRIES];
	size_t count;
	bool full;
};

static void add(struct words *w, uint16_t word)
{
	if (tls_is_grease(word))
		return;
	w->full |= w->count == ENTRIES;
	if (!w->full)
		w->word[w->count++] = word;
}

static int compare(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* Lists of a usual length by insertion: they are short, and often nearly in order. */
static void sort(struct words *w)
{
	if (w->count > 64) {
		qsort(w->word, w->count, sizeof w->word[0], compare);
		return;
	}
	for (size_t i = 1; i < w->count; i++) {
		uint16_t word = w->word[i];
		size_t at = i;
		for (; at && w->word[at - 1] > word; at--)
			w->word[at] = w->word[at - 1];
		w->word[at] = word;
	}
}

static char hex_digit(unsigned value)
{
	return "0123456789abcdef"[value & 15];
}

static char *put_words(char *at, const struct words *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (i)
			*at++ = ',';
		for (int shift = 12; shift >= 0; shift -= 4)
			*at++ = hex_digit(w->word[i] >> shift);
	}
	return at;
}

static char *put_count(char *at, size_t n)
{
	if (n > 99)
		n = 99;
	*at++ = (char)('0' + n / 10);
	*at++ = (char)('0' + n % 10);
	return at;
}

static const char *version_text(const struct tls_hello *h)
{
	uint16_t version = 0;
	struct cursor c = h->versions;
	while (cursor_left(&c) >= 2) {
		uint16_t v = cursor_u16(&c);
		if (!tls_is_grease(v) && v > version)
			version = v;
	}
	switch (version ? version : h->version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
	default:
		return "00";
	}
}

static bool is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first protocol offered; of its hex form when one of them is not alphanumeric. */
static char *put_alpn(char *at, struct cursor alpn)
{
	struct cursor name;
	if (!tls_alpn(&alpn, &name) || !cursor_left(&name)) {
		*at++ = '0';
		*at++ = '0';
		return at;
	}
	uint8_t first = name.at[0], last = name.end[-1];
	bool plain = is_alphanumeric(first) && is_alphanumeric(last);
	*at++ = plain ? (char)first : hex_digit(first >> 4);
	*at++ = plain ? (char)last : hex_digit(last);
	return at;
}

static char *put_head(char *at, const struct tls_hello *h, char transport, size_t ciphers, size_t extensions)
{
	*at++ = transport;
	memcpy(at, version_text(h), 2);
	at += 2;
	*at++ = h->has_sni ? 'd' : 'i';
	at = put_count(at, ciphers);
	at = put_count(at, extensions);
	return put_alpn(at, h->alpn);
}

/* Collects extensions; returns how many there are, those left out of the list counted too. */
static size_t collect_extensions(struct words *w, struct cursor extensions)
{
	size_t count = 0;
	struct cursor body;
	uint16_t type;
	while (tls_extension(&extensions, &type, &body)) {
		count += !tls_is_grease(type);
		if (type != SERVER_NAME && type != ALPN)
			add(w, type);
	}
	return count;
}

static void collect(struct words *w, struct cursor c)
{
	while (cursor_left(&c) >= 2)
		add(w, cursor_u16(&c));
}

size_t ja4_raw(const struct tls_hello *h, char transport, char out[JA4_RAW_BYTES])
{
	struct words ciphers, extensions, signatures; /* their counts alone are cleared: they are large */
	ciphers.count = extensions.count = signatures.count = 0;
	ciphers.full = extensions.full = signatures.full = false;
	collect(&ciphers, h->ciphers);
	size_t count = collect_extensions(&extensions, h->extensions);
	collect(&signatures, h->signatures);
	if (ciphers.full || extensions.full || signatures.full)
		return 0;
	sort(&ciphers);
	sort(&extensions);
	char *at = put_head(out, h, transport, ciphers.count, count);
	*at++ = '_';
	at = put_words(at, &ciphers);
	*at++ = '_';
	at = put_words(at, &extensions);
	if (signatures.count) {
		*at++ = '_';
		at = put_words(at, &signatures);
	}
	return (size_t)(at - out);
}

static void put_digest(char out[12], const char *text, size_t len)
{
	memset(out, '0', 12);
	uint8_t digest[EVP_MAX_MD_SIZE];
	if (!len || !EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL))
		return;
	for (int i = 0; i < 12; i++)
		out[i] = hex_digit(digest[i / 2] >> (i & 1 ? 0 : 4));
}

bool ja4_from_raw(const char *raw, size_t len, char out[JA4_BYTES])
{
	if (len < 12 || raw[10] != '_')
		return false;
	for (unsigned i = 0; i < 10; i++)
		if (raw[i] <= ' ' || raw[i] > '~')
			return false;
	const char *ciphers = raw + 11, *end = raw + len;
	const char *bar = memchr(ciphers, '_', (size_t)(end - ciphers));
	if (!bar)
		return false;
	memcpy(out, raw, 11);
	put_digest(out + 11, ciphers, (size_t)(bar - ciphers));
	out[23] = '_';
	put_digest(out + 24, bar + 1, (size_t)(end - bar - 1));
	out[36] = 0;
	return true;
}
