/*
 * id: RS-01.thread-bomb   class: HOSTDOS   limits: pidsLimit=32
 * expect-phase: killed   expect-kill: pids_exceeded   max-wall: 15
 */
#include <pthread.h>
#include <unistd.h>

static void *idle(void *unused)
{
	pause();
	return unused;
}

int main(void)
{
	for (;;) {
		pthread_t thread;

		pthread_create(&thread, 0, idle, 0);
	}
}
