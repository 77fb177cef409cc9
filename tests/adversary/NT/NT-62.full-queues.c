/*
 * id: NT-62.full-queues   class: AUDIT
 * limits: pidsLimit=32 cpuSeconds=20 wallClockSeconds=30
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied sent
 * expect-sum@gvisor: -
 * parity: floods
 * Datagrams from many processes as fast as they go, a third of them to
 * loopback, so that queues that all of a machine's links share are full: what
 * went to elsewhere is counted exactly.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 18, AT_ONCE = 64, ROUNDS = 50 };

static long flood(unsigned address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long sent = 0;

	for (int i = 0; i < ROUNDS * AT_ONCE; i++)
		sent += sendto(fd, "hostile", 8, 0, (struct sockaddr *)&to,
			       sizeof(to)) == 8;
	return sent;
}

int main(void)
{
	long *sent = mmap(0, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			long own = flood(i % 3 ? 0xcb007101 : INADDR_LOOPBACK);

			if (i % 3)
				__sync_fetch_and_add(sent, own);
			_exit(0);
		}
	}
	while (wait(0) > 0)
		;
	printf("sent %ld\n", *sent);
	puts(*sent > ROUNDS * AT_ONCE ? "done" : "refused");
	return 0;
}
