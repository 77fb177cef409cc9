/*
 * id: RS-21.datagrams   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD   expect-not@gvisor: -   expect-stdout: ^sockets [0-9]+$
 * parity: sockets   expect-stdout@gvisor: -
 * As many datagram sockets as there can be, with all that each holds: what
 * nobody reads, what was begun and not sent (MSG_MORE), and errors of ports
 * that nobody has, which an option keeps for the sender.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hoard.h"

enum { PROCESSES = 8, TRIES = 900, MOST = 512 };

static char bytes[60000];

static long hoard(int number)
{
	int way = number % 2;
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr_in nobody = any;
	long count = 0;

	nobody.sin_port = htons(1);
	for (; count < TRIES; count++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0), big = 1 << 28, on = 1;
		struct sockaddr_in own = any;
		socklen_t length = sizeof(own);

		if (fd < 0)
			break;
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
		bind(fd, (struct sockaddr *)&own, sizeof(own));
		getsockname(fd, (struct sockaddr *)&own, &length);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		for (int i = 0; i < 1000; i++) {
			if (way == 1)
				sendto(fd, bytes, i % 2 ? 400 : 1, 0,
				       (struct sockaddr *)&nobody,
				       sizeof(nobody));
			else
				sendto(fd, bytes, i % 2 ? sizeof(bytes) : 1, 0,
				       (struct sockaddr *)&own, sizeof(own));
		}
		for (int i = 0; i < 60; i++)
			sendto(fd, bytes, 1000, MSG_MORE,
			       (struct sockaddr *)&own, sizeof(own));
	}
	return count;
}

int main(void)
{
	hoard_all("sockets", PROCESSES, MOST, hoard);
	return 0;
}
