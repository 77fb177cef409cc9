/*
 * The filter that enclave-vault runs under, as it is compiled: each row of its
 * table, every number of each architecture, and the calls that matter by name.
 */

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "../lib/seccomp_expect.h"
#include "../lib/seccomp_run.h"
#include "gen_vault_seccomp.h"
#include "gen_vault_seccomp_rows.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define ALLOW SECCOMP_RET_ALLOW
#define END SECCOMP_RET_KILL_PROCESS
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

enum { NUMBERS = 601, X32 = 0x40000000, ALLOWED_MOST = 50 };
enum { ROWS = sizeof(enc_seccomp_rows) / sizeof(*enc_seccomp_rows) };

static uint32_t run(const struct seccomp_data *data)
{
	return enc_seccomp_run(enc_seccomp_program, ENC_SECCOMP_STEPS, data,
			       NULL);
}

static const struct row {
	const char *what;
	int number;
	uint32_t action;
	uint64_t args[6];
} rows[] = {
	{ "read", SYS_read, ALLOW, { 0 } },
	{ "recvmsg", SYS_recvmsg, ALLOW, { 3 } },
	{ "sendmsg of a link", SYS_sendmsg, ALLOW, { 3, 0, 0x4040 } },
	{ "sendmsg, MSG_FASTOPEN", SYS_sendmsg, MISSING, { 5, 0, 0x20004040 } },
	{ "its start", SYS_execveat, ALLOW, { 6, 0, 0, 0, 0x1000 } },
	{ "execveat of another",
	  SYS_execveat,
	  MISSING,
	  { 7, 0, 0, 0, 0x1000 } },
	{ "execveat by name", SYS_execveat, MISSING, { 6, 0, 0, 0, 0 } },
	{ "execve", SYS_execve, END, { 0 } },
	{ "memfd_create", SYS_memfd_create, END, { 0 } },
	{ "a thread", SYS_clone, END, { 0x3d0f00 } },
	{ "a fork", SYS_clone, END, { 17 } },
	{ "clone3", SYS_clone3, END, { 0 } },
	{ "unshare", SYS_unshare, END, { 0x10000000 } },
	{ "setns", SYS_setns, END, { 0 } },
	{ "socket", SYS_socket, END, { 1, 1, 0 } },
	{ "connect", SYS_connect, END, { 5 } },
	{ "bind", SYS_bind, END, { 5 } },
	{ "accept4", SYS_accept4, END, { 5 } },
	{ "sendto", SYS_sendto, END, { 5 } },
	{ "shutdown", SYS_shutdown, MISSING, { 3, 2 } },
	{ "SO_PEERCRED", SYS_getsockopt, MISSING, { 9, 1, 17 } },
	{ "SO_ATTACH_FILTER", SYS_setsockopt, MISSING, { 9, 1, 26 } },
	{ "TIOCSTI", SYS_ioctl, MISSING, { 2, 0x5412 } },
	{ "F_GETFL", SYS_fcntl, ALLOW, { 2, 3 } },
	{ "F_SETFL", SYS_fcntl, MISSING, { 2, 4 } },
	{ "F_SETOWN", SYS_fcntl, MISSING, { 5, 8 } },
	{ "F_DUPFD", SYS_fcntl, MISSING, { 5, 0 } },
	{ "dup2", SYS_dup3, MISSING, { 5, 6 } },
	{ "openat", SYS_openat, ALLOW, { 5 } },
	{ "renameat", SYS_renameat2, ALLOW, { 5 } },
	{ "fdatasync", SYS_fdatasync, ALLOW, { 5 } },
	{ "ftruncate", SYS_ftruncate, MISSING, { 5 } },
	{ "mlock", SYS_mlock, ALLOW, { 0 } },
	{ "mmap of memory", SYS_mmap, ALLOW, { 0, 4096, 3, 0x22 } },
	{ "mmap PROT_EXEC", SYS_mmap, MISSING, { 0, 4096, 5, 0x22 } },
	{ "mprotect PROT_EXEC", SYS_mprotect, MISSING, { 0, 4096, 4 } },
	{ "a limit, read", SYS_prlimit64, ALLOW, { 0, 7, 0, 1 } },
	{ "a limit, set", SYS_prlimit64, MISSING, { 0, 7, 1 } },
	{ "dies with enclaved", SYS_prctl, ALLOW, { 1, 9 } },
	{ "doesn't", SYS_prctl, MISSING, { 1, 0 } },
	{ "not dumpable", SYS_prctl, ALLOW, { 4, 0 } },
	{ "dumpable", SYS_prctl, MISSING, { 4, 1 } },
	{ "PR_SET_SECCOMP", SYS_prctl, MISSING, { 22, 2 } },
	{ "PR_SET_PTRACER", SYS_prctl, MISSING, { 0x59616d61, 1 } },
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

static void test_calls_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct seccomp_data data = { .nr = rows[i].number,
					     .arch = NATIVE };

		memcpy(data.args, rows[i].args, sizeof(data.args));
		if (run(&data) != rows[i].action) {
			fail_msg("%s: %#x", rows[i].what, run(&data));
		}
	}
}

static void agree(int number, const uint64_t args[6])
{
	static const uint32_t actions[] = {
		[ENC_SECCOMP_MISSING] = MISSING,
		[ENC_SECCOMP_ALLOW] = ALLOW,
		[ENC_SECCOMP_REFUSE] = MISSING, /* there is no such row */
		[ENC_SECCOMP_REPORT] = END,
	};
	struct seccomp_data data = { .nr = number, .arch = NATIVE };
	uint32_t wanted = actions[enc_seccomp_expect(enc_seccomp_rows, ROWS,
						     number, args)];

	memcpy(data.args, args, sizeof(data.args));
	if (run(&data) != wanted) {
		fail_msg("%d(%#llx, %#llx, %#llx): %#x, not %#x", number,
			 (unsigned long long)args[0],
			 (unsigned long long)args[1],
			 (unsigned long long)args[2], run(&data), wanted);
	}
}

/* Every number, and every row with each bit of what it compares flipped. */
static void test_agrees_with_its_table(void **state)
{
	static const uint64_t zeros[6];
	static const uint64_t ones[6] = { ~UINT64_C(0), ~UINT64_C(0),
					  ~UINT64_C(0), ~UINT64_C(0),
					  ~UINT64_C(0), ~UINT64_C(0) };

	(void)state;
	for (int number = -1; number < NUMBERS; number++) {
		agree(number, zeros);
		agree(number, ones);
	}
	for (size_t i = 0; i < ROWS; i++) {
		const struct enc_seccomp_row *row = &enc_seccomp_rows[i];
		uint64_t args[6] = { 0 };

		for (unsigned int k = 0; k < row->count; k++) {
			args[row->comparisons[k].argument] =
				row->comparisons[k].value;
		}
		agree(row->number, args);
		for (unsigned int k = 0; k < row->count; k++) {
			uint64_t *one = &args[row->comparisons[k].argument];

			for (unsigned int bit = 0; bit < 64; bit++) {
				*one ^= UINT64_C(1) << bit;
				agree(row->number, args);
				*one ^= UINT64_C(1) << bit;
			}
		}
	}
}

static void test_other_architectures(void **state)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					  AUDIT_ARCH_PPC64 };

	(void)state;
	for (int number = 0; number < NUMBERS; number++) {
		for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
			struct seccomp_data data = { .nr = number,
						     .arch = archs[i] };

			assert_int_equal(run(&data), END);
		}
#if defined(__x86_64__)
		struct seccomp_data x32 = { .nr = number | X32,
					    .arch = NATIVE };

		assert_int_equal(run(&x32), END);
#endif
	}
}

static void test_the_list_stays_short(void **state)
{
	(void)state;
	assert_true((int)ENC_SECCOMP_ALLOWED <= (int)ALLOWED_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_by_name),
		cmocka_unit_test(test_agrees_with_its_table),
		cmocka_unit_test(test_other_architectures),
		cmocka_unit_test(test_the_list_stays_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
