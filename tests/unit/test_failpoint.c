#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "failpoint.h"

/* die_at() - the signal that ended a child armed so, or 0 */
static int die_at(const char *text, const char *program, int passes)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		int r = enc_failpoint_arm(text, program);

		for (int i = 0; r == 0 && i < passes; i++) {
			enc_failpoint(ENC_FAILPOINT_COMMIT_AFTER);
			enc_failpoint(ENC_FAILPOINT_GATE_AFTER);
		}
		_exit(r == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void test_the_nth_time(void **state)
{
	(void)state;
	assert_int_equal(die_at("commit-after", "enclave-api", 1), SIGKILL);
	assert_int_equal(die_at("commit-after:1", "enclave-api", 1), SIGKILL);
	assert_int_equal(die_at("commit-after:3", "enclave-api", 2), 0);
	assert_int_equal(die_at("commit-after:3", "enclave-api", 3), SIGKILL);
}

static void test_not_armed(void **state)
{
	(void)state;
	assert_int_equal(die_at(NULL, "enclave-api", 5), 0);
	assert_int_equal(die_at("commit-after", "enclaved", 5), 0);
	assert_int_equal(die_at("commit-before", "enclave-api", 5), 0);
}

static void test_no_such_failpoint(void **state)
{
	static const char *const wrong[] = { "",
					     "commit",
					     "commit-after-",
					     "commit-after:",
					     "commit-after:0",
					     "commit-after:1x",
					     "commit-after: 1",
					     "commit-after:+1",
					     "commit-after:-1",
					     "commit-after:0000000001",
					     "no-such:1" };

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(wrong); i++) {
		assert_int_equal(enc_failpoint_arm(wrong[i], "enclave-api"),
				 -EINVAL);
	}
}

static void test_handed_on_to_its_own_program(void **state)
{
	static const char text[] = "gate-exit-after:3";

	(void)state;
	assert_ptr_equal(enc_failpoint_of(text, "enclave-gate"), text);
	assert_null(enc_failpoint_of(text, "enclave-init"));
	assert_null(enc_failpoint_of(text, "enclave-api"));
	assert_null(enc_failpoint_of("no-such", "enclave-gate"));
	assert_null(enc_failpoint_of(NULL, "enclave-gate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_nth_time),
		cmocka_unit_test(test_not_armed),
		cmocka_unit_test(test_no_such_failpoint),
		cmocka_unit_test(test_handed_on_to_its_own_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
