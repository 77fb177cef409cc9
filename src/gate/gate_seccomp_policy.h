#ifndef ENC_GATE_GATE_SECCOMP_POLICY_H
#define ENC_GATE_GATE_SECCOMP_POLICY_H

/*
 * The system calls of a gate whose descriptors are set up. It reads and writes
 * them, waits, and allocates memory. It opens no file, makes no socket and
 * starts no process. What it connects are sockets of the launcher
 * (gate_order.h). A gate that makes another call has been taken over by an
 * attacker: it is killed, and its session ends.
 *
 * tools/mkseccomp compiles this table and defines its words.
 */

#define ENC_SECCOMP_OTHERWISE SCMP_ACT_KILL_PROCESS
#define ENC_SECCOMP_FOREIGN SCMP_ACT_KILL_PROCESS

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* the gate's descriptors: frames, orders, sockets */                 \
	X(accept4) X(close) X(connect) X(getsockname) X(pread64) X(read)      \
	X(readv)                                                              \
	X(recvfrom) X(recvmsg) X(sendmsg) X(sendto) X(shutdown) X(write) X(writev)        \
	/* waiting; the kernel itself calls restart_syscall */                \
	X(clock_gettime) X(epoll_ctl) X(epoll_pwait) X(epoll_wait) X(poll)    \
	X(ppoll) X(restart_syscall)                                           \
	/* writing a line of the log */                                       \
	X(getpid)                                                             \
	/* malloc() and locks of libc, exit() */                              \
	X(brk) X(exit) X(exit_group) X(futex) X(getrandom) X(madvise)         \
	X(mremap) X(munmap)                                                   \
	/* qsort() of libc, for OpenSSL: how much memory is there? */         \
	X(sysinfo)

#define ENC_SECCOMP_REFUSE(X)

#define ENC_SECCOMP_REPORT(X)

#define ENC_SECCOMP_ARGUMENTS(X)                                              \
	/* SECCOMP_IOCTL_NOTIF_RECV, _SEND; FIONBIO for uv_poll_init() */     \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0xc0502100))                      \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0xc0182101))                      \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0x5421))                          \
	/* signal 0 only: does a thread still exist? */                       \
	X(kill, ALLOW, MASK(1, 0xffffffff, 0))                                \
	/* SOL_SOCKET, SO_ERROR */                                            \
	X(getsockopt, ALLOW, MASK(1, 0xffffffff, 1), MASK(2, 0xffffffff, 4))  \
	/* SOL_SOCKET, SO_LINGER */                                           \
	X(setsockopt, ALLOW, MASK(1, 0xffffffff, 1),                          \
	  MASK(2, 0xffffffff, 13))                                            \
	/* memory without PROT_EXEC, only MAP_ANONYMOUS */                    \
	X(mmap, ALLOW, MASK(2, 4, 0), MASK(3, 0x20, 0x20))                    \
	X(mprotect, ALLOW, MASK(2, 4, 0))
/* clang-format on */

#endif
