/*
 * id: SY-10.sweep   class: EXFIL   limits: wallClockSeconds=60
 * expect-phase: succeeded   expect-stdout: ^tried 131500$   expect-not: HELD
 * expect-stdout: ^done$
 * Every family, type and protocol: only UNIX, INET and INET6 streams and
 * datagrams, TCP and UDP, and NETLINK_ROUTE come to life, and these all do.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_wanted(int family, int type, int protocol)
{
	switch (family) {
	case AF_UNIX:
		return protocol == 0 &&
		       (type == SOCK_STREAM || type == SOCK_DGRAM ||
			type == SOCK_SEQPACKET);
	case AF_INET:
	case AF_INET6:
		return (type == SOCK_STREAM &&
			(protocol == 0 || protocol == 6)) ||
		       (type == SOCK_DGRAM &&
			(protocol == 0 || protocol == 17));
	case AF_NETLINK:
		return protocol == 0 &&
		       (type == SOCK_RAW || type == SOCK_DGRAM);
	default:
		return 0;
	}
}

int main(void)
{
	unsigned tried = 0;

	for (int family = 0; family < 50; family++) {
		for (int type = 1; type <= 10; type++) {
			for (int protocol = 0; protocol < 263; protocol++) {
				int fd = socket(family, type, protocol);

				tried++;
				if ((fd >= 0) !=
				    is_wanted(family, type, protocol))
					printf("HELD %d %d %d: %d\n", family,
					       type, protocol, fd);
				if (fd >= 0)
					close(fd);
			}
		}
	}
	printf("tried %u\ndone\n", tried);
	return 0;
}
