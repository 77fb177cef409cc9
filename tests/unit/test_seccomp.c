/*
 * The compiled filter, run in user space (classic BPF, seccomp_data), against
 * the policy's rows for every number, architecture and value that a row looks
 * at, until each instruction was executed. What the kernel does with the same
 * rows is tried by SY-15 of tests/adversary.
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

#include "../lib/seccomp_expect.h"
#include "../lib/seccomp_run.h"
#include "gen_seccomp.h"
#include "gen_seccomp_rows.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { ALLOWED_MOST = 200, NUMBERS = 601, X32 = 0x40000000 };

static bool ran[ENC_SECCOMP_STEPS]; /* which instructions */

#define ALLOW SECCOMP_RET_ALLOW
#define REPORT SECCOMP_RET_USER_NOTIF
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define ASK SECCOMP_RET_USER_NOTIF
#define LACK (SECCOMP_RET_ERRNO | EOPNOTSUPP)
#define NOOPT (SECCOMP_RET_ERRNO | ENOPROTOOPT)
#define INVALID (SECCOMP_RET_ERRNO | EINVAL)
#define IGNORE SECCOMP_RET_ERRNO
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/* evaluate() - the action for one call */
static uint32_t evaluate(const struct seccomp_data *data)
{
	return enc_seccomp_run(enc_seccomp_program, ENC_SECCOMP_STEPS, data,
			       ran);
}

static const struct row {
	const char *what;
	int number;
	uint32_t action;
	uint64_t args[4];
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
	{ "tcp4", SYS_socket, ASK, { 2, 1, 0 } },
	{ "tcp4, nonblock, cloexec", SYS_socket, ASK, { 2, 0x80801, 6 } },
	{ "udp6", SYS_socket, ASK, { 10, 2, 17 } },
	{ "unix", SYS_socket, ALLOW, { 1, 1, 0 } },
	{ "netlink route", SYS_socket, ASK, { 16, 3, 0 } },
	{ "netlink netfilter", SYS_socket, MISSING, { 16, 3, 12 } },
	{ "raw", SYS_socket, MISSING, { 2, 3, 1 } },
	{ "ping", SYS_socket, MISSING, { 2, 2, 1 } },
	{ "sctp", SYS_socket, MISSING, { 2, 1, 132 } },
	{ "packet", SYS_socket, MISSING, { 17, 3, 0 } },
	{ "alg", SYS_socket, MISSING, { 38, 5, 0 } },
	{ "vsock", SYS_socket, MISSING, { 40, 1, 0 } },
	{ "xdp", SYS_socket, MISSING, { 44, 3, 0 } },
	{ "TIOCSTI", SYS_ioctl, REFUSE, { 0, 0x5412, 0 } },
	{ "TIOCSTI, a bit above", SYS_ioctl, REFUSE, { 0, 0x100005412, 0 } },
	{ "TIOCLINUX", SYS_ioctl, REFUSE, { 0, 0x541c, 0 } },
	{ "TIOCCONS", SYS_ioctl, REFUSE, { 0, 0x541d, 0 } },
	{ "TIOCSETD", SYS_ioctl, REFUSE, { 0, 0x5423, 0 } },
	{ "TIOCVHANGUP", SYS_ioctl, REFUSE, { 0, 0x5437, 0 } },
	{ "TIOCSSERIAL", SYS_ioctl, MISSING, { 0, 0x541f, 0 } },
	{ "TIOCSCTTY", SYS_ioctl, ALLOW, { 0, 0x540e, 0 } },
	{ "TIOCGPGRP", SYS_ioctl, ALLOW, { 0, 0x540f, 0 } },
	{ "TIOCGPTN", SYS_ioctl, ALLOW, { 0, 0x80045430, 0 } },
	{ "TIOCSPTLCK", SYS_ioctl, ALLOW, { 0, 0x40045431, 0 } },
	{ "a FIFO", SYS_mknod, ALLOW, { 0, 0010644, 0 } },
	{ "a plain file", SYS_mknod, ALLOW, { 0, 0100644, 0 } },
	{ "a plain file, by 0", SYS_mknodat, ALLOW, { 0, 0, 0644, 0 } },
	{ "a socket", SYS_mknodat, ALLOW, { 0, 0, 0140644, 0 } },
	{ "a character device", SYS_mknod, REFUSE, { 0, 0020644, 0x101 } },
	{ "a block device", SYS_mknodat, REFUSE, { 0, 0, 0060644, 0x101 } },
	{ "SCHED_FIFO", SYS_sched_setscheduler, REFUSE, { 0, 1, 0 } },
	{ "SCHED_RR, reset",
	  SYS_sched_setscheduler,
	  REFUSE,
	  { 0, 0x40000002, 0 } },
	{ "SCHED_OTHER", SYS_sched_setscheduler, ALLOW, { 0, 0, 0 } },
	{ "SCHED_IDLE", SYS_sched_setscheduler, ALLOW, { 0, 5, 0 } },
	{ "SCHED_DEADLINE", SYS_sched_setscheduler, MISSING, { 0, 6, 0 } },
	{ "FICLONE", SYS_ioctl, MISSING, { 0, 0x40049409, 0 } },
	{ "FIONREAD", SYS_ioctl, ALLOW, { 0, 0x541b, 0 } },
	{ "FIONREAD of an int",
	  SYS_ioctl,
	  ALLOW,
	  { 0, 0xffffffff0000541b, 0 } },
	{ "RLIMIT_CORE", SYS_prlimit64, MISSING, { 0, 4, 1 } },
	{ "RLIMIT_CORE, a bit above",
	  SYS_prlimit64,
	  MISSING,
	  { 0, 0x100000004, 1 } },
	{ "RLIMIT_CORE, asked", SYS_prlimit64, ALLOW, { 0, 4, 0 } },
	{ "RLIMIT_CORE by setrlimit", SYS_setrlimit, MISSING, { 4, 1 } },
	{ "RLIMIT_NOFILE", SYS_prlimit64, ALLOW, { 0, 7, 1 } },
	{ "MERGEABLE", SYS_madvise, MISSING, { 0, 0, 12 } },
	{ "DONTNEED", SYS_madvise, ALLOW, { 0, 0, 4 } },
	{ "FADV_DONTNEED", SYS_fadvise64, SECCOMP_RET_ERRNO, { 0, 0, 0, 4 } },
	{ "SCHED_CORE", SYS_prctl, MISSING, { 62 } },
	{ "sync", SYS_sync, MISSING, { 0 } },
	{ "TCP_ULP, a bit above",
	  SYS_setsockopt,
	  MISSING,
	  { 3, 6, 0x10000001f } },
	{ "SIOCGIFINDEX", SYS_ioctl, ALLOW, { 3, 0x8933 } },
	{ "SIOCGIFBR", SYS_ioctl, MISSING, { 3, 0x8940 } },
	{ "SIOCSIFVLAN", SYS_ioctl, MISSING, { 3, 0x8983 } },
	{ "SO_ERROR", SYS_getsockopt, ALLOW, { 3, 1, 4 } },
	{ "SO_DOMAIN", SYS_getsockopt, ALLOW, { 3, 1, 39 } },
	{ "TCP_INFO", SYS_getsockopt, ALLOW, { 3, 6, 11 } },
	{ "IPV6_V6ONLY", SYS_getsockopt, ALLOW, { 3, 41, 26 } },
	{ "SO_PEERSEC", SYS_getsockopt, MISSING, { 3, 1, 31 } },
	{ "SO_COOKIE", SYS_getsockopt, MISSING, { 3, 1, 57 } },
	{ "SO_COOKIE, high",
	  SYS_getsockopt,
	  MISSING,
	  { 3, 1, 1UL << 32 | 57 } },
	{ "SO_NETNS_COOKIE", SYS_getsockopt, MISSING, { 3, 1, 71 } },
	{ "SO_PEERPIDFD", SYS_getsockopt, MISSING, { 3, 1, 77 } },
	{ "IP6T_SO_GET_INFO", SYS_getsockopt, MISSING, { 3, 41, 64 } },
	{ "TCP_ULP", SYS_setsockopt, MISSING, { 3, 6, 31 } },
	{ "TCP_NODELAY", SYS_setsockopt, ALLOW, { 3, 6, 1 } },
	{ "SO_ATTACH_FILTER", SYS_setsockopt, MISSING, { 3, 1, 26 } },
	{ "SO_MARK", SYS_setsockopt, MISSING, { 3, 1, 36 } },
	{ "SO_SNDBUF", SYS_setsockopt, IGNORE, { 3, 1, 7 } },
	{ "SO_RCVBUF", SYS_setsockopt, IGNORE, { 3, 1, 8 } },
	{ "IP_RECVERR", SYS_setsockopt, IGNORE, { 3, 0, 11 } },
	{ "IPV6_RECVERR", SYS_setsockopt, IGNORE, { 3, 41, 25 } },
	{ "SO_RCVBUFFORCE", SYS_setsockopt, MISSING, { 3, 1, 33 } },
	{ "IP_FREEBIND", SYS_setsockopt, MISSING, { 3, 0, 15 } },
	{ "IP_OPTIONS", SYS_setsockopt, MISSING, { 3, 0, 4 } },
	{ "IP_ADD_MEMBERSHIP", SYS_setsockopt, NOOPT, { 3, 0, 35 } },
	{ "IP_ADD_SOURCE_MEMBERSHIP", SYS_setsockopt, NOOPT, { 3, 0, 39 } },
	{ "MCAST_JOIN_GROUP", SYS_setsockopt, NOOPT, { 3, 0, 42 } },
	{ "MCAST_MSFILTER", SYS_setsockopt, NOOPT, { 3, 0, 48 } },
	{ "IPV6_ADD_MEMBERSHIP", SYS_setsockopt, NOOPT, { 3, 41, 20 } },
	{ "IPV6_JOIN_ANYCAST", SYS_setsockopt, NOOPT, { 3, 41, 27 } },
	{ "IPV6_FLOWLABEL_MGR", SYS_setsockopt, NOOPT, { 3, 41, 32 } },
	{ "IPV6_FLOWINFO_SEND", SYS_setsockopt, NOOPT, { 3, 41, 33 } },
	{ "IPV6 MCAST_JOIN_GROUP", SYS_setsockopt, NOOPT, { 3, 41, 42 } },
	{ "IPV6_HOPOPTS", SYS_setsockopt, MISSING, { 3, 41, 54 } },
	{ "IPV6_FREEBIND", SYS_setsockopt, MISSING, { 3, 41, 78 } },
	{ "TCP_REPAIR", SYS_setsockopt, MISSING, { 3, 6, 19 } },
	{ "TCP_MD5SIG", SYS_setsockopt, MISSING, { 3, 6, 14 } },
	{ "TCP_FASTOPEN", SYS_setsockopt, MISSING, { 3, 6, 23 } },
	{ "TCP_FASTOPEN_CONNECT", SYS_setsockopt, MISSING, { 3, 6, 30 } },
	{ "poll of 320", SYS_poll, ALLOW, { 0, 320 } },
	{ "poll of 321", SYS_poll, INVALID, { 0, 321 } },
	{ "ppoll of 321", SYS_ppoll, INVALID, { 0, 321 } },
	{ "select of 320", SYS_select, ALLOW, { 320 } },
	{ "select of 321", SYS_select, INVALID, { 321 } },
	{ "pselect6 of -1", SYS_pselect6, INVALID, { ~UINT64_C(0) } },
	{ "connect", SYS_connect, ASK, { 0 } },
	{ "send", SYS_sendto, ALLOW, { 3, 0, 0, 0x4000 } },
	{ "send MSG_OOB", SYS_sendto, LACK, { 3, 0, 0, 0x4001 } },
	{ "send MSG_OOB, a bit above",
	  SYS_sendto,
	  LACK,
	  { 3, 0, 0, 0x100000001 } },
	{ "send MSG_FASTOPEN", SYS_sendto, LACK, { 3, 0, 0, 0x20000000 } },
	{ "sendmsg MSG_OOB", SYS_sendmsg, LACK, { 3, 0, 1 } },
	{ "sendmmsg MSG_OOB", SYS_sendmmsg, LACK, { 3, 0, 1, 1 } },
	{ "recv MSG_OOB", SYS_recvfrom, LACK, { 3, 0, 0, 1 } },
	{ "recvmsg MSG_OOB", SYS_recvmsg, LACK, { 3, 0, 1 } },
	{ "recvmmsg MSG_OOB", SYS_recvmmsg, LACK, { 3, 0, 1, 1 } },
	{ "setxattr", SYS_setxattr, LACK, { 0 } },
	{ "fsetxattr", SYS_fsetxattr, LACK, { 0 } },
	{ "lsetxattr", SYS_lsetxattr, LACK, { 0 } },
	{ "setxattrat", 463, MISSING, { 0 } },
	{ "PR_SET_SECCOMP", SYS_prctl, INVALID, { 22, 2 } },
	{ "PR_SET_SECCOMP, a bit above",
	  SYS_prctl,
	  INVALID,
	  { 0x100000016, 1 } },
	{ "PR_GET_SECCOMP", SYS_prctl, ALLOW, { 21 } },
	{ "PR_SET_TIMERSLACK", SYS_prctl, ALLOW, { 29 } },
	{ "seccomp", SYS_seccomp, MISSING, { 1 } },
	{ "SO_REUSEADDR", SYS_setsockopt, ALLOW, { 3, 1, 2 } },
	{ "IP_TRANSPARENT", SYS_setsockopt, MISSING, { 3, 0, 19 } },
	{ "IPV6_V6ONLY", SYS_setsockopt, ALLOW, { 3, 41, 26 } },
	{ "prlimit64 of oneself", SYS_prlimit64, ALLOW, { 0 } },
	{ "prlimit64 of another", SYS_prlimit64, ALLOW, { 7 } },
	{ "RLIMIT_CORE of another", SYS_prlimit64, MISSING, { 7, 4, 1 } },
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

static const uint32_t actions[] = {
	[ENC_SECCOMP_MISSING] = MISSING, [ENC_SECCOMP_ALLOW] = ALLOW,
	[ENC_SECCOMP_ASK] = ASK,	 [ENC_SECCOMP_REFUSE] = REFUSE,
	[ENC_SECCOMP_LACK] = LACK,	 [ENC_SECCOMP_NOOPT] = NOOPT,
	[ENC_SECCOMP_INVALID] = INVALID, [ENC_SECCOMP_IGNORE] = IGNORE,
	[ENC_SECCOMP_REPORT] = REPORT,
};

enum { ROWS = sizeof(enc_seccomp_rows) / sizeof(*enc_seccomp_rows) };

/* agree() - filter and rows, of one native call */
static void agree(int number, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = number, .arch = NATIVE };
	uint32_t wanted = actions[enc_seccomp_expect(enc_seccomp_rows, ROWS,
						     number, args)];

	memcpy(data.args, args, sizeof(data.args));
	if (evaluate(&data) != wanted) {
		fail_msg("%d(%#llx, %#llx, %#llx): %#x, not %#x", number,
			 (unsigned long long)args[0],
			 (unsigned long long)args[1],
			 (unsigned long long)args[2], evaluate(&data), wanted);
	}
}

/* vary() - one argument through everything that could make a difference */
static void vary(int number, const uint64_t base[6], unsigned int argument,
		 uint64_t value)
{
	const uint64_t near[] = { value,	value - 1,
				  value + 1,	0,
				  ~UINT64_C(0), value ^ UINT64_C(1) << 32,
				  ~value,	UINT64_C(1) << 63 | value };
	uint64_t args[6];

	memcpy(args, base, sizeof(args));
	for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++) {
		args[argument] = near[i];
		agree(number, args);
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		args[argument] = value ^ UINT64_C(1) << bit;
		agree(number, args);
	}
}

/* Every number with the arguments of SY-15, every row around its edges. */
static void test_agrees_with_rows(void **state)
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
		uint64_t base[6] = { 0 };

		for (unsigned int k = 0; k < row->count; k++) {
			base[row->comparisons[k].argument] =
				row->comparisons[k].value;
		}
		agree(row->number, base);
		for (unsigned int k = 0; k < row->count; k++) {
			vary(row->number, base, row->comparisons[k].argument,
			     row->comparisons[k].value);
		}
	}
}

/* Whatever is called by another architecture's numbers is reported. */
static void test_other_architectures(void **state)
{
	static const uint32_t archs[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					  AUDIT_ARCH_PPC64 };

	(void)state;
	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
		for (int number = 0; number < NUMBERS; number++) {
			struct seccomp_data data = { .nr = number,
						     .arch = archs[i] };

			assert_int_equal(evaluate(&data), REPORT);
		}
	}
#if defined(__x86_64__)
	for (int number = 0; number < NUMBERS; number++) {
		struct seccomp_data x32 = { .nr = number | X32,
					    .arch = NATIVE };

		assert_int_equal(evaluate(&x32), REPORT);
	}
#endif
}

/* The list stays short: what nobody needs isn't there. */
static void test_size(void **state)
{
	(void)state;
	assert_true((int)ENC_SECCOMP_ALLOWED <= (int)ALLOWED_MOST);
	assert_true(ENC_SECCOMP_ALLOWED > 100);
}

/* find_reachable() - jumps lead forward; libseccomp leaves copies unused */
static void find_reachable(bool reachable[ENC_SECCOMP_STEPS])
{
	reachable[0] = true;
	for (unsigned int at = 0; at < ENC_SECCOMP_STEPS; at++) {
		const struct sock_filter *step = &enc_seccomp_program[at];

		if (!reachable[at] || BPF_CLASS(step->code) == BPF_RET) {
			continue;
		}
		if (BPF_CLASS(step->code) != BPF_JMP) {
			reachable[at + 1] = true;
		} else if (BPF_OP(step->code) == BPF_JA) {
			reachable[at + 1 + step->k] = true;
		} else {
			reachable[at + 1 + step->jt] = true;
			reachable[at + 1 + step->jf] = true;
		}
	}
}

/*
 * The tests above leave no instruction unexecuted. (Not every jump can go both
 * ways: the last number of a run without gaps is compared all the same.)
 */
static void test_coverage(void **state)
{
	bool reachable[ENC_SECCOMP_STEPS] = { false };
	unsigned int missed = 0;

	(void)state;
	find_reachable(reachable);
	for (unsigned int at = 0; at < ENC_SECCOMP_STEPS; at++) {
		const struct sock_filter *step = &enc_seccomp_program[at];

		if (reachable[at] && !ran[at]) {
			print_message("step %u: %#x %u %u %#x\n", at,
				      step->code, step->jt, step->jf, step->k);
			missed++;
		}
	}
	assert_int_equal(missed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_agrees_with_rows),
		cmocka_unit_test(test_other_architectures),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
