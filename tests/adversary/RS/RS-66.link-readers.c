/*
 * id: RS-66.link-readers   class: PEERDOS
 * limits: memoryMb=256 pidsLimit=600 cpuSeconds=10 wallClockSeconds=2
 * expect-phase: killed   expect-kill: wall_clock_exceeded|cpu_exceeded
 * max-wall: 8
 * Hundreds of processes ask for the state of their links, again and again, by
 * netlink and by ioctl: each time under the lock of the whole machine's network
 * configuration, which a new sandbox takes some thirty times (RS-69).
 */
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROCESSES = 500 };

static void ask(int number)
{
	static char answer[65536];
	int route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int dgram = socket(AF_INET, SOCK_DGRAM, 0);
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} question = { { sizeof(question), RTM_GETLINK,
			 NLM_F_REQUEST | (number % 2 ? NLM_F_DUMP : 0), 1, 0 },
		       { .ifi_family = AF_UNSPEC, .ifi_index = 2 } };

	for (;;) {
		struct ethtool_cmd command = { .cmd = ETHTOOL_GDRVINFO };
		struct ifreq request = { .ifr_name = "eth0" };
		char room[4096] = { 0 };

		send(route, &question, sizeof(question), 0);
		while (recv(route, answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
		memcpy(room, &command, sizeof(command));
		request.ifr_data = room;
		ioctl(dgram, SIOCETHTOOL, &request);
	}
}

int main(void)
{
	for (int i = 1; i < PROCESSES; i++)
		if (fork() == 0)
			ask(i);
	ask(0);
}
