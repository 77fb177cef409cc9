/*
 * id: RS-23.control   class: HOSTDOS
 * limits: memoryMb=224 diskMb=1 pidsLimit=4096 cpuSeconds=40
 * limits: wallClockSeconds=60   expect-phase: killed|succeeded
 * expect-kill: memory_exceeded|pids_exceeded|None
 * expect-not: HELD
 * Threads that wait in a call, each with as much of the kernel's memory as the
 * call takes: a control message to a socket that is full. Nobody pays for it;
 * net.core.optmem_max bounds it, for each socket.
 */
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 8, SENDERS = 480, CONTROL = 120000, LEAST = 4000, HOLD = 3 };

static char control[CONTROL / LEAST + 1][CONTROL]; /* one for each length */
static struct sockaddr_un full = { .sun_family = AF_UNIX };

static void *wait_in_it(void *number)
{
	for (size_t length = CONTROL; length >= LEAST; length -= LEAST) {
		struct iovec vector = { "x", 1 };
		struct msghdr message = { .msg_name = &full,
					  .msg_namelen = sizeof(full),
					  .msg_iov = &vector,
					  .msg_iovlen = 1,
					  .msg_control =
						  control[length / LEAST],
					  .msg_controllen = length };

		sendmsg((int)(long)number, &message, MSG_NOSIGNAL);
	}
	pause();
	return 0;
}

static void wait_in_many(void)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	snprintf(full.sun_path + 1, sizeof(full.sun_path) - 1, "%d", getpid());
	bind(socket(AF_UNIX, SOCK_DGRAM, 0), (struct sockaddr *)&full,
	     sizeof(full));
	for (int i = 0; i < SENDERS; i++) {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		while (sendto(fd, "", 1, MSG_DONTWAIT, (struct sockaddr *)&full,
			      sizeof(full)) == 1)
			;
		pthread_create(&thread, &small, wait_in_it, (void *)(long)fd);
	}
	sleep(HOLD);
	_exit(0);
}

int main(void)
{
	for (size_t length = CONTROL; length >= LEAST; length -= LEAST) {
		struct cmsghdr *header = (void *)control[length / LEAST];

		header->cmsg_level = 0; /* nobody looks at it */
		header->cmsg_type = 1;
		header->cmsg_len = length;
	}
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			wait_in_many();
	sleep(HOLD + 1);
	return 0;
}
