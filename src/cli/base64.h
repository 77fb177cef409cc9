#ifndef ENC_CLI_BASE64_H
#define ENC_CLI_BASE64_H

/* Base64 of RFC 4648, the ordinary alphabet, with padding. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* enc_base64_encode() - heap string, never NULL */
char *enc_base64_encode(const uint8_t *bytes, size_t length);

/**
 * enc_base64_decode() - append the bytes that a text stands for; strict
 *
 * Return: 0; -EINVAL for another letter, length or padding; -E2BIG, -ENOMEM
 */
ENC_NODISCARD int enc_base64_decode(const char *text, size_t length,
				    struct enc_buf *ret_bytes);

#endif
