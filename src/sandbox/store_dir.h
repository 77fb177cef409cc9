#ifndef ENC_SANDBOX_STORE_DIR_H
#define ENC_SANDBOX_STORE_DIR_H

/*
 * The store of environments: <dir>/<name> is a link to sha256-<hex>, which
 * holds rootfs/. Everything must belong to root; a directory that others can
 * write is refused.
 */

#include "err.h"
#include "launch.h"

enum { ENC_ENVIRONMENT_PATH_BYTES = 512 };

struct enc_environment {
	char name[ENC_LAUNCH_NAME_BYTES];
	char digest[ENC_LAUNCH_DIGEST_BYTES]; /* digest as "sha256:<hex>" */
	/*
	 * Absolute path. A descriptor would belong to another mount namespace.
	 */
	char root[ENC_ENVIRONMENT_PATH_BYTES];
};

struct enc_environments {
	size_t count;
	struct enc_environment rows[ENC_LAUNCH_ENVIRONMENTS_MAX];
};

/*
 * enc_environments_open() - read the store. Return: ENC_OK; ENC_UNAVAILABLE;
 * ENC_LIMIT. The message says what to do.
 */
ENC_NODISCARD enum enc_code enc_environments_open(const char *dir,
						  struct enc_environments *all,
						  struct enc_error *err);

#endif
