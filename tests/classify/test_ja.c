#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classify/fingerprint/ja3.h"
#include "classify/fingerprint/ja4.h"

/* A ClientHello under construction. */
struct maker {
	uint8_t data[4096];
	size_t len;
};

static void u8(struct maker *m, unsigned v)
{
	m->data[m->len++] = (uint8_t)v;
}

static void u16(struct maker *m, unsigned v)
{
	u8(m, v >> 8);
	u8(m, v & 0xff);
}

static void words(struct maker *m, const uint16_t *w, size_t n)
{
	u16(m, (unsigned)n * 2);
	for (size_t i = 0; i < n; i++)
		u16(m, w[i]);
}

static void head(struct maker *m, unsigned version, const uint16_t *ciphers, size_t n)
{
	m->len = 0;
	u16(m, version);
	memset(m->data + m->len, 7, 32);
	m->len += 32;
	u8(m, 0);
	words(m, ciphers, n);
	u16(m, 0x0100);
}

static void md5_gives_the_published_ja3(void **state)
{
	(void)state;
	const char *const rows[][2] = {
		{"769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
		 "ada70206e40642a3e4461f35503241d5"},
		{"769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6"},
	};
	for (size_t i = 0; i < 2; i++) {
		char hex[33];
		md5_hex(rows[i][0], strlen(rows[i][0]), hex);
		assert_string_equal(hex, rows[i][1]);
	}
}

static void ja3_without_extensions(void **state)
{
	(void)state;
	static const uint16_t ciphers[] = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99};
	struct maker m;
	head(&m, 0x0301, ciphers, 11);
	struct tls_hello h;
	assert_true(tls_client_hello(cursor_init(m.data, m.len), false, &h));
	assert_true(h.whole);
	char text[JA3_BYTES];
	size_t n = ja3_text(&h, text);
	assert_int_equal(n, strlen("769,4-5-10-9-100-98-3-6-19-18-99,,,"));
	assert_memory_equal(text, "769,4-5-10-9-100-98-3-6-19-18-99,,,", n);
	char raw[JA4_RAW_BYTES], ja4[JA4_BYTES];
	assert_true(ja4_from_raw(raw, ja4_raw(&h, 't', raw), ja4));
	assert_memory_equal(ja4, "t10i110000_", 11);
	assert_string_equal(ja4 + 23, "_000000000000");
}

static void ja4_of_the_specification(void **state)
{
	(void)state;
	static const char raw[] =
		"t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
		"0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
		"0403,0804,0401,0503,0805,0501,0806,0601";
	char out[JA4_BYTES];
	assert_true(ja4_from_raw(raw, sizeof raw - 1, out));
	assert_string_equal(out, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	assert_true(ja4_from_raw(raw, strlen(raw) - 40, out));
	assert_string_equal(out, "t13d1516h2_8daaf6152771_6d807ffa2a79");
	assert_false(ja4_from_raw(raw, 11, out));
	assert_false(ja4_from_raw(raw, 40, out));
}

static void extension(struct maker *m, unsigned type, const void *body, size_t len)
{
	u16(m, type);
	u16(m, (unsigned)len);
	memcpy(m->data + m->len, body, len);
	m->len += len;
}

/* The hello of the specification, shuffled and greased, gives its raw text. */
static void ja4_raw_sorts_and_degreases(void **state)
{
	(void)state;
	static const uint16_t ciphers[] = {0x2a2a, 0xcca9, 0xcca8, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
					   0xc02c, 0xc030, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
	struct maker m;
	head(&m, 0x0303, ciphers, 16);
	size_t at = m.len;
	u16(&m, 0);
	extension(&m, 0x0a0a, "", 0);
	extension(&m, 0xff01, "", 1);
	extension(&m, 0x0000,
		  "\0\x06\0\0\x03"
		  "a.b",
		  8);
	extension(&m, 0x0010,
		  "\0\x0c\x02"
		  "h2\x08http/1.1",
		  14);
	extension(&m, 0x000d, "\0\x10\4\3\x08\4\4\1\5\3\x08\5\5\1\x08\6\6\1", 18);
	extension(&m, 0x002b, "\x06\x3a\x3a\3\4\3\3", 7);
	static const uint16_t others[] = {0x4469, 0x33, 0x2d, 0x23, 0x1b, 0x17, 0x15, 0x12, 0x0b, 0x0a, 0x05};
	for (size_t i = 0; i < 11; i++)
		extension(&m, others[i], "\0", 0);
	m.data[at] = (uint8_t)((m.len - at - 2) >> 8);
	m.data[at + 1] = (uint8_t)(m.len - at - 2);
	struct tls_hello h;
	assert_true(tls_client_hello(cursor_init(m.data, m.len), false, &h));
	assert_true(h.whole);
	char raw[JA4_RAW_BYTES], out[JA4_BYTES];
	assert_true(ja4_from_raw(raw, ja4_raw(&h, 't', raw), out));
	assert_string_equal(out, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	for (size_t cut = 0; cut < m.len; cut++) {
		struct tls_hello part;
		if (tls_client_hello(cursor_init(m.data, cut), false, &part) && part.whole)
			assert_int_equal(cut, at); /* ending before its extensions it is whole too */
	}
}

/* First and last character, or of the hex form. */
static void alpn_rule(void **state)
{
	(void)state;
	static const struct {
		const char *name, *want;
	} rows[] = {{"", "00"}, {"a", "aa"}, {"\xab", "ab"}, {" a", "21"}, {"01\xab\xcd", "3d"}, {"hq-29", "h9"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t list[16];
		size_t n = strlen(rows[i].name);
		list[0] = (uint8_t)n;
		memcpy(list + 1, rows[i].name, n);
		struct tls_hello h = {.client = true, .version = 0x0303, .alpn = cursor_init(list, n + 1)};
		char raw[JA4_RAW_BYTES];
		ja4_raw(&h, 'q', raw);
		assert_memory_equal(raw, "q12i0000", 8);
		assert_memory_equal(raw + 8, rows[i].want, 2);
	}
}

static void counts_stop_at_99_and_lists_at_their_bound(void **state)
{
	(void)state;
	static uint8_t many[2048];
	memset(many, 0x13, sizeof many);
	struct tls_hello h = {.client = true, .version = 0x0303, .ciphers = cursor_init(many, 300)};
	char raw[JA4_RAW_BYTES];
	assert_true(ja4_raw(&h, 't', raw) > 0);
	assert_memory_equal(raw, "t12i9900", 8);
	h.ciphers = cursor_init(many, sizeof many);
	assert_int_equal(ja4_raw(&h, 't', raw), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_gives_the_published_ja3),
		cmocka_unit_test(ja3_without_extensions),
		cmocka_unit_test(ja4_of_the_specification),
		cmocka_unit_test(ja4_raw_sorts_and_degreases),
		cmocka_unit_test(alpn_rule),
		cmocka_unit_test(counts_stop_at_99_and_lists_at_their_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
