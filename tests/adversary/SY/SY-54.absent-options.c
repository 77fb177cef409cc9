/*
 * id: SY-54.absent-options   class: HOSTDOS
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-not-audit: egress_denied   expect-not-audit: syscall_denied
 * What sends for a program, is a budget of the whole host's, or is code that
 * nothing needs: memberships, sources, anycast, flow labels, urgent data, a
 * connect by sendto(). Each fails as on a kernel that lacks it, in each
 * spelling, and nothing leaves.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* absent() - by the error of a kernel without it */
static void absent(const char *what, long result, int error)
{
	if (result >= 0 || errno != error)
		held(what, result);
}

int main(void)
{
	static const struct {
		int family, level, first, last;
	} options[] = {
		{ AF_INET, 0, 35, 48 },	  /* groups, sources, filters */
		{ AF_INET6, 41, 20, 21 }, /* groups */
		{ AF_INET6, 41, 27, 28 }, /* anycast */
		{ AF_INET6, 41, 32, 33 }, /* flow labels */
		{ AF_INET6, 41, 42, 48 }, /* groups, sources, filters */
	};
	static const long sends[] = { SYS_sendto, SYS_recvfrom };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 9 };
	char value[256] = { 0 };
	int pair[2];

	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
		for (int option = options[i].first; option <= options[i].last;
		     option++) {
			for (long high = 0; high < 2; high++) {
				int fd = socket(options[i].family, SOCK_DGRAM,
						0);
				long r = syscall(SYS_setsockopt, fd,
						 options[i].level,
						 option | high << 32, value,
						 sizeof(value));

				/* All 64 bits decide here: another number. */
				if (high == 0)
					absent("option", r, ENOPROTOOPT);
				else
					fails("option, a bit above", r);
				close(fd);
			}
		}
	}
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (int i = 0; i < 2; i++) {
		for (long high = 0; high < 2; high++)
			absent("MSG_OOB",
			       syscall(sends[i], pair[i], value, 1,
				       high << 32 | MSG_OOB, 0, 0),
			       EOPNOTSUPP);
	}
	for (long high = 0; high < 2; high++) {
		struct iovec vector = { value, 1 };
		struct mmsghdr message = { { .msg_iov = &vector,
					     .msg_iovlen = 1 } };
		long flags = high << 32 | MSG_OOB;

		absent("sendmsg",
		       syscall(SYS_sendmsg, pair[0], &message, flags),
		       EOPNOTSUPP);
		absent("recvmsg",
		       syscall(SYS_recvmsg, pair[1], &message, flags),
		       EOPNOTSUPP);
		absent("sendmmsg",
		       syscall(SYS_sendmmsg, pair[0], &message, 1, flags),
		       EOPNOTSUPP);
		absent("recvmmsg",
		       syscall(SYS_recvmmsg, pair[1], &message, 1, flags, 0),
		       EOPNOTSUPP);
	}
	to.sin_addr.s_addr = htonl(0x7f000001);
	absent("MSG_FASTOPEN",
	       sendto(socket(AF_INET, SOCK_STREAM, 0), value, 1, MSG_FASTOPEN,
		      (struct sockaddr *)&to, sizeof(to)),
	       EOPNOTSUPP);
	puts("done");
	return 0;
}
