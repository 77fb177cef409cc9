/*
 * id: RS-01.thread-bomb   class: HOSTDOS
 * limits: pidsLimit=32 wallClockSeconds=10
 * expect-phase: killed   expect-kill: pids_exceeded   max-wall: 15
 * expect-kill@gvisor: wall_clock_exceeded|cpu_exceeded   parity: threads
 * expect-stdout@gvisor: ^stopped at [0-9]{1,2}$
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *idle(void *unused)
{
	pause();
	return unused;
}

int main(void)
{
	int made = 0, told = 0;

	for (;;) {
		pthread_t thread;

		if (pthread_create(&thread, 0, idle, 0) == 0) {
			made++;
		} else if (!told) {
			told = 1;
			printf("stopped at %d\n", made);
			fflush(stdout);
		}
	}
}
