/*
 * Where groups lie, on trees of plain directories that say what the kernel's
 * would. Real kernels are behind the end-to-end tests and `make test-vm`.
 */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup_impl.h"
#include "fd.h"

static char top[] = "/tmp/enclave-tree-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	memcpy(top, "/tmp/enclave-tree-XXXXXX", sizeof(top));
	return mkdtemp(top) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void make_dir(const char *name)
{
	assert_int_equal(mkdir(path_of(name), 0755), 0);
}

static void make_file(const char *name, const char *text)
{
	enc_autoclose int fd =
		open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		     0600);

	assert_int_equal(enc_fd_write_all(fd, text, strlen(text)), 0);
}

static bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static void expect_file(const char *name, const char *text)
{
	char found[256];

	assert_true(enc_fd_read_file(AT_FDCWD, path_of(name), found,
				     sizeof(found)) >= 0);
	assert_string_equal(found, text);
}

/* add_mount() - one line of the mount table, at a directory of the tree */
static void add_mount(const char *dir, const char *kind, const char *options)
{
	char text[1024];
	size_t length;

	text[0] = '\0';
	ENC_IGNORE(enc_fd_read_file(AT_FDCWD, path_of("mountinfo"), text,
				    sizeof(text)) < 0); /* none yet */
	length = strlen(text);
	(void)snprintf(text + length, sizeof(text) - length,
		       "%s1 2 0:3 / %s rw - %s cgroup rw%s\n",
		       length == 0 ? "" : "\n", path_of(dir), kind, options);
	make_file("mountinfo", text);
}

static void mark_delegated(const char *dir)
{
	assert_int_equal(setxattr(path_of(dir), "trusted.delegate", "1", 1, 0),
			 0);
}

/* systemd's hybrid layout, as Debian 12 makes it */
static void make_hybrid(const char *groups)
{
	static const char *const dirs[][2] = {
		{ "memory", ",memory" },
		{ "cpu,cpuacct", ",cpu,cpuacct" },
		{ "pids", ",pids" },
		{ "systemd", ",xattr,name=systemd" }
	};

	make_file("cgroup", groups);
	make_dir("unified");
	add_mount("unified", "cgroup2", ",nsdelegate");
	for (size_t i = 0; i < ENC_COUNT(dirs); i++) {
		make_dir(dirs[i][0]);
		add_mount(dirs[i][0], "cgroup", dirs[i][1]);
	}
}

/* D6: cpu and cpuacct are one hierarchy, and one directory of a group. */
static void test_controllers_that_share_a_mount(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };
	struct enc_cgroup *group;

	(void)state;
	make_hybrid("0::/\n");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	assert_int_equal(tree->root_count, 4);
	assert_int_equal(enc_cgroup_tree_version(tree), 1);
	assert_false(enc_cgroup_tree_in_unit(tree));
	assert_true(enc_cgroup_tree_memory(tree) == UINT64_MAX);
	make_file("memory/enclave/memory.stat",
		  "cache 0\nhierarchical_memory_limit 1073741824\nx 1\n");
	assert_true(enc_cgroup_tree_memory(tree) == UINT64_C(1073741824));
	assert_int_equal(unlink(path_of("memory/enclave/memory.stat")), 0);
	for (size_t i = 0; i < tree->root_count; i++) {
		assert_int_equal(mkdirat(tree->roots[i].fd, "7", 0755), 0);
	}
	group = enc_cgroup_left(tree, "7");
	assert_true(enc_cgroup_dir(group, "cpu") >= 0);
	assert_int_equal(enc_cgroup_dir(group, "cpu"),
			 enc_cgroup_dir(group, "cpuacct"));
	assert_true(enc_cgroup_dir(group, "memory") >= 0);
	assert_true(enc_cgroup_dir(group, "pids") >= 0);
	assert_true(enc_cgroup_clone_fd(group) >= 0);
	assert_int_equal(enc_cgroup_remove(group), 0);
	enc_cgroup_free(group);
	assert_true(is_there("cpu,cpuacct/enclave/own"));
	enc_cgroup_tree_free(tree);
	assert_false(is_there("cpu,cpuacct/enclave/own"));
	/* Not a controller of ours, so not a hierarchy of ours. */
	assert_false(is_there("systemd/enclave"));
}

/* A controller that is nowhere is named, and no group is made without it. */
static void test_a_missing_controller(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };

	(void)state;
	make_file("cgroup", "0::/\n");
	make_dir("unified");
	add_mount("unified", "cgroup2", ",nsdelegate");
	make_dir("pids");
	add_mount("pids", "cgroup", ",pids");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure),
			 -ENOTSUP);
	assert_string_equal(failure.object,
			    "cgroup v1 lacks memory cpu cpuacct");
	assert_false(is_there("pids/enclave"));
	assert_false(is_there("unified/enclave"));
	assert_int_equal(enc_cgroup_tree_open("/nowhere", "own", &tree,
					      &failure),
			 -ENOENT);
}

static void test_no_cgroups_at_all(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };

	(void)state;
	make_file("cgroup", "");
	make_file("mountinfo", "");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure),
			 -ENOTSUP);
	assert_string_equal(failure.object, "cgroup memory is mounted nowhere");
}

/* make_v2() - a group with the kernel's two files, "" for the top */
static void make_v2(const char *dir, const char *procs)
{
	char name[128];

	if (!is_there(dir)) {
		make_dir(dir);
	}
	(void)snprintf(name, sizeof(name), "%s/cgroup.procs", dir);
	make_file(name, procs);
	(void)snprintf(name, sizeof(name), "%s/cgroup.subtree_control", dir);
	make_file(name, "");
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;) {
			(void)pause();
		}
	}
	assert_true(pid > 0);
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/*
 * D11: below a unit with Delegate=, groups are the unit's, and its processes
 * have made room: on v2 a group with processes passes no controller on.
 */
static void test_below_a_delegated_unit(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };
	static const char wanted[] = "+memory +pids +cpu";
	pid_t dead = start_child();
	pid_t child = start_child();
	char list[64];
	char moved[16];

	(void)state;
	end_child(dead);
	(void)snprintf(list, sizeof(list), "%d\n%d\n%d\n", (int)getpid(),
		       (int)child, (int)dead);
	(void)snprintf(moved, sizeof(moved), "%d", (int)child);
	make_v2("v2", "");
	make_dir("v2/enclave");
	make_dir("v2/enclave/own");
	make_dir("v2/enclave/own/3");
	make_v2("v2/x.service", list);
	make_v2("v2/x.service/enclaved", "");
	make_v2("v2/x.service/own", "");
	mark_delegated("v2/x.service");
	add_mount("v2", "cgroup2", "");
	make_file("cgroup", "0::/x.service\n");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	assert_true(enc_cgroup_tree_in_unit(tree));
	/* The lowest limit on the way up bounds all groups. */
	assert_true(enc_cgroup_tree_memory(tree) == UINT64_MAX);
	make_file("v2/x.service/memory.max", "max\n");
	make_file("v2/memory.max", "4294967296\n");
	assert_true(enc_cgroup_tree_memory(tree) == UINT64_C(4294967296));
	make_file("v2/x.service/memory.max", "1073741824\n");
	assert_true(enc_cgroup_tree_memory(tree) == UINT64_C(1073741824));
	expect_file("v2/x.service/cgroup.subtree_control", wanted);
	expect_file("v2/x.service/own/cgroup.subtree_control", wanted);
	expect_file("v2/cgroup.subtree_control", "");
	/* Each living pid was written: a plain file keeps the last one. */
	expect_file("v2/x.service/enclaved/cgroup.procs", moved);
	/* What an earlier life outside of the unit left is swept too. */
	assert_int_equal(mkdirat(tree->roots[0].fd, "5", 0755), 0);
	assert_int_equal(enc_cgroup_tree_sweep(tree), 2);
	assert_false(is_there("v2/enclave/own/3"));
	assert_false(is_there("v2/x.service/own/5"));
	enc_cgroup_tree_free(tree);
	assert_false(is_there("v2/enclave/own"));
	end_child(child);
}

/* It moves itself by no number at all. */
static void test_it_makes_room_itself(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };
	char list[16];

	(void)state;
	(void)snprintf(list, sizeof(list), "%d\n", (int)getpid());
	make_v2("v2", "");
	make_v2("v2/x.service", list);
	make_v2("v2/x.service/enclaved", "");
	make_v2("v2/x.service/own", "");
	mark_delegated("v2/x.service");
	add_mount("v2", "cgroup2", "");
	make_file("cgroup", "0::/x.service\n");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	expect_file("v2/x.service/enclaved/cgroup.procs", "0");
	enc_cgroup_tree_free(tree);
}

/* A process that was moved to the leaf, the janitor, finds the same place. */
static void test_from_the_leaf(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };

	(void)state;
	make_v2("v2", "");
	make_v2("v2/x.service", "");
	make_v2("v2/x.service/enclaved", "");
	make_v2("v2/x.service/own", "");
	mark_delegated("v2/x.service");
	add_mount("v2", "cgroup2", "");
	make_file("cgroup", "0::/x.service/enclaved\n");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	assert_true(enc_cgroup_tree_in_unit(tree));
	assert_false(is_there("v2/enclave"));
	assert_false(is_there("v2/x.service/enclaved/enclaved"));
	enc_cgroup_tree_free(tree);
}

/* Without the mark, as in a shell, nothing of the own group is used. */
static void test_a_group_that_is_not_delegated(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };

	(void)state;
	make_v2("v2", "");
	make_v2("v2/enclave", "");
	make_v2("v2/enclave/own", "");
	make_v2("v2/session-1.scope", "77\n");
	add_mount("v2", "cgroup2", "");
	make_file("cgroup", "0::/session-1.scope\n");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	assert_false(enc_cgroup_tree_in_unit(tree));
	assert_false(is_there("v2/session-1.scope/enclaved"));
	expect_file("v2/session-1.scope/cgroup.subtree_control", "");
	expect_file("v2/enclave/own/cgroup.subtree_control",
		    "+memory +pids +cpu");
	enc_cgroup_tree_free(tree);
}

/* Hybrid: hierarchies in which systemd put the unit; the others at the top. */
static void test_a_unit_on_hybrid(void **state)
{
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup_failure failure = { "" };

	(void)state;
	make_hybrid("4:pids:/x.service\n3:cpu,cpuacct:/\n2:memory:/x.service\n"
		    "1:name=systemd:/x.service\n0::/x.service\n");
	make_dir("unified/x.service");
	make_dir("memory/x.service");
	make_dir("pids/x.service");
	mark_delegated("unified/x.service");
	assert_int_equal(enc_cgroup_tree_open(top, "own", &tree, &failure), 0);
	assert_true(enc_cgroup_tree_in_unit(tree));
	assert_true(is_there("unified/x.service/own"));
	assert_true(is_there("memory/x.service/own"));
	assert_true(is_there("pids/x.service/own"));
	assert_true(is_there("cpu,cpuacct/enclave/own"));
	/* v1 lets a group have both processes and children. */
	assert_false(is_there("unified/x.service/enclaved"));
	enc_cgroup_tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_controllers_that_share_a_mount, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_missing_controller,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_cgroups_at_all, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_below_a_delegated_unit,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_it_makes_room_itself,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_from_the_leaf, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_group_that_is_not_delegated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_unit_on_hybrid, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
