#include "domain/http_tokens.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES 32
#define MOST_TOKENS  1024

struct http_tokens {
	uint32_t count;
	struct token {
		uint8_t digest[DIGEST_BYTES];
		enum http_role role;
	} tokens[MOST_TOKENS];
};

static int nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool read_digest(const char *text, uint8_t out[DIGEST_BYTES])
{
	if (strlen(text) != 2 * DIGEST_BYTES)
		return false;
	for (int i = 0; i < DIGEST_BYTES; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_line(struct http_tokens *t, char *line)
{
	char *rest = line, *role, *digest;
	line[strcspn(line, "#\r\n")] = 0;
	do
		role = strsep(&rest, " \t");
	while (role && !*role);
	if (!role)
		return true;
	do
		digest = strsep(&rest, " \t");
	while (digest && !*digest);
	if (!digest || t->count == MOST_TOKENS)
		return false;
	struct token *token = &t->tokens[t->count++];
	token->role = strcmp(role, "admin") == 0 ? HTTP_ADMIN : strcmp(role, "viewer") == 0 ? HTTP_VIEWER : HTTP_NOBODY;
	return token->role != HTTP_NOBODY && read_digest(digest, token->digest);
}

int http_tokens_read(const char *path, struct http_tokens **out, struct error *error)
{
	char line[512];
	unsigned number = 0;
	FILE *f = fopen(path, "re");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s; name a file of tokens", path, strerror(errno));
	struct http_tokens *t = calloc(1, sizeof *t);
	bool good = t;
	while (good && fgets(line, sizeof line, f)) {
		number++;
		good = read_line(t, line);
	}
	fclose(f);
	if (good && t->count) {
		*out = t;
		return 0;
	}
	free(t);
	if (good)
		return error_set(error, ERROR_USAGE, "%s: there is no token in it; add a line «viewer SHA256 NAME»",
				 path);
	return error_set(error, ERROR_USAGE,
			 "%s: line %u is not «ROLE SHA256 NAME»; the role is viewer or admin, the digest what "
			 "`printf %%s TOKEN | sha256sum` prints",
			 path, number);
}

void http_tokens_free(struct http_tokens *tokens)
{
	free(tokens);
}

enum http_role http_tokens_role(const struct http_tokens *tokens, const char *token)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	enum http_role role = HTTP_NOBODY;
	if (EVP_Digest(token, strlen(token), digest, &len, EVP_sha256(), NULL) != 1 || len != DIGEST_BYTES)
		return HTTP_NOBODY;
	for (uint32_t i = 0; i < tokens->count; i++)
		if (CRYPTO_memcmp(tokens->tokens[i].digest, digest, DIGEST_BYTES) == 0)
			role = tokens->tokens[i].role;
	return role;
}
