/*
 * id: RS-23.control   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=4096 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|processes_exceeded|None
 * expect-not: HELD
 * Threads that wait in a call, each with as much of the kernel's memory as the
 * call takes: a control message to a socket that is full (net.core.optmem_max).
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

enum { SOCKETS = 400, THREADS = 4000, CONTROL = 120000, HOLD = 3 };

static int fds[SOCKETS];
static char control[CONTROL];

static void *wait_in_it(void *number)
{
	for (size_t length = CONTROL; length > 1000; length -= 4000) {
		struct iovec vector = { control, 4096 };
		struct msghdr message = { .msg_iov = &vector,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = length };
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);

		header->cmsg_level = 0; /* nobody looks at it */
		header->cmsg_type = 1;
		header->cmsg_len = length;
		sendmsg(fds[(long)number % SOCKETS], &message, MSG_NOSIGNAL);
	}
	pause();
	return 0;
}

int main(void)
{
	pthread_attr_t small;
	pthread_t thread;
	long count = 0;
	char byte[4096];

	for (int i = 0; i < SOCKETS; i++) {
		int pair[2];

		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		fds[i] = pair[0];
		while (send(pair[0], byte, sizeof(byte), MSG_DONTWAIT) > 0)
			;
	}
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	while (count < THREADS &&
	       pthread_create(&thread, &small, wait_in_it, (void *)count) == 0)
		count++;
	sleep(HOLD);
	printf("threads %ld\n", count);
	return 0;
}
