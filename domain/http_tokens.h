/* The list of tokens of repository_http: who may ask, and as what. Made at start, then only read. */
#ifndef ONLOOKER_DOMAIN_HTTP_TOKENS_H
#define ONLOOKER_DOMAIN_HTTP_TOKENS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum http_role { HTTP_NOBODY, HTTP_VIEWER, HTTP_ADMIN };

struct http_tokens;

/* Reads a file: "ROLE SHA256 NAME" a line, `#` begins a comment. 0, or ERROR_USAGE and the line that is wrong. */
int http_tokens_read(const char *path, struct http_tokens **out, struct error *error);
void http_tokens_free(struct http_tokens *tokens);

/* The role of who shows `token`; takes the same time whatever the token is. */
enum http_role http_tokens_role(const struct http_tokens *tokens, const char *token);

#endif
