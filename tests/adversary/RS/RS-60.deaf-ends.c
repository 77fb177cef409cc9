/*
 * id: RS-60.deaf-ends   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=16 cpuSeconds=20 wallClockSeconds=30
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD   expect-not@gvisor: -   expect-stdout: ^closed [1-9][0-9]*$
 * parity: sockets
 * Connections to oneself whose far end drops all that comes, full of data and
 * closed: no descriptor is left of them, and the kernel sends for weeks. What
 * they hold is bounded, and they end with the session (the oracle looks).
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

enum {
	CONNECTIONS = 600,
	MOST = 256 << 20,
	HOPS = 16,
	MINHOPCOUNT = 73,
	USER_TIMEOUT = 18
};

static char bytes[1 << 18];

/* leave() - one that is closed with all that it took; -1 if there is none */
static long leave(int listener, const struct sockaddr_in6 *to)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), far;
	int one = 1, most = 255, big = 1 << 26, weeks = 0x7fffffff;
	long taken = 0, n;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	far = accept(listener, 0, 0);
	setsockopt(far, IPPROTO_IPV6, HOPS, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, MINHOPCOUNT, &most, sizeof(most));
	setsockopt(fd, IPPROTO_TCP, USER_TIMEOUT, &weeks, sizeof(weeks));
	while ((n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL)) > 0)
		taken += n;
	close(fd);
	close(far);
	return taken;
}

int main(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(7777),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	long all = 0, count = 0;

	works("bind", bind(listener, (struct sockaddr *)&to, sizeof(to)));
	works("listen", listen(listener, 64));
	for (int i = 0; i < CONNECTIONS; i++) {
		long n = leave(listener, &to);

		all += n > 0 ? n : 0;
		count += n >= 0;
	}
	printf("bytes %ld\n", all);
	printf("closed %ld\n", count);
	if (all > MOST)
		held("bytes", all);
	fflush(stdout);
	usleep(300000);
	return 0;
}
