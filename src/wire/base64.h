#ifndef ENC_WIRE_BASE64_H
#define ENC_WIRE_BASE64_H

/*
 * Base64 of RFC 4648, the ordinary alphabet, with padding. The functions are
 * pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* enc_base64_encode() - encode bytes as a string, which the caller frees */
char *enc_base64_encode(const uint8_t *bytes, size_t length);

/**
 * enc_base64_decode() - append the bytes that a base64 text encodes
 *
 * Only texts that enc_base64_encode() could have written are accepted: no white
 * space, padding only at the end, unused bits zero.
 *
 * Return: 0; -EINVAL for any other text; -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_base64_decode(const char *text, size_t length,
				    struct enc_buf *ret_bytes);

#endif
