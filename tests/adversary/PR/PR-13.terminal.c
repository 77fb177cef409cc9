/*
 * id: PR-13.terminal   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * There is no terminal, and nothing that was typed into one (CVE-2017-5226).
 */
#include <fcntl.h>
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

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		fails(names[i], open(names[i], O_RDWR));
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
