#ifndef ENC_OS_LANDLOCK_H
#define ENC_OS_LANDLOCK_H

/*
 * Landlock (Documentation/userspace-api/landlock.rst) restricts files by path.
 * It is a second barrier, for the case that a mount or an id is wrong. ABI 1 is
 * required; rights of newer ABIs are used if the kernel has them.
 */

#include <stdbool.h>

#include "def.h"

/* A file or directory to which access is allowed. */
struct enc_landlock_place {
	const char *path;
	bool write;  /* allow writing; false: only read and execute */
	bool ioctls; /* allow ioctls of devices, if write is allowed */
};

/*
 * enc_landlock_abi() - return the kernel's ABI version; 0 if it has no Landlock
 */
int enc_landlock_abi(void);

/**
 * enc_landlock_restrict() - restrict the calling thread and its children, for
 * good
 * @places:     a place that doesn't exist is an error
 * @program:    a file that may be executed, wherever it is; -1: none
 * @ret_failed: on failure: the place, or "" for another step
 *
 * no_new_privs must be set. Return: 0; -ENOSYS; -EOPNOTSUPP if Landlock is
 * switched off; another negative errno
 */
ENC_NODISCARD int enc_landlock_restrict(const struct enc_landlock_place *places,
					size_t count, int program,
					const char **ret_failed);

#endif
