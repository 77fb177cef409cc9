/*
 * Killing a real group by its list, as pure cgroup v1 needs it: 2,500 members,
 * whose list is longer than any buffer, beside bystanders in the group above.
 * cgroup.procs is the same file on v1 and v2: what is mounted is used.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "cgroup_impl.h"
#include "clock.h"
#include "fd.h"

enum {
	SKIPPED = 77,
	MEMBERS = 2500,
	BYSTANDERS = 20,
	FORKING = 300,		 /* more than are killed at once */
	NOBODY_UID = 0x5fff0001, /* nobody else has it */
	END_MS = 30000,
	FIRST = -20, /* priorities */
	LAST = 19,
};

struct bench {
	char path[128];
	int group;
	pid_t members[MEMBERS];
	pid_t bystanders[BYSTANDERS];
};

static int open_procs(void *context)
{
	const struct bench *bench = context;
	int fd = openat(bench->group, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static pid_t new_child(int group)
{
	int told[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		    (group >= 0 &&
		     enc_fd_write_file(group, "cgroup.procs", "0") < 0) ||
		    write(told[1], "x", 1) != 1) {
			_exit(1);
		}
		(void)close(told[0]);
		(void)close(told[1]);
		for (;;) {
			(void)pause();
		}
	}
	(void)close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	(void)close(told[0]);
	return pid;
}

static int set_up(void **state)
{
	static const char *const tops[] = { "/sys/fs/cgroup/pids",
					    "/sys/fs/cgroup" };
	struct bench *bench = enc_xalloc(sizeof(*bench));
	const char *top = access(tops[0], F_OK) == 0 ? tops[0] : tops[1];

	(void)snprintf(bench->path, sizeof(bench->path), "%s/enclave-test-%d",
		       top, (int)getpid());
	assert_int_equal(mkdir(bench->path, 0755), 0);
	bench->group = open(bench->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(bench->group >= 0);
	*state = bench;
	return 0;
}

/* end_forking() - at once for all processes of the user, so none is missed */
static void end_forking(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(NOBODY_UID, NOBODY_UID, NOBODY_UID) == 0) {
			(void)kill(-1, SIGKILL);
		}
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/* tear_down() - a test that failed leaves processes, and they go on forking */
static int tear_down(void **state)
{
	struct bench *bench = *state;
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(END_MS);

	end_forking();
	enc_fd_close(&bench->group);
	while (rmdir(bench->path) < 0) {
		assert_int_equal(errno, EBUSY);
		assert_true(enc_clock_mono_ms() < deadline_ms);
		(void)usleep(1000); /* who was killed isn't gone yet */
	}
	free(bench);
	return 0;
}

static void test_a_large_group_dies_and_nobody_else(void **state)
{
	struct bench *bench = *state;
	int64_t deadline_ms;
	int status;
	int r = -EAGAIN;

	for (size_t i = 0; i < BYSTANDERS; i++) {
		bench->bystanders[i] = new_child(-1);
	}
	for (size_t i = 0; i < MEMBERS; i++) {
		bench->members[i] = new_child(bench->group);
	}
	deadline_ms = enc_clock_mono_ms() + enc_paced_ms(END_MS);
	while (r == -EAGAIN && enc_clock_mono_ms() < deadline_ms) {
		r = enc_cgroup_kill_each(open_procs, bench);
	}
	assert_int_equal(r, 0);
	for (size_t i = 0; i < MEMBERS; i++) {
		assert_int_equal(waitpid(bench->members[i], &status, 0),
				 bench->members[i]);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	for (size_t i = 0; i < BYSTANDERS; i++) {
		assert_int_equal(waitpid(bench->bystanders[i], &status,
					 WNOHANG),
				 0);
		assert_int_equal(kill(bench->bystanders[i], SIGKILL), 0);
		assert_int_equal(waitpid(bench->bystanders[i], &status, 0),
				 bench->bystanders[i]);
	}
}

/*
 * fork_until() - bounded by the user's number of processes, on v2 too, and in
 * time: if the test is killed, nobody else ends it
 */
static _Noreturn void fork_until(int64_t deadline_ms, int group)
{
	struct rlimit most = { FORKING, FORKING };

	(void)signal(SIGCHLD, SIG_IGN);
	if (enc_fd_write_file(group, "cgroup.procs", "0") < 0 ||
	    setpriority(PRIO_PROCESS, 0, LAST) < 0 ||
	    setrlimit(RLIMIT_NPROC, &most) < 0 ||
	    setresuid(NOBODY_UID, NOBODY_UID, NOBODY_UID) < 0) {
		_exit(1);
	}
	while (enc_clock_mono_ms() < deadline_ms) {
		(void)fork();
	}
	_exit(0);
}

/* count_members() - lines of the list */
static size_t count_members(struct bench *bench)
{
	enc_autoclose int fd = open_procs(bench);
	char text[8 * FORKING];
	ssize_t got = read(fd, text, sizeof(text));
	size_t lines = 0;

	for (ssize_t i = 0; i < got; i++) {
		lines += text[i] == '\n';
	}
	return lines;
}

/*
 * The killer doesn't compete with the group for CPU time: a sandbox has a share
 * of its own, which priorities stand for here. As one of hundreds of equals it
 * wouldn't keep up.
 */
static void test_a_group_that_forks_dies(void **state)
{
	struct bench *bench = *state;
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(END_MS);
	int r = -EAGAIN;
	pid_t pid;

	assert_int_equal(setpriority(PRIO_PROCESS, 0, FIRST), 0);
	pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fork_until(deadline_ms + enc_paced_ms(END_MS), bench->group);
	}
	while (count_members(bench) < FORKING / 2) {
		assert_true(enc_clock_mono_ms() < deadline_ms);
		(void)usleep(1000); /* the list has no event */
	}
	while (r == -EAGAIN && enc_clock_mono_ms() < deadline_ms) {
		r = enc_cgroup_kill_each(open_procs, bench);
	}
	assert_int_equal(r, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_large_group_dies_and_nobody_else, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_a_group_that_forks_dies,
						set_up, tear_down),
	};

	if (geteuid() != 0) {
		printf("needs root\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
