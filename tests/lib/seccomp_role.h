#ifndef ENC_TESTS_SECCOMP_ROLE_H
#define ENC_TESTS_SECCOMP_ROLE_H

/*
 * Checks of the compiled filter of a program that enclaved starts. Include the
 * generated program and its rows (gen_X_seccomp.h, gen_X_seccomp_rows.h) behind
 * seccomp_expect.h, and before this.
 */

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "seccomp_run.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define ALLOW SECCOMP_RET_ALLOW
#define END SECCOMP_RET_KILL_PROCESS
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

enum {
	SECCOMP_ROLE_NUMBERS = 601,
	SECCOMP_ROLE_X32 = 0x40000000,
	SECCOMP_ROLE_ROWS = sizeof(enc_seccomp_rows) / sizeof(*enc_seccomp_rows)
};

/* A call, and the action that the filter must have for it. */
struct seccomp_role_call {
	const char *what;
	int number;
	uint32_t action;
	uint64_t args[6];
};

/* Calls about which the filters of all such programs agree. */
static const struct seccomp_role_call seccomp_role_common[] = {
	{ "read", SYS_read, ALLOW, { 0 } },
	{ "sendmsg, MSG_FASTOPEN", SYS_sendmsg, MISSING, { 5, 0, 0x20004040 } },
	{ "its start", SYS_execveat, ALLOW, { 6, 0, 0, 0, 0x1000 } },
	{ "execveat of another",
	  SYS_execveat,
	  MISSING,
	  { 7, 0, 0, 0, 0x1000 } },
	{ "execveat by name", SYS_execveat, MISSING, { 6, 0, 0, 0, 0 } },
	{ "execve", SYS_execve, END, { 0 } },
	{ "memfd_create", SYS_memfd_create, END, { 0 } },
	{ "unshare", SYS_unshare, END, { 0x10000000 } },
	{ "setns", SYS_setns, END, { 0 } },
	{ "socket", SYS_socket, END, { 1, 1, 0 } },
	{ "connect", SYS_connect, END, { 5 } },
	{ "bind", SYS_bind, END, { 5 } },
	{ "SO_ATTACH_FILTER", SYS_setsockopt, MISSING, { 9, 1, 26 } },
	{ "TIOCSTI", SYS_ioctl, MISSING, { 2, 0x5412 } },
	{ "F_SETOWN", SYS_fcntl, MISSING, { 5, 8 } },
	{ "mmap PROT_EXEC", SYS_mmap, MISSING, { 0, 4096, 5, 0x22 } },
	{ "mprotect PROT_EXEC", SYS_mprotect, MISSING, { 0, 4096, 4 } },
	{ "a limit, read", SYS_prlimit64, ALLOW, { 0, 7, 0, 1 } },
	{ "a limit, set", SYS_prlimit64, MISSING, { 0, 7, 1 } },
	{ "dies with enclaved", SYS_prctl, ALLOW, { 1, 9 } },
	{ "doesn't", SYS_prctl, MISSING, { 1, 0 } },
	{ "dumpable", SYS_prctl, MISSING, { 4, 1 } },
	{ "PR_SET_SECCOMP", SYS_prctl, MISSING, { 22, 2 } },
	{ "seccomp", SYS_seccomp, END, { 1 } },
	{ "abort", SYS_tgkill, ALLOW, { 1, 1, 6 } },
	{ "tgkill of another", SYS_tgkill, MISSING, { 2, 2, 9 } },
	{ "kill", SYS_kill, END, { 1, 9 } },
	{ "ptrace", SYS_ptrace, END, { 16 } },
	{ "process_vm_readv", SYS_process_vm_readv, END, { 1 } },
	{ "pidfd_getfd", SYS_pidfd_getfd, END, { 1 } },
	{ "mount", SYS_mount, END, { 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, END, { 0 } },
	{ "chroot", SYS_chroot, END, { 0 } },
	{ "bpf", SYS_bpf, END, { 0 } },
	{ "perf_event_open", SYS_perf_event_open, END, { 0 } },
	{ "userfaultfd", SYS_userfaultfd, END, { 0 } },
	{ "keyctl", SYS_keyctl, END, { 0 } },
	{ "setresuid", SYS_setresuid, END, { 0 } },
	{ "io_uring_setup", 425, MISSING, { 0 } },
	{ "mkdir", SYS_mkdirat, MISSING, { 0 } },
	{ "mknod", SYS_mknodat, MISSING, { 0 } },
	{ "link", SYS_linkat, MISSING, { 0 } },
	{ "symlink", SYS_symlinkat, MISSING, { 0 } },
	{ "chmod", SYS_fchmodat, MISSING, { 0 } },
	{ "uname", SYS_uname, MISSING, { 0 } },
	{ "one of tomorrow", 999, MISSING, { 0 } },
};

static inline uint32_t seccomp_role_run(const struct seccomp_data *data)
{
	return enc_seccomp_run(enc_seccomp_program, ENC_SECCOMP_STEPS, data,
			       NULL);
}

static inline void seccomp_role_check(const struct seccomp_role_call *calls,
				      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seccomp_data data = { .nr = calls[i].number,
					     .arch = NATIVE };

		memcpy(data.args, calls[i].args, sizeof(data.args));
		if (seccomp_role_run(&data) != calls[i].action) {
			fail_msg("%s: %#x", calls[i].what,
				 seccomp_role_run(&data));
		}
	}
}

static inline void seccomp_role_agree(int number, const uint64_t args[6])
{
	static const uint32_t actions[] = {
		[ENC_SECCOMP_MISSING] = MISSING,
		[ENC_SECCOMP_ALLOW] = ALLOW,
		[ENC_SECCOMP_REFUSE] = MISSING, /* there is no such row */
		[ENC_SECCOMP_REPORT] = END,
	};
	struct seccomp_data data = { .nr = number, .arch = NATIVE };
	uint32_t wanted =
		actions[enc_seccomp_expect(enc_seccomp_rows, SECCOMP_ROLE_ROWS,
					   number, args)];

	memcpy(data.args, args, sizeof(data.args));
	if (seccomp_role_run(&data) != wanted) {
		fail_msg("%d(%#llx, %#llx, %#llx): %#x, not %#x", number,
			 (unsigned long long)args[0],
			 (unsigned long long)args[1],
			 (unsigned long long)args[2], seccomp_role_run(&data),
			 wanted);
	}
}

/* seccomp_role_flip() - try a row with each bit that it compares flipped */
static inline void seccomp_role_flip(const struct enc_seccomp_row *row)
{
	uint64_t args[6] = { 0 };

	for (unsigned int k = 0; k < row->count; k++) {
		args[row->comparisons[k].argument] = row->comparisons[k].value;
	}
	seccomp_role_agree(row->number, args);
	for (unsigned int k = 0; k < row->count; k++) {
		uint64_t *one = &args[row->comparisons[k].argument];

		for (unsigned int bit = 0; bit < 64; bit++) {
			*one ^= UINT64_C(1) << bit;
			seccomp_role_agree(row->number, args);
			*one ^= UINT64_C(1) << bit;
		}
	}
}

static void test_common_calls_by_name(void **state)
{
	(void)state;
	seccomp_role_check(seccomp_role_common,
			   sizeof(seccomp_role_common) /
				   sizeof(*seccomp_role_common));
}

/* Every number, and every row with each bit that it compares flipped. */
static void test_agrees_with_its_table(void **state)
{
	static const uint64_t zeros[6];
	static const uint64_t ones[6] = { ~UINT64_C(0), ~UINT64_C(0),
					  ~UINT64_C(0), ~UINT64_C(0),
					  ~UINT64_C(0), ~UINT64_C(0) };

	(void)state;
	for (int number = -1; number < SECCOMP_ROLE_NUMBERS; number++) {
		seccomp_role_agree(number, zeros);
		seccomp_role_agree(number, ones);
	}
	for (size_t i = 0; i < SECCOMP_ROLE_ROWS; i++) {
		seccomp_role_flip(&enc_seccomp_rows[i]);
	}
}

static void test_other_architectures(void **state)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					  AUDIT_ARCH_PPC64 };

	(void)state;
	for (int number = 0; number < SECCOMP_ROLE_NUMBERS; number++) {
		for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
			struct seccomp_data data = { .nr = number,
						     .arch = archs[i] };

			assert_int_equal(seccomp_role_run(&data), END);
		}
#if defined(__x86_64__)
		struct seccomp_data x32 = { .nr = number | SECCOMP_ROLE_X32,
					    .arch = NATIVE };

		assert_int_equal(seccomp_role_run(&x32), END);
#endif
	}
}

#endif
