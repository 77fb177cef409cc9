#ifndef ENC_BASE_UTF8_H
#define ENC_BASE_UTF8_H

/*
 * UTF-8 as in RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
 * Pure.
 */

#include <stddef.h>
#include <stdint.h>

enum { ENC_UTF8_MAX_BYTES = 4 };

/**
 * enc_utf8_decode() - decode the character at the start of @bytes
 * @left: count of readable bytes, at least one
 *
 * Return: the length of the character in bytes; 0 if the bytes don't begin with
 * a complete and valid one
 */
size_t enc_utf8_decode(const uint8_t *bytes, size_t left, uint32_t *ret_point);

/*
 * enc_utf8_encode() - encode @point, which must be a valid code point. Return:
 * the length, 1 to 4.
 */
size_t enc_utf8_encode(uint32_t point, uint8_t ret_bytes[ENC_UTF8_MAX_BYTES]);

/*
 * enc_utf8_partial() - count the bytes at the end of @bytes that begin a
 * character which more bytes could complete: 0 to 3
 */
size_t enc_utf8_partial(const uint8_t *bytes, size_t length);

#endif
