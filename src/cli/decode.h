#ifndef ENC_CLI_DECODE_H
#define ENC_CLI_DECODE_H

#include <stddef.h>

#include <jansson.h>

/**
 * enc_decode_answer() - decode an answer of the server
 *
 * The value that a program gave to enclave.result(), which is the member `json`
 * of a result, becomes a string: its JSON text as the server sent it. jansson
 * refuses some valid JSON, such as a name with a NUL byte and integers above
 * 2^63 - 1. A program could otherwise keep its operator from seeing anything of
 * its session.
 *
 * Return: new reference; NULL if @answer isn't JSON
 */
json_t *enc_decode_answer(const void *answer, size_t length);

#endif
