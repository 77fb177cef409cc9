/*
 * id: RS-68.group-readers   class: PEERDOS
 * limits: memoryMb=256 pidsLimit=600 cpuSeconds=10 wallClockSeconds=2
 * expect-phase: killed   expect-kill: wall_clock_exceeded|cpu_exceeded
 * max-wall: 8
 * Hundreds of processes read /proc/self/cgroup, status and limits over and
 * over: the first takes the lock of all control groups of the machine, which a
 * new sandbox needs to make its own and to join it.
 */
#include <fcntl.h>
#include <unistd.h>

enum { PROCESSES = 500, FILES = 3 };

static void read_all(void)
{
	static const char *const paths[FILES] = { "/proc/self/cgroup",
						  "/proc/self/status",
						  "/proc/self/limits" };
	static char room[4096];
	int fds[FILES];

	for (int i = 0; i < FILES; i++)
		fds[i] = open(paths[i], O_RDONLY);
	for (;;) {
		for (int i = 0; i < FILES; i++) {
			lseek(fds[i], 0, SEEK_SET);
			while (read(fds[i], room, sizeof(room)) > 0)
				;
		}
	}
}

int main(void)
{
	for (int i = 1; i < PROCESSES; i++)
		if (fork() == 0)
			read_all();
	read_all();
}
