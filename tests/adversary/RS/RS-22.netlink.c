/*
 * id: RS-22.netlink   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: succeeded|killed   expect-kill: memory_exceeded|None
 * expect-not: HELD   expect-not@gvisor: -   expect-stdout: ^sockets [0-9]+$
 * parity: sockets   expect-stdout@gvisor: -
 * Answers of rtnetlink that nobody reads, in as many sockets as there can be,
 * from many processes; and sockets that are full when they are closed.
 */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 8, TRIES = 100, REQUESTS = 100, MOST = 200, HOLD = 3 };

static struct {
	struct nlmsghdr header;
	struct ifinfomsg link;
} many[REQUESTS];

static int full_one(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), big = 1 << 30;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; fd >= 0 && i < 4; i++)
		send(fd, many, sizeof(many), 0);
	return fd;
}

int main(void)
{
	int ends[2], go[2];
	long all = 0, one;

	for (int i = 0; i < REQUESTS; i++) {
		many[i].header.nlmsg_len = sizeof(many[i]);
		many[i].header.nlmsg_type = RTM_GETLINK;
		many[i].header.nlmsg_flags = NLM_F_REQUEST;
		many[i].link.ifi_index = 1;
	}
	pipe(ends);
	pipe(go);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			for (int k = 0; k < TRIES / 2; k++)
				close(full_one());
			for (one = 0; one < TRIES && full_one() >= 0;)
				one++;
			write(ends[1], &one, sizeof(one));
			close(ends[1]);
			close(go[1]);
			read(go[0], &one, 1); /* all of them hold theirs */
			_exit(0);
		}
	}
	close(ends[1]);
	while (read(ends[0], &one, sizeof(one)) == sizeof(one))
		all += one;
	sleep(HOLD);
	printf("sockets %ld\n", all);
	if (all > MOST)
		held("sockets", all);
	return 0;
}
