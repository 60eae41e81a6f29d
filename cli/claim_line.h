/* A claim in words: "nginx 1.22.1 (F5), server tcp/80". Any thread; nothing is kept. */
#ifndef ONLOOKER_CLI_CLAIM_LINE_H
#define ONLOOKER_CLI_CLAIM_LINE_H

#include "core/buffer.h"
#include "domain/repository.h"

#include <jansson.h>

/* Appends what the claim says, on one line, escaped for terminals. `rest` (may be NULL) receives the members that are
 * not in it, a new reference or NULL when there are none. */
void claim_line(struct buffer *out, const struct claim *c, json_t **rest);

/* Appends a value of JSON as words: "name text, name text" for an object, "a, b" for a list. */
void claim_words(struct buffer *out, const json_t *value);

/* What an endpoint is best called by: "10.0.0.1, web.example.net". Appends nothing when nothing is known. */
void claim_names(struct buffer *out, const struct claim *claims, uint32_t n);

/* Appends how many systems a claim of several says there are, and which: "at least two: Linux, Windows". */
void claim_systems(struct buffer *out, const struct claim *c);

#endif
