/*
 * id: RS-67.renames   class: PEERDOS
 * limits: memoryMb=256 pidsLimit=600 cpuSeconds=10 wallClockSeconds=2
 * expect-phase: killed   expect-kill: wall_clock_exceeded|cpu_exceeded
 * max-wall: 8
 * Directories renamed without end, which takes the lock of all names of the
 * machine, beside hundreds of processes that look at every process there is
 * (kill(-1, 0), the priority of a user).
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROCESSES = 500, RENAMERS = 8 };

static void storm(int number)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "/tmp/a%d", number);
	snprintf(to, sizeof(to), "/tmp/b%d", number);
	mkdir(from, 0700);
	for (;;) {
		if (number < RENAMERS) {
			rename(from, to);
			rename(to, from);
		} else {
			kill(-1, 0);
			getpriority(PRIO_USER, 0);
		}
	}
}

int main(void)
{
	for (int i = 1; i < PROCESSES; i++)
		if (fork() == 0)
			storm(i);
	storm(0);
}
