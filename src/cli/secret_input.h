#ifndef ENC_CLI_SECRET_INPUT_H
#define ENC_CLI_SECRET_INPUT_H

/*
 * Reads a secret that a user gives: from a file, from standard input, or typed
 * on the terminal without an echo. It never comes from the command line, which
 * other users of the machine can read and shells keep in their history.
 */

#include "buf.h"
#include "err.h"

enum { ENC_SECRET_INPUT_MAX_BYTES = 8192 };

/**
 * enc_secret_input_read() - read a secret; a line end behind it is dropped
 * @path:       a file; "-": standard input; NULL: ask on the terminal
 * @ret_secret: should be a secret buffer
 *
 * Return: ENC_OK; ENC_BAD_REQUEST if there is none; ENC_NOT_FOUND; ENC_LIMIT;
 * ENC_CANCELLED after a signal
 */
ENC_NODISCARD enum enc_code enc_secret_input_read(const char *path,
						  struct enc_buf *ret_secret,
						  struct enc_error *err);

#endif
