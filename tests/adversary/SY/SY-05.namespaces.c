/*
 * id: SY-05.namespaces   class: ESC
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=unshare
 * expect-audit: syscall_denied name=setns
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	static const int flags[] = { CLONE_NEWUSER,   CLONE_NEWNET,
				     CLONE_NEWNS,     CLONE_NEWPID,
				     CLONE_NEWIPC,    CLONE_NEWUTS,
				     CLONE_NEWCGROUP, 0x80 /* NEWTIME */ };
	int fd = open("/proc/self/ns/net", O_RDONLY);

	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (unshare(flags[i]) == 0)
			printf("HELD unshare %x\n", flags[i]);
		if (flags[i] != 0x80 &&
		    syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0) >= 0)
			printf("HELD clone %x\n", flags[i]);
	}
	if (setns(fd, 0) == 0)
		puts("HELD setns");
	puts("done");
	return 0;
}
