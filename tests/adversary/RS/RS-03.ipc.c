/*
 * id: RS-03.ipc   class: HOSTDOS   limits: memoryMb=64 diskMb=8
 * expect-phase: killed   expect-kill: memory_exceeded   max-wall: 20
 * expect-not: HELD   max-kernel-mb: 400
 * Shared memory of the old kind and message queues don't exist; memory files,
 * which belong to no file system of the session's, are in its limit.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static char room[1 << 20];

	refused("shmget", syscall(SYS_shmget, 1, 1 << 30, 01600));
	refused("msgget", syscall(SYS_msgget, 1, 01600));
	refused("semget", syscall(SYS_semget, 1, 1000, 01600));
	refused("mq_open",
		syscall(SYS_mq_open, "q", O_CREAT | O_RDWR, 0600, 0));
	for (;;) {
		int fd = memfd_create("x", 0);

		for (int i = 0; i < 16; i++)
			write(fd, room, sizeof(room));
	}
}
