/*
 * id: NT-61.interrupted-connects   class: AUDIT   limits: wallClockSeconds=30
 * expect-phase: succeeded   expect-stdout: ^done$
 * expect-sum: egress_denied made
 * expect-sum@gvisor: -
 * parity: floods
 * Connects near the limit of sockets, under a timer that interrupts whatever
 * waits, and made again until they are made: each is one attempt, however often
 * it was begun.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HELD_SOCKETS = 450, CONNECTS = 800, TRIES = 20000 };

static void ignore(int number)
{
	(void)number;
}

/* dial() - whether a connect went out */
static int dial(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(1),
				  .sin_addr.s_addr = htonl(0xcb007109) };
	struct linger now = { 1, 0 };
	int r;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	do {
		r = connect(fd, (struct sockaddr *)&to, sizeof(to));
	} while (r < 0 && errno == EINTR);
	return r == 0 || errno == EINPROGRESS || errno == EISCONN ||
	       errno == EALREADY;
}

int main(void)
{
	struct sigaction action = { .sa_handler = ignore };
	struct itimerval often = { { 0, 100 }, { 0, 100 } }, off = { { 0 } };
	long made = 0, tried = 0;

	for (int i = 0; i < HELD_SOCKETS; i++)
		if (socket(AF_INET, SOCK_STREAM, 0) < 0)
			break;
	sigaction(SIGALRM, &action, 0);
	setitimer(ITIMER_REAL, &often, 0);
	while (made < CONNECTS && tried++ < TRIES) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (fd < 0)
			continue;
		made += dial(fd);
		close(fd);
	}
	setitimer(ITIMER_REAL, &off, 0);
	printf("made %ld\n", made);
	puts(made >= CONNECTS / 2 ? "done" : "refused");
	return 0;
}
