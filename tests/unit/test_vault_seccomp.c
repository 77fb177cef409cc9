/*
 * The filter that enclave-vault runs under, as it is compiled: each row of its
 * table, every number of each architecture, and the calls that matter by name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "../lib/seccomp_expect.h"

#include "gen_vault_seccomp.h"
#include "gen_vault_seccomp_rows.h"

#include "../lib/seccomp_role.h"

enum { ALLOWED_MOST = 50 };

static const struct seccomp_role_call calls[] = {
	{ "recvmsg", SYS_recvmsg, ALLOW, { 3 } },
	{ "sendmsg of a link", SYS_sendmsg, ALLOW, { 3, 0, 0x4040 } },
	{ "a thread", SYS_clone, END, { 0x3d0f00 } },
	{ "a fork", SYS_clone, END, { 17 } },
	{ "clone3", SYS_clone3, END, { 0 } },
	{ "accept4", SYS_accept4, END, { 5 } },
	{ "sendto", SYS_sendto, END, { 5 } },
	{ "shutdown", SYS_shutdown, MISSING, { 3, 2 } },
	{ "SO_PEERCRED", SYS_getsockopt, MISSING, { 9, 1, 17 } },
	{ "F_GETFL", SYS_fcntl, ALLOW, { 2, 3 } },
	{ "F_SETFL", SYS_fcntl, MISSING, { 2, 4 } },
	{ "F_DUPFD", SYS_fcntl, MISSING, { 5, 0 } },
	{ "dup2", SYS_dup3, MISSING, { 5, 6 } },
	{ "openat", SYS_openat, ALLOW, { 5 } },
	{ "renameat", SYS_renameat2, ALLOW, { 5 } },
	{ "fdatasync", SYS_fdatasync, ALLOW, { 5 } },
	{ "ftruncate", SYS_ftruncate, MISSING, { 5 } },
	{ "mlock", SYS_mlock, ALLOW, { 0 } },
	{ "mmap of memory", SYS_mmap, ALLOW, { 0, 4096, 3, 0x22 } },
	{ "not dumpable", SYS_prctl, ALLOW, { 4, 0 } },
	{ "PR_SET_PTRACER", SYS_prctl, MISSING, { 0x59616d61, 1 } },
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
