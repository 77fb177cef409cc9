#ifndef ENC_GATE_GATE_SECCOMP_POLICY_H
#define ENC_GATE_GATE_SECCOMP_POLICY_H

/*
 * Which system calls a gate makes once its descriptors are set up: it reads
 * and writes them, waits, and takes memory. It opens nothing, connects to
 * nothing, starts nobody. A gate that makes another call was taken over by
 * what it read, and dies; with it its session.
 *
 * Compiled by tools/mkseccomp, which knows the words.
 */

#define ENC_SECCOMP_OTHERWISE SCMP_ACT_KILL_PROCESS
#define ENC_SECCOMP_FOREIGN SCMP_ACT_KILL_PROCESS

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* links, orders, sockets of the session */                           \
	X(accept4) X(close) X(getsockname) X(pread64) X(read) X(readv)        \
	X(recvfrom) X(recvmsg) X(sendmsg) X(sendto) X(shutdown) X(write) X(writev)        \
	/* waiting: libuv, the last flush; restart is the kernel's own */     \
	X(clock_gettime) X(epoll_ctl) X(epoll_pwait) X(epoll_wait) X(poll)    \
	X(ppoll) X(restart_syscall)                                           \
	/* a line of its log */                                               \
	X(getpid)                                                             \
	/* malloc and the locks of libc; exit */                              \
	X(brk) X(exit) X(exit_group) X(futex) X(getrandom) X(madvise)         \
	X(mremap) X(munmap)

#define ENC_SECCOMP_REFUSE(X)

#define ENC_SECCOMP_REPORT(X)

#define ENC_SECCOMP_ARGUMENTS(X)                                              \
	/* SECCOMP_IOCTL_NOTIF_RECV and _SEND; FIONBIO is uv_poll_init()'s */ \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0xc0502100))                      \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0xc0182101))                      \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0x5421))                          \
	/* whether a thread is still there; a signal it can't send */         \
	X(kill, ALLOW, MASK(1, 0xffffffff, 0))                                \
	/* SOL_SOCKET, SO_LINGER */                                           \
	X(setsockopt, ALLOW, MASK(1, 0xffffffff, 1),                          \
	  MASK(2, 0xffffffff, 13))                                            \
	/* memory, never code: not PROT_EXEC; MAP_ANONYMOUS */                \
	X(mmap, ALLOW, MASK(2, 4, 0), MASK(3, 0x20, 0x20))                    \
	X(mprotect, ALLOW, MASK(2, 4, 0))
/* clang-format on */

#endif
