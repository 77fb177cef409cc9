/*
 * id: NT-60.cut-short   class: AUDIT   limits: wallClockSeconds=30
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied made
 * expect-sum@gvisor: -
 * parity: floods
 * Connects that end before they begin: not blocking, closed by a reset at once,
 * every third one from a fixed port to the same few ports again. Each that sent
 * a packet is one attempt.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTS = 1500 };

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(0xcb007105) };
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_port = htons(20000) };
	struct linger now = { 1, 0 };
	int on = 1;
	long made = 0;

	for (int i = 0; i < CONNECTS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (i % 3 == 0)
			bind(fd, (struct sockaddr *)&own, sizeof(own));
		to.sin_port = htons((unsigned short)(i % 7 + 1));
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		    errno == EINPROGRESS)
			made++;
		close(fd);
	}
	printf("made %ld\n", made);
	puts(made > CONNECTS / 2 ? "done" : "refused");
	return 0;
}
