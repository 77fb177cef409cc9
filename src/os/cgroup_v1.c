/*
 * cgroup v1, alone or beside v2 (hybrid). v1 has the limits and counters. A
 * thread joins by `tasks`, since `cgroup.procs` waits for an RCU grace period
 * of about 10 ms. `pids.events` can't be polled for, so the caller reads that
 * counter from time to time.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

enum { PERIOD_US = 100000, US_PER_MILLI = PERIOD_US / 1000 };
#define UNLIMITED ((uint64_t)INT64_MAX)

/*
 * Limit of buffers of TCP and UDP. v1 counts these apart from other memory, and
 * doesn't count them at all without a limit (docs/design/kernel-memory.md).
 */
#define SOCKET_BYTES (UINT64_C(16) << 20)

/*
 * set_cpu() - set the CPU limit. v1 refuses a limit above that of a parent
 * group, such as a unit with CPUQuota=; v2 would use the smaller of both. The
 * parent's limit holds in any case, so this group then gets no limit of its
 * own.
 */
static int set_cpu(const struct enc_cgroup *group, uint64_t cpu_millis)
{
	static const char file[] = "cpu.cfs_quota_us";
	const struct enc_cgroup_setting settings[] = {
		{ "cpu", "cpu.cfs_period_us", PERIOD_US, false },
		{ "cpu", file, cpu_millis * US_PER_MILLI, false },
	};
	struct enc_cgroup_failure failure;
	int r = enc_cgroup_set(group, settings, ENC_COUNT(settings), &failure);

	/* EINVAL can only mean that: launch_check.c has checked the range. */
	return r == -EINVAL ? enc_fd_write_file(enc_cgroup_dir(group, "cpu"),
						file, "-1")
			    : r;
}

static int limit(struct enc_cgroup *group,
		 const struct enc_cgroup_limits *limits,
		 struct enc_cgroup_failure *failure)
{
	const struct enc_cgroup_setting settings[] = {
		{ "pids", "pids.max", limits->pids, false },
		{ "memory", "memory.swappiness", 0, true },
		{ "memory", "memory.kmem.tcp.limit_in_bytes", SOCKET_BYTES,
		  false },
		/*
		 * memsw.limit must never be below memory.limit, so it is raised
		 * first.
		 */
		{ "memory", "memory.memsw.limit_in_bytes", UNLIMITED,
		  /* may_lack: kernels without swap accounting lack this file */
		  true },
		{ "memory", "memory.limit_in_bytes", limits->memory_bytes,
		  false },
		{ "memory", "memory.memsw.limit_in_bytes", limits->memory_bytes,
		  true },
	};

	int r = set_cpu(group, limits->cpu_millis);

	return r < 0 ? enc_cgroup_blame(failure, "cpu", "cpu.cfs_quota_us", r)
		     : enc_cgroup_set(group, settings, ENC_COUNT(settings),
				      failure);
}

static int used(const struct enc_cgroup *group, uint64_t *ret_bytes)
{
	return enc_cgroup_number(group, "memory", "memory.usage_in_bytes",
				 ret_bytes);
}

/* watch() - open an eventfd that tells of each OOM kill in the group */
static int watch(struct enc_cgroup *group, struct enc_cgroup_failure *failure)
{
	static const char file[] = "memory.oom_control";
	int dir = enc_cgroup_dir(group, "memory");
	enc_autoclose int control = openat(dir, file, O_RDONLY | O_CLOEXEC);
	char text[64];
	int r;

	group->events[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || group->events[0] < 0) {
		return enc_cgroup_blame(failure, "memory", file, -errno);
	}
	(void)snprintf(text, sizeof(text), "%d %d", group->events[0], control);
	r = enc_fd_write_file(dir, "cgroup.event_control", text);
	return r < 0 ? enc_cgroup_blame(failure, "memory",
					"cgroup.event_control", r)
		     : 0;
}

static void heard(struct enc_cgroup *group, int fd)
{
	uint64_t count;

	(void)group;
	/* The value isn't used; reading resets the event. */
	ENC_IGNORE(read(fd, &count, sizeof(count)));
}

static int join(const struct enc_cgroup *group)
{
	for (size_t i = 0; i < group->tree->root_count; i++) {
		int r = (int)i == group->tree->unified
				? 0
				: enc_fd_write_file(group->dirs[i], "tasks",
						    "0");

		if (r < 0) {
			return r;
		}
	}
	return 0;
}

/* join_cpu() - join both CPU controllers, which may share a hierarchy */
static int join_cpu(const struct enc_cgroup *group)
{
	int cpu = enc_cgroup_dir(group, "cpu");
	int cpuacct = enc_cgroup_dir(group, "cpuacct");
	int r = enc_fd_write_file(cpu, "tasks", "0");

	return r == 0 && cpuacct != cpu
		       ? enc_fd_write_file(cpuacct, "tasks", "0")
		       : r;
}

static int read_counters(const struct enc_cgroup *group,
			 struct enc_cgroup_counters *ret_counters)
{
	struct enc_cgroup_counters counters = { 0 };
	uint64_t cpu_ns = 0;
	int r = enc_cgroup_number(group, "cpuacct", "cpuacct.usage", &cpu_ns);

	counters.cpu_us = cpu_ns / 1000;
	if (r == 0) {
		r = enc_cgroup_number(group, "memory",
				      "memory.max_usage_in_bytes",
				      &counters.memory_peak_bytes);
	}
	if (r == 0) {
		r = enc_cgroup_field(group, "memory", "memory.oom_control",
				     "oom_kill", &counters.oom_kills);
	}
	if (r == 0) {
		r = enc_cgroup_field(group, "pids", "pids.events", "max",
				     &counters.pids_denied);
	}
	if (r == 0) {
		/* Only kernels newer than 6.1 have it; 0 means unknown. */
		ENC_IGNORE(enc_cgroup_number(group, "pids", "pids.peak",
					     &counters.pids_peak));
		*ret_counters = counters;
	}
	return r;
}

const struct enc_cgroup_ops enc_cgroup_v1 = {
	.version = 1,
	.poll_events = 0x001, /* EPOLLIN */
	.events_tell_pids = false,
	.watch = watch,
	.limit = limit,
	.used = used,
	.join = join,
	.join_cpu = join_cpu,
	.set_cpu = set_cpu,
	.read = read_counters,
	.heard = heard,
};
