/* Mount tables of real machines: which hierarchies, and the own group there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cgroup_mounts.h"

/* A machine's two files, and what is to be understood. */
struct machine {
	const char *mountinfo;
	const char *groups;
	size_t hierarchies;
	size_t row_count;
	struct {
		enum enc_cgroup_kind kind;
		const char *top; /* NULL: no such hierarchy */
		const char *own; /* NULL: the mount doesn't show it */
	} rows[ENC_CGROUP_KIND_MAX];
};

/* Debian 12 as installed: cgroup v2 alone. */
static const struct machine pure_v2 = {
	"24 30 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs "
	"sysfs rw\n"
	"27 24 0:6 / /sys/kernel/security rw,nosuid,nodev,noexec,relatime "
	"shared:8 - securityfs securityfs rw\n"
	"30 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
	"31 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 "
	"- cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
	"0::/system.slice/enclave.service\n",
	1,
	3,
	{ { ENC_CGROUP_UNIFIED, "/sys/fs/cgroup",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_MEMORY, NULL, NULL },
	  { ENC_CGROUP_SYSTEMD, NULL, NULL } },
};

/* Debian 12 with systemd.unified_cgroup_hierarchy=0. */
static const struct machine hybrid = {
	"31 22 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,size=4096k,nr_inodes=1024,mode=755,inode64\n"
	"32 31 0:27 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate\n"
	"33 31 0:28 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd\n"
	"36 31 0:31 / /sys/fs/cgroup/misc rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,misc\n"
	"38 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,cpu,cpuacct\n"
	"41 31 0:36 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:20 - cgroup cgroup rw,net_cls,net_prio\n"
	"42 31 0:37 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:21 - cgroup cgroup rw,devices\n"
	"43 31 0:38 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:22 - cgroup cgroup rw,memory\n"
	"45 31 0:40 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:24 - cgroup cgroup rw,cpuset\n"
	"47 31 0:42 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:26 - cgroup cgroup rw,pids\n",
	"13:pids:/system.slice/enclave.service\n"
	"12:perf_event:/\n"
	"11:cpuset:/\n"
	"9:memory:/system.slice/enclave.service\n"
	"8:devices:/system.slice/enclave.service\n"
	"7:net_cls,net_prio:/\n"
	"4:cpu,cpuacct:/system.slice/enclave.service\n"
	"1:name=systemd:/system.slice/enclave.service\n"
	"0::/system.slice/enclave.service\n",
	5,
	6,
	{ { ENC_CGROUP_CPU, "/sys/fs/cgroup/cpu,cpuacct",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_CPUACCT, "/sys/fs/cgroup/cpu,cpuacct",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_MEMORY, "/sys/fs/cgroup/memory",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_PIDS, "/sys/fs/cgroup/pids",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_UNIFIED, "/sys/fs/cgroup/unified",
	    "/system.slice/enclave.service" },
	  { ENC_CGROUP_SYSTEMD, "/sys/fs/cgroup/systemd",
	    "/system.slice/enclave.service" } },
};

/* The same with systemd.legacy_systemd_cgroup_controller: v1 alone. */
static const struct machine pure_v1 = {
	"27 25 0:26 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime "
	"shared:11 - cgroup cgroup "
	"rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,"
	"name=systemd\n"
	"30 25 0:29 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime "
	"shared:14 - cgroup cgroup rw,memory\n"
	"31 25 0:30 / /sys/fs/cgroup/cpu,cpuacct "
	"rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup "
	"rw,cpu,cpuacct\n"
	"33 25 0:32 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime "
	"shared:17 - cgroup cgroup rw,pids\n",
	"4:pids:/user.slice/user-0.slice/session-1.scope\n"
	"3:cpu,cpuacct:/user.slice\n"
	"2:memory:/user.slice/user-0.slice/session-1.scope\n"
	"1:name=systemd:/user.slice/user-0.slice/session-1.scope\n",
	4,
	4,
	{ { ENC_CGROUP_CPUACCT, "/sys/fs/cgroup/cpu,cpuacct", "/user.slice" },
	  { ENC_CGROUP_MEMORY, "/sys/fs/cgroup/memory",
	    "/user.slice/user-0.slice/session-1.scope" },
	  { ENC_CGROUP_SYSTEMD, "/sys/fs/cgroup/systemd",
	    "/user.slice/user-0.slice/session-1.scope" },
	  { ENC_CGROUP_UNIFIED, NULL, NULL } },
};

/* A virtual machine's own init: one mount per controller, v2 without any. */
static const struct machine one_each = {
	"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	"33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup "
	"rw,cpuacct\n"
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup "
	"rw,memory\n"
	"39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup "
	"rw,pids\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 "
	"rw\n",
	"8:pids:/\n4:memory:/process_api/3bfa\n2:cpuacct:/\n1:cpu:/\n0::/\n",
	5,
	4,
	{ { ENC_CGROUP_CPU, "/sys/fs/cgroup/cpu", "" },
	  { ENC_CGROUP_CPUACCT, "/sys/fs/cgroup/cpuacct", "" },
	  { ENC_CGROUP_MEMORY, "/sys/fs/cgroup/memory", "/process_api/3bfa" },
	  { ENC_CGROUP_UNIFIED, "/sys/fs/cgroup/unified", "" } },
};

/* Docker on v1 without a cgroup namespace: mounts show the container's part. */
static const struct machine docker_v1 = {
	"698 690 0:29 /docker/0a1b2c /sys/fs/cgroup/memory "
	"ro,nosuid,nodev,noexec,relatime master:14 - cgroup cgroup rw,memory\n"
	"701 690 0:30 /docker/0a1b2c /sys/fs/cgroup/cpu,cpuacct "
	"ro,nosuid,nodev,noexec,relatime master:15 - cgroup cgroup "
	"rw,cpu,cpuacct\n"
	"702 690 0:32 /docker/0a1b2c /sys/fs/cgroup/pids "
	"ro,nosuid,nodev,noexec,relatime master:17 - cgroup cgroup rw,pids\n",
	"3:pids:/docker/0a1b2c\n2:cpu,cpuacct:/docker/0a1b2c/inner\n"
	"1:memory:/docker/0a1b2cd\n",
	3,
	3,
	{ { ENC_CGROUP_PIDS, "/sys/fs/cgroup/pids", "" },
	  { ENC_CGROUP_CPU, "/sys/fs/cgroup/cpu,cpuacct", "/inner" },
	  { ENC_CGROUP_MEMORY, "/sys/fs/cgroup/memory", NULL } },
};

/* Docker on v2: a cgroup namespace, and /sys/fs/cgroup mounted twice. */
static const struct machine docker_v2 = {
	"530 525 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - "
	"cgroup2 cgroup rw,nsdelegate,memory_recursiveprot\n"
	"531 525 0:26 / /mnt/with\\040space rw,relatime - cgroup2 cgroup rw\n",
	"0::/\n",
	1,
	1,
	{ { ENC_CGROUP_UNIFIED, "/sys/fs/cgroup", "" } },
};

/* A cgroup namespace that was entered, and the host's mount seen in it. */
static const struct machine outside = {
	"530 525 0:26 /../../.. /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
	"this is no line\n"
	"531 525 0:26 / /sys/fs/bpf rw - bpf bpf rw\n",
	"0::/../sibling\n",
	1,
	1,
	{ { ENC_CGROUP_UNIFIED, "/sys/fs/cgroup", NULL } },
};

/* A mount point may hold what a text file can't. */
static const struct machine odd_names = {
	"531 525 0:26 /a\\134b /mnt/with\\040space\\011tab rw,relatime "
	"shared:1 master:2 - cgroup2 none rw\n",
	"0::/a\\b/c d\n",
	1,
	1,
	{ { ENC_CGROUP_UNIFIED, "/mnt/with space\ttab", "/c d" } },
};

static FILE *open_text(const char *text)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

static void expect(const struct machine *machine)
{
	struct enc_cgroup_mounts *mounts = enc_xalloc(sizeof(*mounts));
	FILE *mountinfo = open_text(machine->mountinfo);
	FILE *groups = open_text(machine->groups);

	enc_cgroup_mounts_read(mountinfo, groups, mounts);
	assert_int_equal(mounts->count, machine->hierarchies);
	for (size_t i = 0; i < machine->row_count; i++) {
		const struct enc_cgroup_mount *row =
			enc_cgroup_mounts_find(mounts, machine->rows[i].kind);

		if (machine->rows[i].top == NULL) {
			assert_null(row);
			continue;
		}
		assert_non_null(row);
		assert_string_equal(row->top, machine->rows[i].top);
		assert_int_equal(row->shows_own, machine->rows[i].own != NULL);
		if (row->shows_own) {
			assert_string_equal(row->own, machine->rows[i].own);
		}
	}
	(void)fclose(mountinfo);
	(void)fclose(groups);
	free(mounts);
}

static void test_machines(void **state)
{
	static const struct machine *const machines[] = {
		&pure_v2,   &hybrid,	&pure_v1, &one_each,
		&docker_v1, &docker_v2, &outside, &odd_names,
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(machines); i++) {
		expect(machines[i]);
	}
}

/* One mount, one row: two would make the same directory twice (D6). */
static void test_one_row_per_mount(void **state)
{
	struct enc_cgroup_mounts *mounts = enc_xalloc(sizeof(*mounts));
	FILE *mountinfo = open_text(hybrid.mountinfo);

	(void)state;
	enc_cgroup_mounts_read(mountinfo, NULL, mounts);
	assert_ptr_equal(enc_cgroup_mounts_find(mounts, ENC_CGROUP_CPU),
			 enc_cgroup_mounts_find(mounts, ENC_CGROUP_CPUACCT));
	assert_false(mounts->rows[0].shows_own);
	(void)fclose(mountinfo);
	free(mounts);
}

/* A line that is longer than two paths can be is passed over, and no more. */
static void test_a_line_without_end(void **state)
{
	struct enc_cgroup_mounts *mounts = enc_xalloc(sizeof(*mounts));
	size_t length = 64 * 1024;
	char *text = enc_xalloc(length + 256);
	FILE *mountinfo;

	(void)state;
	memset(text, 'x', length);
	(void)snprintf(text + length, 256,
		       "\n9 8 0:26 / /sys/fs/cgroup rw - cgroup2 none rw");
	mountinfo = open_text(text);
	enc_cgroup_mounts_read(mountinfo, NULL, mounts);
	assert_int_equal(mounts->count, 1);
	assert_string_equal(mounts->rows[0].top, "/sys/fs/cgroup");
	(void)fclose(mountinfo);
	free(text);
	free(mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_one_row_per_mount),
		cmocka_unit_test(test_a_line_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
