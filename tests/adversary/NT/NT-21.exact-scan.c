/*
 * id: NT-21.exact-scan   class: AUDIT   backends: native gvisor
 * limits: wallClockSeconds=60 cpuSeconds=50
 * limits@gvisor: wallClockSeconds=60 cpuSeconds=50 cpu=2   parity: floods
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied tried
 * Every port of one host, without waiting, and datagrams to as many hosts: far
 * more than the gate's queue, its table and the kernel's sets hold. The record
 * stays short, and its sum exact. A guest with one CPU may never send what is
 * closed at once (NT-60.cut-short), so this one has two.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	long tried = 0;

	for (int port = 1; port < 65536; port++) {
		struct sockaddr_in to = { .sin_family = AF_INET,
					  .sin_port = htons(port) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		int r;

		inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
		do {
			r = connect(fd, (struct sockaddr *)&to, sizeof(to));
		} while (r < 0 && errno == EINTR);
		if (r == 0 || errno == EINPROGRESS || errno == ECONNREFUSED)
			tried++;
		else
			printf("connect %d: %d\n", port, errno);
		close(fd);
		to.sin_addr.s_addr =
			htonl(0xcb007100 + port); /* 203.0.113.0 and on */
		to.sin_port = htons(7);
		tried += sendto(datagrams, "x", 1, 0, (struct sockaddr *)&to,
				sizeof(to)) == 1;
	}
	printf("tried %ld\ndone\n", tried);
	return 0;
}
