#ifndef ENC_PARENT_PRIVATE_DIR_H
#define ENC_PARENT_PRIVATE_DIR_H

/*
 * Directories whose files the server trusts. Another user who can write there
 * can replace a file between two uses of it.
 */

#include <stdbool.h>

#include "err.h"

/**
 * enc_private_dir_check() - whether nobody but this user and root can replace a
 * file in a directory
 * @fd:     the directory; O_PATH will do
 * @path:   its name, for the message
 * @option: the option that names another directory, for the message
 * @sticky: accept a directory that others may write if its sticky bit, as in
 *          /tmp, keeps them from replacing a file of this user
 *
 * Return: ENC_OK; ENC_UNAVAILABLE with what to do
 */
ENC_NODISCARD enum enc_code enc_private_dir_check(int fd, const char *path,
						  const char *option,
						  bool sticky,
						  struct enc_error *err);

#endif
