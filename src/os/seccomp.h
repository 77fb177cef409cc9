#ifndef ENC_OS_SECCOMP_H
#define ENC_OS_SECCOMP_H

/*
 * Filters are compiled at build time (tools/mkseccomp.c); here they are only
 * put on. For children that were forked from a single-threaded process.
 */

#include <linux/filter.h>

#include "def.h"

/**
 * enc_seccomp_install() - put a filter on the calling thread
 * @ret_listener: where notified calls are answered, close-on-exec; NULL if the
 *                filter notifies nobody
 *
 * no_new_privs must be set. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_seccomp_install(const struct sock_filter *filter,
				      unsigned short length, int *ret_listener);

/* enc_seccomp_reason() - why that failed, and what to do; static */
const char *enc_seccomp_reason(int error);

#endif
