/*
 * Limits that are put on a sandbox that is already there: a real cgroup with
 * a process that uses memory and CPU, a real tmpfs.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "affinity.h"
#include "claim.h"
#include "facts.h"
#include "fd.h"

enum { SKIPPED = 77, USED_BYTES = 40 << 20 };

struct bench {
	struct enc_cgroup_tree *tree;
	struct enc_cgroup *group;
	struct enc_meter meter;
	struct enc_meter_verdict over;
	const char *step;
	int work;
	int shown;
	char facts[64];
	cpu_set_t cpus; /* where it starts */
	pid_t pid;
	uint64_t started_us; /* of CPU, when it began to wait */
};

static const struct enc_limits wanted = {
	.value[ENC_LIMIT_CPU] = 500,
	.value[ENC_LIMIT_CPU_TIME] = 1000,
	.value[ENC_LIMIT_WALL_CLOCK] = 1000,
	.value[ENC_LIMIT_MEMORY] = UINT64_C(300) << 20,
	.value[ENC_LIMIT_DISK] = UINT64_C(7) << 20,
	.value[ENC_LIMIT_PIDS] = 9,
};

/* wait_inside() - in the child: use memory, say so, and wait to be killed */
static void wait_inside(const struct enc_cgroup *group, const cpu_set_t *cpus,
			int told)
{
	int unified = enc_cgroup_clone_fd(group);
	char *memory;

	if (enc_cgroup_join(group) < 0 ||
	    (unified >= 0 &&
	     enc_fd_write_file(unified, "cgroup.procs", "0") < 0) ||
	    enc_affinity_narrow(cpus) < 0) {
		_exit(1);
	}
	memory = enc_xalloc(USED_BYTES);
	memset(memory, 'x', USED_BYTES);
	if (write(told, memory, 1) != 1) {
		_exit(1);
	}
	for (;;) {
		(void)pause();
	}
}

static int new_tmpfs(void)
{
	enc_autoclose int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

	assert_true(context >= 0);
	assert_int_equal(fsconfig(context, FSCONFIG_SET_STRING, "size", "1m",
				  0),
			 0);
	assert_int_equal(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0),
			 0);
	return fsmount(context, FSMOUNT_CLOEXEC, 0);
}

/* make_shown() - the tree of the server, and a sandbox's files, yet empty */
static void make_shown(struct bench *bench)
{
	const char *object;

	(void)snprintf(bench->facts, sizeof(bench->facts),
		       "/tmp/enclave-test-claim-XXXXXX");
	assert_non_null(mkdtemp(bench->facts));
	assert_int_equal(enc_facts_write(bench->facts, &object), 0);
	bench->shown = new_tmpfs();
	assert_true(bench->shown >= 0);
	for (size_t i = 0; enc_shown_files[i] != NULL; i++) {
		int file = openat(bench->shown, enc_shown_files[i],
				  O_CREAT | O_EXCL | O_CLOEXEC, 0444);

		assert_true(file >= 0);
		close(file);
	}
}

static int set_up(void **state)
{
	struct bench *bench = enc_xalloc(sizeof(*bench));
	struct enc_cgroup_limits inert =
		enc_way_native.limits(&enc_claim_inert);
	struct enc_cgroup_failure failure = { "" };
	struct enc_cgroup_counters counters;
	char instance[ENC_CGROUP_NAME_BYTES];
	int told[2];
	char byte;

	(void)snprintf(instance, sizeof(instance), "test-claim-%d",
		       (int)getpid());
	assert_int_equal(enc_cgroup_tree_open("/proc/self", instance,
					      &bench->tree, &failure),
			 0);
	assert_int_equal(enc_cgroup_new(bench->tree, "1", &inert, &bench->group,
					&failure),
			 0);
	bench->work = new_tmpfs();
	assert_true(bench->work >= 0);
	make_shown(bench);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	enc_affinity_choose(/* cpus= */ 1, /* from= */ 1, &bench->cpus);
	bench->pid = fork();
	if (bench->pid == 0) {
		wait_inside(bench->group, &bench->cpus, told[1]);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	close(told[0]);
	assert_int_equal(enc_cgroup_read(bench->group, &counters), 0);
	bench->started_us = counters.cpu_us;
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	char command[sizeof(bench->facts) + 8];

	ENC_IGNORE(kill(bench->pid, SIGKILL)); /* it may be dead */
	assert_int_equal(waitpid(bench->pid, NULL, 0), bench->pid);
	assert_int_equal(enc_cgroup_remove(bench->group), 0);
	enc_cgroup_free(bench->group);
	enc_cgroup_tree_free(bench->tree);
	enc_fd_close(&bench->work);
	enc_fd_close(&bench->shown);
	(void)snprintf(command, sizeof(command), "rm -r %s", bench->facts);
	assert_int_equal(system(command), 0);
	free(bench);
	return 0;
}

static const struct enc_shown machine = { 4, UINT64_C(256) << 20 };

static int claim(struct bench *bench, const struct enc_limits *limits)
{
	const struct enc_claim_cell cell = {
		.way = &enc_way_native,
		.cgroup = bench->group,
		.made_for = limits,
		.fixed = enc_way_fixed(&enc_way_native),
		.work = bench->work,
		.shown = bench->shown,
		.told = { .cpus = 0 }, /* so that it has to be told */
		.shows = enc_shown_of(limits, &machine),
		.facts = bench->facts,
	};

	return enc_claim_apply(&cell, &bench->meter, limits, &bench->over,
			       &bench->step);
}

/* claim_gvisor() - of a cell with this group whose gVisor has @held's limits */
static int claim_gvisor(struct bench *bench, const struct enc_limits *held,
			const struct enc_limits *limits)
{
	const struct enc_claim_cell cell = {
		.way = &enc_way_gvisor,
		.cgroup = bench->group,
		.made_for = held,
		.fixed = enc_way_fixed(&enc_way_gvisor),
		.work = -1,
		.shown = -1,
		.cpus = &bench->cpus,
	};

	bench->meter.held = *held;
	return enc_claim_apply(&cell, &bench->meter, limits, &bench->over,
			       &bench->step);
}

static uint64_t disk_bytes(const struct bench *bench)
{
	struct statvfs found;

	assert_int_equal(fstatvfs(bench->work, &found), 0);
	return (uint64_t)found.f_blocks * found.f_frsize;
}

/* assert_alive() - nobody was killed for the sake of a limit */
static void assert_alive(const struct bench *bench)
{
	struct enc_cgroup_counters counters;

	assert_int_equal(kill(bench->pid, 0), 0);
	assert_int_equal(waitpid(bench->pid, NULL, WNOHANG), 0);
	assert_int_equal(enc_cgroup_read(bench->group, &counters), 0);
	assert_int_equal(counters.oom_kills, 0);
}

static void test_limits_are_put_on(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(disk_bytes(bench), 1 << 20);
	assert_int_equal(claim(bench, &wanted), 0);
	assert_int_equal(bench->over.cause, ENC_CAUSE_INVALID);
	assert_int_equal(disk_bytes(bench), wanted.value[ENC_LIMIT_DISK]);
	assert_memory_equal(&bench->meter.held, &wanted, sizeof(wanted));
	assert_true(bench->started_us > 0);
	assert_true(bench->meter.cpu_before_us >= bench->started_us);
	assert_alive(bench);
}

/* read_shown() - a file that the program is shown */
static const char *read_shown(const struct bench *bench, const char *name)
{
	static char text[1 << 16];
	enc_autoclose int file =
		openat(bench->shown, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(file, text, sizeof(text) - 1);

	assert_true(length > 0);
	text[length] = '\0';
	return text;
}

/* The program reads of the CPUs and the memory that it may use. */
static void test_what_is_shown_follows(void **state)
{
	struct bench *bench = *state;
	struct enc_limits less = wanted;

	assert_int_equal(claim(bench, &wanted), 0);
	assert_non_null(strstr(read_shown(bench, "meminfo"),
			       "MemTotal: 262144 kB\n")); /* the machine's */
	assert_non_null(strstr(read_shown(bench, "stat"), "\ncpu0 "));
	assert_null(strstr(read_shown(bench, "stat"), "\ncpu1 "));
	assert_non_null(strstr(read_shown(bench, "stat"), "\nbtime "));
	assert_non_null(strstr(read_shown(bench, "cpuinfo"), "processor\t: 0"));
	assert_null(strstr(read_shown(bench, "cpuinfo"), "processor\t: 1"));
	less.value[ENC_LIMIT_MEMORY] = UINT64_C(9) << 20;
	assert_int_equal(claim(bench, &less), 0);
	assert_non_null(strstr(read_shown(bench, "meminfo"),
			       "MemTotal: 9216 kB\n"));
}

/* Up as well as down, beyond what it was made with. */
static void test_more_than_it_was_made_with(void **state)
{
	struct bench *bench = *state;
	struct enc_limits more = wanted;

	more.value[ENC_LIMIT_MEMORY] = UINT64_C(2) << 30;
	more.value[ENC_LIMIT_DISK] = UINT64_C(1) << 30;
	more.value[ENC_LIMIT_PIDS] = 4096;
	assert_int_equal(claim(bench, &more), 0);
	assert_int_equal(bench->over.cause, ENC_CAUSE_INVALID);
	assert_int_equal(disk_bytes(bench), more.value[ENC_LIMIT_DISK]);
}

/* Less than what is used: told, not killed; the rest is in force. */
static void test_less_memory_than_it_uses(void **state)
{
	struct bench *bench = *state;
	struct enc_limits less = wanted;

	less.value[ENC_LIMIT_MEMORY] = UINT64_C(16) << 20;
	assert_int_equal(claim(bench, &less), 0);
	assert_int_equal(bench->over.cause, ENC_CAUSE_MEMORY);
	assert_true(bench->over.counter >= USED_BYTES);
	assert_int_equal(bench->over.limit, less.value[ENC_LIMIT_MEMORY]);
	assert_int_equal(disk_bytes(bench), less.value[ENC_LIMIT_DISK]);
	assert_alive(bench);
}

static void test_what_cant_be_resized_is_a_failure(void **state)
{
	struct bench *bench = *state;

	enc_fd_close(&bench->work);
	bench->work = open("/dev/null", O_PATH | O_CLOEXEC);
	assert_true(claim(bench, &wanted) < 0);
	assert_string_equal(bench->step, "size of /work");
	assert_int_equal(bench->meter.held.value[ENC_LIMIT_PIDS],
			 0); /* nothing is held */
}

/* Its own limits were given to it when it started, and stay. */
static void test_gvisor_keeps_what_it_was_started_with(void **state)
{
	static const char step[] = "what it was made with";
	struct bench *bench = *state;
	struct enc_limits held = wanted;

	held.value[ENC_LIMIT_CPU]++;
	assert_int_equal(claim_gvisor(bench, &held, &wanted), -EINVAL);
	held.value[ENC_LIMIT_CPU]--;
	held.value[ENC_LIMIT_MEMORY]++;
	assert_int_equal(claim_gvisor(bench, &held, &wanted), -EINVAL);
	held.value[ENC_LIMIT_MEMORY]--;
	held.value[ENC_LIMIT_DISK] += 1 << 20;
	assert_int_equal(claim_gvisor(bench, &held, &wanted), -EINVAL);
	assert_string_equal(bench->step, step);
	held.value[ENC_LIMIT_DISK] = wanted.value[ENC_LIMIT_DISK];
	held.value[ENC_LIMIT_PIDS]--;
	assert_int_equal(claim_gvisor(bench, &held, &wanted), -EINVAL);
	assert_string_equal(bench->step, step);
	assert_memory_equal(&bench->meter.held, &held, sizeof(held));
	held.value[ENC_LIMIT_PIDS] = wanted.value[ENC_LIMIT_PIDS];
	assert_int_equal(claim_gvisor(bench, &held, &wanted), 0);
	assert_memory_equal(&bench->meter.held, &wanted, sizeof(wanted));
	assert_alive(bench);
}

/* It started on the CPUs that it shows, and runs on all of them. */
static void test_gvisor_runs_on_every_cpu(void **state)
{
	struct bench *bench = *state;
	cpu_set_t all;
	cpu_set_t now;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	if (CPU_COUNT(&all) < 2) {
		assert_null(getenv("ENCLAVE_MUST_RUN"));
		skip();
	}
	assert_int_equal(sched_getaffinity(bench->pid, sizeof(now), &now), 0);
	assert_int_equal(CPU_COUNT(&now), 1);
	assert_int_equal(claim_gvisor(bench, &wanted, &wanted), 0);
	assert_int_equal(sched_getaffinity(bench->pid, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&now, &all));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_limits_are_put_on),
		TEST(test_more_than_it_was_made_with),
		TEST(test_less_memory_than_it_uses),
		TEST(test_what_cant_be_resized_is_a_failure),
		TEST(test_what_is_shown_follows),
		TEST(test_gvisor_keeps_what_it_was_started_with),
		TEST(test_gvisor_runs_on_every_cpu),
	};

	if (geteuid() != 0) {
		print_message("skipped: wants root\n");
		return getenv("ENCLAVE_MUST_RUN") == NULL ? SKIPPED : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
