/*
 * The filter that enclave-api runs under, as it is compiled: each row of its
 * table, every number of each architecture, and the calls that matter by name.
 * e2e 16 makes the calls.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "../lib/seccomp_expect.h"

#include "gen_api_seccomp.h"
#include "gen_api_seccomp_rows.h"

#include "../lib/seccomp_role.h"

enum { ALLOWED_MOST = 80 };

static const struct seccomp_role_call calls[] = {
	{ "accept4", SYS_accept4, ALLOW, { 4 } },
	{ "execveat below here",
	  SYS_execveat,
	  MISSING,
	  { 0xffffff9c, 0, 0, 0, 0 } },
	{ "a thread", SYS_clone, ALLOW, { 0x3d0f00 } },
	{ "a fork", SYS_clone, MISSING, { 17 } },
	{ "clone NEWUSER", SYS_clone, MISSING, { 0x10000000 | 0x3d0f00 } },
	{ "clone3", SYS_clone3, MISSING, { 0 } },
	{ "sendto", SYS_sendto, END, { 5, 0, 0, 0x20000000 } },
	{ "sendmsg of the channel", SYS_sendmsg, ALLOW, { 3, 0, 0x4040 } },
	{ "SHUT_WR", SYS_shutdown, ALLOW, { 9, 1 } },
	{ "SHUT_RD of a listener", SYS_shutdown, MISSING, { 5, 0 } },
	{ "SHUT_RDWR", SYS_shutdown, MISSING, { 5, 2 } },
	{ "SO_PEERCRED", SYS_getsockopt, ALLOW, { 9, 1, 17 } },
	{ "TCP_INFO", SYS_getsockopt, MISSING, { 9, 6, 11 } },
	{ "TCP_NODELAY", SYS_setsockopt, ALLOW, { 9, 6, 1 } },
	{ "TCP_REPAIR", SYS_setsockopt, MISSING, { 9, 6, 19 } },
	{ "SIOCGIFCONF", SYS_ioctl, MISSING, { 5, 0x8912 } },
	{ "TIOCSTI, a bit above", SYS_ioctl, MISSING, { 2, 0x100005412 } },
	{ "FIONBIO", SYS_ioctl, ALLOW, { 5, 0x5421 } },
	{ "F_SETLEASE", SYS_fcntl, MISSING, { 5, 1024 } },
	{ "F_NOTIFY", SYS_fcntl, MISSING, { 5, 1026 } },
	{ "F_SETLK", SYS_fcntl, ALLOW, { 5, 6 } },
	{ "mmap of a file", SYS_mmap, ALLOW, { 0, 4096, 3, 1 } },
	{ "a limit, set, high", SYS_prlimit64, MISSING, { 0, 7, 1ULL << 32 } },
	{ "a limit of another", SYS_prlimit64, MISSING, { 2, 7, 0, 1 } },
	{ "setrlimit", SYS_setrlimit, MISSING, { 7 } },
	{ "PR_SET_NO_NEW_PRIVS", SYS_prctl, MISSING, { 38, 1 } },
	{ "open_tree", SYS_open_tree, END, { 0 } },
	{ "io_uring_enter", 426, MISSING, { 0 } },
	{ "setpriority", SYS_setpriority, MISSING, { 0 } },
	{ "sched_setscheduler", SYS_sched_setscheduler, MISSING, { 0 } },
	{ "inotify_init1", SYS_inotify_init1, MISSING, { 0 } },
	{ "sysinfo", SYS_sysinfo, MISSING, { 0 } },
};

static void test_calls_by_name(void **state)
{
	(void)state;
	seccomp_role_check(calls, sizeof(calls) / sizeof(*calls));
}

static void test_the_list_stays_short(void **state)
{
	(void)state;
	assert_true((int)ENC_SECCOMP_ALLOWED <= (int)ALLOWED_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_common_calls_by_name),
		cmocka_unit_test(test_calls_by_name),
		cmocka_unit_test(test_agrees_with_its_table),
		cmocka_unit_test(test_other_architectures),
		cmocka_unit_test(test_the_list_stays_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
