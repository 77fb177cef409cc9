/*
 * id: RS-63.circles   class: PEERDOS
 * limits: cpuSeconds=10 pidsLimit=16 wallClockSeconds=20 memoryMb=64
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD   expect-not@gvisor: -   max-wall: 10
 * parity: kernel-objects
 * UNIX sockets that are passed through one another in circles and closed: a
 * worker of the kernel's looks for what nobody can reach any more. There are
 * never more of them in flight than there may be descriptors.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { SOCKETS = 64, PASSED = 4, PAIRS = 40, MOST = 8192 };

static int pass(int over, const int *fds)
{
	char control[CMSG_SPACE(PASSED * sizeof(int))] = { 0 }, byte = 0;
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(PASSED * sizeof(int));
	memcpy(CMSG_DATA(head), fds, PASSED * sizeof(int));
	return sendmsg(over, &message, MSG_DONTWAIT) == 1;
}

int main(void)
{
	time_t end = time(0) + 2;
	struct rlimit most;
	long passed = 0, flying = 0;

	getrlimit(RLIMIT_NOFILE, &most);
	while (time(0) < end) {
		int all[SOCKETS];

		for (int i = 0; i < SOCKETS; i += 2)
			socketpair(AF_UNIX, SOCK_STREAM, 0, all + i);
		for (int i = 0; i < SOCKETS; i++)
			for (int k = 0; k < 8; k++)
				passed += pass(all[i],
					       all + (i * 7 + k * 4) % 60);
		for (int i = 0; i < SOCKETS; i++)
			close(all[i]);
	}
	/* Nothing is read, so all that is taken stays in flight. */
	for (int i = 0; i < PAIRS; i++) {
		int pair[2];

		works("a pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
		while (flying < MOST &&
		       pass(pair[0], (int[]){ pair[0], pair[1], 0, 1 }))
			flying += PASSED;
	}
	if (flying > (long)most.rlim_cur + 2 * PASSED)
		held("in flight", flying);
	printf("passed %ld\n", passed);
	return 0;
}
