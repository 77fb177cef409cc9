/*
 * id: PR-13.terminal   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^opened: /dev/ptmx /dev/pts/ptmx$
 * expect-stdout@gvisor: ^opened: /dev/ptmx /dev/pts/0 /dev/pts/ptmx$
 * parity: devices
 * There is no terminal but one's own, and nothing that was typed into one
 * (CVE-2017-5226).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const char *const names[] = { "/dev/tty",   "/dev/console",
					     "/dev/tty0",  "/dev/ptmx",
					     "/dev/pts/0", "/dev/pts/ptmx",
					     "/dev/vcs",   "/dev/ttyS0" };
	int opened[sizeof(names) / sizeof(*names)];

	/* A terminal of one's own hangs up when it is closed. */
	signal(SIGHUP, SIG_IGN);
	printf("opened:");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int fd = open(names[i], O_RDWR);

		if (fd >= 0) {
			printf(" %s", names[i]);
			/* One's own; nothing can be typed into it. */
			fails("TIOCSTI", ioctl(fd, TIOCSTI, "x"));
			fails("TIOCLINUX", ioctl(fd, TIOCLINUX, "\3"));
		}
		opened[i] = fd;
	}
	puts("");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		close(opened[i]);
	for (int fd = 0; fd < 16; fd++) {
		fails("TIOCSTI", ioctl(fd, TIOCSTI, "x"));
		fails("TIOCSCTTY", ioctl(fd, TIOCSCTTY, 1));
		fails("TIOCLINUX", ioctl(fd, TIOCLINUX, "\3"));
		fails("TIOCNOTTY", ioctl(fd, TIOCNOTTY));
		fails("isatty", isatty(fd) - 1);
	}
	setsid();
	fails("TIOCSCTTY of a leader", ioctl(0, TIOCSCTTY, 1));
	puts("done");
	return 0;
}
