#ifndef ENC_BASE_HEX_H
#define ENC_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "def.h"

/* enc_hex_encode() - lower case; @ret_text has room for 2 * length + 1 */
void enc_hex_encode(const uint8_t *bytes, size_t length, char *ret_text);

/**
 * enc_hex_decode() - the opposite, strict: lower case only, exact length
 * @text:      @text_length characters, need not end with NUL
 * @ret_bytes: room for @text_length / 2; may be half written on failure
 *
 * Return: 0; -EINVAL for another character or an odd length
 */
ENC_NODISCARD int enc_hex_decode(const char *text, size_t text_length,
				 uint8_t *ret_bytes);

#endif
