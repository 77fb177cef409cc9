/*
 * The compiled filter, run in user space (classic BPF, seccomp_data), against
 * what the policy promises. What the kernel does with it is tried by
 * tests/adversary/SY.
 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "gen_seccomp.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { ALLOWED_MOST = 200 };

#define ALLOW SECCOMP_RET_ALLOW
#define REPORT SECCOMP_RET_USER_NOTIF
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/* jump() - a comparison: how many steps are skipped */
static uint32_t jump(const struct sock_filter *step, uint32_t value)
{
	bool holds = false;

	switch (BPF_OP(step->code)) {
	case BPF_JA:
		return step->k;
	case BPF_JEQ:
		holds = value == step->k;
		break;
	case BPF_JGT:
		holds = value > step->k;
		break;
	case BPF_JGE:
		holds = value >= step->k;
		break;
	case BPF_JSET:
		holds = (value & step->k) != 0;
		break;
	default:
		fail_msg("jump %#x", step->code);
	}
	return holds ? step->jt : step->jf;
}

/* evaluate() - the action for one call */
static uint32_t evaluate(const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (uint32_t at = 0; at < ENC_SECCOMP_STEPS; at++) {
		const struct sock_filter *step = &enc_seccomp_program[at];

		switch (BPF_CLASS(step->code)) {
		case BPF_LD:
			assert_true(step->k + 4 <= sizeof(*data));
			memcpy(&value, (const char *)data + step->k, 4);
			break;
		case BPF_ALU:
			assert_int_equal(BPF_OP(step->code), BPF_AND);
			value &= step->k;
			break;
		case BPF_JMP:
			at += jump(step, value);
			break;
		case BPF_RET:
			return step->k;
		default:
			fail_msg("step %u: %#x", at, step->code);
		}
	}
	fail_msg("it runs past its end");
	return 0;
}

static const struct row {
	const char *what;
	int number;
	uint32_t action;
	uint64_t args[3];
} rows[] = {
	{ "read", SYS_read, ALLOW, { 0 } },
	{ "execve", SYS_execve, ALLOW, { 0 } },
	{ "futex", SYS_futex, ALLOW, { 0 } },
	{ "mount", SYS_mount, REPORT, { 0 } },
	{ "unshare", SYS_unshare, REPORT, { 0x10000000 } },
	{ "setns", SYS_setns, REPORT, { 0 } },
	{ "bpf", SYS_bpf, REPORT, { 0 } },
	{ "ptrace", SYS_ptrace, REPORT, { 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, REPORT, { 0 } },
	{ "reboot", SYS_reboot, REFUSE, { 0 } },
	{ "syslog", SYS_syslog, REFUSE, { 0 } },
	{ "clone3", SYS_clone3, MISSING, { 0 } },
	{ "io_uring_setup", 425, MISSING, { 0 } },
	{ "io_uring_enter", 426, MISSING, { 0 } },
	{ "keyctl", SYS_keyctl, MISSING, { 0 } },
	{ "splice", SYS_splice, MISSING, { 0 } },
	{ "memfd_secret", 447, MISSING, { 0 } },
	{ "one of tomorrow", 999, MISSING, { 0 } },
	{ "a thread", SYS_clone, ALLOW, { 0x3d0f00 } },
	{ "a fork", SYS_clone, ALLOW, { 17 } },
	{ "clone NEWUSER", SYS_clone, REPORT, { 0x10000000 | 17 } },
	{ "clone NEWNET", SYS_clone, REPORT, { 0x40000000 | 17 } },
	{ "clone NEWNS", SYS_clone, REPORT, { 0x00020000 | 17 } },
	{ "tcp4", SYS_socket, ALLOW, { 2, 1, 0 } },
	{ "tcp4, nonblock, cloexec", SYS_socket, ALLOW, { 2, 0x80801, 6 } },
	{ "udp6", SYS_socket, ALLOW, { 10, 2, 17 } },
	{ "unix", SYS_socket, ALLOW, { 1, 1, 0 } },
	{ "netlink route", SYS_socket, ALLOW, { 16, 3, 0 } },
	{ "netlink netfilter", SYS_socket, MISSING, { 16, 3, 12 } },
	{ "raw", SYS_socket, MISSING, { 2, 3, 1 } },
	{ "ping", SYS_socket, MISSING, { 2, 2, 1 } },
	{ "sctp", SYS_socket, MISSING, { 2, 1, 132 } },
	{ "packet", SYS_socket, MISSING, { 17, 3, 0 } },
	{ "alg", SYS_socket, MISSING, { 38, 5, 0 } },
	{ "vsock", SYS_socket, MISSING, { 40, 1, 0 } },
	{ "xdp", SYS_socket, MISSING, { 44, 3, 0 } },
	{ "TIOCSTI", SYS_ioctl, MISSING, { 0, 0x5412, 0 } },
	{ "FIONREAD", SYS_ioctl, ALLOW, { 0, 0x541b, 0 } },
	{ "TCP_ULP", SYS_setsockopt, MISSING, { 3, 6, 31 } },
	{ "TCP_NODELAY", SYS_setsockopt, ALLOW, { 3, 6, 1 } },
	{ "SO_ATTACH_FILTER", SYS_setsockopt, MISSING, { 3, 1, 26 } },
	{ "SO_MARK", SYS_setsockopt, MISSING, { 3, 1, 36 } },
	{ "SO_REUSEADDR", SYS_setsockopt, ALLOW, { 3, 1, 2 } },
	{ "IP_TRANSPARENT", SYS_setsockopt, MISSING, { 3, 0, 19 } },
	{ "IPV6_V6ONLY", SYS_setsockopt, ALLOW, { 3, 41, 26 } },
	{ "prlimit64 of oneself", SYS_prlimit64, ALLOW, { 0 } },
	{ "prlimit64 of another", SYS_prlimit64, MISSING, { 7 } },
	{ "personality(ADDR_NO_RANDOMIZE)",
	  SYS_personality,
	  MISSING,
	  { 0x40000 } },
};

/* Each row, on this architecture. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct seccomp_data data = { .nr = rows[i].number,
					     .arch = NATIVE };

		memcpy(data.args, rows[i].args, sizeof(rows[i].args));
		print_message("%s\n", rows[i].what);
		assert_int_equal(evaluate(&data), rows[i].action);
	}
}

/* Whatever is called by another architecture's numbers is reported. */
static void test_other_architectures(void **state)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					  AUDIT_ARCH_PPC64 };

	(void)state;
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
		for (int number = 0; number < 600; number++) {
			struct seccomp_data data = { .nr = number,
						     .arch = archs[i] };

			assert_int_equal(evaluate(&data), REPORT);
		}
	}
#if defined(__x86_64__)
	for (int number = 0; number < 600; number++) {
		struct seccomp_data x32 = { .nr = number | 0x40000000,
					    .arch = NATIVE };

		assert_int_not_equal(evaluate(&x32), ALLOW);
	}
#endif
}

/* The list stays short: what nobody needs isn't there. */
static void test_size(void **state)
{
	unsigned int allowed = 0;

	(void)state;
	for (int number = 0; number < 600; number++) {
		struct seccomp_data data = { .nr = number, .arch = NATIVE };

		allowed += evaluate(&data) == ALLOW ? 1 : 0;
	}
	assert_true((int)ENC_SECCOMP_ALLOWED <= (int)ALLOWED_MOST);
	assert_true(allowed <= ALLOWED_MOST + 8); /* and those with rules */
	assert_true(allowed > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_other_architectures),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
