/*
 * id: RS-26.last-minutes   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD
 * What is left of connections that were closed: the side that closed first is
 * remembered for a minute. And what is left of datagrams in parts, and of
 * neighbours that were spoken to.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 16, SECONDS = 8 };

static void connections(time_t until)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t length = sizeof(any);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	bind(listener, (struct sockaddr *)&any, sizeof(any));
	listen(listener, 128);
	getsockname(listener, (struct sockaddr *)&any, &length);
	while (time(0) < until) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int far;

		if (connect(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
		    (far = accept(listener, 0, 0)) >= 0) {
			shutdown(fd, SHUT_WR);
			close(far);
		}
		close(fd);
	}
}

static void neighbours(time_t until)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9) };
	static char bytes[60000];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM, 0);

	to6.sin6_addr.s6_addr[0] = 0xff;
	to6.sin6_addr.s6_addr[1] = 0x05;
	for (unsigned n = 0; time(0) < until; n++) {
		to.sin_addr.s_addr = htonl(0xef000000 + n);
		sendto(fd, bytes, 1, 0, (struct sockaddr *)&to, sizeof(to));
		to.sin_addr.s_addr = htonl(0x08000000 + n);
		sendto(fd, bytes, n % 8 ? 1 : sizeof(bytes), 0,
		       (struct sockaddr *)&to, sizeof(to));
		memcpy(to6.sin6_addr.s6_addr + 12, &n, sizeof(n));
		sendto(fd6, bytes, 1, 0, (struct sockaddr *)&to6, sizeof(to6));
	}
}

int main(void)
{
	time_t until = time(0) + SECONDS;

	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			if (i % 4 == 3)
				neighbours(until);
			else
				connections(until);
			_exit(0);
		}
	}
	sleep(SECONDS + 1);
	puts("done");
	return 0;
}
