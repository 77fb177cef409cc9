/*
 * The native way: the host's kernel serves the program. The steps give up
 * root's rights one after another.
 *
 * The user namespace comes last, so that it owns neither the sandbox's mounts
 * nor its network: root of that namespace can't undo what was set up.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child_internal.h"
#include "claim.h"
#include "failpoint.h"
#include "fd.h"
#include "gen_seccomp.h"
#include "ipc.h"
#include "landlock.h"
#include "seccomp.h"
#include "way.h"

enum { CAPABILITY_LAST = 63, SIGPENDING_MAX = 256 };
#define MEMLOCK_MAX_BYTES (UINT64_C(8) << 20)

static const char init_path[] = "/usr/lib/enclave/enclave-init";

/*
 * Capabilities of enclave-init: with these it changes the program's ids and
 * ends it.
 */
static const unsigned int kept_capabilities[] = { CAP_CHOWN, CAP_KILL,
						  CAP_SETGID, CAP_SETUID };

static const struct enc_landlock_place places[] = {
	{ .path = "/" },
	{ .path = "/work", .write = true },
	{ .path = "/workload", .write = true },
	{ .path = "/tmp", .write = true },
	{ .path = "/var/tmp", .write = true },
	{ .path = "/dev/shm", .write = true },
	{ .path = "/dev/null", .write = true },
	{ .path = "/dev/zero", .write = true },
	{ .path = "/dev/full", .write = true },
	{ .path = "/dev/tty", .write = true, .ioctls = true },
	{ .path = "/dev/pts", .write = true, .ioctls = true },
	/*
	 * A program may write its own files there, such as comm and
	 * oom_score_adj.
	 */
	{ .path = "/proc", .write = true },
};

/*
 * hide_cgroup() - enter a new cgroup namespace. This comes after joining the
 * cgroup, so that this cgroup is the root that the program sees.
 */
static int hide_cgroup(const struct enc_child_birth *birth,
		       struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "unshare", "cgroup namespace");
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

/*
 * leave_time() - give the sandbox a time namespace of its own, with the same
 * clocks. The file /proc/<pid>/ns/time would otherwise be one file for the
 * whole host, and sessions would notice each other's locks on it.
 */
static int leave_time(const struct enc_child_birth *birth,
		      struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "unshare", "time namespace");
	/* EINVAL: this kernel has no time namespaces, and so no such file. */
	return unshare(CLONE_NEWTIME) < 0 && errno != EINVAL ? -errno : 0;
}

static int build_root(const struct enc_child_birth *birth,
		      struct enc_child_progress *at)
{
	struct enc_plan_failure failure = { "", "" };
	struct enc_child_report report = { .kind = ENC_CHILD_SHOWN };
	enc_autoclose int shown = -1;
	int r = enc_plan_execute(birth->plan, birth->root, &birth->ids, &shown,
				 &failure);

	enc_child_at(at, failure.step, failure.object);
	if (r == 0) {
		enc_child_at(at, "show", "/proc");
		r = enc_ipc_send(birth->setup, &report, sizeof(report), shown);
	}
	return r;
}

/*
 * show_work() - send the mount of /work to the launcher, which changes its size
 * at CLAIM
 */
static int show_work(const struct enc_child_birth *birth,
		     struct enc_child_progress *at)
{
	struct enc_child_report report = { .kind = ENC_CHILD_WORK };
	enc_autoclose int work = -1;

	enc_child_at(at, "open", "/work");
	work = open("/work", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return work < 0 ? -errno
			: enc_ipc_send(birth->setup, &report, sizeof(report),
				       work);
}

static int name_host(const struct enc_child_birth *birth,
		     struct enc_child_progress *at)
{
	static const char name[] = "enclave";

	(void)birth;
	enc_child_at(at, "sethostname", name);
	return sethostname(name, strlen(name)) < 0 || setdomainname("", 0) < 0
		       ? -errno
		       : 0;
}

/*
 * enter_network() - enter the network namespace that the gate has made. The
 * gate may still be making the network in it: no program runs before the gate
 * allows it.
 */
static int enter_network(const struct enc_child_birth *birth,
			 struct enc_child_progress *at)
{
	struct pollfd wait = { .fd = birth->netns_in, .events = POLLIN };
	enc_autoclose int netns = -1;
	char byte;

	enc_child_at(at, "setns", "network namespace");
	/* If the gate dies, the wait below ends. */
	(void)close(birth->netns_out);
	while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
	}
	if (enc_ipc_receive(birth->netns_in, &byte, 1, &netns) != 1 ||
	    netns < 0) {
		return -ECONNRESET;
	}
	return setns(netns, CLONE_NEWNET) < 0 ? -errno : 0;
}

static int limit_resources(const struct enc_child_birth *birth,
			   struct enc_child_progress *at)
{
	/* enclaved itself may have less than a program would get. */
	struct rlimit own = { RLIM_INFINITY, RLIM_INFINITY };
	int r = getrlimit(RLIMIT_AS, &own);
	const rlim_t address = ENC_MIN(own.rlim_max, ENC_PLAN_ADDRESS_BYTES);
	const struct {
		const char *name;
		int resource;
		struct rlimit limit;
	} rows[] = {
		/*
		 * At a core limit of 0 the kernel still runs the program of
		 * core_pattern; at 1 it doesn't.
		 */
		{ "RLIMIT_CORE", RLIMIT_CORE, { 1, 1 } },
		{ "RLIMIT_AS", RLIMIT_AS, { address, address } },
		{ "RLIMIT_NOFILE",
		  RLIMIT_NOFILE,
		  { birth->nofile,
		    ENC_MAX(birth->nofile, (uint64_t)ENC_PLAN_INIT_FILES) } },
		{ "RLIMIT_MEMLOCK",
		  RLIMIT_MEMLOCK,
		  { MEMLOCK_MAX_BYTES, MEMLOCK_MAX_BYTES } },
		{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE, { 0, 0 } },
		{ "RLIMIT_SIGPENDING",
		  RLIMIT_SIGPENDING,
		  { SIGPENDING_MAX, SIGPENDING_MAX } },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO, { 0, 0 } },
		{ "RLIMIT_NICE", RLIMIT_NICE, { 0, 0 } },
	};

	enc_child_at(at, "getrlimit", "RLIMIT_AS");
	if (r < 0) {
		return -errno;
	}
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		enc_child_at(at, "setrlimit", rows[i].name);
		if (setrlimit((__rlimit_resource_t)rows[i].resource,
			      &rows[i].limit) < 0) {
			return -errno;
		}
	}
	return 0;
}

/*
 * become_owner() - take init's host id, but keep all capabilities
 *
 * Some resources are counted per user: inotify instances, pending signals,
 * locked memory, queues. The kernel also charges them to the owner of each user
 * namespace further up. If root were that owner, all sessions and the host's
 * own services would share one user's limits.
 */
static int become_owner(const struct enc_child_birth *birth,
			struct enc_child_progress *at)
{
	uid_t owner = birth->ids.init;

	enc_child_at(at, "setgroups", "none");
	if (setgroups(0, NULL) < 0) {
		return -errno;
	}
	enc_child_at(at, "setresuid", "owner of the user namespace");
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ||
	    setresgid(owner, owner, owner) < 0 ||
	    setresuid(owner, owner, owner) < 0) {
		return -errno;
	}
	return 0;
}

static int new_user_namespace(const struct enc_child_birth *birth,
			      struct enc_child_progress *at)
{
	int r = become_owner(birth, at);

	if (r < 0) {
		return r;
	}
	enc_child_at(at, "unshare", "user namespace");
	return unshare(CLONE_NEWUSER) < 0 ? -errno : enc_child_await_maps(at);
}

static bool is_kept(unsigned int capability)
{
	for (size_t i = 0; i < ENC_COUNT(kept_capabilities); i++) {
		if (kept_capabilities[i] == capability) {
			return true;
		}
	}
	return false;
}

static int drop_capabilities(const struct enc_child_birth *birth,
			     struct enc_child_progress *at)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	(void)birth;
	enc_child_at(at, "capabilities", "bounding set");
	for (unsigned int i = 0; i <= CAPABILITY_LAST; i++) {
		if (!is_kept(i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 &&
		    errno != EINVAL /* above the kernel's last capability */) {
			return -errno;
		}
	}
	enc_child_at(at, "capabilities", "own sets");
	for (size_t i = 0; i < ENC_COUNT(kept_capabilities); i++) {
		data[0].permitted |= 1U << kept_capabilities[i];
	}
	data[0].effective = data[0].permitted;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int lock_down(const struct enc_child_birth *birth,
		     struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "prctl", "no_new_privs");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	/* After the last change of ids, which would clear PDEATHSIG. */
	enc_child_at(at, "prctl", "PDEATHSIG");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

static int put_on_landlock(const struct enc_child_birth *birth,
			   struct enc_child_progress *at)
{
	const char *failed = "";
	int r = enc_landlock_restrict(places, ENC_COUNT(places),
				      /* program= */ -1, &failed);

	(void)birth;
	enc_child_at(at, "landlock", failed);
	return r;
}

static int put_on_seccomp(const struct enc_child_birth *birth,
			  struct enc_child_progress *at)
{
	struct enc_child_report report = { .kind = ENC_CHILD_LISTENER };
	enc_autoclose int listener = -1;
	int r;

	(void)birth;
	enc_child_at(at, "seccomp", "filter");
	r = enc_seccomp_install(enc_seccomp_program, ENC_SECCOMP_STEPS,
				&listener);
	if (r == 0) {
		enc_child_at(at, "seccomp", "listener");
		r = enc_ipc_send(ENC_CHILD_SETUP_FD, &report, sizeof(report),
				 listener);
	}
	return r;
}

static int exec_init(const struct enc_child_birth *birth,
		     struct enc_child_progress *at)
{
	const char *const argv[] = { "enclave-init", birth->language,
				     birth->failpoint == NULL
					     ? NULL
					     : ENC_FAILPOINT_OPTION,
				     birth->failpoint, NULL };
	char *const envp[] = { NULL };

	enc_child_at(at, "exec", init_path);
	return execve(init_path, (char *const *)(uintptr_t)argv, envp) < 0
		       ? -errno
		       : -EIO;
}

static enc_child_step_fn *const steps[] = {
	enc_child_join_cgroup,
	hide_cgroup,
	leave_time,
	build_root,
	show_work,
	name_host,
	enter_network,
	enc_child_place_descriptors,
	limit_resources,
	new_user_namespace,
	enc_child_become_init,
	drop_capabilities,
	lock_down,
	put_on_landlock,
	put_on_seccomp,
	exec_init,
};

static const struct enc_child_way child = {
	.namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,
	.steps = steps,
	.step_count = ENC_COUNT(steps),
};

/* ---- what the launcher does ---- */

static int plan(const struct enc_way_order *order, struct enc_plan *ret_plan,
		struct enc_buf *text)
{
	(void)text;
	enc_plan_make(ret_plan, order->limits->value[ENC_LIMIT_DISK],
		      order->facts);
	return 0;
}

/*
 * resize() - change the size of the tmpfs that @work is in; it may be in
 * another mount namespace
 */
static int resize(int work, const struct enc_limits *limits)
{
	enc_autoclose int context =
		fspick(work, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	char text[32];

	if (context < 0) {
		return -errno;
	}
	(void)snprintf(text, sizeof(text), "%llu",
		       (unsigned long long)limits->value[ENC_LIMIT_DISK]);
	if (fsconfig(context, FSCONFIG_SET_STRING, "size", text, 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0) {
		return -errno;
	}
	return 0;
}

static int claim(const struct enc_claim_cell *cell,
		 const struct enc_limits *limits, const char **ret_step)
{
	int r;

	*ret_step = "size of /work";
	r = resize(cell->work, limits);
	if (r == 0 && !enc_shown_same(&cell->shows, &cell->told)) {
		*ret_step = "/proc";
		r = enc_shown_write(cell->shown, cell->facts, &cell->shows);
	}
	return r;
}

static uint64_t pids_peak(const struct enc_cgroup_counters *counters)
{
	return counters->pids_peak > ENC_CLAIM_INIT_TASKS
		       ? counters->pids_peak - ENC_CLAIM_INIT_TASKS
		       : 0;
}

const struct enc_way enc_way_native = {
	.name = "native",
	.isolation = ENC_ISOLATION_HOST_KERNEL,
	.layers = ENC_LAYER_LANDLOCK,
	.changes =
		ENC_LIMIT_BIT(ENC_LIMIT_CPU) | ENC_LIMIT_BIT(ENC_LIMIT_MEMORY) |
		ENC_LIMIT_BIT(ENC_LIMIT_PIDS) | ENC_LIMIT_BIT(ENC_LIMIT_DISK),
	.program = "enclave-init",
	.child = &child,
	.reports = 1U << ENC_CHILD_SHOWN | 1U << ENC_CHILD_WORK |
		   1U << ENC_CHILD_MAPS | 1U << ENC_CHILD_LISTENER,
	.network = ENC_WAY_NETWORK_OF_GATE,
	.has_host_files = true,
	.plan = plan,
	.limits = enc_claim_group_limits,
	.claim = claim,
	.pids_peak = pids_peak,
};
