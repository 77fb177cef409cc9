/*
 * id: NT-64.pinned-link   class: HOSTDOS
 * expect-phase: succeeded   expect-stdout: ^done$
 * A connection that has what nobody acknowledges, because it drops what the
 * gate sends (IPV6_MINHOPCOUNT, a key), and that may wait for weeks for it: the
 * kernel would keep it, with the session's network and link. The oracle sees
 * the host's network namespaces gone with the session.
 */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MINHOPCOUNT = 73, USER_TIMEOUT = 18, MD5SIG = 14, LINGER2 = 8 };

static void pin(int fd, const struct sockaddr *to, socklen_t length)
{
	struct tcp_md5sig key = { .tcpm_keylen = 8 };
	unsigned weeks = 0x7fffffff;
	int most = 255;

	connect(fd, to, length);
	memcpy(&key.tcpm_addr, to, length);
	setsockopt(fd, IPPROTO_IPV6, MINHOPCOUNT, &most, sizeof(most));
	setsockopt(fd, IPPROTO_IP, 21 /* MINTTL */, &most, sizeof(most));
	setsockopt(fd, IPPROTO_TCP, MD5SIG, &key, sizeof(key));
	setsockopt(fd, IPPROTO_TCP, USER_TIMEOUT, &weeks, sizeof(weeks));
	setsockopt(fd, IPPROTO_TCP, LINGER2, &weeks, sizeof(weeks));
	send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int main(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(443) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(443) };

	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	for (int i = 0; i < 8; i++) {
		pin(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&v4,
		    sizeof(v4));
		pin(socket(AF_INET6, SOCK_STREAM, 0), (struct sockaddr *)&v6,
		    sizeof(v6));
	}
	puts("done");
	return 0;
}
