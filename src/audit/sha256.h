#ifndef ENC_AUDIT_SHA256_H
#define ENC_AUDIT_SHA256_H

/*
 * SHA-256 by libcrypto. It fails only if memory is exhausted or the library is
 * broken. Such a failure aborts the process.
 */

#include <stddef.h>

#include "def.h"

/* 64 lower-case hex digits and a NUL */
enum { ENC_SHA256_HEX_BYTES = 65 };

struct enc_sha256;

/*
 * enc_sha256_new() - make a context, which one thread may use for any number of
 * digests; free it with enc_sha256_free()
 */
struct enc_sha256 *enc_sha256_new(void);

/* enc_sha256_free() - free a context; NULL is fine */
void enc_sha256_free(struct enc_sha256 *digest);

/* enc_sha256_begin() - begin a new digest */
void enc_sha256_begin(struct enc_sha256 *digest);

/*
 * enc_sha256_add() - add bytes to the digest; @bytes may be NULL when @length
 * is 0
 */
void enc_sha256_add(struct enc_sha256 *digest, const void *bytes,
		    size_t length);

/*
 * enc_sha256_end() - finish the digest and write it as hex; call
 * enc_sha256_begin() before the next add
 */
void enc_sha256_end(struct enc_sha256 *digest,
		    char ret_hex[ENC_SHA256_HEX_BYTES]);

/*
 * enc_sha256_hex() - write the digest of @bytes as hex; may be called in any
 * thread
 */
void enc_sha256_hex(const void *bytes, size_t length,
		    char ret_hex[ENC_SHA256_HEX_BYTES]);

#endif
