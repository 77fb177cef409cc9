/*
 * id: RS-61.nested-polls   class: PEERDOS
 * limits: memoryMb=128 pidsLimit=64 cpuSeconds=20 wallClockSeconds=2
 * expect-phase: killed   expect-kill: wall_clock_exceeded   max-wall: 8
 * Trees of epolls as deep and as wide as the kernel allows, in many processes.
 * To add one looks through all of it, under a lock of the whole machine; the
 * sibling goes on, and thousands of them are gone soon after the deadline.
 */
#include <sys/epoll.h>
#include <unistd.h>

enum { PROCESSES = 24, LEVELS = 4, WIDTH = 200, EDGES = 20 };

static void storm(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int polls[LEVELS][WIDTH];

	for (int level = 0; level < LEVELS; level++)
		for (int i = 0; i < WIDTH; i++)
			polls[level][i] = epoll_create1(0);
	for (int level = 0; level + 1 < LEVELS; level++)
		for (int i = 0; i < WIDTH; i++)
			for (int k = 0; k < EDGES; k++)
				epoll_ctl(polls[level][i], EPOLL_CTL_ADD,
					  polls[level + 1][(i * 7 + k) % WIDTH],
					  &event);
	for (;;) {
		int top = epoll_create1(0);

		for (int i = 0; i < WIDTH; i++)
			epoll_ctl(top, EPOLL_CTL_ADD, polls[0][i], &event);
		close(top);
	}
}

int main(void)
{
	for (int i = 1; i < PROCESSES; i++)
		if (fork() == 0)
			storm();
	storm();
}
