#ifndef ENC_CLI_FILE_H
#define ENC_CLI_FILE_H

/* Reads and writes files that are named on the command line. */

#include "buf.h"
#include "err.h"

/**
 * enc_file_read() - read a whole file
 * @path:      "-" is standard input
 * @ret_bytes: the content of the file is appended
 *
 * Return: ENC_OK; ENC_NOT_FOUND; ENC_BAD_REQUEST if the file can't be read;
 * ENC_LIMIT if it is larger than @ret_bytes may become
 */
ENC_NODISCARD enum enc_code enc_file_read(const char *path,
					  struct enc_buf *ret_bytes,
					  struct enc_error *err);

/**
 * enc_file_check() - check that enc_file_write() could write a file now
 *
 * Return: as enc_file_write()
 */
ENC_NODISCARD enum enc_code enc_file_check(const char *path,
					   struct enc_error *err);

/**
 * enc_file_write() - write a whole file
 * @path: "-" is standard output
 *
 * A temporary file with mode 0600 is written and then renamed to @path. So a
 * failure leaves an existing file unchanged. Only the owner may read the file,
 * because it may be an audit log. Symbolic links are followed, so a link stays.
 *
 * A device, a pipe or an open file of this process (/dev/stdout, /dev/fd/3) is
 * written to directly. Writing to a pipe waits for its reader.
 *
 * Return: ENC_OK; ENC_CANCELLED if a signal came while it waited;
 * ENC_UNAVAILABLE if the file can't be written
 */
ENC_NODISCARD enum enc_code enc_file_write(const char *path, const void *bytes,
					   size_t length,
					   struct enc_error *err);

#endif
