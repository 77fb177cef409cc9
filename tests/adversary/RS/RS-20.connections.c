/*
 * id: RS-20.connections   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD   expect-not@gvisor: -   expect-stdout: ^connections [0-9]+$
 * parity: sockets   expect-stdout@gvisor: -
 * As many connections to oneself as there can be, from many processes, with
 * all that both ends take: accepted ones, ones that nobody accepts, and ones
 * whose far end went on to the next (a socket that is connected again leaves
 * the old connection in the listener's queue). Buffers are asked to be large.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hoard.h"

enum { PROCESSES = 16, TRIES = 400, MOST = 700 };

static char bytes[1 << 18];

static int dial(int listener, int fd)
{
	struct sockaddr_in to;
	socklen_t length = sizeof(to);

	getsockname(listener, (struct sockaddr *)&to, &length);
	return connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), big = 1 << 28;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	return fd;
}

/* fill() - until nothing more is taken for a while */
static void fill(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 4;) {
		ssize_t n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);

		if (n <= 0) {
			idle++;
			usleep(200);
		}
	}
}

static long hoard(int number)
{
	int way = number % 3;
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int listener = new_socket();
	long count = 0;

	bind(listener, (struct sockaddr *)&any, sizeof(any));
	listen(listener, 4096);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0, fd = -1; i < TRIES; i++) {
		int far = -1;

		if (way != 2 || fd < 0)
			fd = new_socket();
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (fd < 0 || (dial(listener, fd) < 0 && errno != EINPROGRESS))
			break;
		if (way == 0)
			far = accept(listener, 0, 0);
		fill(fd);
		if (far >= 0)
			fill(far);
		count++;
		if (way == 2)
			connect(fd, &none, sizeof(none));
	}
	return count;
}

int main(void)
{
	hoard_all("connections", PROCESSES, MOST, hoard);
	return 0;
}
