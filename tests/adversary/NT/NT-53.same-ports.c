/*
 * id: NT-53.same-ports   class: AUDIT   backends: native gvisor
 * limits: wallClockSeconds=30
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied tried
 * Connect after connect from one port to one port: to a counter that knows
 * connections by their addresses they would all be one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(4444) };
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_port = htons(40000) };
	long tried = 0;

	inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
	for (int i = 0; i < 2000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct linger now = { 1, 0 };
		int on = 1;

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
		    (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
		     errno == ECONNRESET || errno == ECONNREFUSED))
			tried++;
		close(fd);
	}
	if (tried < 100)
		printf("only ");
	printf("tried %ld\ndone\n", tried);
	return 0;
}
