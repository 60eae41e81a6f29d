/* Signatures of payloads, end to end beyond the fabric: Ed25519 by OpenSSL (docs/fabric.md, 9). A seal is the signer's
 * public key and its signature. One thread each. */
#ifndef ONLOOKER_DOMAIN_SEALING_H
#define ONLOOKER_DOMAIN_SEALING_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_BYTES 96

struct sealer;
/* A private key, PEM, nobody else's to read. 0 and *out, or ERROR_USAGE and a sentence. */
int sealer_open(const char *path, struct sealer **out, struct error *error);
bool sealer_seal(struct sealer *s, const void *data, size_t len, uint8_t seal[SEAL_BYTES]);
void sealer_close(struct sealer *s);

struct seal_checker;
/* Public keys, PEM, any number in one file. 0 and *out, or ERROR_USAGE and a sentence. */
int seal_checker_open(const char *path, struct seal_checker **out, struct error *error);
/* True for a good signature of one of the keys. */
bool seal_checker_trusts(struct seal_checker *c, const void *data, size_t len, const uint8_t *seal, size_t seal_len);
void seal_checker_close(struct seal_checker *c);

#endif
