#ifndef ENC_WIRE_BASE64_H
#define ENC_WIRE_BASE64_H

/* Base64 of RFC 4648, the ordinary alphabet, with padding. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* enc_base64_encode() - heap string, never NULL */
char *enc_base64_encode(const uint8_t *bytes, size_t length);

/**
 * enc_base64_decode() - append the bytes that a text stands for; strict
 *
 * Exactly the texts that enc_base64_encode() writes are taken: no blank, no
 * padding but at the end, no bit left over.
 *
 * Return: 0; -EINVAL for another letter, length or padding; -E2BIG, -ENOMEM
 */
ENC_NODISCARD int enc_base64_decode(const char *text, size_t length,
				    struct enc_buf *ret_bytes);

#endif
