/*
 * id: SY-14.stacking   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=mount
 * expect-audit: syscall_denied name=unshare
 * A filter of the program's own may make it less, never more, and never gives
 * it a listener of its own.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static void try_all(void)
{
	refused("mount", mount("x", "/tmp", "tmpfs", 0, 0));
	refused("unshare", unshare(CLONE_NEWUSER));
	refused("io_uring_setup", syscall(SYS_io_uring_setup, 1, 0));
	refused("keyctl", syscall(SYS_keyctl, 0, -3, 1));
}

int main(void)
{
	static const unsigned answers[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG,
					    SECCOMP_RET_TRACE };
	struct sock_filter step = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &step };

	try_all();
	for (long flags = 0; flags < 128; flags++) {
		refused("seccomp, filter",
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
				&program));
	}
	fails("NO_NEW_PRIVS off", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	/* In a child: a kernel may kill for an answer that it doesn't know. */
	for (unsigned i = 0; i < 2; i++) {
		if (fork() == 0) {
			step.k = answers[i];
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
			try_all();
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
	}
	if (fork() == 0) {
		/* No tracer: every call is ENOSYS, and none goes through. */
		step.k = SECCOMP_RET_TRACE;
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
		mount("x", "/tmp", "tmpfs", 0, 0);
		unshare(CLONE_NEWUSER);
		__builtin_trap();
	}
	wait(NULL);
	puts("done");
	return 0;
}
