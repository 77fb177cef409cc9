/*
 * id: NT-52.fragments   class: AUDIT   backends: native gvisor
 * limits: wallClockSeconds=30
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied tried
 * expect-sum@gvisor: -
 * parity: floods
 * Datagrams that travel in forty pieces: each is one attempt, to port 53 too,
 * whatever its pieces look like to a rule that reads ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	static char bytes[65000];
	static const int sizes[] = { 1, 1472, 1473, 3000, 20000, 60000 };
	static const int ports[] = { 53, 123, 443, 5353, 65535 };
	int v4 = socket(AF_INET, SOCK_DGRAM, 0);
	int v6 = socket(AF_INET6, SOCK_DGRAM, 0);
	int room = 4 << 20;
	long tried = 0;

	setsockopt(v4, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(v6, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	for (int i = 0; i < 20; i++) {
		for (int s = 0; s < 6; s++) {
			for (int p = 0; p < 5; p++) {
				struct sockaddr_in to = {
					.sin_family = AF_INET,
					.sin_port = htons(ports[p])
				};
				struct sockaddr_in6 to6 = {
					.sin6_family = AF_INET6,
					.sin6_port = htons(ports[p])
				};

				inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
				inet_pton(AF_INET6, "2001:4860:4860::8888",
					  &to6.sin6_addr);
				tried += sendto(v4, bytes, sizes[s], 0,
						(struct sockaddr *)&to,
						sizeof(to)) == sizes[s];
				tried += sendto(v6, bytes, sizes[s], 0,
						(struct sockaddr *)&to6,
						sizeof(to6)) == sizes[s];
			}
		}
	}
	printf("tried %ld\ndone\n", tried);
	return 0;
}
