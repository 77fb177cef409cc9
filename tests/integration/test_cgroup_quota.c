/*
 * CPU of a group that lies below a group with less: a unit with CPUQuota=. On
 * the kernel's own v1, which refuses what v2 takes as a bound.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup_impl.h"
#include "cgroup_mounts.h"
#include "fd.h"

static char self[] = "/tmp/enclave-quota-XXXXXX";
static char parent[ENC_CGROUP_PATH_BYTES + 64];

/* write_mounts() - this machine's, with cpu's beginning at @parent */
static void write_mounts(const struct enc_cgroup_mounts *mounts)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/mountinfo", self);
	file = fopen(path, "we");
	assert_non_null(file);
	for (size_t i = 0; i < mounts->count; i++) {
		const struct enc_cgroup_mount *row = &mounts->rows[i];
		bool unified = row->kinds == 1U << ENC_CGROUP_UNIFIED;
		bool cpu = (row->kinds & (1U << ENC_CGROUP_CPU)) != 0;

		(void)fprintf(file, "1 2 0:3 / %s rw - %s none rw",
			      cpu ? parent : row->top,
			      unified ? "cgroup2" : "cgroup");
		for (unsigned int kind = 0; kind < ENC_CGROUP_KIND_MAX;
		     kind++) {
			if ((row->kinds & (1U << kind)) != 0 && !unified) {
				(void)fprintf(
					file, ",%s",
					enc_cgroup_kind_name(
						(enum enc_cgroup_kind)kind));
			}
		}
		(void)fprintf(file, "\n");
	}
	assert_int_equal(fclose(file), 0);
}

/* find_cpu() - the mount of v1's cpu, and all of them; false on v2 */
static bool find_cpu(struct enc_cgroup_mounts *mounts)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	const struct enc_cgroup_mount *row;

	assert_non_null(file);
	enc_cgroup_mounts_read(file, NULL, mounts);
	(void)fclose(file);
	row = enc_cgroup_mounts_find(mounts, ENC_CGROUP_CPU);
	if (row != NULL) {
		(void)snprintf(parent, sizeof(parent), "%s/enclave-quota-%d",
			       row->top, (int)getpid());
	}
	return row != NULL;
}

static void expect_quota(const struct enc_cgroup *group, const char *wanted)
{
	char text[64];

	assert_true(enc_fd_read_file(enc_cgroup_dir(group, "cpu"),
				     "cpu.cfs_quota_us", text,
				     sizeof(text)) > 0);
	assert_string_equal(text, wanted);
}

static void test_less_above(void **state)
{
	struct enc_cgroup_mounts *mounts = enc_xalloc(sizeof(*mounts));
	struct enc_cgroup_limits limits = { .cpu_millis = 1000,
					    .memory_bytes = 64 << 20,
					    .pids = 8 };
	struct enc_cgroup_failure failure = { "" };
	struct enc_cgroup_tree *tree = NULL;
	struct enc_cgroup *group = NULL;
	char path[128];

	(void)state;
	if (!find_cpu(mounts)) {
		free(mounts);
		return; /* v2 alone: cpu.max of a child may be anything */
	}
	assert_non_null(mkdtemp(self));
	assert_int_equal(mkdir(parent, 0755), 0);
	write_mounts(mounts);
	free(mounts);
	{
		enc_autoclose int dir = open(parent, O_RDONLY | O_CLOEXEC);

		/* Half of a processor for all that is below. */
		assert_int_equal(enc_fd_write_file(dir, "cpu.cfs_quota_us",
						   "50000"),
				 0);
	}
	assert_int_equal(enc_cgroup_tree_open(self, "quota-test", &tree,
					      &failure),
			 0);
	assert_int_equal(enc_cgroup_new(tree, "1", &limits, &group, &failure),
			 0);
	expect_quota(group, "-1"); /* what is above holds */
	assert_int_equal(enc_cgroup_set_cpu(group, 300), 0);
	expect_quota(group, "30000");
	assert_int_equal(enc_cgroup_set_cpu(group, 501), 0);
	expect_quota(group, "-1");
	assert_int_equal(enc_cgroup_set_cpu(group, 500), 0);
	expect_quota(group, "50000");
	assert_int_equal(enc_cgroup_remove(group), 0);
	enc_cgroup_free(group);
	enc_cgroup_tree_free(tree);
	(void)snprintf(path, sizeof(path), "%s/mountinfo", self);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(self), 0);
	(void)snprintf(path, sizeof(path), "%.100s/enclave", parent);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(parent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_less_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
