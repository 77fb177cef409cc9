/*
 * id: RS-24.waiters   class: HOSTDOS
 * limits: memoryMb=176 diskMb=1 pidsLimit=4096 cpuSeconds=40
 * limits: wallClockSeconds=60   expect-phase: killed|succeeded
 * expect-kill: memory_exceeded|pids_exceeded|None
 * expect-not: HELD
 * Threads that wait for as many descriptors each as a call takes: an entry in
 * the kernel's memory for every one of them, for as long as the call lasts.
 */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "probe.h"

enum { THREADS = 4050, MOST = 1024, HOLD = 3 };

static struct pollfd all[MOST];
static int ends[2];

static void *wait_in_it(void *number)
{
	(void)number;
	for (nfds_t count = MOST; count > 0; count -= 16)
		poll(all, count, -1);
	return 0;
}

int main(void)
{
	pthread_attr_t small;
	pthread_t thread;
	long count = 0;

	pipe(ends);
	for (int i = 0; i < MOST; i++)
		all[i] = (struct pollfd){ ends[0], POLLIN, 0 };
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	while (count < THREADS &&
	       pthread_create(&thread, &small, wait_in_it, 0) == 0)
		count++;
	sleep(HOLD);
	printf("threads %ld\n", count);
	return 0;
}
