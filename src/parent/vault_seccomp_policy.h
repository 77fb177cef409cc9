#ifndef ENC_PARENT_VAULT_SECCOMP_POLICY_H
#define ENC_PARENT_VAULT_SECCOMP_POLICY_H

/*
 * The system calls of enclave-vault. enclaved installs the filter before it
 * starts the program, so it holds for any program that runs there. The vault
 * reads and writes messages, and files of its directory. It never starts another
 * program or a thread, and never makes a socket.
 *
 *	ALLOW    the call is allowed
 *	REPORT   kills the process (SIGSYS): no library makes such a call, so
 *	         the vault has been taken over. enclaved logs it and starts a
 *	         new vault.
 *
 * A call without a row doesn't exist (ENOSYS).
 *
 * tools/mkseccomp compiles this table and defines its words.
 */

#define ENC_SECCOMP_OTHERWISE SCMP_ACT_ERRNO(ENOSYS)
#define ENC_SECCOMP_FOREIGN SCMP_ACT_KILL_PROCESS
#define ENC_SECCOMP_REPORTED SCMP_ACT_KILL_PROCESS

/* clang-format off */
#define ENC_SECCOMP_ALLOW(X)                                                  \
	/* links, and the pipe of the master keys */                          \
	X(close) X(poll) X(ppoll) X(read) X(recvmsg)                          \
	/* the memory's files, and the log */                                 \
	X(fdatasync) X(flock) X(fstat) X(fsync) X(newfstatat) X(openat)       \
	X(pread64) X(pwrite64) X(renameat) X(renameat2) X(unlinkat) X(write)  \
	/* memory that isn't swapped or dumped */                             \
	X(brk) X(madvise) X(mlock) X(mremap) X(munlock) X(munmap)             \
	/* libc */                                                            \
	X(arch_prctl) X(exit) X(exit_group) X(futex) X(getpid) X(getrandom)   \
	X(gettid) X(restart_syscall) X(rseq) X(rt_sigaction)                  \
	X(rt_sigprocmask) X(rt_sigreturn) X(set_robust_list)                  \
	X(set_tid_address)                                                    \
	/* clocks */                                                          \
	X(clock_gettime) X(gettimeofday)

#define ENC_SECCOMP_REFUSE(X)

#define ENC_SECCOMP_REPORT(X)                                                 \
	/* executing programs, acting on other processes */                   \
	X(clone) X(clone3) X(execve) X(fork) X(kill) X(memfd_create)          \
	X(pidfd_getfd) X(pidfd_open) X(pidfd_send_signal)                     \
	X(process_madvise) X(process_vm_readv) X(process_vm_writev)           \
	X(ptrace) X(tkill) X(vfork)                                           \
	/* sockets other than its links */                                    \
	X(accept) X(accept4) X(bind) X(connect) X(listen) X(sendmmsg)         \
	X(sendto) X(socket) X(socketpair)                                     \
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
	/* the exec of enclave-vault: descriptor 6 and AT_EMPTY_PATH. All */  \
	/* mounts are noexec, so it can execute no other file this way */     \
	X(execveat, ALLOW, MASK(0, 0xffffffff, 6),                            \
	  MASK(4, 0xffffffff, 0x1000))                                        \
	/* only MSG_DONTWAIT | MSG_NOSIGNAL */                                \
	X(sendmsg, ALLOW, MASK(2, 0xffffffff, 0x4040))                        \
	/* F_GETFD F_GETFL */                                                 \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 1))                               \
	X(fcntl, ALLOW, MASK(1, 0xffffffff, 3))                               \
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
