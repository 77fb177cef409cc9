/*
 * id: RS-64.nobody-to-blame   class: MISLABEL
 * limits: memoryMb=32 diskMb=8 pidsLimit=16 cpuSeconds=10 wallClockSeconds=20
 * expect-phase: killed   expect-kill: memory_exceeded   max-wall: 15
 * expect-audit: quota_kill reason=memory_exceeded   expect-not: HELD
 * Memory in a file without a name that no process has mapped, beside a small
 * child that offers itself to be killed for it, and an end with status 0 in the
 * moment in which it is: the session ends for memory all the same.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PIECE = 1 << 16, PIECES = 4000 };

static void offer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	write(fd, "1000", 4);
	for (;;)
		pause();
}

int main(void)
{
	static char piece[PIECE];
	int fd = memfd_create("m", 0);
	pid_t child = fork();

	if (child == 0)
		offer();
	memset(piece, 1, sizeof(piece));
	for (int i = 0; i < PIECES; i++) {
		if (write(fd, piece, sizeof(piece)) < 0)
			break;
		if (waitpid(child, 0, WNOHANG) == child)
			_exit(0);
	}
	held("all of it", PIECES);
	return 0;
}
