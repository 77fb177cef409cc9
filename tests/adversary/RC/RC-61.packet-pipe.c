/*
 * id: RC-61.packet-pipe   class: MISLABEL   limits: pidsLimit=32 cpuSeconds=20
 * expect-phase: failed   expect-exit: 3   expect-stdout: ^first$   max-wall: 10
 * Standard output as a pipe of packets, as large as it may be, not blocking,
 * kept full by children in sessions of their own that ignore every signal, and
 * drained by one of them while init drains it: the end is the program's.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { CHILDREN = 12, LINE = 4096 };

static void flood(int number)
{
	static char line[LINE], back[LINE];
	int in = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);

	memset(line, 'z', sizeof(line));
	line[LINE - 1] = '\n';
	setsid();
	for (int i = 1; i < 65; i++)
		signal(i, SIG_IGN);
	for (;;) {
		write(1, line, number % 2 ? LINE : 1);
		if (number == 0)
			read(in, back, sizeof(back));
	}
}

int main(void)
{
	write(1, "first\n", 6);
	usleep(200000); /* init has taken it */
	fcntl(1, F_SETPIPE_SZ, 1 << 20);
	fcntl(1, F_SETFL, O_DIRECT | O_NONBLOCK);
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			flood(i);
	usleep(300000);
	_exit(3);
}
