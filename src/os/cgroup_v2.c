/*
 * cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). A process joins by
 * CLONE_INTO_CGROUP. A change of memory.events or pids.events wakes a poll for
 * POLLPRI, so no counter needs polling.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cgroup_impl.h"
#include "fd.h"

enum { PERIOD_US = 100000, US_PER_MILLI = PERIOD_US / 1000 };

static const char *const watched[ENC_CGROUP_EVENTS_MAX] = { "memory.events",
							    "pids.events" };

static int used(const struct enc_cgroup *group, uint64_t *ret_bytes)
{
	return enc_cgroup_number(group, "unified", "memory.current", ret_bytes);
}

static int set_cpu(const struct enc_cgroup *group, uint64_t cpu_millis)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%llu %d",
		       (unsigned long long)cpu_millis * US_PER_MILLI,
		       PERIOD_US);
	return enc_fd_write_file(enc_cgroup_dir(group, "cpu"), "cpu.max", text);
}

static int limit(struct enc_cgroup *group,
		 const struct enc_cgroup_limits *limits,
		 struct enc_cgroup_failure *failure)
{
	const struct enc_cgroup_setting settings[] = {
		{ "unified", "memory.swap.max", 0, true },
		{ "unified", "memory.oom.group", 1, false },
		{ "unified", "pids.max", limits->pids, false },
	};
	const struct enc_cgroup_setting memory = { "unified", "memory.max",
						   limits->memory_bytes,
						   false };
	uint64_t used_bytes = 0;
	int r = enc_cgroup_set(group, settings, ENC_COUNT(settings), failure);

	if (r < 0) {
		return r;
	}
	r = set_cpu(group, limits->cpu_millis);
	if (r < 0) {
		return enc_cgroup_blame(failure, "unified", "cpu.max", r);
	}
	/*
	 * v2 would kill instead of refusing a memory limit that is too low, so
	 * the usage is checked first. An empty group uses nothing.
	 */
	r = used(group, &used_bytes);
	if (r < 0) {
		return enc_cgroup_blame(failure, "unified", "memory.current",
					r);
	}
	return used_bytes > limits->memory_bytes
		       ? -EBUSY
		       : enc_cgroup_set(group, &memory, 1, failure);
}

/*
 * heard() - arm the next event: kernfs reports one only after a read from
 * offset 0
 */
static void heard(struct enc_cgroup *group, int fd)
{
	char text[256];

	(void)group;
	/* The value isn't used; reading resets the event. */
	ENC_IGNORE(pread(fd, text, sizeof(text), 0));
}

static int watch(struct enc_cgroup *group, struct enc_cgroup_failure *failure)
{
	int dir = enc_cgroup_dir(group, "unified");

	for (size_t i = 0; i < ENC_COUNT(watched); i++) {
		group->events[i] = openat(dir, watched[i],
					  O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (group->events[i] < 0) {
			return enc_cgroup_blame(failure, "unified", watched[i],
						-errno);
		}
		heard(group, group->events[i]);
	}
	return 0;
}

static int join(const struct enc_cgroup *group)
{
	(void)group; /* clone3() has joined the group */
	return 0;
}

static int join_cpu(const struct enc_cgroup *group)
{
	(void)group; /* clone3() has joined the group */
	return 0;
}

static int read_counters(const struct enc_cgroup *group,
			 struct enc_cgroup_counters *ret_counters)
{
	struct enc_cgroup_counters counters = { 0 };
	int r = enc_cgroup_field(group, "cpu", "cpu.stat", "usage_usec",
				 &counters.cpu_us);

	if (r == 0) {
		r = enc_cgroup_field(group, "unified", "memory.events",
				     "oom_kill", &counters.oom_kills);
	}
	if (r == 0) {
		r = enc_cgroup_field(group, "unified", "pids.events", "max",
				     &counters.pids_denied);
	}
	if (r == 0) {
		/*
		 * memory.peak exists since 5.19, pids.peak since 6.1; 0 means
		 * unknown.
		 */
		ENC_IGNORE(enc_cgroup_number(group, "unified", "memory.peak",
					     &counters.memory_peak_bytes));
		ENC_IGNORE(enc_cgroup_number(group, "unified", "pids.peak",
					     &counters.pids_peak));
		*ret_counters = counters;
	}
	return r;
}

const struct enc_cgroup_ops enc_cgroup_v2 = {
	.version = 2,
	.poll_events = 0x002, /* EPOLLPRI */
	.events_tell_pids = true,
	.watch = watch,
	.limit = limit,
	.used = used,
	.join = join,
	.join_cpu = join_cpu,
	.set_cpu = set_cpu,
	.read = read_counters,
	.heard = heard,
};
