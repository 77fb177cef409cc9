/*
 * Should: give up, in an order that works, everything that root has, and tell
 * which step failed. Mustn't: allocate, log, return to the launcher's code, or
 * run a byte that isn't ours.
 *
 * The user namespace comes last, so that the sandbox owns neither its mounts
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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "fd.h"
#include "gen_seccomp.h"
#include "ipc.h"
#include "landlock.h"
#include "seccomp.h"

enum {
	INSIDE_INIT = 0,
	INSIDE_PROGRAM = 1000,
	RUNNER_FD = 3,
	SETUP_FD = 4,
	FIRST_FREE_FD = 5,
	CAPABILITY_LAST = 63,
	SIGPENDING_MAX = 256,
};
#define MEMLOCK_MAX_BYTES (UINT64_C(8) << 20)

static const char init_path[] = "/usr/lib/enclave/enclave-init";

/* What enclave-init needs: to make the program somebody else, and end it. */
static const unsigned int kept_capabilities[] = { CAP_CHOWN, CAP_KILL,
						  CAP_SETGID, CAP_SETUID };

static const struct enc_landlock_place places[] = {
	{ "/", false },
	{ "/work", true },
	{ "/workload", true },
	{ "/tmp", true },
	{ "/var/tmp", true },
	{ "/dev/shm", true },
	{ "/dev/null", true },
	{ "/dev/zero", true },
	{ "/dev/full", true },
	/* a program may write about itself: comm, oom_score_adj */
	{ "/proc", true },
};

/* The step that is being tried: what a failure is told by. */
struct progress {
	const char *step;
	const char *object;
};

/* ---- steps; each 0 or a negative errno ---- */

static int join_cgroup(const struct enc_child_birth *birth, struct progress *at)
{
	*at = (struct progress){ "join cgroup", "tasks" };
	return enc_cgroup_join(birth->cgroup);
}

static int enter_network(const struct enc_child_birth *birth,
			 struct progress *at)
{
	*at = (struct progress){ "setns", "network namespace" };
	return setns(birth->session_netns, CLONE_NEWNET) < 0 ? -errno : 0;
}

/* hide_cgroup() - after joining, so that the own group is the root inside */
static int hide_cgroup(const struct enc_child_birth *birth, struct progress *at)
{
	(void)birth;
	*at = (struct progress){ "unshare", "cgroup namespace" };
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

static int build_root(const struct enc_child_birth *birth, struct progress *at)
{
	struct enc_plan_failure failure = { "", "" };
	int r = enc_plan_execute(birth->plan, birth->root, &birth->ids,
				 &failure);

	*at = (struct progress){ failure.step, failure.object };
	return r;
}

/* show_work() - so that the launcher can change its size at CLAIM */
static int show_work(const struct enc_child_birth *birth, struct progress *at)
{
	struct enc_child_report report = { .kind = ENC_CHILD_WORK };
	enc_autoclose int work = -1;

	*at = (struct progress){ "open", "/work" };
	work = open("/work", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return work < 0 ? -errno
			: enc_ipc_send(birth->setup, &report, sizeof(report),
				       work);
}

static int name_host(const struct enc_child_birth *birth, struct progress *at)
{
	static const char name[] = "enclave";

	(void)birth;
	*at = (struct progress){ "sethostname", name };
	return sethostname(name, strlen(name)) < 0 || setdomainname("", 0) < 0
		       ? -errno
		       : 0;
}

static int limit_resources(const struct enc_child_birth *birth,
			   struct progress *at)
{
	const struct {
		const char *name;
		int resource;
		uint64_t most;
	} rows[] = {
		/* 0 would still feed a program that core_pattern names */
		{ "RLIMIT_CORE", RLIMIT_CORE, 1 },
		{ "RLIMIT_NOFILE", RLIMIT_NOFILE, birth->nofile },
		{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK, MEMLOCK_MAX_BYTES },
		{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE, 0 },
		{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING, SIGPENDING_MAX },
		{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO, 0 },
		{ "RLIMIT_NICE", RLIMIT_NICE, 0 },
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		struct rlimit limit = { rows[i].most, rows[i].most };

		*at = (struct progress){ "setrlimit", rows[i].name };
		if (setrlimit((__rlimit_resource_t)rows[i].resource, &limit) <
		    0) {
			return -errno;
		}
	}
	return 0;
}

/* place_descriptors() - 0..2 nothing, 3 the runner, 4 setup, no other */
static int place_descriptors(const struct enc_child_birth *birth,
			     struct progress *at)
{
	enc_autoclose int runner =
		fcntl(birth->runner, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	enc_autoclose int setup =
		fcntl(birth->setup, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	int null;

	*at = (struct progress){ "open", "/dev/null" };
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || runner < 0 || setup < 0) {
		return -errno;
	}
	*at = (struct progress){ "dup", "descriptors" };
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0) {
			return -errno;
		}
	}
	if (dup2(runner, RUNNER_FD) < 0 ||
	    dup3(setup, SETUP_FD, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 0) < 0) {
		return -errno;
	}
	/* close_range() closed these two. */
	ENC_IGNORE(ENC_TAKE_FD(runner));
	ENC_IGNORE(ENC_TAKE_FD(setup));
	return 0;
}

static int new_user_namespace(const struct enc_child_birth *birth,
			      struct progress *at)
{
	struct enc_child_report ask = { .kind = ENC_CHILD_MAPS };
	struct pollfd wait = { .fd = SETUP_FD, .events = POLLIN };
	char go;

	(void)birth;
	*at = (struct progress){ "setgroups", "none" };
	if (setgroups(0, NULL) < 0) {
		return -errno;
	}
	*at = (struct progress){ "unshare", "user namespace" };
	if (unshare(CLONE_NEWUSER) < 0) {
		return -errno;
	}
	*at = (struct progress){ "maps", "user namespace" };
	if (send(SETUP_FD, &ask, sizeof(ask), MSG_NOSIGNAL) < 0) {
		return -errno;
	}
	/* There is nothing else to do; a launcher that died ends it. */
	while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
	}
	return recv(SETUP_FD, &go, 1, 0) == 1 ? 0 : -ECONNRESET;
}

static int become_init(const struct enc_child_birth *birth, struct progress *at)
{
	(void)birth;
	*at = (struct progress){ "setresuid", "0 of the user namespace" };
	if (setresgid(INSIDE_INIT, INSIDE_INIT, INSIDE_INIT) < 0 ||
	    setresuid(INSIDE_INIT, INSIDE_INIT, INSIDE_INIT) < 0) {
		return -errno;
	}
	return 0;
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
			     struct progress *at)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	(void)birth;
	*at = (struct progress){ "capabilities", "bounding set" };
	for (unsigned int i = 0; i <= CAPABILITY_LAST; i++) {
		if (!is_kept(i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 &&
		    errno != EINVAL /* past the kernel's last */) {
			return -errno;
		}
	}
	*at = (struct progress){ "capabilities", "own sets" };
	for (size_t i = 0; i < ENC_COUNT(kept_capabilities); i++) {
		data[0].permitted |= 1U << kept_capabilities[i];
	}
	data[0].effective = data[0].permitted;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int lock_down(const struct enc_child_birth *birth, struct progress *at)
{
	(void)birth;
	*at = (struct progress){ "prctl", "no_new_privs" };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	/* After the last change of ids, which would clear it. */
	*at = (struct progress){ "prctl", "PDEATHSIG" };
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		return -errno;
	}
	return 0;
}

static int put_on_landlock(const struct enc_child_birth *birth,
			   struct progress *at)
{
	const char *failed = "";
	int r = enc_landlock_restrict(places, ENC_COUNT(places), &failed);

	(void)birth;
	*at = (struct progress){ "landlock", failed };
	return r;
}

static int put_on_seccomp(const struct enc_child_birth *birth,
			  struct progress *at)
{
	struct enc_child_report report = { .kind = ENC_CHILD_LISTENER };
	enc_autoclose int listener = -1;
	int r;

	(void)birth;
	*at = (struct progress){ "seccomp", "filter" };
	r = enc_seccomp_install(enc_seccomp_program, ENC_SECCOMP_STEPS,
				&listener);
	if (r == 0) {
		*at = (struct progress){ "seccomp", "listener" };
		r = enc_ipc_send(SETUP_FD, &report, sizeof(report), listener);
	}
	return r;
}

static int exec_init(const struct enc_child_birth *birth, struct progress *at)
{
	static char name[] = "enclave-init";
	char language[ENC_CHILD_STEP_BYTES];
	char *const argv[] = { name, language, NULL };
	char *const envp[] = { NULL };

	(void)snprintf(language, sizeof(language), "%s", birth->language);
	*at = (struct progress){ "exec", init_path };
	return execve(init_path, argv, envp) < 0 ? -errno : -EIO;
}

typedef int child_step_fn(const struct enc_child_birth *birth,
			  struct progress *at);

static child_step_fn *const steps[] = {
	join_cgroup,	 enter_network,	    hide_cgroup,
	build_root,	 show_work,	    name_host,
	limit_resources, place_descriptors, new_user_namespace,
	become_init,	 drop_capabilities, lock_down,
	put_on_landlock, put_on_seccomp,    exec_init,
};

/* tell_failure() - on whichever number the setup end has by now */
static void tell_failure(const struct enc_child_birth *birth, bool placed,
			 const struct progress *at, int error)
{
	struct enc_child_report report = { .kind = ENC_CHILD_FAILED,
					   .error = error };

	(void)snprintf(report.step, sizeof(report.step), "%s", at->step);
	(void)snprintf(report.object, sizeof(report.object), "%s", at->object);
	ENC_IGNORE(enc_ipc_send(placed ? SETUP_FD : birth->setup, &report,
				sizeof(report), -1)); /* exit tells too */
}

static _Noreturn void live(const struct enc_child_birth *birth)
{
	struct progress at = { "", "" };
	bool placed = false;
	sigset_t none;
	int r = 0;

	for (int number = 1; number < NSIG; number++) {
		(void)signal(number, SIG_DFL); /* KILL and STOP refuse it */
	}
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; r == 0 && i < ENC_COUNT(steps); i++) {
		r = steps[i](birth, &at);
		if (r < 0) {
			tell_failure(birth, placed, &at, r);
		}
		placed |= steps[i] == place_descriptors;
	}
	_exit(1);
}

int enc_child_clone(const struct enc_child_birth *birth, pid_t *ret_pid,
		    int *ret_pidfd)
{
	int into = enc_cgroup_clone_fd(birth->cgroup);
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
			 CLONE_NEWUTS | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (into >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)into;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		live(birth);
	}
	if (pid < 0) {
		return -errno;
	}
	*ret_pid = (pid_t)pid;
	*ret_pidfd = pidfd;
	return 0;
}

int enc_child_write_maps(pid_t pid, const struct enc_plan_ids *ids)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[64];
	char text[128];
	int r = 0;

	(void)snprintf(text, sizeof(text), "%d %u 1\n%d %u 1\n", INSIDE_INIT,
		       ids->init, INSIDE_PROGRAM, ids->program);
	for (size_t i = 0; r == 0 && i < ENC_COUNT(files); i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid,
			       files[i]);
		r = enc_fd_write_file(AT_FDCWD, path, text);
	}
	return r;
}

bool enc_child_reap(int pidfd, int *ret_status)
{
	siginfo_t info = { 0 };

	if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) <
		    0 ||
	    info.si_pid == 0) {
		return false;
	}
	*ret_status = info.si_code == CLD_EXITED ? info.si_status << 8
						 : info.si_status & 0x7f;
	return true;
}
