/*
 * id: RS-03.sockets   class: HOSTDOS   limits: memoryMb=64 diskMb=8
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|None
 * max-kernel-mb: 600   max-wall: 20   expect-not: HELD
 * Socket buffers, and descriptors that are only in flight: sent over a socket
 * that is itself sent over another, then closed here.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

static int send_fds(int to, const int *fds, int count)
{
	static char room[65536];
	char control[CMSG_SPACE(253 * sizeof(int))] = { 0 };
	struct iovec vector = { room, sizeof(room) };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen =
					  CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	return (int)sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int main(void)
{
	int hoard[200];
	long sent = 0;

	for (int round = 0; round < 20000; round++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
			break;
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		for (int i = 0; i < 200; i++)
			hoard[i] = pair[i % 2];
		while (send_fds(pair[0], hoard, 200) > 0)
			sent++;
		close(pair[0]);
		close(pair[1]);
	}
	printf("sent %ld\n", sent);
	return 0;
}
