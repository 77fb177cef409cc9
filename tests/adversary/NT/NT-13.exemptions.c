/*
 * id: NT-13.exemptions   class: EXFIL   backends: native gvisor
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-not@gvisor: -
 * parity: socket-options
 * expect-audit: egress_denied host=203.0.113.77 port=7777 proto=udp
 * expect-audit: usage_metered egressDenied=2
 * expect-not-audit: egress_denied host=8.8.8.8
 * Marks, devices, transparent sockets, source routes: what would make the gate
 * take a packet for its own, or send it another way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void mustnt(const char *what, int fd, int level, int option,
		   const void *value, socklen_t length)
{
	if (setsockopt(fd, level, option, value, length) == 0)
		printf("HELD %s\n", what);
}

static void send_two(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(7777) };

	inet_pton(AF_INET, "203.0.113.77", &to.sin_addr);
	for (int i = 0; i < 2; i++)
		sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
}

int main(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	static const int families[] = { AF_INET, AF_INET6 };
	static const unsigned char route[] = { 131, 11, 4, 8, 8, 8,
					       8,   1,	1, 1, 1, 0 }; /* LSRR */

	for (int t = 0; t < 2; t++) {
		for (int f = 0; f < 2; f++) {
			int fd = socket(families[f], types[t], 0);

			for (int mark = 1; mark <= 0x10000; mark *= 16) {
				mustnt("SO_MARK", fd, SOL_SOCKET, SO_MARK,
				       &mark, sizeof(mark));
				mustnt("SO_PRIORITY", fd, SOL_SOCKET,
				       SO_PRIORITY, &(int){ 7 + mark },
				       sizeof(int));
			}
			mustnt("IP_TRANSPARENT", fd, IPPROTO_IP, IP_TRANSPARENT,
			       &(int){ 1 }, sizeof(int));
			mustnt("IPV6_TRANSPARENT", fd, IPPROTO_IPV6, 75,
			       &(int){ 1 }, sizeof(int));
			mustnt("IP_OPTIONS LSRR", fd, IPPROTO_IP, IP_OPTIONS,
			       route, sizeof(route));
			mustnt("IPV6_RTHDR", fd, IPPROTO_IPV6, IPV6_RTHDR,
			       (unsigned char[]){ 0, 2, 0, 1, [8] = 0x20 }, 24);
			mustnt("SO_BINDTODEVICE lo", fd, SOL_SOCKET,
			       SO_BINDTODEVICE, "lo", 3);
			mustnt("SO_BINDTODEVICE eth0", fd, SOL_SOCKET,
			       SO_BINDTODEVICE, "eth0", 5);
			mustnt("SO_DEBUG", fd, SOL_SOCKET, SO_DEBUG,
			       &(int){ 1 }, sizeof(int));
			mustnt("SO_RCVBUFFORCE", fd, SOL_SOCKET, SO_RCVBUFFORCE,
			       &(int){ 1 << 30 }, sizeof(int));
			mustnt("SO_SNDBUFFORCE", fd, SOL_SOCKET, SO_SNDBUFFORCE,
			       &(int){ 1 << 30 }, sizeof(int));
			mustnt("TCP_REPAIR", fd, IPPROTO_TCP, 19, &(int){ 1 },
			       sizeof(int));
			mustnt("IP_HDRINCL", fd, IPPROTO_IP, IP_HDRINCL,
			       &(int){ 1 }, sizeof(int));
			mustnt("IPT_SO_SET_REPLACE", fd, IPPROTO_IP, 64,
			       &(int){ 1 }, sizeof(int));
			mustnt("IP_XFRM_POLICY", fd, IPPROTO_IP, 17,
			       &(int){ 1 }, sizeof(int));
			mustnt("IPV6_XFRM_POLICY", fd, IPPROTO_IPV6, 35,
			       &(int){ 1 }, sizeof(int));
			/* Whatever was taken: the packet goes where it was
			 * sent. */
			if (families[f] == AF_INET && types[t] == SOCK_DGRAM)
				send_two(fd);
			close(fd);
		}
	}
	printf("done\n");
	return 0;
}
