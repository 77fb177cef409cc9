#ifndef ENC_AUDIT_SHA256_H
#define ENC_AUDIT_SHA256_H

/*
 * SHA-256 of libcrypto. It fails only when memory or the library itself is
 * broken, and then nothing may go on: a digest that wasn't made is our bug.
 */

#include <stddef.h>

#include "def.h"

/* 64 lower hex digits and NUL */
enum { ENC_SHA256_HEX_BYTES = 65 };

struct enc_sha256;

/* enc_sha256_new() - a context to be used over and over, by one thread */
struct enc_sha256 *enc_sha256_new(void);

/* enc_sha256_free() - NULL is fine */
void enc_sha256_free(struct enc_sha256 *digest);

/* enc_sha256_begin() - forget what was added */
void enc_sha256_begin(struct enc_sha256 *digest);

/* enc_sha256_add() - @bytes may be NULL when @length is 0 */
void enc_sha256_add(struct enc_sha256 *digest, const void *bytes,
		    size_t length);

/* enc_sha256_end() - write the digest; begin must come before the next add */
void enc_sha256_end(struct enc_sha256 *digest,
		    char ret_hex[ENC_SHA256_HEX_BYTES]);

/* enc_sha256_hex() - of one piece, in any thread */
void enc_sha256_hex(const void *bytes, size_t length,
		    char ret_hex[ENC_SHA256_HEX_BYTES]);

#endif
