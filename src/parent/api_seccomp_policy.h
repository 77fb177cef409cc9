#ifndef ENC_PARENT_API_SECCOMP_POLICY_H
#define ENC_PARENT_API_SECCOMP_POLICY_H

/*
 * The system calls of enclave-api. enclaved installs the filter before it
 * starts the program, so it holds for any program that runs there. enclave-api
 * reads and writes the descriptors that it got and files of its state
 * directory. It never starts another program and never makes a socket.
 *
 *	ALLOW    the call is allowed
 *	REPORT   kills the process (SIGSYS): no library makes such a call, so
 *	         enclave-api has been taken over. enclaved logs it and starts
 *	         a new enclave-api.
 *
 * A call without a row doesn't exist (ENOSYS). Libraries that try newer calls
 * first (clone3, io_uring) then fall back to older ones.
 *
 * TCP sockets belong to the host's network namespace, in which enclaved made
 * the listener. No allowed call can connect one of them to another address. For
 * that a socket would have to give up its connection by connect(), or stop
 * listening by shutdown(SHUT_RD). Neither call is allowed, and nor is
 * MSG_FASTOPEN, which connects.
 *
 * tools/mkseccomp compiles this table and defines its words.
 */

#define ENC_SECCOMP_OTHERWISE SCMP_ACT_ERRNO(ENOSYS)
#define ENC_SECCOMP_FOREIGN SCMP_ACT_KILL_PROCESS
#define ENC_SECCOMP_REPORTED SCMP_ACT_KILL_PROCESS

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* the launcher's channel, connections, links to gates */             \
	X(accept4) X(getpeername) X(getsockname) X(listen) X(recvmsg)         \
	/* files of the store, and the log */                                 \
	X(access) X(close) X(faccessat) X(faccessat2) X(fallocate)            \
	X(fdatasync) X(flock) X(fstat) X(fsync) X(ftruncate) X(getcwd)        \
	X(lseek) X(lstat) X(newfstatat) X(open) X(openat) X(pread64)          \
	X(pwrite64) X(read) X(readlink) X(readlinkat) X(readv) X(rename)      \
	X(renameat) X(renameat2) X(stat) X(unlink) X(unlinkat) X(write)       \
	X(writev)                                                             \
	/* the event loop of libuv */                                         \
	X(epoll_create1) X(epoll_ctl) X(epoll_pwait) X(epoll_wait)            \
	X(eventfd2) X(pipe2) X(poll) X(ppoll)                                 \
	/* memory, threads, locks of libc */                                  \
	X(arch_prctl) X(brk) X(exit) X(exit_group) X(futex) X(getrandom)      \
	X(madvise) X(mremap) X(munmap) X(restart_syscall) X(rseq)             \
	X(rt_sigaction) X(rt_sigprocmask) X(rt_sigreturn)                     \
	X(sched_getaffinity) X(sched_yield) X(set_robust_list)                \
	X(set_tid_address)                                                    \
	/* clocks and sleeping */                                             \
	X(clock_getres) X(clock_gettime) X(clock_nanosleep) X(gettimeofday)   \
	X(nanosleep) X(time)                                                  \
	/* ids of the calling process */                                      \
	X(getegid) X(geteuid) X(getgid) X(getpid) X(getppid) X(gettid)        \
	X(getuid)

#define ENC_SECCOMP_REFUSE(X)

#define ENC_SECCOMP_REPORT(X)                                                 \
	/* executing programs, acting on other processes */                   \
	X(execve) X(fork) X(kill) X(memfd_create) X(pidfd_getfd)              \
	X(pidfd_open) X(pidfd_send_signal) X(process_madvise)                 \
	X(process_vm_readv) X(process_vm_writev) X(ptrace) X(tkill) X(vfork)  \
	/* new sockets, and new addresses for existing ones */                \
	X(bind) X(connect) X(sendmmsg) X(sendto) X(socket) X(socketpair)      \
	/* changing namespaces, mounts or ids */                              \
	X(capset) X(chroot) X(fsconfig) X(fsmount) X(fsopen) X(fspick)        \
	X(mount) X(mount_setattr) X(move_mount) X(open_by_handle_at)          \
	X(open_tree) X(pivot_root) X(setgid) X(setgroups) X(setns)            \
	X(setregid) X(setresgid) X(setresuid) X(setreuid) X(setuid)           \
	X(umount2) X(unshare)                                                 \
	/* large parts of the kernel */                                       \
	X(add_key) X(bpf) X(delete_module) X(finit_module) X(init_module)     \
	X(kexec_file_load) X(kexec_load) X(keyctl) X(perf_event_open)         \
	X(reboot) X(request_key) X(seccomp) X(swapoff) X(swapon)              \
	X(userfaultfd)

#define ENC_SECCOMP_ARGUMENTS(X)                                              \
	/* only threads, with the flags of pthread_create() */                \
	X(clone, ALLOW, MASK(0, 0xffffffff, 0x3d0f00))                        \
	/* the exec of enclave-api: descriptor 6 and AT_EMPTY_PATH. All */    \
	/* mounts are noexec, so it can execute no other file this way */     \
	X(execveat, ALLOW, MASK(0, 0xffffffff, 6),                            \
	  MASK(4, 0xffffffff, 0x1000))                                        \
	/* only MSG_DONTWAIT | MSG_NOSIGNAL: no MSG_FASTOPEN */               \
	X(sendmsg, ALLOW, MASK(2, 0xffffffff, 0x4040))                        \
	/* SHUT_WR */                                                         \
	X(shutdown, ALLOW, MASK(1, 0xffffffff, 1))                            \
	/* SOL_SOCKET: SO_TYPE, SO_ERROR, SO_PEERCRED */                      \
	X(getsockopt, ALLOW, MASK(1, 0xffffffff, 1), MASK(2, 0xffffffff, 3))  \
	X(getsockopt, ALLOW, MASK(1, 0xffffffff, 1), MASK(2, 0xffffffff, 4))  \
	X(getsockopt, ALLOW, MASK(1, 0xffffffff, 1),                          \
	  MASK(2, 0xffffffff, 17))                                            \
	/* TCP_NODELAY */                                                     \
	X(setsockopt, ALLOW, MASK(1, 0xffffffff, 6), MASK(2, 0xffffffff, 1))  \
	/* FIONBIO, FIOCLEX */                                                \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0x5421))                          \
	X(ioctl, ALLOW, MASK(1, 0xffffffff, 0x5451))                          \
	/* F_GETFD F_SETFD F_GETFL F_SETFL, F_GETLK F_SETLK F_SETLKW, */      \
	/* F_DUPFD_CLOEXEC */                                                 \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 1))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 2))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 3))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 4))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 5))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 6))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 7))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 1030))                            \
	/* mappings of memory without PROT_EXEC */                            \
	X(mmap, ALLOW, MASK(2, 4, 0))                                         \
	X(mprotect, ALLOW, MASK(2, 4, 0))                                     \
	/* limits are read, never set */                                      \
	X(prlimit64, ALLOW, MASK(0, 0xffffffff, 0), EQ(2, 0))                 \
	/* PR_SET_PDEATHSIG with SIGKILL, PR_SET_DUMPABLE with 0, */          \
	/* PR_SET_NAME */                                                     \
	X(prctl, ALLOW, MASK(0, 0xffffffff, 1), EQ(1, 9))                     \
	X(prctl, ALLOW, MASK(0, 0xffffffff, 4), EQ(1, 0))                     \
	X(prctl, ALLOW, MASK(0, 0xffffffff, 15))                              \
	/* abort(): signals to process 1, which is itself */                  \
	X(tgkill, ALLOW, MASK(0, 0xffffffff, 1))
/* clang-format on */

#endif
