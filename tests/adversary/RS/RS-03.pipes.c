/*
 * id: RS-03.pipes   class: HOSTDOS   limits: memoryMb=64 diskMb=8
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|None
 * max-kernel-mb: 600   max-wall: 20   expect-not: HELD
 * Memory that is in no page of the program's: as many full pipes as there are
 * descriptors, each as large as it may be, in as many processes.
 */
#include <fcntl.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static char room[1 << 20];

	for (int process = 0; process < 16; process++) {
		if (fork() == 0) {
			int pair[2];

			while (pipe(pair) == 0) {
				fcntl(pair[1], F_SETFL, O_NONBLOCK);
				fcntl(pair[1], F_SETPIPE_SZ, 1 << 20);
				while (write(pair[1], room, sizeof(room)) > 0)
					;
			}
			sleep(2);
			_exit(0);
		}
	}
	sleep(2);
	puts("done");
	return 0;
}
