/*
 * id: RS-14.kernel-log   class: HOSTDOS   limits: cpuSeconds=20 pidsLimit=32
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * Two thousand crashes of each kind that the kernel may write about; and there
 * is no log to write to.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const char *const logs[] = { "/dev/log", "/dev/kmsg",
					    "/run/systemd/journal/socket",
					    "/run/systemd/journal/dev-log" };
	char room[64];

	for (unsigned i = 0; i < 4; i++) {
		struct sockaddr_un to = { AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		snprintf(to.sun_path, sizeof(to.sun_path), "%s", logs[i]);
		fails(logs[i], connect(fd, (void *)&to, sizeof(to)));
		fails(logs[i], open(logs[i], O_WRONLY));
		close(fd);
	}
	fails("syslog", klogctl(3, room, sizeof(room)));
	for (int i = 0; i < 2000; i++) {
		if (fork() == 0) {
			if (i % 3 == 0)
				*(volatile int *)0 = 1;
			if (i % 3 == 1)
				__asm__ volatile("hlt");
			__asm__ volatile("ud2");
		}
		wait(0);
	}
	puts("done");
	return 0;
}
