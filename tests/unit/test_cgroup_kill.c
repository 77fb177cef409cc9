/*
 * Killing by a list of processes, as pure cgroup v1 needs it: the lists are
 * files of our own, the signals are real, and children of the test stand for
 * members and for bystanders. A real group is in the integration tests.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup_impl.h"
#include "fd.h"

enum {
	SHORT_LINE = 10, /* bytes of "100000000" and its end: nobody's */
	TEXTS_MAX = 5,
	OLD_ROOM = 8191, /* bytes of a list that were read, and no more */
	MEMBERS = 150,
};

/* The texts that one reading after another finds; the last one stays. */
struct lists {
	const char *texts[TEXTS_MAX];
	size_t count;
	size_t opened;
};

static int open_list(void *context)
{
	struct lists *lists = context;
	const char *text =
		lists->texts[ENC_MIN(lists->opened, lists->count - 1)];
	int fd = memfd_create("list", MFD_CLOEXEC);

	lists->opened++;
	assert_true(fd >= 0);
	assert_int_equal(enc_fd_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static pid_t new_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0) {
		(void)pause();
	}
	return pid;
}

/* was_killed() - by the code under test; else it is ended here */
static bool was_killed(pid_t pid)
{
	int status = 0;

	/* A pending SIGKILL goes first, whatever comes beside it. */
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return WTERMSIG(status) == SIGKILL;
}

/* append_nobodies() - lines of numbers that no process has, @length bytes */
static void append_nobodies(char *text, size_t length)
{
	size_t long_lines = length % SHORT_LINE;
	size_t lines = length / SHORT_LINE;
	size_t at = 0;

	for (size_t i = 0; i < lines; i++) {
		unsigned int least = i < long_lines ? 1000000000 : 100000000;

		at += (size_t)sprintf(text + at, "%zu\n", least + i);
	}
	assert_int_equal(at, length);
}

static void test_members_are_killed(void **state)
{
	char text[64];
	pid_t member = new_child();
	pid_t bystander = new_child();
	struct lists lists = { { text, text, "" }, 3, 0 };

	(void)state;
	(void)snprintf(text, sizeof(text), "%d\n", (int)member);
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), 0);
	assert_true(was_killed(member));
	assert_false(was_killed(bystander));
}

/* T8: a list was cut in the middle of a number, and the rest was killed */
static void test_no_part_of_a_number_is_one(void **state)
{
	static char text[4 * OLD_ROOM];
	struct lists lists = { { text }, 1, 0 };
	pid_t bystander = new_child();
	char number[16];
	size_t digits = (size_t)sprintf(number, "%d", (int)bystander);

	(void)state;
	append_nobodies(text, OLD_ROOM - digits);
	(void)sprintf(text + OLD_ROOM - digits, "%s%0*d\n", number,
		      9 - (int)digits, 7);
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), 0);
	assert_false(was_killed(bystander));
}

static void test_a_long_list_is_read_to_its_end(void **state)
{
	static char text[16 * OLD_ROOM];
	struct lists lists = { { text, text, "" }, 3, 0 };
	size_t length = sizeof(text) - 32;
	pid_t member = new_child();

	(void)state;
	append_nobodies(text, length);
	(void)sprintf(text + length, "%d\n", (int)member);
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), 0);
	assert_true(was_killed(member));
}

/* The number may be another process's by the time of the signal. */
static void test_who_is_listed_once_only_is_spared(void **state)
{
	char text[64];
	pid_t bystander = new_child();
	struct lists lists = { { text, "", "" }, 3, 0 };

	(void)state;
	(void)snprintf(text, sizeof(text), "%d\n", (int)bystander);
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), 0);
	assert_false(was_killed(bystander));
}

static void test_more_members_than_pidfds_at_a_time(void **state)
{
	static char text[MEMBERS * 16];
	struct lists lists = { { text, text, text, text, "" }, 5, 0 };
	pid_t members[MEMBERS];
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < MEMBERS; i++) {
		members[i] = new_child();
		at += (size_t)sprintf(text + at, "%d\n", (int)members[i]);
	}
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), 0);
	for (size_t i = 0; i < MEMBERS; i++) {
		assert_true(was_killed(members[i]));
	}
}

/* 0 stands for a process that has no number here; 1 is never a member. */
static void test_foreign_processes_are_told(void **state)
{
	struct lists lists = { { "0\n1\n" }, 1, 0 };
	char text[32];
	struct lists self = { { text }, 1, 0 };

	(void)state;
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), -EPERM);
	(void)snprintf(text, sizeof(text), "%d\n", (int)getpid());
	assert_int_equal(enc_cgroup_kill_each(open_list, &self), -EPERM);
}

static void test_what_is_no_list_kills_nobody(void **state)
{
	static const char *const texts[] = {
		"%d",	  "%d \n", "-%d\n",	    "%dx\n",
		"\n%d\n", " %d\n", "0000000000%d\n"
	}; /* whatever its length */
	pid_t bystander = new_child();

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(texts); i++) {
		char text[64];
		struct lists lists = { { text }, 1, 0 };
		const char *number = strchr(texts[i], '%');

		(void)snprintf(text, sizeof(text), "%.*s%d%s",
			       (int)(number - texts[i]), texts[i],
			       (int)bystander, number + 2);
		assert_int_equal(enc_cgroup_kill_each(open_list, &lists),
				 -EBADMSG);
	}
	assert_false(was_killed(bystander));
}

/* One that can't end yet: what is left is told, in bounded time. */
static void test_rounds_are_bounded(void **state)
{
	char text[32];
	struct lists lists = { { text }, 1, 0 };
	pid_t member = new_child();

	(void)state;
	(void)snprintf(text, sizeof(text), "%d\n", (int)member);
	assert_int_equal(enc_cgroup_kill_each(open_list, &lists), -EAGAIN);
	assert_true(was_killed(member));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_are_killed),
		cmocka_unit_test(test_no_part_of_a_number_is_one),
		cmocka_unit_test(test_a_long_list_is_read_to_its_end),
		cmocka_unit_test(test_who_is_listed_once_only_is_spared),
		cmocka_unit_test(test_more_members_than_pidfds_at_a_time),
		cmocka_unit_test(test_foreign_processes_are_told),
		cmocka_unit_test(test_what_is_no_list_kills_nobody),
		cmocka_unit_test(test_rounds_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
