/*
 * id: NT-10.netlink   class: EXFIL   backends: native gvisor
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-not-audit: egress_denied
 * Routes may be read; nothing may be changed, and no other family of netlink
 * is there: links, addresses, routes, rules, neighbours, queues.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr header;
	char body[256];
};

/* answer() - the error of a request, 0 for none, 1 for data */
static int answer(int fd, unsigned short type, unsigned short flags,
		  const void *body, size_t length)
{
	static char bytes[65536];
	struct request request = {
		.header = { .nlmsg_len = NLMSG_LENGTH(length),
			    .nlmsg_type = type,
			    .nlmsg_flags = NLM_F_REQUEST | flags }
	};
	struct nlmsghdr *got = (void *)bytes;

	memcpy(request.body, body, length);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return -errno;
	if (recv(fd, bytes, sizeof(bytes), 0) < 0)
		return -errno;
	return got->nlmsg_type == NLMSG_ERROR
		       ? ((struct nlmsgerr *)NLMSG_DATA(got))->error
		       : 1;
}

int main(void)
{
	static const struct {
		const char *name;
		unsigned short type;
	} changes[] = {
		{ "NEWLINK", RTM_NEWLINK },
		{ "DELLINK", RTM_DELLINK },
		{ "SETLINK", RTM_SETLINK },
		{ "NEWADDR", RTM_NEWADDR },
		{ "DELADDR", RTM_DELADDR },
		{ "NEWROUTE", RTM_NEWROUTE },
		{ "DELROUTE", RTM_DELROUTE },
		{ "NEWNEIGH", RTM_NEWNEIGH },
		{ "DELNEIGH", RTM_DELNEIGH },
		{ "NEWRULE", RTM_NEWRULE },
		{ "DELRULE", RTM_DELRULE },
		{ "NEWQDISC", RTM_NEWQDISC },
		{ "NEWTFILTER", RTM_NEWTFILTER },
		{ "NEWNEIGHTBL", RTM_SETNEIGHTBL },
		{ "NEWNSID", RTM_NEWNSID },
		{ "NEWNETCONF", RTM_NEWNETCONF },
		{ "NEWNEXTHOP", RTM_NEWNEXTHOP },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct timeval wait = { 2, 0 };

	for (int protocol = 1; protocol < 40; protocol++) {
		int other = socket(AF_NETLINK, SOCK_RAW, protocol);

		if (other >= 0) {
			printf("HELD netlink %d\n", protocol);
			close(other);
		}
	}
	if (fd < 0) {
		/* seccomp lets streams and datagrams through, say that too */
		fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			    NETLINK_ROUTE);
	}
	if (fd < 0) {
		printf("HELD no routes to read: %s\n", strerror(errno));
		return 1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		for (int family = 0; family < 2; family++) {
			struct {
				struct ifinfomsg link;
				char rest[64];
			} body = { .link = { .ifi_family = family ? AF_INET6
								  : AF_INET,
					     .ifi_index = 2,
					     .ifi_flags = 0,
					     .ifi_change = IFF_UP } };
			int r = answer(fd, changes[i].type,
				       NLM_F_ACK | NLM_F_CREATE, &body,
				       sizeof(body));

			if (r >= 0)
				printf("HELD %s: %d\n", changes[i].name, r);
		}
	}
	{
		struct rtmsg all = { .rtm_family = AF_INET };
		int dump = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				  NETLINK_ROUTE);
		int r;

		setsockopt(dump, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		r = answer(dump, RTM_GETROUTE, NLM_F_DUMP, &all, sizeof(all));
		if (r != 1)
			printf("HELD no dump of routes: %d\n", r);
	}
	printf("done\n");
	return 0;
}
