#ifndef ENC_BASE_UTF8_H
#define ENC_BASE_UTF8_H

/*
 * UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above
 * U+10FFFF. Pure.
 */

#include <stddef.h>
#include <stdint.h>

enum { ENC_UTF8_MAX_BYTES = 4 };

/**
 * enc_utf8_decode() - the character at the start of @bytes
 * @left: readable bytes, at least one
 *
 * Return: its length; 0 if no whole character is there
 */
size_t enc_utf8_decode(const uint8_t *bytes, size_t left, uint32_t *ret_point);

/* enc_utf8_encode() - Return: the length, 1 to 4 */
size_t enc_utf8_encode(uint32_t point, uint8_t ret_bytes[ENC_UTF8_MAX_BYTES]);

/*
 * enc_utf8_partial() - how many bytes at the end of @bytes begin a character
 * that more bytes could complete: 0 to 3
 */
size_t enc_utf8_partial(const uint8_t *bytes, size_t length);

#endif
