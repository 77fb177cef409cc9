#ifndef ENC_OS_SECCOMP_H
#define ENC_OS_SECCOMP_H

/*
 * Seccomp filters. tools/mkseccomp.c compiles them at build time; here they are
 * only installed. For children that were forked from a single-threaded process.
 */

#include <linux/filter.h>

#include "def.h"

/**
 * enc_seccomp_install() - install a filter for the calling thread
 * @ret_listener: descriptor that receives notified calls, close-on-exec; NULL
 *                if the filter notifies nobody
 *
 * no_new_privs must be set. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_seccomp_install(const struct sock_filter *filter,
				      unsigned short length, int *ret_listener);

/*
 * enc_seccomp_reason() - return why enc_seccomp_install() failed, and what to
 * do; static
 */
const char *enc_seccomp_reason(int error);

#endif
