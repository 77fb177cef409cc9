/*
 * id: PR-60.disorder   class: HOSTDOS   limits: pidsLimit=64
 * expect-phase: failed   expect-signal: 9   expect-stdout: ^ended$
 * Whatever could outlive a session, at one time: half-open connections, sockets
 * in flight in a circle, a mapped file without a name, children that are
 * stopped, dead, in vfork() or in sessions of their own, all signals blocked;
 * then the program kills itself. The oracle finds nothing of it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 200, CIRCLES = 8, CHILDREN = 40, SIZE = 8 << 20 };

static void leave_connections(void)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		struct sockaddr_in to = { .sin_family = AF_INET,
					  .sin_port = htons(80) };
		struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
					    .sin6_port = htons(443) };
		int fd = socket(i % 2 ? AF_INET6 : AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK, 0);

		to.sin_addr.s_addr = htonl(0xcb007101u + (unsigned)i % 200);
		to6.sin6_addr.s6_addr[0] = 0x20;
		to6.sin6_addr.s6_addr[15] = (unsigned char)i;
		if (i % 2)
			connect(fd, (struct sockaddr *)&to6, sizeof(to6));
		else
			connect(fd, (struct sockaddr *)&to, sizeof(to));
		send(fd, "GET", 3, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static void leave_circle(void)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 }, byte = 0;
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int pair[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(pair));
	memcpy(CMSG_DATA(head), pair, sizeof(pair));
	sendmsg(pair[0], &message, MSG_DONTWAIT);
	close(pair[0]);
	close(pair[1]);
}

static void leave_child(int number)
{
	if (number % 3)
		setsid();
	if (number % 4 == 0)
		_exit(0);
	if (number % 5 == 0)
		raise(SIGSTOP);
	if (number % 7 == 0 && vfork() == 0)
		for (;;)
			pause();
	for (;;)
		pause();
}

int main(void)
{
	sigset_t all;
	int fd = memfd_create("left", 0);

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, 0);
	leave_connections();
	for (int i = 0; i < CIRCLES; i++)
		leave_circle();
	ftruncate(fd, SIZE);
	memset(mmap(0, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 1,
	       SIZE);
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			leave_child(i);
	usleep(100000);
	puts("ended");
	fflush(stdout);
	kill(getpid(), SIGKILL);
	return 0;
}
