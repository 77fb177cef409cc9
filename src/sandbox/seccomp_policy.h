#ifndef ENC_SANDBOX_SECCOMP_POLICY_H
#define ENC_SANDBOX_SECCOMP_POLICY_H

/*
 * The system calls that a program may make. tools/mkseccomp compiles this table
 * at build time; nothing else decides. A system call without a row doesn't
 * exist (ENOSYS), so libc and libuv fall back as on an older kernel.
 *
 *	ALLOW    the call is allowed
 *	ASK      the gate decides, since it counts the session's sockets; gVisor
 *	         has no such limit and allows the call
 *	REFUSE   EPERM: a privileged call that well-behaved programs may try
 *	LACK     EOPNOTSUPP: as if the file system or the socket lacked it
 *	NOOPT    ENOPROTOOPT: as if the kernel lacked the socket option
 *	INVALID  EINVAL: as if the kernel lacked the operation
 *	IGNORE   returns 0 and does nothing: for a size that the kernel may
 *	         reduce silently anyway
 *	REPORT   EPERM by the gate, which records the call: only an attack makes
 *	         it. The gate reads only the number. Calls of another
 *	         architecture are reported too. Without a gate such a call
 *	         doesn't exist (ENOSYS).
 *
 * Names are the kernel's. A name that this architecture lacks is skipped.
 */

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* calls for files */                                                 \
	X(access) X(chdir) X(chmod) X(chown) X(close) X(close_range)          \
	X(copy_file_range) X(creat) X(dup) X(dup2) X(dup3) X(faccessat)       \
	X(faccessat2) X(fallocate) X(fchdir) X(fchmod) X(fchmodat) X(fchown)  \
	X(fchownat) X(fcntl) X(fdatasync) X(fgetxattr) X(flistxattr) X(flock) \
	X(fremovexattr) X(fstat) X(fstatfs) X(fsync) X(ftruncate) X(getcwd)   \
	X(getdents) X(getdents64) X(getxattr) X(lchown) X(lgetxattr) X(link)  \
	X(linkat) X(listxattr) X(llistxattr) X(lremovexattr) X(lseek)         \
	X(lstat) X(mkdir) X(mkdirat) X(newfstatat) X(open) X(openat)          \
	X(openat2) X(pipe) X(pipe2) X(pread64) X(preadv) X(pwrite64)          \
	X(pwritev) X(read) X(readlink) X(readlinkat) X(readv) X(removexattr)  \
	X(rename) X(renameat) X(renameat2) X(rmdir) X(sendfile) X(stat)       \
	X(statfs) X(statx) X(symlink) X(symlinkat) X(truncate) X(umask)       \
	X(unlink) X(unlinkat) X(utimensat) X(utimes) X(write) X(writev)       \
	/* calls for memory */                                                \
	X(brk) X(membarrier) X(mincore) X(mlock) X(mprotect) X(mremap)        \
	X(msync) X(munlock) X(munmap)                                         \
	/* calls for processes and threads */                                 \
	X(arch_prctl) X(capget) X(capset) X(execve) X(exit) X(exit_group)     \
	X(fork) X(futex) X(getegid) X(geteuid) X(getgid) X(getgroups)         \
	X(getpgid) X(getpgrp) X(getpid) X(getppid) X(getpriority)             \
	X(getresgid) X(getresuid) X(getrlimit) X(getrusage) X(getsid)         \
	X(gettid) X(getuid) X(kill) X(landlock_add_rule)                      \
	X(landlock_create_ruleset) X(landlock_restrict_self) X(pause)         \
	X(pidfd_open) X(pidfd_send_signal) X(restart_syscall) X(rseq)         \
	X(rt_sigaction) X(rt_sigpending) X(rt_sigprocmask) X(rt_sigqueueinfo) \
	X(rt_sigreturn) X(rt_sigsuspend) X(rt_sigtimedwait)                   \
	X(sched_get_priority_max) X(sched_get_priority_min)                   \
	X(sched_getaffinity) X(sched_getattr) X(sched_getparam)               \
	X(sched_getscheduler) X(sched_rr_get_interval) X(sched_setaffinity)   \
	X(sched_setparam) X(sched_yield) X(set_robust_list)                   \
	X(set_tid_address) X(setfsgid) X(setfsuid) X(setgid) X(setgroups)     \
	X(setpgid) X(setpriority) X(setregid) X(setresgid) X(setresuid)       \
	X(setreuid) X(setsid) X(setuid) X(sigaltstack) X(tgkill) X(tkill)     \
	X(vfork) X(wait4) X(waitid)                                           \
	/* calls for time and events */                                       \
	X(alarm) X(clock_getres) X(clock_gettime) X(clock_nanosleep)          \
	X(epoll_create) X(epoll_create1) X(epoll_ctl) X(epoll_pwait)          \
	X(epoll_pwait2) X(epoll_wait) X(eventfd2) X(getcpu) X(getitimer)      \
	X(getrandom) X(gettimeofday) X(inotify_add_watch) X(inotify_init)     \
	X(inotify_init1) X(inotify_rm_watch) X(nanosleep) X(setitimer)        \
	X(signalfd4) X(sysinfo) X(time) X(timer_create) X(timer_delete)       \
	X(timer_gettime) X(timer_settime) X(timerfd_create)                   \
	X(timerfd_gettime) X(timerfd_settime) X(times) X(uname)               \
	/* sockets; calls with argument rules are below */                    \
	X(accept) X(accept4) X(bind) X(getpeername) X(getsockname)            \
	X(listen) X(shutdown)

/* Calls that make sockets whose buffers no session pays for. */
#define ENC_SECCOMP_ASK(X) X(connect)

/*
 * Extended attributes take kernel memory. Up to kernel 6.5, nobody pays for
 * those on tmpfs, and every user may set "security.*" there.
 */
#define ENC_SECCOMP_LACK(X) X(fsetxattr) X(lsetxattr) X(setxattr)

#define ENC_SECCOMP_REFUSE(X)                                                 \
	X(acct) X(adjtimex) X(clock_adjtime) X(clock_settime)                 \
	X(fanotify_init) X(fanotify_mark) X(ioperm) X(iopl) X(ioprio_set)     \
	X(lookup_dcookie) X(mbind) X(migrate_pages) X(modify_ldt)             \
	X(move_pages) X(name_to_handle_at)                                    \
	X(nfsservctl) X(quotactl)                                             \
	X(quotactl_fd) X(reboot) X(sched_setattr) X(set_mempolicy)            \
	X(setdomainname)                                                      \
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
 * Argument rules: a rule applies to a call if all its comparisons hold. EQ, LE
 * and GT compare all 64 bits of an argument. MASK(argument, mask, value)
 * compares the lower 32 bits where the mask is set. A rule compares an argument
 * at most once. There is no "not equal": the kernel ignores the upper half of
 * an int, so any value could be made unequal by a bit there.
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
 * Socket options that programs use. Any other option doesn't exist (ENOSYS):
 * options that need a right, filters, header options, TCP_ULP, keys, fast open,
 * repair, a foreign source address.
 *
 * Setting a buffer size is ignored, since buffers are the host's memory.
 * Setting RECVERR is ignored, since the kernel's queue of errors is the host's
 * memory, too. A connected socket gets errors without it, and that is enough
 * for glibc's resolver, which sets it. A multicast membership or a flow label
 * is refused: it would make the kernel itself send packets, or use up a budget
 * of the whole host.
 */
#define ENC_SECCOMP_OPTIONS(X)                                                \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 2))	/* SO_REUSEADDR */    \
	X(setsockopt, NOOPT, EQ(1, 1), EQ(2, 3))	/* TYPE: only read */ \
	X(setsockopt, NOOPT, EQ(1, 1), EQ(2, 4))	/* ERROR: only read */ \
	X(setsockopt, NOOPT, EQ(1, 1), EQ(2, 30))	/* ACCEPTCONN */      \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 6))	/* BROADCAST */       \
	X(setsockopt, IGNORE, EQ(1, 1), EQ(2, 7))	/* SNDBUF */          \
	X(setsockopt, IGNORE, EQ(1, 1), EQ(2, 8))	/* RCVBUF */          \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 9))	/* KEEPALIVE */       \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 10))	/* OOBINLINE */       \
	X(setsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 12)) /* PRIORITY, LINGER */ \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 15))	/* REUSEPORT */       \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 16))	/* PASSCRED */        \
	X(setsockopt, ALLOW, EQ(1, 1), EQ(2, 18))	/* RCVLOWAT */        \
	X(setsockopt, ALLOW, EQ(1, 1), MASK(2, ~0x1, 20)) /* RCV/SNDTIMEO */  \
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
	X(setsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x1, 12)) /* RECVTTL, TOS */  \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 24))	/* BIND_NO_PORT */    \
	X(setsockopt, ALLOW, EQ(1, 0), MASK(2, ~0x1, 32)) /* MULTICAST_* */   \
	X(setsockopt, ALLOW, EQ(1, 0), EQ(2, 34))	/* MULTICAST_LOOP */  \
	X(setsockopt, NOOPT, EQ(1, 0), EQ(2, 35))	/* ADD_MEMBERSHIP */  \
	X(setsockopt, NOOPT, EQ(1, 0), MASK(2, ~0x3, 36)) /* MEMBERSHIP, */   \
	X(setsockopt, NOOPT, EQ(1, 0), MASK(2, ~0x7, 40)) /* MCAST_* */       \
	X(setsockopt, NOOPT, EQ(1, 0), EQ(2, 48))	/* MCAST_MSFILTER */  \
	X(setsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x3, 16)) /* IPV6_*_HOPS */  \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x1, 20)) /* MEMBERSHIP */   \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 23))	/* MTU_DISCOVER */    \
	X(setsockopt, IGNORE, EQ(1, 41), EQ(2, 25))	/* RECVERR */         \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 26))	/* V6ONLY */          \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 27))	/* JOIN_ANYCAST */    \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 28))	/* LEAVE_ANYCAST */   \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x1, 32)) /* FLOW* */        \
	X(setsockopt, NOOPT, EQ(1, 41), MASK(2, ~0x7, 40)) /* MCAST_* */      \
	X(setsockopt, NOOPT, EQ(1, 41), EQ(2, 48))	/* MCAST_MSFILTER */  \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 49))	/* RECVPKTINFO */     \
	X(setsockopt, ALLOW, EQ(1, 41), EQ(2, 51))	/* RECVHOPLIMIT */    \
	X(setsockopt, ALLOW, EQ(1, 41), MASK(2, ~0x1, 66)) /* TCLASS */

/*
 * Flags of sending and receiving. MSG_OOB is refused: no program needs it, and
 * its code for unix sockets had several vulnerabilities. MSG_FASTOPEN is
 * refused: it connects without being counted.
 */
#define ENC_SECCOMP_FLAGS(X, name, flags)                                     \
	X(name, ALLOW, MASK(flags, 0x20000001, 0))                            \
	X(name, LACK, MASK(flags, 0x1, 0x1))                                  \
	X(name, LACK, MASK(flags, 0x20000000, 0x20000000))

/*
 * How many descriptors a thread may wait for at once. Until the call ends, each
 * takes memory that no session pays for. A larger number is EINVAL, as if it
 * exceeded RLIMIT_NOFILE. epoll has no such limit, since the session pays for
 * its entries.
 */
#define ENC_SECCOMP_WAIT(X, name, count)                                      \
	X(name, ALLOW, LE(count, 320))                                        \
	X(name, INVALID, GT(count, 320))

/*
 * ioctls of terminals, which are the session's own ptys. Refused: what types
 * into a terminal, reaches the console, or loads another line discipline, whose
 * code had vulnerabilities.
 */
#define ENC_SECCOMP_TERMINAL(X)                                               \
	X(ioctl, ALLOW, MASK(1, ~0xf, 0x5400))	/* TC*, TIOC*EXCL, *GPGRP */  \
	X(ioctl, ALLOW, MASK(1, ~0x1, 0x5410))	/* TIOCSPGRP, TIOCOUTQ */     \
	X(ioctl, REFUSE, MASK(1, ~0, 0x5412))	/* TIOCSTI */                 \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5413))	/* TIOCGWINSZ */              \
	X(ioctl, ALLOW, MASK(1, ~0x3, 0x5414))	/* TIOCSWINSZ, modem lines */ \
	X(ioctl, ALLOW, MASK(1, ~0x3, 0x5418))	/* modem lines, SOFTCAR */    \
	X(ioctl, REFUSE, MASK(1, ~0x1, 0x541c))	/* TIOCLINUX, TIOCCONS */     \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5420))	/* TIOCPKT */                 \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5422))	/* TIOCNOTTY */               \
	X(ioctl, REFUSE, MASK(1, ~0, 0x5423))	/* TIOCSETD */                \
	X(ioctl, ALLOW, MASK(1, ~0x1, 0x5424))	/* TIOCGETD, TCSBRKP */       \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5429))	/* TIOCGSID */                \
	X(ioctl, ALLOW, MASK(1, ~0, 0x802c542a)) /* TCGETS2 */                \
	X(ioctl, ALLOW, MASK(1, ~0x7, 0x402c5428)) /* TCSETS2, -W2, -F2 */    \
	X(ioctl, ALLOW, MASK(1, ~0, 0x80045430)) /* TIOCGPTN */               \
	X(ioctl, ALLOW, MASK(1, ~0, 0x40045431)) /* TIOCSPTLCK */             \
	X(ioctl, REFUSE, MASK(1, ~0, 0x5437))	/* TIOCVHANGUP */             \
	X(ioctl, ALLOW, MASK(1, ~0x1, 0x80045438)) /* TIOCGPKT, TIOCGPTLCK */ \
	X(ioctl, ALLOW, MASK(1, ~0, 0x80045440)) /* TIOCGEXCL */              \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5441))	/* TIOCGPTPEER */

/*
 * ioctls of pipes, sockets and files. The ioctls of the environment's file
 * system, such as cloning, are not allowed.
 */
#define ENC_SECCOMP_IOCTL(X)                                                  \
	ENC_SECCOMP_TERMINAL(X)                                               \
	X(ioctl, ALLOW, MASK(1, ~0, 0x541b))	/* FIONREAD */                \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5421))	/* FIONBIO */                 \
	X(ioctl, ALLOW, MASK(1, ~0x1, 0x5450))	/* FIONCLEX, FIOCLEX */       \
	X(ioctl, ALLOW, MASK(1, ~0, 0x5452))	/* FIOASYNC */                \
	/* SIOC* that read links; those of bridge and VLAN load modules */    \
	X(ioctl, ALLOW, MASK(1, ~0x3f, 0x8900))                               \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8942))	/* SIOCGIFTXQLEN */           \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8946))	/* SIOCETHTOOL */             \
	X(ioctl, ALLOW, MASK(1, ~0, 0x8970))	/* SIOCGIFMAP */

/*
 * Options that read a socket's kind, settings and statistics. These are not
 * allowed: counters of the whole host (SO_COOKIE, SO_NETNS_COOKIE,
 * SO_INCOMING_NAPI_ID), label or pidfd of a peer (SO_PEERSEC, SO_PEERPIDFD),
 * tables of the firewall (level 41, options 64 and 65). docs/design/visible.md
 * has each option.
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
 * Every resource limit may be set, except CORE (4), which stays at 1. At any
 * other value, even 0, the kernel may run the program that core_pattern names,
 * as the host's root (core(5)).
 */
#define ENC_SECCOMP_RLIMIT(X, name, resource, ...)                            \
	X(name, ALLOW, __VA_ARGS__ LE(resource, 3))                           \
	X(name, ALLOW, __VA_ARGS__ EQ(resource, 5))                           \
	X(name, ALLOW, __VA_ARGS__ MASK(resource, ~0x1, 6))                   \
	X(name, ALLOW, __VA_ARGS__ MASK(resource, ~0x7, 8))

#define ENC_SECCOMP_ARGUMENTS(X)                                              \
	ENC_SECCOMP_SOCKET(X, socket, ALLOW, 1)	/* AF_UNIX */         \
	ENC_SECCOMP_SOCKET(X, socketpair, ALLOW, 1)                           \
	/* SOCK_SEQPACKET: a stream with borders, as costly as one */         \
	X(socket, ALLOW, EQ(0, 1), MASK(1, 0xf, 5), EQ(2, 0))                 \
	X(socketpair, ALLOW, EQ(0, 1), MASK(1, 0xf, 5), EQ(2, 0))             \
	ENC_SECCOMP_INET(X, 2)			/* AF_INET */                 \
	ENC_SECCOMP_INET(X, 10)			/* AF_INET6 */                \
	ENC_SECCOMP_GETSOCKOPT(X)                                             \
	X(socket, ASK, EQ(0, 16), EQ(2, 0))	/* NETLINK_ROUTE */           \
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
	ENC_SECCOMP_RLIMIT(X, prlimit64, 1, )                                 \
	X(prlimit64, ALLOW, EQ(2, 0))		/* reading */                 \
	/* FIFOs, sockets and plain files; devices need a right */            \
	X(mknod, ALLOW, MASK(1, 0xf000, 0x1000))                              \
	X(mknod, ALLOW, MASK(1, 0xf000, 0xc000))                              \
	X(mknod, ALLOW, MASK(1, 0x7000, 0))                                   \
	X(mknod, REFUSE, MASK(1, 0xb000, 0x2000))                             \
	X(mknodat, ALLOW, MASK(2, 0xf000, 0x1000))                            \
	X(mknodat, ALLOW, MASK(2, 0xf000, 0xc000))                            \
	X(mknodat, ALLOW, MASK(2, 0x7000, 0))                                 \
	X(mknodat, REFUSE, MASK(2, 0xb000, 0x2000))                           \
	/* policies that need no right; the first one is that of everybody */ \
	X(sched_setscheduler, ALLOW, MASK(1, ~0x40000000, 0))                 \
	X(sched_setscheduler, ALLOW, MASK(1, ~0x40000000, 3)) /* BATCH */     \
	X(sched_setscheduler, ALLOW, MASK(1, ~0x40000000, 5)) /* IDLE */      \
	X(sched_setscheduler, REFUSE, MASK(1, ~0x40000000, 1)) /* FIFO */     \
	X(sched_setscheduler, REFUSE, MASK(1, ~0x40000000, 2)) /* RR */       \
	/* no HUGETLB: huge pages are in no session's limit */                \
	X(mmap, ALLOW, MASK(3, 0x40000, 0))                                   \
	X(memfd_create, ALLOW, MASK(1, 0x4, 0))                               \
	/* no DONTNEED: it could drop pages that all sessions share */        \
	X(fadvise64, IGNORE, EQ(3, 4))                                        \
	X(fadvise64, ALLOW, LE(3, 3))                                         \
	X(fadvise64, ALLOW, EQ(3, 5))                                         \
	/* no MERGEABLE: timing reveals merged pages of others */             \
	X(madvise, ALLOW, LE(2, 11))                                          \
	X(madvise, ALLOW, MASK(2, ~0x1, 14))                                  \
	X(madvise, ALLOW, MASK(2, ~0x7, 16))                                  \
	X(madvise, ALLOW, MASK(2, ~0x1, 24))                                  \
	/*                                                                    \
	 * No SECCOMP (22): compiled filters use up a budget of the whole     \
	 * host, and memory that no session pays for. No SCHED_CORE (62):     \
	 * it idles the hyperthread of a neighbour.                           \
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
	X(personality, ALLOW, MASK(0, 0xffffffff, 0xffffffff)) /* a query */  \
	/* no CLONE_NEW*; NEWTIME is no flag of clone(2) */                   \
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
