#ifndef ENC_OS_PROCESS_H
#define ENC_OS_PROCESS_H

/*
 * Processes with a pidfd from the start, so that a signal can't reach another
 * process.
 */

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "def.h"

/**
 * enc_process_clone() - make a child like fork(2), in new namespaces
 * @flags:     CLONE_NEW* flags of the child
 * @cgroup:    directory of a v2 group that the child joins, or -1
 * @blocked:   signals that are blocked in the child from its first moment on,
 *             if the caller has blocked them, too; NULL: none
 * @ret_pid:   in the caller's pid namespace; may be NULL
 * @ret_pidfd: close-on-exec; the caller closes it
 *
 * The child starts with default signal handlers, in a session of its own: a
 * signal to the caller's process group, such as a terminal's Ctrl-C, doesn't
 * reach it. It is a copy of a process that may have threads, so it must not use
 * malloc() or locks.
 *
 * Return: 1 in the caller; 0 in the child; a negative errno
 */
ENC_NODISCARD int enc_process_clone(uint64_t flags, int cgroup,
				    const sigset_t *blocked, pid_t *ret_pid,
				    int *ret_pidfd);

#endif
