/*
 * id: NT-05.flood   class: AUDIT   backends: native gvisor
 * limits: wallClockSeconds=60
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied tried
 * expect-sum@gvisor: -
 * parity: floods
 * Questions faster than anybody can read them, each with a name of its own:
 * the sum in the record is exact all the same.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUESTIONS = 60000 };

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long sent = 0;

	inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
	for (int i = 0; i < QUESTIONS; i++) {
		unsigned char packet[64] = { 0, 1, 1, 0, 0, 1 };
		int length = 12;
		char label[16];
		int n = snprintf(label, sizeof(label), "f%d", i);

		packet[length++] = n;
		memcpy(packet + length, label, n);
		length += n;
		memcpy(packet + length, "\7example\0\0\1\0\1", 13);
		length += 13;
		sent += sendto(fd, packet, length, 0, (struct sockaddr *)&to,
			       sizeof(to)) == length;
	}
	printf("tried %ld\ndone\n", sent);
	return 0;
}
