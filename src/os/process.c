#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"

/* reset_signals() - set default signal handlers in a child */
static void reset_signals(const sigset_t *blocked)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		/* signal() fails for SIGKILL and SIGSTOP. */
		(void)signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, blocked == NULL ? &none : blocked, NULL);
}

int enc_process_clone(uint64_t flags, int cgroup, const sigset_t *blocked,
		      pid_t *ret_pid, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0) {
		return -errno;
	}
	if (pid == 0) {
		reset_signals(blocked);
		(void)setsid(); /* a new process leads no group yet */
		return 0;
	}
	if (ret_pid != NULL) {
		*ret_pid = (pid_t)pid;
	}
	*ret_pidfd = pidfd;
	return 1;
}
