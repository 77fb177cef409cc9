#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cgroup.h"
#include "fd.h"
#include "janitor.h"
#include "process.h"

static _Noreturn void live(const char *instance, int alive, int write_end)
{
	struct enc_cgroup_tree *cgroups = NULL;
	struct enc_cgroup_failure failure;
	char byte;

	(void)close(write_end); /* only enclaved may hold the write end */
	(void)prctl(PR_SET_NAME, "enclave-janitor", 0, 0, 0);
	/* A service manager may signal every process of the service. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	while (read(alive, &byte, 1) < 0 && errno == EINTR) {
	}
	if (enc_cgroup_tree_open("/proc/self", instance, &cgroups, &failure) ==
	    0) {
		/* A failure can't be reported: enclaved is dead. */
		ENC_IGNORE(enc_cgroup_tree_sweep(cgroups));
		enc_cgroup_tree_free(cgroups);
	}
	_exit(0);
}

int enc_janitor_start(const char *instance, int *ret_alive, int *ret_pidfd)
{
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return -errno;
	}
	r = enc_process_clone(/* flags= */ 0, /* cgroup= */ -1,
			      /* blocked= */ NULL, /* ret_pid= */ NULL,
			      ret_pidfd);
	if (r == 0) {
		live(instance, ends[0], ends[1]);
	}
	enc_fd_close(&ends[0]);
	if (r < 0) {
		enc_fd_close(&ends[1]);
		return r;
	}
	*ret_alive = ends[1];
	return 0;
}
