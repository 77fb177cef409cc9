#ifndef ENC_OS_PROCESS_H
#define ENC_OS_PROCESS_H

/* Processes that are born with a pidfd, so that no signal ever goes astray. */

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "def.h"

/**
 * enc_process_clone() - a child as fork(2) makes it, in new namespaces
 * @flags:     CLONE_NEW* of the child
 * @cgroup:    a v2 group's directory that it is born in, or -1
 * @blocked:   signals that wait for the child from its first moment on, if the
 *             caller has them blocked too; NULL: none
 * @ret_pid:   in the caller's pid namespace; NULL if it isn't wanted
 * @ret_pidfd: close-on-exec; the caller closes it
 *
 * The child starts with default signal handlers. It has a
 * copy of a process that may have threads: no malloc, no locks.
 *
 * Return: 1 in the caller, 0 in the child, or a negative errno
 */
ENC_NODISCARD int enc_process_clone(uint64_t flags, int cgroup,
				    const sigset_t *blocked, pid_t *ret_pid,
				    int *ret_pidfd);

#endif
