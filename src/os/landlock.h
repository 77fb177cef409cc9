#ifndef ENC_OS_LANDLOCK_H
#define ENC_OS_LANDLOCK_H

/*
 * Landlock (Documentation/userspace-api/landlock.rst): files once more, by
 * path, in case that a mount or an id is not what it should be. ABI 1 is
 * required, what a newer one offers is used.
 */

#include <stdbool.h>

#include "def.h"

/* One place below which more than nothing is allowed. */
struct enc_landlock_place {
	const char *path;
	bool write; /* else read and execute */
};

/* enc_landlock_abi() - 1 or more; 0 if the kernel has none */
int enc_landlock_abi(void);

/**
 * enc_landlock_restrict() - bind the calling thread and its children, for good
 * @places:     those that don't exist are an error
 * @program:    a file that may be run wherever it is; -1: none
 * @ret_failed: on failure: the place, or "" for another step
 *
 * no_new_privs must be set. Return: 0 or a negative errno; -ENOSYS, and
 * -EOPNOTSUPP if it is switched off
 */
ENC_NODISCARD int enc_landlock_restrict(const struct enc_landlock_place *places,
					size_t count, int program,
					const char **ret_failed);

#endif
