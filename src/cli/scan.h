#ifndef ENC_CLI_SCAN_H
#define ENC_CLI_SCAN_H

/*
 * Searches text for a secret, as it is and in the encodings in which a secret
 * gets out by accident. The functions are pure.
 */

#include <stddef.h>

enum { ENC_SCAN_SECRET_BYTES_MAX = 128 };

/**
 * enc_scan_find() - find the first encoding in which the text has @secret
 * @text:   @length bytes of anything
 * @secret: printable ASCII, 8 to ENC_SCAN_SECRET_BYTES_MAX bytes
 *
 * Return: "raw", "reversed", "base64" (also URL-safe, any alignment), "hex",
 * "percent", "json escape" (letters of either case); NULL if not found
 */
const char *enc_scan_find(const void *text, size_t length, const char *secret);

#endif
