#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "classify/dissect/assembly.h"
#include "classify/dissect/quic_crypto.h"
#include "tests/classify/traffic.h"

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	for (unsigned v; sscanf(hex, "%2x", &v) == 1; hex += 2)
		out[n++] = (uint8_t)v;
	return n;
}

static const char cid_hex[] = "8394c8f03e515708";

/* RFC 9001 A.2: the CRYPTO frame of the client's first packet. */
static const char crypto_hex[] = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"
				 "00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006"
				 "001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa4"
				 "7fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305"
				 "0306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ff"
				 "ff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff";

static void check_hex(const uint8_t *data, size_t len, const char *hex)
{
	uint8_t want[64];
	assert_int_equal(from_hex(hex, want), len);
	assert_memory_equal(data, want, len);
}

static void keys_of_the_rfcs(void **state)
{
	(void)state;
	uint8_t cid[8];
	struct quic_keys k;
	from_hex(cid_hex, cid);
	assert_true(quic_initial_keys(1, cid, 8, false, &k)); /* RFC 9001 A.1 */
	check_hex(k.key, 16, "1f369613dd76d5467730efcbe3b1a22d");
	check_hex(k.iv, 12, "fa044b2f42a3fd3b46fb255c");
	check_hex(k.hp, 16, "9f50449e04a0e810283a1e9933adedd2");
	assert_true(quic_initial_keys(1, cid, 8, true, &k));
	check_hex(k.key, 16, "cf3a5331653c364c88f0f379b6067e37");
	check_hex(k.iv, 12, "0ac1493ca1905853b0bba03e");
	check_hex(k.hp, 16, "c206b8d9b9f0f37644430b490eeaa314");
	assert_true(quic_initial_keys(0x6b3343cf, cid, 8, false, &k)); /* RFC 9369 A.1 */
	check_hex(k.key, 16, "8b1a0bc121284290a29e0971b5cd045d");
	check_hex(k.iv, 12, "91f73e2351d8fa91660e909f");
	check_hex(k.hp, 16, "45b95e15235d6f45a6b19cbcb0294ba9");
	assert_false(quic_initial_keys(0xbabababa, cid, 8, false, &k));
}

static void encrypt(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *head,
		    size_t head_len, const uint8_t *text, size_t len, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	assert_true(EVP_EncryptInit_ex(c, cipher, NULL, key, iv));
	assert_true(!head || EVP_EncryptUpdate(c, NULL, &n, head, (int)head_len));
	assert_true(EVP_EncryptUpdate(c, out, &n, text, (int)len));
	if (tag) {
		assert_true(EVP_EncryptFinal_ex(c, out + n, &n));
		assert_true(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag));
	}
	EVP_CIPHER_CTX_free(c);
}

/* An Initial of 1200 octets with that payload and packet number, as RFC 9001 A.2 makes one, under keys that follow from
 * the identifier. */
static size_t protect_by(const char *key_cid, bool server, uint32_t version, const uint8_t *payload, size_t len,
			 uint8_t number, uint8_t out[1200])
{
	uint8_t cid[8], text[1162] = {0}, nonce[12], mask[32];
	struct quic_keys k;
	from_hex(key_cid, cid);
	assert_true(quic_initial_keys(version, cid, 8, server, &k));
	size_t head = from_hex("c300000001088394c8f03e5157080000449e00000000", out);
	for (int i = 0; i < 4; i++)
		out[1 + i] = (uint8_t)(version >> (24 - 8 * i));
	if (version == 0x6b3343cf)
		out[0] |= 0x10;
	out[21] = number;
	memcpy(text, payload, len);
	memcpy(nonce, k.iv, 12);
	nonce[11] ^= number;
	encrypt(EVP_aes_128_gcm(), k.key, nonce, out, head, text, sizeof text, out + head, out + head + sizeof text);
	encrypt(EVP_aes_128_ecb(), k.hp, NULL, NULL, 0, out + head, 16, mask, NULL);
	out[0] ^= mask[0] & 15;
	for (int i = 0; i < 4; i++)
		out[18 + i] ^= mask[1 + i];
	return head + sizeof text + 16;
}

static size_t protect(uint32_t version, const uint8_t *payload, size_t len, uint8_t number, uint8_t out[1200])
{
	return protect_by(cid_hex, false, version, payload, len, number, out);
}

static const char want[] = "tls.sni@443=example.com\n"
			   "tls.ja3@40000=771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,\n"
			   "tls.ja4@40000=q13d0211an_1301,1302_0005,000a,000d,001c,002b,002d,0033,0039,ff01_"
			   "0403,0503,0603,0203,0804,0805,0806\n";

static void the_packet_of_the_rfc(void **state)
{
	(void)state;
	uint8_t crypto[256], packet[1200];
	size_t n = from_hex(crypto_hex, crypto);
	assert_int_equal(n, 245);
	assert_int_equal(protect(1, crypto, n, 2, packet), sizeof packet);
	check_hex(packet, 38, "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b");
	check_hex(packet + 1184, 16, "e221af44860018ab0856972e194cd934");
	for (int answered = 0; answered < 2; answered++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 443, 0);
		traffic_udp(&t, FLOW_FORWARD, packet, sizeof packet);
		for (int i = 0; answered && i < 12; i++)
			traffic_udp(&t, FLOW_REVERSE, "\x40 one-sided protection", 22);
		char expected[1024];
		snprintf(expected, sizeof expected, "%s%s", want, answered ? "service@443=quic\n" : "");
		if (answered) {
			assert_int_equal(t.flow.inspected, 3);
			assert_null(t.flow.inspect);
		}
		assert_string_equal(traffic_end(&t), expected);
		traffic_close(&t);
	}
}

static void cut_at_every_length_nothing_is_read(void **state)
{
	(void)state;
	uint8_t crypto[256], packet[1200];
	size_t n = from_hex(crypto_hex, crypto);
	protect(1, crypto, n, 2, packet);
	for (size_t cut = 1; cut < sizeof packet; cut++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 443, 0);
		traffic_udp(&t, FLOW_FORWARD, packet, cut);
		assert_string_equal(traffic_end(&t), "");
		traffic_close(&t);
	}
}

/* The hello in three frames over three packets, in every order, in three versions. */
static void frames_come_in_any_order(void **state)
{
	(void)state;
	static const uint32_t versions[] = {1, 0x6b3343cf, 0xff00001d};
	static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	uint8_t crypto[256];
	size_t n = from_hex(crypto_hex, crypto) - 4;
	for (size_t v = 0; v < 3; v++)
		for (size_t o = 0; o < 6; o++) {
			struct traffic t;
			traffic_open(&t, 17, 40000, 443, 0);
			for (int i = 0; i < 3; i++) {
				size_t from = (size_t)orders[o][i] * 90, len = from + 90 < n ? 90 : n - from;
				uint8_t frame[128] = {6, 0x40, (uint8_t)from, 0x40, (uint8_t)len}, packet[1200];
				memcpy(frame + 5, crypto + 4 + from, len);
				traffic_udp(&t, FLOW_FORWARD, packet,
					    protect(versions[v], frame, 5 + len, (uint8_t)i, packet));
			}
			assert_string_equal(traffic_end(&t), want);
			traffic_close(&t);
		}
}

/* After a Retry the keys follow from the identifier that the server chose in it (RFC 9001 A.4). */
static void a_retry_changes_the_keys(void **state)
{
	(void)state;
	uint8_t crypto[256], hello[64], packet[1200], retry[64];
	size_t n = from_hex(crypto_hex, crypto);
	size_t h = from_hex("060040320200002e0303", hello);
	memset(hello + h, 7, 32);
	h += 32;
	h += from_hex("001301000006002b00020304", hello + h);
	size_t r = from_hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba", retry);
	for (int retried = 0; retried < 2; retried++) {
		struct traffic t;
		traffic_open(&t, 17, 40000, 443, 0);
		traffic_udp(&t, FLOW_FORWARD, packet, protect(1, crypto, n, 0, packet));
		if (retried)
			traffic_udp(&t, FLOW_REVERSE, retry, r);
		traffic_udp(&t, FLOW_REVERSE, packet,
			    protect_by(retried ? "f067a5502a4262b5" : cid_hex, true, 1, hello, h, 0, packet));
		const char *got = traffic_end(&t);
		assert_non_null(strstr(got, "service@443=quic\n"));
		assert_non_null(strstr(got, "tls.ja3s@443=771,4865,43\n"));
		traffic_close(&t);
	}
}

static void google_quic_says_who_it_is(void **state)
{
	(void)state;
	static const char packet[] = "\x09"
				     "ConnIden"
				     "Q043\x01"
				     "hashhashhash"
				     "\xa0\x01\x00\x00\x01"
				     "CHLO\x02\0\0\0"
				     "SNI\0\x09\0\0\0"
				     "UAID\x12\0\0\0"
				     "q.exampleChrome/70";
	struct traffic t;
	traffic_open(&t, 17, 40000, 443, 0);
	traffic_udp(&t, FLOW_FORWARD, packet, sizeof packet - 1);
	traffic_udp(&t, FLOW_REVERSE,
		    "\x0c"
		    "ConnIden and more",
		    18);
	assert_string_equal(traffic_end(&t), "tls.sni@443=q.example\n"
					     "quic.userAgent@40000=Chrome/70\n"
					     "service@443=quic\n");
	traffic_close(&t);
}

static void assembly_takes_pieces_in_any_order(void **state)
{
	(void)state;
	static struct assembly a;
	uint8_t data[64];
	for (uint8_t i = 0; i < 64; i++)
		data[i] = i;
	for (unsigned step = 1; step < 64; step += 2) { /* odd steps visit every offset modulo 64 */
		memset(&a, 0, sizeof a);
		for (unsigned i = 0, at = 5; i < 64; i++, at = (at + step) % 64)
			assembly_add(&a, at, data + at, at + 3 < 64 ? 3 : 64 - at);
		if (assembly_front(&a) == 64)
			assert_memory_equal(a.data, data, 64);
		assert_true(a.count <= ASSEMBLY_RANGES);
	}
	memset(&a, 0, sizeof a);
	assembly_add(&a, 10, data + 10, 10);
	assembly_add(&a, 0, (const uint8_t *)"\0\1\2\3\4\5\6\7\x08\x09XX", 12);
	assert_int_equal(assembly_front(&a), 20);
	assert_memory_equal(a.data, data, 20); /* what came first stays */
	assembly_add(&a, UINT64_MAX, data, 64);
	assembly_add(&a, ASSEMBLY_BYTES - 1, data, 64);
	assert_int_equal(assembly_front(&a), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_the_rfcs),
		cmocka_unit_test(the_packet_of_the_rfc),
		cmocka_unit_test(cut_at_every_length_nothing_is_read),
		cmocka_unit_test(frames_come_in_any_order),
		cmocka_unit_test(a_retry_changes_the_keys),
		cmocka_unit_test(google_quic_says_who_it_is),
		cmocka_unit_test(assembly_takes_pieces_in_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
