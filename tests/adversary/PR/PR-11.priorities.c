/*
 * id: PR-11.priorities   class: PEERDOS   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^nice -1$   expect-stdout@gvisor: ^nice 0$
 * parity: priorities
 * Ahead of others by real time, priority, locked memory or a raised limit.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	struct sched_param first = { .sched_priority = 1 };
	struct {
		unsigned size, policy;
		unsigned long flags;
		int nice;
		unsigned priority;
		unsigned long runtime, deadline, period;
	} attr = { 48, 6, 0, 0, 0, 10000000, 20000000, 20000000 };
	struct rlimit limit;

	for (int policy = 1; policy <= 2; policy++) {
		fails("sched_setscheduler",
		      sched_setscheduler(0, policy, &first));
		fails("sched_setscheduler, of init",
		      sched_setscheduler(1, policy, &first));
	}
	fails("SCHED_DEADLINE", syscall(SYS_sched_setattr, 0, &attr, 0));
	printf("nice %d\n", setpriority(PRIO_PROCESS, 0, -20));
	fails("nice of init", setpriority(PRIO_PROCESS, 1, 19));
	fails("nice of root", setpriority(PRIO_USER, 0, 19) == 0 &&
					      getpriority(PRIO_PROCESS, 1) > 0
				      ? 0
				      : -1);
	fails("ioprio RT", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
	fails("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
	for (int resource = 0; resource < 16; resource++) {
		struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

		getrlimit(resource, &limit);
		if (limit.rlim_max != RLIM_INFINITY)
			fails("a raised limit", setrlimit(resource, &all));
		fails("a limit of init's",
		      syscall(SYS_prlimit64, 1, resource, &limit, 0));
	}
	fails("affinity of init", syscall(SYS_sched_setaffinity, 1, 8, "\1"));
	puts("done");
	return 0;
}
