/*
 * id: RS-11.io-storm   class: PEERDOS   limits: cpuSeconds=20 pidsLimit=32
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * Storms of fsync, of direct writes and of readahead for a second. What would
 * reach the host's disks, or everybody's cache, isn't there.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

static void storm(int kind)
{
	static char room[4096] __attribute__((aligned(4096)));
	int own = open("/work/storm", O_CREAT | O_RDWR | O_DIRECT, 0600);
	int shared = open("/usr/bin/python3", O_RDONLY);
	time_t end = time(0) + 2;

	if (own < 0)
		own = open("/work/storm", O_CREAT | O_RDWR, 0600);
	while (time(0) < end) {
		pwrite(own, room, sizeof(room), (rand() % 1024) * 4096);
		kind % 2 ? fsync(own) : fdatasync(own);
		refused("sync", syscall(SYS_sync));
		refused("syncfs", syscall(SYS_syncfs, shared));
		/* advice that is taken, and not followed */
		if (syscall(SYS_fadvise64, shared, 0, 0, 4) != 0)
			puts("HELD DONTNEED fails");
		refused("readahead",
			syscall(SYS_readahead, shared, 0, 1 << 20));
		posix_fadvise(shared, 0, 0, POSIX_FADV_WILLNEED);
		pread(shared, room, sizeof(room), (rand() % 1024) * 4096);
	}
}

int main(void)
{
	for (int i = 0; i < 8; i++) {
		if (fork() == 0) {
			storm(i);
			_exit(0);
		}
	}
	while (wait(0) > 0)
		;
	puts("done");
	return 0;
}
