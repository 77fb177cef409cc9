/*
 * cgroup v2 by its documentation, on a tree of plain files: what is written
 * where, and what is understood of the counters. A real kernel is behind the
 * end-to-end tests.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup_impl.h"
#include "fd.h"

static const struct {
	const char *name; /* what the gate shares is above the program's */
	const char *content;
} files[] = {
	{ "program/memory.max", "" },
	{ "program/memory.swap.max", "" },
	{ "program/memory.oom.group", "" },
	{ "program/pids.max", "" },
	{ "cpu.max", "" },
	{ "program/cgroup.kill", "" },
	{ "cpu.stat", "usage_usec 1234567\nuser_usec 1\nsystem_usec 2\n" },
	{ "program/memory.events",
	  "low 0\nhigh 0\nmax 9\noom 4\noom_kill 3\n" },
	{ "program/memory.current", "8192\n" },
	{ "program/memory.peak", "1048576\n" },
	{ "program/pids.events", "max 17\n" },
	{ "program/pids.peak", "65\n" },
};

struct tree {
	char path[64];
	struct enc_cgroup_tree tree;
	struct enc_cgroup group;
};

static int set_up(void **state)
{
	struct tree *tree = enc_xalloc(sizeof(*tree));

	memcpy(tree->path, "/tmp/enclave-cgroup-XXXXXX", 27);
	assert_non_null(mkdtemp(tree->path));
	tree->tree = (struct enc_cgroup_tree){
		.ops = &enc_cgroup_v2,
		.root_count = 1,
		.roots = { { .controller = "unified",
			     .fd = -1,
			     .parent_fd = -1 } },
	};
	tree->group = (struct enc_cgroup){
		.tree = &tree->tree,
		.dirs = { open(tree->path, O_RDONLY | O_CLOEXEC) },
		.gate = -1,
		.events = { -1, -1 },
	};
	assert_int_equal(mkdirat(tree->group.dirs[0], "program", 0700), 0);
	tree->group.program =
		openat(tree->group.dirs[0], "program", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < ENC_COUNT(files); i++) {
		int fd = openat(tree->group.dirs[0], files[i].name,
				O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_int_equal(enc_fd_write_all(fd, files[i].content,
						  strlen(files[i].content)),
				 0);
		enc_fd_close(&fd);
	}
	*state = tree;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *tree = *state;

	for (size_t i = 0; i < ENC_COUNT(files); i++) {
		assert_int_equal(unlinkat(tree->group.dirs[0], files[i].name,
					  0),
				 0);
	}
	enc_fd_close(&tree->group.program);
	assert_int_equal(unlinkat(tree->group.dirs[0], "program", AT_REMOVEDIR),
			 0);
	enc_fd_close(&tree->group.events[0]);
	enc_fd_close(&tree->group.events[1]);
	enc_fd_close(&tree->group.dirs[0]);
	assert_int_equal(rmdir(tree->path), 0);
	free(tree);
	return 0;
}

static void expect(const struct tree *tree, const char *name, const char *text)
{
	char found[64];

	assert_true(enc_fd_read_file(tree->group.dirs[0], name, found,
				     sizeof(found)) >= 0);
	assert_string_equal(found, text);
}

static void test_limits_are_written(void **state)
{
	struct tree *tree = *state;
	struct enc_cgroup_limits limits = { .cpu_millis = 1500,
					    .memory_bytes = 320 << 20,
					    .pids = 65 };
	struct enc_cgroup_failure failure = { "" };

	assert_int_equal(enc_cgroup_v2.limit(&tree->group, &limits, &failure),
			 0);
	expect(tree, "program/memory.max", "335544320");
	expect(tree, "program/memory.swap.max", "0");
	expect(tree, "program/memory.oom.group", "1");
	expect(tree, "program/pids.max", "65");
	expect(tree, "cpu.max", "150000 100000");
}

static void test_counters_are_read(void **state)
{
	struct tree *tree = *state;
	struct enc_cgroup_counters counters = { 0 };

	assert_int_equal(enc_cgroup_v2.read(&tree->group, &counters), 0);
	assert_int_equal(counters.cpu_us, 1234567);
	assert_int_equal(counters.oom_kills, 3);
	assert_int_equal(counters.memory_peak_bytes, 1048576);
	assert_int_equal(counters.pids_denied, 17);
	assert_int_equal(counters.pids_peak, 65);
}

/* Both event files are watched, and both tell: nothing has to be polled. */
static void test_events(void **state)
{
	struct tree *tree = *state;
	struct enc_cgroup_failure failure = { "" };
	int fds[ENC_CGROUP_EVENTS_MAX];
	uint32_t events;

	assert_int_equal(enc_cgroup_v2.watch(&tree->group, &failure), 0);
	assert_true(enc_cgroup_events(&tree->group, fds, &events));
	assert_true(fds[0] >= 0 && fds[1] >= 0);
}

/* Less than what is used: refused and told, since v2 would kill for it. */
static void test_a_limit_below_what_is_used(void **state)
{
	struct tree *tree = *state;
	struct enc_cgroup_limits limits = { .cpu_millis = 1000,
					    .memory_bytes = 8191,
					    .pids = 9 };
	struct enc_cgroup_failure failure = { "" };
	uint64_t used_bytes = 0;

	assert_int_equal(enc_cgroup_limit(&tree->group, &limits, &used_bytes,
					  &failure),
			 -EBUSY);
	assert_int_equal(used_bytes, 8192);
	expect(tree, "program/pids.max", "9");
	expect(tree, "program/memory.max", "");
	limits.memory_bytes++;
	assert_int_equal(enc_cgroup_limit(&tree->group, &limits, &used_bytes,
					  &failure),
			 0);
	expect(tree, "program/memory.max", "8192");
}

/* A missing limit is a failure that names its file, never a weaker group. */
static void test_a_missing_file_is_named(void **state)
{
	struct tree *tree = *state;
	struct enc_cgroup_limits limits = { 1000, 1 << 24, 8 };
	struct enc_cgroup_failure failure = { "" };
	int fd;

	assert_int_equal(unlinkat(tree->group.program, "pids.max", 0), 0);
	assert_true(enc_cgroup_v2.limit(&tree->group, &limits, &failure) < 0);
	assert_non_null(strstr(failure.object, "pids.max"));
	fd = openat(tree->group.program, "pids.max",
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	enc_fd_close(&fd);
}

/* The gate is in what bounds CPU, and in nothing else. */
static void test_the_rate_alone_is_changed(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(enc_cgroup_set_cpu(&tree->group, 20), 0);
	expect(tree, "cpu.max", "2000 100000");
	expect(tree, "program/pids.max", "");
	assert_int_equal(enc_cgroup_clone_fd(&tree->group),
			 tree->group.program);
}

/* Killing is one write, which also reaches what is being forked. */
static void test_kill(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(enc_cgroup_kill(&tree->group), 0);
	expect(tree, "program/cgroup.kill", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_limits_are_written, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_counters_are_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_events, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_limit_below_what_is_used,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_missing_file_is_named,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_rate_alone_is_changed,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
