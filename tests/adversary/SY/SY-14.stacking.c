/*
 * id: SY-14.stacking   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=mount
 * expect-audit: syscall_denied name=unshare
 * A program has no filter of its own: what one compiles to is from a budget of
 * the whole host's (net.core.bpf_jit_limit). It hears EINVAL, as on a kernel
 * without filters, and nothing is more than before.
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
	struct sock_filter step = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &step };

	try_all();
	for (long flags = 0; flags < 128; flags++) {
		refused("seccomp, filter",
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
				&program));
	}
	fails("NO_NEW_PRIVS off", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	for (long high = 0; high < 3; high++) {
		for (long mode = 0; mode < 4; mode++) {
			if (syscall(SYS_prctl, high << 32 | PR_SET_SECCOMP,
				    mode, &program, 0, 0) >= 0 ||
			    errno != EINVAL)
				held("PR_SET_SECCOMP", mode);
		}
	}
	works("GET_SECCOMP", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	try_all();
	puts("done");
	return 0;
}
