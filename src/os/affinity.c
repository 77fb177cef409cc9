#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "affinity.h"
#include "cgroup_impl.h"
#include "fd.h"

enum { ROUNDS_MAX = 10 };

uint32_t enc_affinity_count(void)
{
	cpu_set_t all;

	return sched_getaffinity(0, sizeof(all), &all) < 0
		       ? (uint32_t)sysconf(_SC_NPROCESSORS_ONLN)
		       : (uint32_t)CPU_COUNT(&all);
}

void enc_affinity_choose(uint32_t cpus, uint32_t from, cpu_set_t *ret_set)
{
	uint32_t left = cpus;
	uint32_t count;
	uint32_t skip;
	cpu_set_t all;

	CPU_ZERO(ret_set);
	/* It fails if the machine has more CPUs than a cpu_set_t. */
	if (sched_getaffinity(0, sizeof(all), &all) < 0) {
		return;
	}
	count = (uint32_t)CPU_COUNT(&all);
	if (cpus >= count) {
		return;
	}
	skip = from % count;
	/* Twice around, since the first of them may be the last CPU. */
	for (size_t i = 0; left > 0; i = (i + 1) % CPU_SETSIZE) {
		if (!CPU_ISSET(i, &all)) {
			continue;
		}
		if (skip > 0) {
			skip--;
		} else {
			CPU_SET(i, ret_set);
			left--;
		}
	}
}

int enc_affinity_narrow(const cpu_set_t *set)
{
	return CPU_COUNT(set) > 0 && sched_setaffinity(0, sizeof(*set), set) < 0
		       ? -errno
		       : 0;
}

/*
 * widen() - widen a thread if its CPUs are @some. The number may be that of
 * another thread by now, which has other CPUs. Return: 1 if it was widened
 */
static int widen(pid_t tid, const cpu_set_t *all, const cpu_set_t *some)
{
	cpu_set_t now;

	return sched_getaffinity(tid, sizeof(now), &now) >= 0 &&
	       CPU_EQUAL(&now, some) && !CPU_EQUAL(&now, all) &&
	       sched_setaffinity(tid, sizeof(*all), all) >= 0;
}

/* widen_each() - one round. Return: threads that were widened, or an errno */
static int widen_each(const struct enc_cgroup *group, const cpu_set_t *all,
		      const cpu_set_t *some)
{
	bool unified = enc_cgroup_tree_version(group->tree) == 2;
	enc_autoclose int fd =
		openat(enc_cgroup_dir(group, unified ? "unified" : "pids"),
		       unified ? "cgroup.threads" : "tasks",
		       O_RDONLY | O_CLOEXEC);
	struct enc_cgroup_list list = { .fd = fd };
	int widened = 0;
	pid_t tid;
	int r = fd < 0 ? -errno : 1;

	while (r == 1) {
		r = enc_cgroup_list_next(&list, &tid);
		/* 0 stands for a thread that can't be named here. */
		widened += r == 1 && tid > 0 ? widen(tid, all, some) : 0;
	}
	return r < 0 ? r : widened;
}

int enc_affinity_widen(const struct enc_cgroup *group, const cpu_set_t *set)
{
	cpu_set_t all;
	int r = 1;

	if (CPU_COUNT(set) == 0) {
		return 0;
	}
	if (sched_getaffinity(0, sizeof(all), &all) < 0) {
		return -errno;
	}
	/* A new thread has the CPUs of the one that made it. */
	for (int i = 0; i < ROUNDS_MAX && r > 0; i++) {
		r = widen_each(group, &all, set);
	}
	return r < 0 ? r : 0;
}
