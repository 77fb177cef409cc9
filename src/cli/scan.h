#ifndef ENC_CLI_SCAN_H
#define ENC_CLI_SCAN_H

/*
 * Searches text for a secret, both unchanged and in the encodings in which
 * secrets leak most easily. Pure.
 */

#include <stddef.h>

enum { ENC_SCAN_SECRET_BYTES_MAX = 128 };

/**
 * enc_scan_find() - find out in which encoding @text contains @secret
 * @text:   @length bytes of any value
 * @secret: printable ASCII, 8 to ENC_SCAN_SECRET_BYTES_MAX bytes
 *
 * base64 may be URL-safe and may start at any byte. The other encodings are
 * searched without regard to case.
 *
 * Return: the first that is found of "raw", "reversed", "base64", "hex",
 * "percent" and "json escape"; NULL if @text contains none; a static string
 */
const char *enc_scan_find(const void *text, size_t length, const char *secret);

#endif
