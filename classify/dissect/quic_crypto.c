#include "classify/dissect/quic_crypto.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The salts and label prefixes; from … to are the versions they serve. */
static const struct {
	uint32_t from, to;
	const char *prefix;
	uint8_t salt[20];
} version_table[] = {
	{0x00000001, 0x00000001, "quic", {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
					  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
	{0x6b3343cf, 0x6b3343cf, "quicv2", {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
					    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}},
	{0xff000021, 0xff000022, "quic", {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
					  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
	{0xff00001d, 0xff000020, "quic", {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
					  0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}},
	{0xff000017, 0xff00001c, "quic", {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
					  0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}},
	{0x51303530, 0x51303530, "quic", {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
					  0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45}},
};

/* Contexts of a thread, made at first use: making one costs more than using it, and so does looking an algorithm up by
 * name, which OpenSSL does for every digest and HMAC unless it is fetched once. */
struct contexts {
	EVP_CIPHER_CTX *gcm, *ecb;
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void contexts_free(void *p)
{
	struct contexts *c = p;
	EVP_CIPHER_CTX_free(c->gcm);
	EVP_CIPHER_CTX_free(c->ecb);
	EVP_MD_CTX_free(c->digest);
	EVP_MD_free(c->sha256);
	free(c);
}

static void make_key(void)
{
	if (pthread_key_create(&contexts_key, contexts_free))
		abort(); /* a process has hundreds of keys; we need one */
}

static const struct contexts *contexts(void)
{
	pthread_once(&contexts_once, make_key);
	struct contexts *c = pthread_getspecific(contexts_key);
	if (c || !(c = calloc(1, sizeof *c)))
		return c;
	c->gcm = EVP_CIPHER_CTX_new();
	c->ecb = EVP_CIPHER_CTX_new();
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->digest = EVP_MD_CTX_new();
	if (c->gcm && c->ecb && c->sha256 && c->digest &&
	    EVP_DecryptInit_ex(c->gcm, EVP_aes_128_gcm(), NULL, NULL, NULL) &&
	    EVP_EncryptInit_ex(c->ecb, EVP_aes_128_ecb(), NULL, NULL, NULL) && !pthread_setspecific(contexts_key, c))
		return c;
	contexts_free(c);
	return NULL;
}

#define HASH_BLOCK 64
#define HASH_BYTES 32

/* SHA-256 of a block and what follows it. */
static bool digest(const struct contexts *ctx, const uint8_t block[HASH_BLOCK], const uint8_t *data, size_t len,
		   uint8_t out[HASH_BYTES])
{
	return EVP_DigestInit_ex2(ctx->digest, ctx->sha256, NULL) && EVP_DigestUpdate(ctx->digest, block, HASH_BLOCK) &&
	       EVP_DigestUpdate(ctx->digest, data, len) && EVP_DigestFinal_ex(ctx->digest, out, NULL);
}

/* HMAC (RFC 2104) for keys of at most a block. */
static bool hmac(const struct contexts *ctx, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		 uint8_t out[HASH_BYTES])
{
	uint8_t inner[HASH_BLOCK], outer[HASH_BLOCK], hash[HASH_BYTES];
	for (size_t i = 0; i < HASH_BLOCK; i++) {
		uint8_t octet = i < key_len ? key[i] : 0;
		inner[i] = octet ^ 0x36;
		outer[i] = octet ^ 0x5c;
	}
	return digest(ctx, inner, data, len, hash) && digest(ctx, outer, hash, HASH_BYTES, out);
}

/* HKDF-Expand-Label (RFC 8446 7.1) with an empty context, for outputs of at most one hash. */
static bool expand(const struct contexts *ctx, const uint8_t secret[HASH_BYTES], const char *prefix, const char *label,
		   uint8_t *out, size_t len)
{
	uint8_t info[64], block[HASH_BYTES];
	size_t n = 2, labels = 6 + strlen(prefix) + strlen(label);
	info[0] = 0;
	info[1] = (uint8_t)len;
	info[n++] = (uint8_t)labels;
	memcpy(info + n, "tls13 ", 6);
	n += 6;
	memcpy(info + n, prefix, strlen(prefix));
	n += strlen(prefix);
	memcpy(info + n, label, strlen(label));
	n += strlen(label);
	info[n++] = 0;
	info[n++] = 1; /* the counter of the first block */
	if (!hmac(ctx, secret, HASH_BYTES, info, n, block))
		return false;
	memcpy(out, block, len);
	return true;
}

bool quic_initial_keys(uint32_t version, const uint8_t *cid, size_t cid_len, bool server, struct quic_keys *out)
{
	const struct contexts *ctx = contexts();
	for (size_t i = 0; ctx && i < sizeof version_table / sizeof version_table[0]; i++) {
		if (version < version_table[i].from || version > version_table[i].to)
			continue;
		const char *prefix = version_table[i].prefix;
		uint8_t initial[HASH_BYTES], side[HASH_BYTES];
		return hmac(ctx, version_table[i].salt, 20, cid, cid_len, initial) &&
		       expand(ctx, initial, "", server ? "server in" : "client in", side, HASH_BYTES) &&
		       expand(ctx, side, prefix, " key", out->key, 16) &&
		       expand(ctx, side, prefix, " iv", out->iv, 12) && expand(ctx, side, prefix, " hp", out->hp, 16);
	}
	return false;
}

#define SAMPLE       16
#define TAG          16
#define HEADER_BYTES 1024 /* tokens are long, but not that long */

/* The mask of the header's protected octets (RFC 9001 5.4.3). */
static bool header_mask(const struct contexts *ctx, const struct quic_keys *keys, const uint8_t *sample,
			uint8_t mask[32])
{
	int n = 0;
	return EVP_EncryptInit_ex(ctx->ecb, NULL, NULL, keys->hp, NULL) &&
	       EVP_EncryptUpdate(ctx->ecb, mask, &n, sample, SAMPLE);
}

size_t quic_open(const struct quic_keys *keys, const uint8_t *packet, size_t len, size_t number_at, uint8_t *out)
{
	const struct contexts *ctx = contexts();
	uint8_t mask[32], header[HEADER_BYTES], nonce[12], tag[TAG];
	if (!ctx || len < number_at + 4 + SAMPLE || number_at + 4 > sizeof header ||
	    !header_mask(ctx, keys, packet + number_at + 4, mask))
		return 0;
	memcpy(header, packet, number_at + 4);
	header[0] ^= mask[0] & 0x0f;
	size_t number_len = (header[0] & 3) + 1u, body = number_at + number_len, text = len - body - TAG;
	memcpy(nonce, keys->iv, sizeof nonce);
	for (size_t i = 0; i < number_len; i++) {
		header[number_at + i] ^= mask[1 + i];
		nonce[12 - number_len + i] ^= header[number_at + i];
	}
	memcpy(tag, packet + len - TAG, TAG);
	int n = 0;
	if (!EVP_DecryptInit_ex(ctx->gcm, NULL, NULL, keys->key, nonce) ||
	    !EVP_DecryptUpdate(ctx->gcm, NULL, &n, header, (int)body) ||
	    !EVP_DecryptUpdate(ctx->gcm, out, &n, packet + body, (int)text) ||
	    !EVP_CIPHER_CTX_ctrl(ctx->gcm, EVP_CTRL_AEAD_SET_TAG, TAG, tag))
		return 0;
	return EVP_DecryptFinal_ex(ctx->gcm, out + n, &n) > 0 ? text : 0;
}
