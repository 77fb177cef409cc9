#ifndef ENC_BASE_HEX_H
#define ENC_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "def.h"

/*
 * enc_hex_encode() - write lower-case hex digits and a NUL; @ret_text has room
 * for 2 * length + 1 bytes
 */
void enc_hex_encode(const uint8_t *bytes, size_t length, char *ret_text);

/**
 * enc_hex_decode() - read hex digits, lower case only
 * @text:      @text_length characters, need not end with NUL
 * @ret_bytes: has room for @text_length / 2 bytes; may be partly written on
 *             failure
 *
 * Return: 0; -EINVAL for any other character or an odd length
 */
ENC_NODISCARD int enc_hex_decode(const char *text, size_t text_length,
				 uint8_t *ret_bytes);

#endif
