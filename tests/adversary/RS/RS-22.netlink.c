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
#include <unistd.h>

#include "hoard.h"

enum { PROCESSES = 8, TRIES = 100, REQUESTS = 100, MOST = 200 };

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

static long hoard(int number)
{
	long count = 0;

	(void)number;
	for (int i = 0; i < TRIES / 2; i++)
		close(full_one());
	while (count < TRIES && full_one() >= 0)
		count++;
	return count;
}

int main(void)
{
	for (int i = 0; i < REQUESTS; i++) {
		many[i].header.nlmsg_len = sizeof(many[i]);
		many[i].header.nlmsg_type = RTM_GETLINK;
		many[i].header.nlmsg_flags = NLM_F_REQUEST;
		many[i].link.ifi_index = 1;
	}
	hoard_all("sockets", PROCESSES, MOST, hoard);
	return 0;
}
