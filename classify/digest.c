#include "classify/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static EVP_MD *sha256, *md5;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	if (!sha256 || !md5)
		abort(); /* an OpenSSL without them cannot serve at all */
}

static void hex(const uint8_t *data, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[data[i] >> 4];
		out[2 * i + 1] = digit[data[i] & 15];
	}
	out[2 * n] = 0;
}

void digest_sha256(const void *data, size_t len, uint8_t out[32])
{
	pthread_once(&once, fetch);
	EVP_Digest(data, len, out, NULL, sha256, NULL);
}

void digest_sha256_hex(const void *data, size_t len, char out[65])
{
	uint8_t d[32];
	digest_sha256(data, len, d);
	hex(d, 32, out);
}

void digest_md5_hex(const void *data, size_t len, char out[33])
{
	uint8_t d[16];
	pthread_once(&once, fetch);
	EVP_Digest(data, len, d, NULL, md5, NULL);
	hex(d, 16, out);
}
