#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "fd.h"
#include "net_internal.h"

enum { BACKLOG = 1024 };

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif
#ifndef IPV6_RECVORIGDSTADDR
#define IPV6_RECVORIGDSTADDR 74
#endif

/* The sockets of the gate, one row each. */
static const struct socket_row {
	const char *name;
	int family;
	int type;
	uint16_t port;
	bool transparent;
	int tells; /* option that reports a datagram's destination; or 0 */
} rows[ENC_NET_SOCKET_MAX] = {
	[ENC_NET_TCP4] = { "socket tcp4", AF_INET, SOCK_STREAM,
			   ENC_NET_TCP_PORT, true, 0 },
	[ENC_NET_TCP6] = { "socket tcp6", AF_INET6, SOCK_STREAM,
			   ENC_NET_TCP_PORT, true, 0 },
	[ENC_NET_UDP4] = { "socket udp4", AF_INET, SOCK_DGRAM, ENC_NET_UDP_PORT,
			   true, IP_RECVORIGDSTADDR },
	[ENC_NET_UDP6] = { "socket udp6", AF_INET6, SOCK_DGRAM,
			   ENC_NET_UDP_PORT, true, IPV6_RECVORIGDSTADDR },
	[ENC_NET_DNS4] = { "socket dns4", AF_INET, SOCK_DGRAM, ENC_NET_DNS_PORT,
			   false, IP_PKTINFO },
	[ENC_NET_DNS6] = { "socket dns6", AF_INET6, SOCK_DGRAM,
			   ENC_NET_DNS_PORT, false, IPV6_RECVPKTINFO },
};

static int set_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int bind_any(int fd, const struct socket_row *row)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(row->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(row->port) };
	int r = row->family == AF_INET
			? bind(fd, (const struct sockaddr *)&v4, sizeof(v4))
			: bind(fd, (const struct sockaddr *)&v6, sizeof(v6));

	return r < 0 ? -errno : 0;
}

static int open_one(const struct socket_row *row)
{
	bool v4 = row->family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	enc_autoclose int fd =
		socket(row->family, row->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	int r = fd < 0 ? -errno : 0;

	if (r == 0 && !v4) {
		r = set_on(fd, level, IPV6_V6ONLY);
	}
	if (r == 0 && row->transparent) {
		r = set_on(fd, level, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT);
	}
	if (r == 0 && row->tells != 0) {
		r = set_on(fd, level, row->tells);
	}
	if (r == 0) {
		r = bind_any(fd, row);
	}
	/*
	 * Accepted sockets inherit TCP_NODELAY. Without it a small piece of a
	 * response waits up to 40 ms for the acknowledgement of the previous
	 * piece.
	 */
	if (r == 0 && row->type == SOCK_STREAM) {
		r = set_on(fd, IPPROTO_TCP, TCP_NODELAY);
	}
	if (r == 0 && row->type == SOCK_STREAM && listen(fd, BACKLOG) < 0) {
		r = -errno;
	}
	return r < 0 ? r : ENC_TAKE_FD(fd);
}

int enc_net_sockets(int ret_fds[ENC_NET_SOCKET_MAX], const char **step)
{
	for (int i = 0; i < ENC_NET_SOCKET_MAX; i++) {
		ret_fds[i] = open_one(&rows[i]);
		if (ret_fds[i] < 0) {
			int error = ret_fds[i];

			*step = rows[i].name;
			while (i-- > 0) {
				enc_fd_close(&ret_fds[i]);
			}
			return error;
		}
	}
	return 0;
}
