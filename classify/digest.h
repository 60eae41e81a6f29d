/* Digests over OpenSSL, fetched once. Any thread; nothing is kept but the algorithms. */
#ifndef ONLOOKER_CLASSIFY_DIGEST_H
#define ONLOOKER_CLASSIFY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

void digest_sha256(const void *data, size_t len, uint8_t out[32]);
void digest_sha256_hex(const void *data, size_t len, char out[65]);
void digest_md5_hex(const void *data, size_t len, char out[33]);

#endif
