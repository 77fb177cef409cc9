/*
 * id: SY-10.sockets   class: EXFIL
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * Every family and type; only UNIX, INET, INET6 streams and datagrams, and
 * NETLINK_ROUTE, may come to life.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	static const int protocols[] = { 0,  1,	  2,   6,   17, 41,
					 58, 132, 136, 255, 262 };

	for (int family = 0; family < 50; family++) {
		for (int type = 1; type <= 10; type++) {
			for (unsigned p = 0; p < 11; p++) {
				int protocol = protocols[p];
				int fd = socket(family, type, protocol);
				int plain = type == SOCK_STREAM ||
					    type == SOCK_DGRAM;
				int fine =
					(family == AF_UNIX && plain) ||
					((family == AF_INET ||
					  family == AF_INET6) &&
					 plain &&
					 (protocol == 0 || protocol == 6 ||
					  protocol == 17)) ||
					(family == AF_NETLINK && protocol == 0);

				if (fd >= 0 && !fine)
					printf("HELD %d %d %d\n", family, type,
					       protocol);
				if (fd >= 0)
					close(fd);
			}
		}
	}
	puts("done");
	return 0;
}
