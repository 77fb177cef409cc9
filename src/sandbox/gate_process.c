#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "descriptors.h"
#include "failpoint.h"
#include "fd.h"
#include "gate_order.h"
#include "gate_process.h"
#include "ipc.h"
#include "net_session.h"
#include "process.h"

/* Descriptors behind the gate's own. They are needed until the exec. */
enum {
	PROGRAM_FD = ENC_GATE_FD_MAX,
	SETUP_FD,
	NETNS_FD,
	EMPTY_FD,
	FD_MAX,
};

enum { NOFILE = 1024 };

/*
 * place() - give all descriptors their numbers; standard error stays, since it
 * is the log
 */
static int place(const struct enc_gate_birth *birth,
		 const struct enc_net_session *network)
{
	/* enc_descriptors_place() closes the descriptor `null`. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct enc_descriptor rows[FD_MAX] = {
		[STDIN_FILENO] = { null, false },
		[STDOUT_FILENO] = { null, false },
		[STDERR_FILENO] = { STDERR_FILENO, false },
		[ENC_GATE_FD_CONTROL] = { birth->control, false },
		[ENC_GATE_FD_ORDERS] = { birth->orders, false },
		[ENC_GATE_FD_RUNNER] = { birth->runner, false },
		[ENC_GATE_FD_COUNT] = { enc_net_session_count(network), false },
		[PROGRAM_FD] = { birth->program, true },
		[SETUP_FD] = { birth->setup, true },
		[NETNS_FD] = { enc_net_session_gate_netns(network), true },
		[EMPTY_FD] = { birth->empty, true },
	};

	for (int i = 0; i < ENC_NET_SOCKET_MAX; i++) {
		rows[ENC_GATE_FD_TCP4 + i].fd =
			enc_net_session_socket(network, (enum enc_net_socket)i);
	}
	return null < 0 ? -errno : enc_descriptors_place(rows, FD_MAX);
}

/* confine() - give up files, network, capabilities and root's uid */
static int confine(uid_t uid)
{
	/*
	 * At a core limit of 0 the kernel still runs the program of
	 * core_pattern; at 1 it doesn't.
	 */
	struct rlimit no_core = { 1, 1 };
	struct rlimit files = { NOFILE, NOFILE };

	if (setns(NETNS_FD, CLONE_NEWNET) < 0 ||
	    unshare(CLONE_NEWIPC | CLONE_NEWUTS) < 0 || fchdir(EMPTY_FD) < 0 ||
	    chroot(".") < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

/*
 * find_namespace() - return the session's network namespace; make one and send
 * it to the child, if the child has none yet
 */
static int find_namespace(const struct enc_gate_birth *birth)
{
	int netns;
	int r;

	if (birth->netns >= 0) {
		netns = fcntl(birth->netns, F_DUPFD_CLOEXEC, 0);
		return netns < 0 ? -errno : netns;
	}
	netns = enc_net_namespace_new();
	r = netns < 0 ? netns : enc_ipc_send(birth->netns_out, "n", 1, netns);
	if (r < 0) {
		enc_fd_close(&netns);
		return r;
	}
	return netns;
}

/*
 * hand_over() - send the launcher the parts of the network that it watches and
 * reads
 */
static int hand_over(const struct enc_gate_birth *birth,
		     const struct enc_net_session *network)
{
	int parts[ENC_NET_PART_MAX];
	int r = 0;

	enc_net_session_parts(network, parts);
	for (uint32_t i = 0; r == 0 && i < ENC_NET_PART_MAX; i++) {
		struct enc_child_report report = { .kind = ENC_CHILD_NETWORK,
						   .part = i };

		r = enc_ipc_send(birth->setup, &report, sizeof(report),
				 parts[i]);
	}
	return r;
}

static int lay_network(const struct enc_gate_birth *birth,
		       struct enc_net_session **ret_network, const char **step)
{
	int netns = find_namespace(birth);
	int r;

	*step = "session's network namespace";
	if (netns < 0) {
		return netns;
	}
	r = enc_net_session_around(netns, birth->netns >= 0, ret_network, step);
	if (r == 0) {
		*step = "handing its network over";
		r = hand_over(birth, *ret_network);
	}
	return r;
}

static _Noreturn void live(const struct enc_gate_birth *birth)
{
	const char *const argv[] = { "enclave-gate",
				     birth->failpoint == NULL
					     ? NULL
					     : ENC_FAILPOINT_OPTION,
				     birth->failpoint, NULL };
	char *const envp[] = { NULL };
	struct enc_net_session *network = NULL;
	int setup = birth->setup;
	const char *step = "cgroup";
	int r = 0;

	if (birth->cgroup != NULL) {
		r = enc_cgroup_join_cpu(birth->cgroup);
	}
	if (r == 0) {
		r = lay_network(birth, &network, &step);
	}
	if (r == 0) {
		step = "descriptors";
		r = place(birth, network);
	}
	if (r == 0) {
		step = "confinement";
		setup = SETUP_FD;
		r = confine(birth->uid);
	}
	if (r == 0) {
		step = "exec";
		r = syscall(SYS_execveat, PROGRAM_FD, "", argv, envp,
			    AT_EMPTY_PATH) < 0
			    ? -errno
			    : -EIO;
	}
	enc_child_fail(setup, "enclave-gate", step, r);
	_exit(1);
}

int enc_gate_start(const struct enc_gate_birth *birth, int *ret_pidfd)
{
	int cgroup =
		birth->cgroup == NULL ? -1 : enc_cgroup_gate_fd(birth->cgroup);
	int r = enc_process_clone(/* flags= */ 0, cgroup, /* blocked= */ NULL,
				  NULL, ret_pidfd);

	if (r == 0) {
		live(birth);
	}
	return r < 0 ? r : 0;
}
