#ifndef ENC_SANDBOX_SECCOMP_POLICY_H
#define ENC_SANDBOX_SECCOMP_POLICY_H

/*
 * Which system calls a program may make. tools/mkseccomp compiles this table
 * at build time; nothing else decides. What is in no row doesn't exist
 * (ENOSYS), so libc and libuv fall back as on an older kernel.
 *
 *	ALLOW    goes through
 *	ASK      goes through if the gate agrees, which counts the session's
 *	         sockets; gVisor has no such limit and lets it through
 *	REFUSE   EPERM: privileged, and well-behaved programs may try it
 *	LACK     EOPNOTSUPP: as on a file system or a socket without it
 *	NOOPT    ENOPROTOOPT: as on a kernel without that socket option
 *	INVALID  EINVAL: as on a kernel without that operation
 *	IGNORE   0, and nothing is done: a size that the kernel itself would
 *	         cut without a word
 *	REPORT   EPERM by the gate, which records it: nobody does that by
 *	         chance. The gate reads the number only; another architecture's
 *	         calls are reported too. With the gate gone they don't exist
 *	         (ENOSYS).
 *
 * Names are the kernel's; one that an architecture doesn't have is skipped.
 */

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* files */                                                           \
	X(access) X(chdir) X(chmod) X(chown) X(close) X(close_range)          \
	X(copy_file_range) X(creat) X(dup) X(dup2) X(dup3) X(faccessat)       \
	X(faccessat2) X(fallocate) X(fchdir) X(fchmod) X(fchmodat) X(fchown)  \
	X(fchownat) X(fcntl) X(fdatasync) X(fgetxattr) X(flistxattr)          \
	X(flock) X(fremovexattr) X(fstat) X(fstatfs) X(fsync) X(ftruncate)    \
	X(getcwd) X(getdents) X(getdents64) X(getxattr) X(lgetxattr) X(link)  \
	X(linkat) X(listxattr) X(llistxattr) X(lremovexattr) X(lseek)         \
	X(lstat) X(mkdir) X(mkdirat) X(newfstatat) X(open) X(openat)          \
	X(openat2) X(pipe) X(pipe2) X(pread64) X(preadv) X(pwrite64)          \
	X(pwritev) X(read) X(readlink) X(readlinkat) X(readv) X(removexattr)  \
	X(rename) X(renameat) X(renameat2) X(rmdir) X(sendfile) X(stat)       \
	X(statfs) X(statx) X(symlink) X(symlinkat) X(truncate) X(umask)       \
	X(unlink) X(unlinkat) X(utimensat) X(utimes) X(write) X(writev)       \
	/* memory */                                                          \
	X(brk) X(membarrier) X(mincore) X(mlock) X(mprotect) X(mremap)        \
	X(msync) X(munlock) X(munmap)                                         \
	/* processes and threads */                                           \
	X(arch_prctl) X(capget) X(capset) X(execve) X(exit) X(exit_group)     \
	X(fork) X(futex) X(getegid) X(geteuid) X(getgid) X(getgroups)         \
	X(getpgid) X(getpid) X(getppid) X(getpriority) X(getresgid)           \
	X(getresuid) X(getrlimit) X(getrusage) X(getsid) X(gettid)            \
	X(getuid) X(kill) X(landlock_add_rule) X(landlock_create_ruleset)     \
	X(landlock_restrict_self) X(pause) X(restart_syscall) X(rseq)         \
	X(rt_sigaction) X(rt_sigpending) X(rt_sigprocmask)                    \
	X(rt_sigqueueinfo) X(rt_sigreturn) X(rt_sigsuspend)                   \
	X(rt_sigtimedwait) X(sched_get_priority_max)                          \
	X(sched_get_priority_min) X(sched_getaffinity) X(sched_getparam)      \
	X(sched_getscheduler) X(sched_setaffinity) X(sched_yield)             \
	X(set_robust_list) X(set_tid_address) X(setgid) X(setgroups)          \
	X(setpgid) X(setpriority) X(setresgid) X(setresuid) X(setsid)         \
	X(setuid) X(sigaltstack) X(tgkill) X(tkill) X(vfork) X(wait4)         \
	X(waitid)                                                             \
	/* time and events */                                                 \
	X(alarm) X(clock_getres) X(clock_gettime) X(clock_nanosleep)          \
	X(epoll_create1) X(epoll_ctl) X(epoll_pwait) X(epoll_pwait2)          \
	X(epoll_wait) X(eventfd2) X(getcpu) X(getitimer) X(getrandom)         \
	X(gettimeofday) X(inotify_add_watch) X(inotify_init1)                 \
	X(inotify_rm_watch) X(nanosleep) X(setitimer) X(signalfd4)            \
	X(sysinfo) X(time) X(timer_create) X(timer_delete) X(timer_gettime)   \
	X(timer_settime) X(timerfd_create) X(timerfd_gettime)                 \
	X(timerfd_settime) X(times) X(uname)                                  \
	/* sockets; all that makes, changes or uses one has rules below */    \
	X(accept) X(accept4) X(bind) X(getpeername) X(getsockname)            \
	X(listen) X(shutdown)

/* What makes a socket of a kind whose buffers no session pays for. */
#define ENC_SECCOMP_ASK(X) X(connect)

/*
 * Attributes live in the kernel's memory: up to 6.5 none of those on tmpfs is
 * anybody's, and "security.*" is for everybody there.
 */
#define ENC_SECCOMP_LACK(X) X(fsetxattr) X(lsetxattr) X(setxattr)

#define ENC_SECCOMP_REFUSE(X)                                                 \
	X(acct) X(adjtimex) X(clock_adjtime) X(clock_settime)                 \
	X(fanotify_init) X(fanotify_mark) X(ioperm) X(iopl) X(ioprio_set)     \
	X(lookup_dcookie) X(mbind) X(migrate_pages) X(modify_ldt)             \
	X(mknod) X(mknodat) X(move_pages) X(name_to_handle_at)                \
	X(nfsservctl) X(quotactl)                                             \
	X(quotactl_fd) X(reboot) X(sched_setattr) X(sched_setparam)           \
	X(sched_setscheduler) X(set_mempolicy) X(setdomainname)               \
	X(sethostname) X(settimeofday) X(stime) X(swapoff) X(swapon)          \
	X(syslog) X(vhangup)

#define ENC_SECCOMP_REPORT(X)                                                 \
	X(bpf) X(chroot) X(delete_module) X(finit_module) X(fsconfig)         \
	X(fsmount) X(fsopen) X(fspick) X(init_module) X(kexec_file_load)      \
	X(kexec_load) X(mount) X(mount_setattr) X(move_mount)                 \
	X(open_by_handle_at) X(open_tree) X(perf_event_open) X(pivot_root)    \
	X(process_vm_readv) X(process_vm_writev) X(ptrace) X(setns)           \
	X(umount) X(umount2) X(unshare) X(userfaultfd)

/*
 * Argument rules: this call, if all comparisons hold. EQ, LE and GT compare all 64
 * bits of an argument, MASK(argument, mask, value) the lower 32 where the mask
 * is set; an argument once in a row. There is no "other than": the kernel drops
 * the upper half of an int, and any bit up there would make it another value.
 *
 *	X(name, action, comparisons ...)
 */
#define ENC_SECCOMP_SOCKET(X, name, action, family)                           \
	X(name, action, EQ(0, family), MASK(1, 0xf, 1), EQ(2, 0))             \
	X(name, action, EQ(0, family), MASK(1, 0xf, 2), EQ(2, 0))

#define ENC_SECCOMP_INET(X, family)                                           \
	ENC_SECCOMP_SOCKET(X, socket, ASK, family)                            \
	X(socket, ASK, EQ(0, family), MASK(1, 0xf, 1), EQ(2, 6))              \
	X(socket, ASK, EQ(0, family), MASK(1, 0xf, 2), EQ(2, 17))

/*
 * Options that programs use. Not among them, so that they don't exist
 * (ENOSYS): what needs a right, filters, header options, TCP_ULP, keys, fast
 * open, repair, a source that isn't one's own.
 *
 * Buffers keep the kernel's default: what they hold is the host's memory. So are
 * errors that are kept for the sender; a connected socket hears of them anyway,
 * and glibc's resolver, which asks for them, needs no more. A
 * membership or a flow label is the kernel's word to the network, or a budget
 * of the whole host's.
 */
#define ENC_SECCOMP_OPTIONS(X)                                                \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 2))	/* SO_REUSEADDR */    \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 6))	/* BROADCAST */       \
	X(setsockopt, IGNORE, EQ(1, 1), EQ(2, 7))	/* SNDBUF */          \
	X(setsockopt, IGNORE, EQ(1, 1), EQ(2, 8))	/* RCVBUF */          \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 9))	/* KEEPALIVE */       \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 10))	/* OOBINLINE */       \
	X(setsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 12)) /* PRIORITY, LINGER */ \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 15))	/* REUSEPORT */       \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 16))	/* PASSCRED */        \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 18))	/* RCVLOWAT */        \
	X(setsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 20)) /* RCV-, SNDTIMEO */ \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 29))	/* TIMESTAMP */       \
	X(setsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 66)) /* 64-bit TIMEOs */ \
	X(setsockopt, ALLOW, EQ(1, 6), EQ(2, 1))	/* TCP_NODELAY */     \
	X(setsockopt, ALLOW, EQ(1, 6), MASK(2, ~0x1, 2)) /* MAXSEG, CORK */   \
	X(setsockopt, ALLOW, EQ(1, 6), MASK(2, ~0x3, 4)) /* KEEP*, SYNCNT */  \
	X(setsockopt, ALLOW, EQ(1, 6), MASK(2, ~0x1, 8)) /* LINGER2, DEFER */ \
	X(setsockopt, ALLOW, EQ(1, 6), EQ(2, 12))	/* QUICKACK */        \
	X(setsockopt, ALLOW, EQ(1, 6), EQ(2, 18))	/* USER_TIMEOUT */    \
	X(setsockopt, ALLOW, EQ(1, 6), EQ(2, 25))	/* NOTSENT_LOWAT */   \
	X(setsockopt, ALLOW, EQ(1, 6), EQ(2, 36))	/* INQ */             \
	X(setsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x1, 2)) /* IP_TTL */         \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 1))	/* TOS */             \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 8))	/* PKTINFO */         \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 10))	/* MTU_DISCOVER */    \
	X(setsockopt, IGNORE, EQ(1, 0), EQ(2, 11))	/* RECVERR */         \
	X(setsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x1, 12)) /* RECVTTL, -TOS */ \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 24))	/* BIND_NO_PORT */    \
	X(setsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x1, 32)) /* MULTICAST_* */   \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 34))	/* MULTICAST_LOOP */  \
	X(setsockopt, NOOPT, EQ(1, 0), EQ(2, 35))	/* a group */         \
	X(setsockopt, NOOPT, EQ(1, 0), MASK(2, ~0x3, 36)) /* groups, */       \
	X(setsockopt, NOOPT, EQ(1, 0), MASK(2, ~0x7, 40)) /* sources */       \
	X(setsockopt, NOOPT, EQ(1, 0), EQ(2, 48))	/* MCAST_MSFILTER */  \
	X(setsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x3, 16)) /* IPV6_*_HOPS */  \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x1, 20)) /* groups */       \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 23))	/* MTU_DISCOVER */    \
	X(setsockopt, IGNORE, EQ(1, 41), EQ(2, 25))	/* RECVERR */         \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 26))	/* V6ONLY */          \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 27))	/* JOIN_ANYCAST */    \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 28))	/* LEAVE_ANYCAST */   \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x1, 32)) /* FLOW*, */       \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x7, 40)) /* sources */      \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 48))	/* MCAST_MSFILTER */  \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 49))	/* RECVPKTINFO */     \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 51))	/* RECVHOPLIMIT */    \
	X(setsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x1, 66)) /* TCLASS */

/*
 * No MSG_OOB, which lets a unix socket reach code that had one fault after
 * another, and nothing needs. No MSG_FASTOPEN, a connect that isn't counted.
 */
#define ENC_SECCOMP_FLAGS(X, name, flags)                                     \
	X(name, ALLOW, MASK(flags, 0x20000001, 0))                            \
	X(name, LACK, MASK(flags, 0x1, 0x1))                                  \
	X(name, LACK, MASK(flags, 0x20000000, 0x20000000))

/*
 * What a thread may wait for at a time: each descriptor is an entry in memory
 * that no session pays for, until the call ends. More is EINVAL, as more than
 * RLIMIT_NOFILE would be. epoll has no such limit: its entries are charged.
 */
#define ENC_SECCOMP_WAIT(X, name, count)                                      \
	X(name, ALLOW, LE(count, 320))                                        \
	X(name, INVALID, GT(count, 320))

/*
 * What is asked of pipes, sockets and files that are no terminal. The file
 * system of the environment has ioctls of its own, and clones; they stay away.
 */
#define ENC_SECCOMP_IOCTL(X)                                                  \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5401))	/* TCGETS: isatty() */        \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5413))	/* TIOCGWINSZ */              \
	X(ioctl, ALLOW, MASK(1, ~0, 0x541b))	/* FIONREAD */                \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5411))	/* TIOCOUTQ */                \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5421))	/* FIONBIO */                 \
	X(ioctl, ALLOW, MASK(1, ~0x1, 0x5450))	/* FIONCLEX, FIOCLEX */       \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5452))	/* FIOASYNC */                \
	/* SIOC*: links, to read; no bridge and VLAN, which load modules */   \
	X(ioctl, ALLOW, MASK(1, ~0x3f, 0x8900))                               \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8942))	/* SIOCGIFTXQLEN */           \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8946))	/* SIOCETHTOOL */             \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8970))	/* SIOCGIFMAP */

/*
 * What a socket is, has been set to, and did. No counter of the whole host
 * (SO_COOKIE, SO_NETNS_COOKIE, SO_INCOMING_NAPI_ID), no label or pidfd of a peer
 * (SO_PEERSEC, SO_PEERPIDFD), no table of the firewall (level 41, 64 and 65).
 * docs/design/visible.md has each option.
 */
#define ENC_SECCOMP_GETSOCKOPT(X)                                             \
	X(getsockopt, ALLOW, EQ(1, 0), LE(2, 15))                             \
	X(getsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x7, 32))                     \
	X(getsockopt, ALLOW, EQ(1, 1), LE(2, 24))                             \
	X(getsockopt, ALLOW, EQ(1, 1), EQ(2, 29))                             \
	X(getsockopt, ALLOW, EQ(1, 1), EQ(2, 30))                             \
	X(getsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 38))                     \
	X(getsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 66))                     \
	X(getsockopt, ALLOW, EQ(1, 6), LE(2, 30))                             \
	X(getsockopt, ALLOW, EQ(1, 6), EQ(2, 36))                             \
	X(getsockopt, ALLOW, EQ(1, 41), LE(2, 33))                            \
	X(getsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x1, 66))                    \
	X(getsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x1, 70))                    \
	X(getsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x7, 72))

/*
 * Every limit but CORE (4), which stays at 1: a pipe in core_pattern, a program
 * of the host's root, is run at any other value, 0 too (core(5)).
 */
#define ENC_SECCOMP_RLIMIT(X, name, resource, ...)                            \
	X(name, ALLOW, __VA_ARGS__ LE(resource, 3))                           \
	X(name, ALLOW, __VA_ARGS__ EQ(resource, 5))                           \
	X(name, ALLOW, __VA_ARGS__ MASK(resource, ~0x1, 6))                   \
	X(name, ALLOW, __VA_ARGS__ MASK(resource, ~0x7, 8))

#define ENC_SECCOMP_ARGUMENTS(X)                                              \
	ENC_SECCOMP_SOCKET(X, socket, ALLOW, 1)	/* AF_UNIX */         \
	ENC_SECCOMP_SOCKET(X, socketpair, ALLOW, 1)                           \
	ENC_SECCOMP_INET(X, 2)			/* AF_INET */                 \
	ENC_SECCOMP_INET(X, 10)			/* AF_INET6 */                \
	ENC_SECCOMP_GETSOCKOPT(X)                                             \
	X(socket, ASK, EQ(0, 16), EQ(2, 0))	/* NETLINK_ROUTE, to read */  \
	ENC_SECCOMP_OPTIONS(X)                                                \
	ENC_SECCOMP_FLAGS(X, sendto, 3)                                       \
	ENC_SECCOMP_FLAGS(X, sendmsg, 2)                                      \
	ENC_SECCOMP_FLAGS(X, sendmmsg, 3)                                     \
	ENC_SECCOMP_FLAGS(X, recvfrom, 3)                                     \
	ENC_SECCOMP_FLAGS(X, recvmsg, 2)                                      \
	ENC_SECCOMP_FLAGS(X, recvmmsg, 3)                                     \
	ENC_SECCOMP_WAIT(X, poll, 1)                                          \
	ENC_SECCOMP_WAIT(X, ppoll, 1)                                         \
	ENC_SECCOMP_WAIT(X, pselect6, 0)                                      \
	ENC_SECCOMP_WAIT(X, select, 0)                                        \
	ENC_SECCOMP_IOCTL(X)                                                  \
	ENC_SECCOMP_RLIMIT(X, setrlimit, 0, )                                 \
	ENC_SECCOMP_RLIMIT(X, prlimit64, 1, EQ(0, 0), )	/* oneself */         \
	X(prlimit64, ALLOW, EQ(0, 0), EQ(2, 0))	/* asking */                  \
	/* no HUGETLB: those pages are the host's, and in nobody's limit */   \
	X(mmap, ALLOW, MASK(3, 0x40000, 0))                                   \
	X(memfd_create, ALLOW, MASK(1, 0x4, 0))                               \
	/* no DONTNEED: the page cache of the environment is everybody's */   \
	X(fadvise64, ALLOW, LE(3, 3))                                         \
	X(fadvise64, ALLOW, EQ(3, 5))                                         \
	/* no MERGEABLE: pages shared with others can be timed */             \
	X(madvise, ALLOW, LE(2, 11))                                          \
	X(madvise, ALLOW, MASK(2, ~0x1, 14))                                  \
	X(madvise, ALLOW, MASK(2, ~0x7, 16))                                  \
	X(madvise, ALLOW, MASK(2, ~0x1, 24))                                  \
	/*                                                                    \
	 * No SECCOMP (22): what a filter compiles to is from one budget of   \
	 * the whole host's, and nobody's memory. No SCHED_CORE (62), which   \
	 * idles a neighbour's hyperthread.                                   \
	 */                                                                   \
	X(prctl, ALLOW, LE(0, 21))                                            \
	X(prctl, INVALID, MASK(0, ~0, 22))                                    \
	X(prctl, ALLOW, MASK(0, ~0, 23))                                      \
	X(prctl, ALLOW, MASK(0, ~0x7, 24))                                    \
	X(prctl, ALLOW, MASK(0, ~0xf, 32))                                    \
	X(prctl, ALLOW, MASK(0, ~0x7, 48))                                    \
	X(prctl, ALLOW, MASK(0, ~0x3, 56))                                    \
	X(prctl, ALLOW, MASK(0, ~0x1, 60))                                    \
	X(prctl, ALLOW, MASK(0, ~0, 0x53564d41)) /* SET_VMA, a name */        \
	X(personality, ALLOW, EQ(0, 0))                                       \
	X(personality, ALLOW, EQ(0, 0xffffffff))                              \
	/* no CLONE_NEW* but time, which is no flag of clone(2) */            \
	X(clone, ALLOW, MASK(0, 0x7e020000, 0))                               \
	X(clone, REPORT, MASK(0, 0x02000000, 0x02000000))                     \
	X(clone, REPORT, MASK(0, 0x04000000, 0x04000000))                     \
	X(clone, REPORT, MASK(0, 0x08000000, 0x08000000))                     \
	X(clone, REPORT, MASK(0, 0x10000000, 0x10000000))                     \
	X(clone, REPORT, MASK(0, 0x20000000, 0x20000000))                     \
	X(clone, REPORT, MASK(0, 0x40000000, 0x40000000))                     \
	X(clone, REPORT, MASK(0, 0x00020000, 0x00020000))
/* clang-format on */

#endif
