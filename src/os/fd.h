#ifndef ENC_OS_FD_H
#define ENC_OS_FD_H

/*
 * Descriptors. Each is close-on-exec from birth and has one owner; a local
 * owner is marked `enc_autoclose int fd = -1;` and handed over by
 * ENC_TAKE_FD().
 */

#include "def.h"

/* enc_fd_close() - close what @fd holds, if anything; it is -1 afterwards */
void enc_fd_close(int *fd);

#define enc_autoclose __attribute__((cleanup(enc_fd_close)))

/*
 * enc_fd_fill_standard() - /dev/null where standard input, output or error are
 * closed, for children too: what is opened first would be taken for them. 0 or
 * a negative errno
 */
ENC_NODISCARD int enc_fd_fill_standard(void);

/* enc_fd_nonblock() - 0, or a negative errno */
ENC_NODISCARD int enc_fd_nonblock(int fd);

/**
 * enc_fd_write_all() - write every byte to a blocking descriptor
 *
 * Return: 0, or a negative errno after which some bytes may be written
 */
ENC_NODISCARD int enc_fd_write_all(int fd, const void *bytes, size_t length);

/**
 * enc_fd_read_file() - a small file of the kernel's, such as a counter
 * @dir_fd:   where @name is looked up; AT_FDCWD for an absolute path
 * @ret_text: always ends with NUL; a trailing newline is cut
 *
 * Return: length of the text; -E2BIG if it doesn't fit; another negative errno
 */
ENC_NODISCARD int enc_fd_read_file(int dir_fd, const char *name, char *ret_text,
				   size_t room);

/* enc_fd_write_file() - one write of a short text; 0 or a negative errno */
ENC_NODISCARD int enc_fd_write_file(int dir_fd, const char *name,
				    const char *text);

#endif
