/* Which descriptors a program is born with, and at which numbers. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "descriptors.h"

enum { OPENED = 6, SPARE_NUMBER = 200 };

/* same() - do two descriptors stand for one open file? */
static bool same(int fd, const struct stat *wanted)
{
	struct stat found;

	return fstat(fd, &found) == 0 && found.st_ino == wanted->st_ino;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* in_child() - whether @check is true in a child, whose table it may ruin */
static bool in_child(bool (*check)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		_exit(check() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* Pipes have an inode each, so that a descriptor can be told from another. */
static void open_pipes(int fds[OPENED], struct stat facts[OPENED])
{
	for (int i = 0; i < OPENED; i += 2) {
		if (pipe2(fds + i, O_CLOEXEC) < 0) {
			_exit(2);
		}
	}
	for (int i = 0; i < OPENED; i++) {
		if (fstat(fds[i], &facts[i]) < 0) {
			_exit(2);
		}
	}
}

static bool each_is_at_its_number(void)
{
	struct stat facts[OPENED];
	int fds[OPENED];

	open_pipes(fds, facts);
	{
		const struct enc_descriptor rows[] = {
			{ STDERR_FILENO, false }, { fds[4], false },
			{ STDERR_FILENO, false }, { fds[0], false },
			{ fds[2], true },	  { -1, false },
			{ fds[2], false },
		};
		int r = enc_descriptors_place(rows, ENC_COUNT(rows));

		return r == 0 && same(1, &facts[4]) && same(3, &facts[0]) &&
		       same(4, &facts[2]) && !is_open(5) &&
		       same(6, &facts[2]) && fcntl(4, F_GETFD) == FD_CLOEXEC &&
		       fcntl(3, F_GETFD) == 0 && fcntl(6, F_GETFD) == 0;
	}
}

static bool no_other_stays(void)
{
	const struct enc_descriptor rows[] = { { STDERR_FILENO, false } };

	if (dup2(STDERR_FILENO, SPARE_NUMBER) < 0 ||
	    enc_descriptors_place(rows, ENC_COUNT(rows)) < 0) {
		return false;
	}
	for (int fd = 1; fd <= SPARE_NUMBER; fd++) {
		if (is_open(fd)) {
			return false;
		}
	}
	return is_open(0);
}

/* Sources that are targets of each other. */
static bool numbers_can_be_swapped(void)
{
	struct stat facts[OPENED];
	int fds[OPENED];

	open_pipes(fds, facts);
	if (dup2(fds[0], 0) < 0 || dup2(fds[2], 1) < 0) {
		return false;
	}
	{
		const struct enc_descriptor rows[] = { { 1, false },
						       { 0, false } };

		return enc_descriptors_place(rows, ENC_COUNT(rows)) == 0 &&
		       same(0, &facts[2]) && same(1, &facts[0]);
	}
}

static bool nothing_moves_without_room(void)
{
	const struct enc_descriptor rows[] = { { 2, false }, { -1, false } };
	const struct rlimit few = { 2, 2 };
	struct stat before;

	return fstat(0, &before) == 0 && setrlimit(RLIMIT_NOFILE, &few) == 0 &&
	       enc_descriptors_place(rows, ENC_COUNT(rows)) == -EINVAL &&
	       same(0, &before) && is_open(1);
}

static bool a_closed_source_is_an_error(void)
{
	const struct enc_descriptor rows[] = { { SPARE_NUMBER, false } };

	(void)close(SPARE_NUMBER);
	return enc_descriptors_place(rows, ENC_COUNT(rows)) == -EBADF;
}

static void test_places(void **state)
{
	(void)state;
	assert_true(in_child(each_is_at_its_number));
	assert_true(in_child(numbers_can_be_swapped));
	assert_true(in_child(no_other_stays));
}

static void test_failures(void **state)
{
	(void)state;
	assert_true(in_child(nothing_moves_without_room));
	assert_true(in_child(a_closed_source_is_an_error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
