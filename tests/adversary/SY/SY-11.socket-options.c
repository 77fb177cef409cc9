/*
 * id: SY-11.socket-options   class: ESC
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^ignored 0$   expect-stdout@gvisor: ^ignored 3$
 * expect-stdout@gvisor: ^is ignored: SO_PRIORITY 7, 0$
 * parity: socket-options
 * Options that reach for a right or for a large part of the kernel. Each is
 * tried again with a bit above the 32 that the kernel looks at (CVE-2019-10063
 * was a filter that compared 64).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static const struct {
	const char *name;
	int family, type, level, option;
} options[] = {
	{ "TCP_ULP", AF_INET, SOCK_STREAM, 6, 31 },
	{ "TCP_AO_ADD_KEY", AF_INET, SOCK_STREAM, 6, 38 },
	{ "TCP_REPAIR", AF_INET, SOCK_STREAM, 6, 19 },
	{ "UDP_ENCAP", AF_INET, SOCK_DGRAM, 17, 100 },
	{ "IP_IPSEC_POLICY", AF_INET, SOCK_DGRAM, 0, 16 },
	{ "IP_XFRM_POLICY", AF_INET, SOCK_DGRAM, 0, 17 },
	{ "IP_TRANSPARENT", AF_INET, SOCK_STREAM, 0, 19 },
	{ "IPT_SO_SET_REPLACE", AF_INET, SOCK_DGRAM, 0, 64 },
	{ "MRT_INIT", AF_INET, SOCK_DGRAM, 0, 200 },
	{ "IPV6_IPSEC_POLICY", AF_INET6, SOCK_DGRAM, 41, 34 },
	{ "IPV6_XFRM_POLICY", AF_INET6, SOCK_DGRAM, 41, 35 },
	{ "IPV6_TRANSPARENT", AF_INET6, SOCK_STREAM, 41, 75 },
	{ "SO_ATTACH_FILTER", AF_INET, SOCK_DGRAM, 1, 26 },
	{ "SO_ATTACH_BPF", AF_INET, SOCK_DGRAM, 1, 50 },
	{ "SO_ATTACH_REUSEPORT_CBPF", AF_INET, SOCK_DGRAM, 1, 51 },
	{ "SO_MARK", AF_INET, SOCK_DGRAM, 1, 36 },
	{ "SO_BINDTODEVICE", AF_INET, SOCK_DGRAM, 1, 25 },
	{ "SO_SNDBUFFORCE", AF_INET, SOCK_DGRAM, 1, 32 },
	{ "SO_RCVBUFFORCE", AF_INET, SOCK_DGRAM, 1, 33 },
	{ "SO_TXTIME", AF_INET, SOCK_DGRAM, 1, 61 },
	{ "SO_PRIORITY 7", AF_INET, SOCK_DGRAM, 1, 12 },
	{ "AF_NETLINK extended", AF_NETLINK, SOCK_RAW, 270, 1 },
};

int main(void)
{
	struct sock_filter all = { 0x06, 0, 0, ~0U };
	struct sock_fprog program = { 1, &all };
	int ignored = 0;
	int tty = open("/dev/null", O_RDWR);

	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
		for (int high = 0; high < 3; high++) {
			long up = (long)high << 32;
			int fd = socket(options[i].family, options[i].type, 0);
			int number[64] = { 7 };
			const void *value =
				options[i].option == 26 ||
						options[i].option == 51
					? (void *)&program
				: options[i].option == 31 ? (void *)"tls"
							  : (void *)number;
			int length = options[i].option == 31 ? 3 : 16;

			if (syscall(SYS_setsockopt, fd, options[i].level,
				    options[i].option | up, value,
				    length) >= 0 ||
			    (errno != EPERM && errno != ENOSYS &&
			     errno != ENOPROTOOPT)) {
				printf("is ignored: %s, %d\n", options[i].name,
				       high);
				ignored++;
			}
			close(fd);
		}
	}
	printf("ignored %d\n", ignored);
	for (int high = 0; high < 3; high++) {
		long up = (long)high << 32;

		refused("TIOCSTI", syscall(SYS_ioctl, tty, 0x5412 | up, "x"));
		refused("TIOCLINUX", syscall(SYS_ioctl, tty, 0x541c | up, ""));
		refused("TIOCSETD", syscall(SYS_ioctl, tty, 0x5423 | up, ""));
		refused("TIOCCONS", syscall(SYS_ioctl, tty, 0x541d | up, ""));
	}
	puts("done");
	return 0;
}
