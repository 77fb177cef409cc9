/*
 * id: PR-14.clone-flags   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=clone
 * Every new namespace alone and in pairs, by clone and clone3; a sibling of
 * one's own instead of a child stays in the tree all the same.
 */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static const unsigned long spaces[] = { CLONE_NEWUSER,	CLONE_NEWNET,
					CLONE_NEWNS,	CLONE_NEWPID,
					CLONE_NEWIPC,	CLONE_NEWUTS,
					CLONE_NEWCGROUP };
enum { SPACES = sizeof(spaces) / sizeof(*spaces) };

static void try(unsigned long flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	for (unsigned long high = 0; high < 2; high++)
		refused("clone",
			syscall(SYS_clone, flags | SIGCHLD | high << 32, 0, 0,
				0, 0));
	refused("clone3", syscall(SYS_clone3, &args, sizeof(args)));
	args.flags |= CLONE_INTO_CGROUP;
	refused("clone3 into a cgroup",
		syscall(SYS_clone3, &args, sizeof(args)));
	refused("unshare", syscall(SYS_unshare, flags));
}

int main(void)
{
	int pipes[2];
	pid_t own = getpid();
	char said;

	for (int i = 0; i < SPACES; i++) {
		for (int k = 0; k < SPACES; k++)
			try(spaces[i] | spaces[k]);
		try(spaces[i] | 0x80 /* NEWTIME */);
	}
	pipe(pipes);
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) {
		said = getppid() == own ? 'c' : 's';
		write(pipes[1], &said, 1);
		_exit(7);
	}
	works("a sibling", read(pipes[0], &said, 1));
	if (said != 's' || waitpid(-1, 0, WNOHANG) >= 0)
		held("a sibling was a child", said);
	puts("done");
	return 0;
}
