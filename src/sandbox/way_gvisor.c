/*
 * The way to gVisor: a process becomes runsc, which makes the sandbox from a
 * bundle. The process is root of a new user namespace and has no other right.
 *
 * Its namespaces all belong to that user namespace, also the network. So
 * neither runsc nor its children have a right in the host's namespaces, and
 * their ids are the session's own. The process waits until the launcher has
 * written its id maps, and until the gate has made the network in the new
 * namespace.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "affinity.h"
#include "bundle.h"
#include "child_internal.h"
#include "claim.h"
#include "fd.h"
#include "ipc.h"
#include "runsc.h"
#include "way.h"

enum {
	/*
	 * gVisor may have this many threads above the limit of pids, since
	 * refusals of gVisor aren't counted.
	 */
	GUEST_TASKS_SPARE = 64,
	/*
	 * systrap keeps two tasks of the host for each process of the guest.
	 */
	HOST_TASKS_PER_PROCESS = 2,
	/*
	 * runsc, gofer and kernel have 25 threads when idle; 45 were seen. With
	 * this number a program within its own limit never reaches the cgroup's
	 * limit.
	 */
	KERNEL_TASKS = 96,
};
/*
 * Memory of gVisor's kernel: it takes 21 MB when idle. Up to 3.5 MB were seen
 * per process of the guest. The process's own pages are a part of that and
 * count as the session's; PROCESS_BYTES is for the rest.
 */
#define KERNEL_BYTES (UINT64_C(64) << 20)
#define PROCESS_BYTES (UINT64_C(1) << 20)

static int await_maps(const struct enc_child_birth *birth,
		      struct enc_child_progress *at)
{
	(void)birth;
	return enc_child_await_maps(at);
}

/*
 * await_network() - wait for the network, since runsc takes over what exists
 * when it starts
 */
static int await_network(const struct enc_child_birth *birth,
			 struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "wait", "network");
	return enc_child_await(at);
}

/* leave_groups() - give up the groups of the host's root */
static int leave_groups(const struct enc_child_birth *birth,
			struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "setgroups", "none");
	return setgroups(0, NULL) < 0 ? -errno : 0;
}

static int build_root(const struct enc_child_birth *birth,
		      struct enc_child_progress *at)
{
	static const struct enc_plan_ids inside = { .init = 0 };
	struct enc_plan_failure failure = { "", "" };
	int none = -1;
	int r = enc_plan_execute(birth->plan, birth->root, &inside, &none,
				 &failure);

	enc_child_at(at, failure.step, failure.object);
	return r;
}

/*
 * show_log() - send runsc's log to the launcher, for the reason if no sandbox
 * is made
 */
static int show_log(const struct enc_child_birth *birth,
		    struct enc_child_progress *at)
{
	struct enc_child_report report = { .kind = ENC_CHILD_LOG };
	enc_autoclose int log = -1;

	(void)birth;
	enc_child_at(at, "open", "log");
	log = open("/run/log", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return log < 0 ? -errno
		       : enc_ipc_send(at->setup, &report, sizeof(report), log);
}

/*
 * choose_cpus() - run on as many CPUs as the program is told of
 *
 * gVisor shows the program the CPUs that it may run on itself when it starts.
 * It has no option for their number. A claim lets it run on all of them again.
 */
static int choose_cpus(const struct enc_child_birth *birth,
		       struct enc_child_progress *at)
{
	enc_child_at(at, "sched_setaffinity", "CPUs");
	return enc_affinity_narrow(&birth->cpus);
}

static int lock_down(const struct enc_child_birth *birth,
		     struct enc_child_progress *at)
{
	/*
	 * At a core limit of 0 the kernel still runs the program of
	 * core_pattern; at 1 it doesn't.
	 */
	struct rlimit no_core = { 1, 1 };

	(void)birth;
	enc_child_at(at, "setrlimit", "RLIMIT_CORE");
	if (setrlimit(RLIMIT_CORE, &no_core) < 0) {
		return -errno;
	}
	enc_child_at(at, "prctl", "no_new_privs, PDEATHSIG");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			       prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0
		       ? -errno
		       : 0;
}

/*
 * exec_runsc() - exec runsc. Its own cgroup code and its checks of the host's
 * settings are off: the launcher's cgroup limits it, and it may not change the
 * host.
 */
static int exec_runsc(const struct enc_child_birth *birth,
		      struct enc_child_progress *at)
{
	static const char *const argv[] = { "runsc",
					    "--root=/run",
					    "--log=/run/log",
					    "--platform=systrap",
					    "--network=sandbox",
					    "--directfs=false",
					    "--overlay2=none",
					    "--oci-seccomp",
					    "--ignore-cgroups",
					    "--host-settings=ignore",
					    "run",
					    "--bundle=/bundle",
					    "--pass-fd=3:3",
					    "session",
					    NULL };
	char *const envp[] = { NULL };

	(void)birth;
	enc_child_at(at, "exec", "runsc");
	return syscall(SYS_execveat, ENC_CHILD_PROGRAM_FD, "", argv, envp,
		       AT_EMPTY_PATH) < 0
		       ? -errno
		       : -EIO;
}

static enc_child_step_fn *const steps[] = {
	enc_child_join_cgroup,
	/* Before the first wait: only the launcher may hold its end then. */
	enc_child_place_descriptors,
	await_maps,
	leave_groups,
	enc_child_become_init,
	build_root,
	show_log,
	choose_cpus,
	lock_down,
	await_network,
	exec_runsc,
};

static const struct enc_child_way child = {
	.namespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
		      CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
	.steps = steps,
	.step_count = ENC_COUNT(steps),
};

/* ---- what the launcher does ---- */

static int plan(const struct enc_way_order *order, struct enc_plan *ret_plan,
		struct enc_buf *text)
{
	const struct enc_bundle bundle = {
		.language = order->language,
		.failpoint = order->failpoint,
		.disk_bytes = order->limits->value[ENC_LIMIT_DISK],
		.tasks = order->limits->value[ENC_LIMIT_PIDS] +
			 GUEST_TASKS_SPARE,
		.nofile = order->nofile,
	};
	size_t meminfo;
	int r = enc_bundle_write(text, &bundle);

	if (r == 0) {
		r = enc_buf_append(text, "", 1);
	}
	meminfo = text->length;
	if (r == 0) {
		/* runsc takes the guest's memory from the host's. */
		r = enc_shown_meminfo(text, order->shown->memory_bytes);
	}
	if (r == 0) {
		r = enc_buf_append(text, "", 1);
	}
	if (r == 0) {
		const char *texts = (const char *)enc_buf_bytes(text);

		enc_plan_make_gvisor(ret_plan, texts, texts + meminfo);
	}
	return r;
}

/* claim() - let all threads of gVisor run on all CPUs: choose_cpus() */
static int claim(const struct enc_claim_cell *cell,
		 const struct enc_limits *limits, const char **ret_step)
{
	(void)limits;
	*ret_step = "CPUs of gVisor";
	return enc_affinity_widen(cell->cgroup, cell->cpus);
}

/*
 * limits_of() - make the limits of the cgroup: gVisor's kernel is added, and
 * each process counts twice
 */
static struct enc_cgroup_limits limits_of(const struct enc_limits *limits)
{
	struct enc_cgroup_limits group = enc_claim_group_limits(limits);

	group.memory_bytes +=
		KERNEL_BYTES + limits->value[ENC_LIMIT_PIDS] * PROCESS_BYTES;
	group.pids = group.pids * HOST_TASKS_PER_PROCESS + KERNEL_TASKS;
	return group;
}

/*
 * pids_peak() - unknown: gVisor's processes aren't tasks of the host, so no
 * counter here has them
 */
static uint64_t pids_peak(const struct enc_cgroup_counters *counters)
{
	(void)counters;
	return 0;
}

static enum enc_code find_runsc(const char *named, const char *beside,
				struct enc_way_program *ret_program,
				struct enc_error *err)
{
	struct enc_runsc runsc;
	enum enc_code code = enc_runsc_find(named, beside, &runsc, err);

	if (code == ENC_OK) {
		ret_program->fd = runsc.program;
		memcpy(ret_program->release, runsc.release,
		       sizeof(ret_program->release));
	}
	return code;
}

const struct enc_way enc_way_gvisor = {
	.name = "gvisor",
	.isolation = ENC_ISOLATION_GVISOR,
	.layers = ENC_LAYER_GVISOR,
	/*
	 * A claim can't change the size of a file system or the number of
	 * tasks.
	 */
	.changes =
		ENC_LIMIT_BIT(ENC_LIMIT_CPU) | ENC_LIMIT_BIT(ENC_LIMIT_MEMORY),
	.starts_with =
		ENC_LIMIT_BIT(ENC_LIMIT_CPU) | ENC_LIMIT_BIT(ENC_LIMIT_MEMORY),
	.idle_bytes = UINT64_C(32) << 20,
	.kernel_bytes = KERNEL_BYTES,
	.process_bytes = PROCESS_BYTES,
	.program = "runsc",
	.child = &child,
	.reports = 1U << ENC_CHILD_MAPS | 1U << ENC_CHILD_LOG,
	.network = ENC_WAY_NETWORK_OF_CHILD,
	.has_sentry = true,
	.plan = plan,
	.limits = limits_of,
	.claim = claim,
	.pids_peak = pids_peak,
	.complaint = enc_runsc_complaint,
	.find = find_runsc,
};
