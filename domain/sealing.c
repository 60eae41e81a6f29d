#include "domain/sealing.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_TRUSTED 1024u
#define PUBLIC_BYTES 32u

struct sealer {
	EVP_PKEY *key;
	EVP_MD_CTX *context;
	uint8_t public_key[PUBLIC_BYTES];
};

struct seal_checker {
	EVP_MD_CTX *context;
	EVP_PKEY *keys[MOST_TRUSTED];
	uint8_t public_keys[MOST_TRUSTED][PUBLIC_BYTES];
	uint32_t count;
};

static bool raw_public(EVP_PKEY *key, uint8_t out[PUBLIC_BYTES])
{
	size_t n = PUBLIC_BYTES;
	return EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 && EVP_PKEY_get_raw_public_key(key, out, &n) == 1 &&
	       n == PUBLIC_BYTES;
}

static int refuse(const char *path, const char *why, struct error *error)
{
	return error_set(error, ERROR_USAGE, "%s: %s", path, why);
}

int sealer_open(const char *path, struct sealer **out, struct error *error)
{
	struct stat status;
	FILE *f = fopen(path, "re");
	if (!f || fstat(fileno(f), &status) != 0) {
		int code = errno;
		if (f)
			fclose(f);
		return refuse(path, strerror(code), error);
	}
	struct sealer *s = calloc(1, sizeof *s);
	if (s) {
		s->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		s->context = EVP_MD_CTX_new();
	}
	fclose(f);
	int code = 0;
	if (!s || !s->context)
		code = error_set(error, ERROR_FAILED, "%s: no memory", path);
	else if (!s->key || !raw_public(s->key, s->public_key))
		code = refuse(path, "this is no Ed25519 key; make one with openssl genpkey -algorithm ed25519", error);
	else if (status.st_mode & (S_IRWXG | S_IRWXO))
		code = refuse(path, "others may read this secret key; chmod 600", error);
	if (code) {
		sealer_close(s);
		return code;
	}
	*out = s;
	return 0;
}

bool sealer_seal(struct sealer *s, const void *data, size_t len, uint8_t seal[SEAL_BYTES])
{
	size_t n = SEAL_BYTES - PUBLIC_BYTES;
	memcpy(seal, s->public_key, PUBLIC_BYTES);
	EVP_MD_CTX_reset(s->context);
	return EVP_DigestSignInit(s->context, NULL, NULL, NULL, s->key) == 1 &&
	       EVP_DigestSign(s->context, seal + PUBLIC_BYTES, &n, data, len) == 1;
}

void sealer_close(struct sealer *s)
{
	if (!s)
		return;
	EVP_PKEY_free(s->key);
	EVP_MD_CTX_free(s->context);
	free(s);
}

int seal_checker_open(const char *path, struct seal_checker **out, struct error *error)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return refuse(path, strerror(errno), error);
	struct seal_checker *c = calloc(1, sizeof *c);
	EVP_PKEY *key;
	bool good = c && (c->context = EVP_MD_CTX_new());
	while (good && c->count < MOST_TRUSTED && (key = PEM_read_PUBKEY(f, NULL, NULL, NULL))) {
		good = raw_public(key, c->public_keys[c->count]);
		c->keys[c->count++] = key;
	}
	fclose(f);
	if (!good || !c->count) {
		seal_checker_close(c);
		return refuse(path, "holds no Ed25519 public keys; make one with openssl pkey -pubout", error);
	}
	*out = c;
	return 0;
}

bool seal_checker_trusts(struct seal_checker *c, const void *data, size_t len, const uint8_t *seal, size_t seal_len)
{
	if (seal_len != SEAL_BYTES)
		return false;
	for (uint32_t i = 0; i < c->count; i++) {
		if (memcmp(c->public_keys[i], seal, PUBLIC_BYTES) != 0)
			continue;
		EVP_MD_CTX_reset(c->context);
		return EVP_DigestVerifyInit(c->context, NULL, NULL, NULL, c->keys[i]) == 1 &&
		       EVP_DigestVerify(c->context, seal + PUBLIC_BYTES, SEAL_BYTES - PUBLIC_BYTES, data, len) == 1;
	}
	return false;
}

void seal_checker_close(struct seal_checker *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->count; i++)
		EVP_PKEY_free(c->keys[i]);
	EVP_MD_CTX_free(c->context);
	free(c);
}
