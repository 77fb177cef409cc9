/*
 * id: RS-27.filters   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: succeeded   expect-not: HELD   expect-stdout: ^filters 0$
 * Filters in many processes, as large as they may be, then smaller and smaller
 * ones: what they compile to is from one budget of the whole host's, and who
 * uses it up keeps others' sandboxes from starting.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 50, LARGEST = 4095, LEAST = 16 };

static struct sock_filter steps[LARGEST + 1];

/* put() - a filter that allows all, of @size steps, by either call */
static int put(int size, int way)
{
	struct sock_fprog program = { (unsigned short)size, steps };

	for (int i = 0; i < size - 1; i++)
		steps[i] =
			(struct sock_filter)BPF_STMT(BPF_ALU | BPF_DIV | BPF_K,
						     3);
	steps[size - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						       SECCOMP_RET_ALLOW);
	return way == 0 ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
			: (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				       &program);
}

int main(void)
{
	int ends[2];
	long all = 0, one;

	pipe(ends);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			one = 0;
			for (int size = LARGEST; size >= LEAST; size /= 2)
				for (int way = 0; way < 2; way++)
					one += put(size, way) == 0;
			write(ends[1], &one, sizeof(one));
			sleep(2);
			_exit(0);
		}
	}
	close(ends[1]);
	while (read(ends[0], &one, sizeof(one)) == sizeof(one))
		all += one;
	printf("filters %ld\n", all);
	if (all > 0)
		held("filters", all);
	return 0;
}
