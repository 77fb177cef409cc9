/*
 * id: RS-62.patched-code   class: PEERDOS
 * limits: pidsLimit=16 cpuSeconds=10 wallClockSeconds=20
 * expect-phase: succeeded   expect-stdout: ^done$   max-wall: 10
 * The first socket of a machine that asks for times has the kernel change its
 * own code, with an interrupt to each processor, and the last one has it change
 * back: on and off, by several processes. The sibling's pulse goes on.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, TIMES = 1500, TIMESTAMPING = 37 };

static void toggle(void)
{
	for (int i = 0; i < TIMES; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0), all = 0x7f;

		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &all, sizeof(all));
		setsockopt(fd, SOL_SOCKET, TIMESTAMPING, &all, sizeof(all));
		close(fd);
		usleep(50);
	}
	_exit(0);
}

int main(void)
{
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			toggle();
	while (wait(0) > 0)
		;
	puts("done");
	return 0;
}
