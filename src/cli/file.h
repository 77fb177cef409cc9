#ifndef ENC_CLI_FILE_H
#define ENC_CLI_FILE_H

/* Files that a person names. */

#include "buf.h"
#include "err.h"

/**
 * enc_file_read() - all of a file
 * @path:      "-" is standard input
 * @ret_bytes: appended to, up to its maximum
 *
 * Return: ENC_OK; NOT_FOUND; BAD_REQUEST if it can't be read; LIMIT
 */
ENC_NODISCARD enum enc_code enc_file_read(const char *path,
					  struct enc_buf *ret_bytes,
					  struct enc_error *err);

/**
 * enc_file_write() - write a whole file, or nothing on failure
 *
 * The file is written beside @path and renamed to it, with mode 0600: it may be
 * an audit log of somebody's work. A device or a pipe isn't replaced but
 * written into.
 */
ENC_NODISCARD enum enc_code enc_file_write(const char *path, const void *bytes,
					   size_t length,
					   struct enc_error *err);

#endif
