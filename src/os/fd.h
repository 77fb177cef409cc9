#ifndef ENC_OS_FD_H
#define ENC_OS_FD_H

/*
 * Descriptors. Each is close-on-exec from the start and has one owner. A local
 * owner is declared by `enc_autoclose int fd = -1;` and handed over by
 * ENC_TAKE_FD().
 */

#include <stdint.h>
#include <sys/types.h>

#include "def.h"

/* enc_fd_close() - close *fd unless it is -1, and set it to -1 */
void enc_fd_close(int *fd);

#define enc_autoclose __attribute__((cleanup(enc_fd_close)))

/*
 * enc_fd_fill_standard() - open /dev/null where standard input, output or error
 * is closed. Otherwise the next opened file would get that number, here or in a
 * child. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_fd_fill_standard(void);

/*
 * enc_fd_check_own() - whether only this user and root can write a file or
 * directory. Return: 0; -EPERM if another user owns it; -EACCES if its group or
 * others may write; another negative errno
 */
ENC_NODISCARD int enc_fd_check_own(int fd);

/**
 * enc_fd_write_all() - write every byte to a blocking descriptor
 *
 * Return: 0; a negative errno, and some bytes may have been written
 */
ENC_NODISCARD int enc_fd_write_all(int fd, const void *bytes, size_t length);

/**
 * enc_fd_read_end() - read a pipe up to its end
 * @ret_bytes:  gets the bytes; has room for one more than @most
 * @timeout_ms: for all of it
 *
 * Return: the length; -ETIMEDOUT; -E2BIG for more than @most bytes; another
 * negative errno
 */
ENC_NODISCARD ssize_t enc_fd_read_end(int fd, void *ret_bytes, size_t most,
				      int64_t timeout_ms);

/**
 * enc_fd_read_file() - read a small file of the kernel, such as a counter
 * @dir_fd:   directory of @name; AT_FDCWD for an absolute path
 * @ret_text: always ends with NUL; newlines at the end are removed
 *
 * Return: length of the text; -E2BIG if it doesn't fit; another negative errno
 */
ENC_NODISCARD int enc_fd_read_file(int dir_fd, const char *name, char *ret_text,
				   size_t room);

/*
 * enc_fd_write_file() - write a short text by one write(2). Return: 0 or a
 * negative errno
 */
ENC_NODISCARD int enc_fd_write_file(int dir_fd, const char *name,
				    const char *text);

#endif
