#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "fd.h"
#include "landlock.h"
#include "machine_facts.h"
#include "net_host.h"
#include "net_session.h"
#include "private_dir.h"
#include "runsc.h"
#include "slots.h"
#include "store_dir.h"

static const struct {
	const char *name;
	const char *file;
} settings[ENC_MACHINE_SETTING_MAX] = {
	[ENC_MACHINE_USERNS_CLONE] = { "kernel.unprivileged_userns_clone",
				       "kernel/unprivileged_userns_clone" },
	[ENC_MACHINE_USER_NAMESPACES] = { "user.max_user_namespaces",
					  "user/max_user_namespaces" },
	[ENC_MACHINE_NET_NAMESPACES] = { "user.max_net_namespaces",
					 "user/max_net_namespaces" },
	[ENC_MACHINE_PTRACE_SCOPE] = { "kernel.yama.ptrace_scope",
				       "kernel/yama/ptrace_scope" },
	[ENC_MACHINE_OVERCOMMIT] = { "vm.overcommit_memory",
				     "vm/overcommit_memory" },
	[ENC_MACHINE_APPARMOR_USERNS] = { "kernel.apparmor_restrict_unprivileged_userns",
					  "kernel/apparmor_restrict_unprivileged_userns" },
	[ENC_MACHINE_BPF_JIT_LIMIT] = { "net.core.bpf_jit_limit",
					"net/core/bpf_jit_limit" },
	[ENC_MACHINE_BPF_JIT_HARDEN] = { "net.core.bpf_jit_harden",
					 "net/core/bpf_jit_harden" },
};

const char *enc_machine_setting_name(enum enc_machine_setting setting)
{
	ENC_ASSERT(setting < ENC_MACHINE_SETTING_MAX);
	return settings[setting].name;
}

/* ---- features, each tried in a child ---- */

/* works() - record that a feature works, and what was found. Return: 0 */
static int works(struct enc_machine_try *result, const char *text)
{
	result->outcome = ENC_MACHINE_WORKS;
	(void)snprintf(result->text, sizeof(result->text), "%s", text);
	return 0;
}

/*
 * fails() - record that a feature fails, with its step unless that is NULL
 *
 * Return: the negative of @error, an errno
 */
static int fails(struct enc_machine_try *result, const char *step, int error)
{
	result->outcome = ENC_MACHINE_FAILS;
	(void)snprintf(result->text, sizeof(result->text), "%.*s%s%s",
		       ENC_MACHINE_TEXT_BYTES / 2, step == NULL ? "" : step,
		       step == NULL ? "" : ": ", strerror(error));
	return -error;
}

typedef int try_fn(struct enc_machine_try *result);

/*
 * try_in_child() - try a feature in a child, which sends its result over a pipe
 * in one write
 */
static void try_in_child(try_fn *act, struct enc_machine_try *ret_result)
{
	struct enc_machine_try result = { 0 };
	int ends[2];
	ssize_t got = 0;
	int status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		/* fails() records the failure in *ret_result. */
		ENC_IGNORE(fails(ret_result, "pipe", errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		/* act() records its outcome in `result`, too. */
		ENC_IGNORE(act(&result));
		ENC_IGNORE(write(ends[1], &result, sizeof(result)) < 0);
		_exit(0);
	}
	(void)close(ends[1]);
	if (pid > 0) {
		do {
			got = read(ends[0], &result, sizeof(result));
		} while (got < 0 && errno == EINTR);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		}
	}
	if (pid < 0) {
		/* fails() records the failure in *ret_result. */
		ENC_IGNORE(fails(ret_result, "fork", errno));
	} else if (got == sizeof(result)) {
		*ret_result = result;
	} else {
		ret_result->outcome = ENC_MACHINE_FAILS;
		(void)snprintf(ret_result->text, sizeof(ret_result->text),
			       "trying it ended by signal %d",
			       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
	(void)close(ends[0]);
}

static int try_cgroups(struct enc_machine_try *result)
{
	struct enc_cgroup_tree *host = NULL;
	struct enc_cgroup_failure failure = { "" };
	char name[32];
	bool v1;
	int r;

	/*
	 * A name of its own: another check that ends would remove a shared
	 * directory.
	 */
	(void)snprintf(name, sizeof(name), "check-%d", (int)getpid());
	r = enc_cgroup_tree_open("/proc/self", name, &host, &failure);
	if (r < 0) {
		return fails(result, failure.object, -r);
	}
	v1 = enc_cgroup_tree_version(host) == 1;
	enc_cgroup_tree_free(host);
	return works(result, v1 ? "v1 or hybrid" : "v2");
}

static int try_namespaces(struct enc_machine_try *result)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {
		{ "cgroup namespace", CLONE_NEWCGROUP },
		{ "ipc namespace", CLONE_NEWIPC },
		{ "uts namespace", CLONE_NEWUTS },
		{ "mount namespace", CLONE_NEWNS },
		{ "pid namespace", CLONE_NEWPID },
		{ "user namespace", CLONE_NEWUSER },
	};

	for (size_t i = 0; i < ENC_COUNT(kinds); i++) {
		if (unshare(kinds[i].flag) < 0) {
			return fails(result, kinds[i].name, errno);
		}
	}
	return works(result, "tried");
}

/* mount_proc() - mount /proc as process 1 of a new pid namespace */
static _Noreturn void mount_proc(void)
{
	int context = fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ||
	    fsmount(context, FSMOUNT_CLOEXEC, 0) < 0) {
		_exit(errno & 0x7f);
	}
	_exit(0);
}

static int try_proc(struct enc_machine_try *result)
{
	int status = 0;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) {
		return fails(result, "namespaces for it", errno);
	}
	pid = fork();
	if (pid == 0) {
		mount_proc();
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		return fails(result, "process", errno);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
		       ? works(result, "can be mounted")
		       : fails(result, "mounting it", WEXITSTATUS(status));
}

static int try_overlay(struct enc_machine_try *result)
{
	int context = fsopen("overlay", FSOPEN_CLOEXEC);

	return context < 0 ? fails(result, NULL, errno)
			   : works(result, "tried");
}

static int try_seccomp(struct enc_machine_try *result)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0
		       ? works(result, "filter and user notification")
		       : fails(result, NULL, errno);
}

static int try_network(struct enc_machine_try *result)
{
	struct enc_net_session *session = NULL;
	const char *step = "";
	int r = enc_net_session_new(&session, &step);

	if (r < 0) {
		return fails(result, step, -r);
	}
	enc_net_session_free(session);
	return works(result, "namespaces, veth, nftables with tproxy");
}

static int try_allowlists(struct enc_machine_try *result)
{
	struct enc_net_host *host = NULL;
	char name[32];
	const struct enc_net_host_plan plan = {
		.name = name,
		.first = ENC_SLOTS_UID_BASE,
		.last = ENC_SLOTS_UID_BASE,
	};
	const char *step = "";
	int r;

	(void)snprintf(name, sizeof(name), "check_%d", (int)getpid());
	r = enc_net_host_new(&plan, &host, &step);
	if (r < 0) {
		return fails(result, step, -r);
	}
	enc_net_host_free(host);
	return works(result, "nftables with tables that have an owner");
}

/* ---- files and settings that are read ---- */

static uint64_t read_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0) {
		return 0;
	}
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/*
 * find_container() - find the container engine by the files that such engines
 * create
 */
static void find_container(char ret_name[ENC_MACHINE_NAME_BYTES])
{
	static const struct {
		const char *file;
		/* The container runtime's name; NULL: the file has the name. */
		const char *name;
	} marks[] = {
		{ "/run/systemd/container", NULL },
		{ "/.dockerenv", "docker" },
		{ "/run/.containerenv", "podman" },
		{ "/var/run/secrets/kubernetes.io", "kubernetes" },
	};

	ret_name[0] = '\0';
	for (size_t i = 0; i < ENC_COUNT(marks) && ret_name[0] == '\0'; i++) {
		if (access(marks[i].file, F_OK) < 0) {
			continue;
		}
		if (marks[i].name == NULL &&
		    enc_fd_read_file(AT_FDCWD, marks[i].file, ret_name,
				     ENC_MACHINE_NAME_BYTES) > 0) {
			return;
		}
		(void)snprintf(ret_name, ENC_MACHINE_NAME_BYTES, "%s",
			       marks[i].name == NULL ? "a container"
						     : marks[i].name);
	}
}

static void read_settings(struct enc_machine_facts *facts)
{
	for (size_t i = 0; i < ENC_COUNT(settings); i++) {
		struct enc_machine_number *number = &facts->settings[i];
		char path[128];
		char text[64];
		char *end;
		int r;

		(void)snprintf(path, sizeof(path), "/proc/sys/%s",
			       settings[i].file);
		r = enc_fd_read_file(AT_FDCWD, path, text, sizeof(text));
		number->hidden = r < 0 && r != -ENOENT;
		if (r <= 0) {
			continue;
		}
		number->value = strtoll(text, &end, 10);
		number->known = end != text && *end == '\0';
	}
}

static void find_environments(const struct enc_machine *machine,
			      struct enc_machine_try *result)
{
	struct enc_environments *all = enc_xalloc(sizeof(*all));
	struct enc_error err = { 0 };

	if (enc_environments_open(machine->environments, all, &err) == ENC_OK) {
		result->outcome = ENC_MACHINE_WORKS;
		(void)snprintf(result->text, sizeof(result->text),
			       "%zu in %.200s", all->count,
			       machine->environments);
	} else {
		/* The text is cut before its remedy, since the row has one. */
		const char *remedy = strstr(err.message, ": build");

		result->outcome = ENC_MACHINE_FAILS;
		(void)snprintf(result->text, sizeof(result->text), "%.*s",
			       remedy == NULL ? ENC_MACHINE_TEXT_BYTES - 1
					      : (int)(remedy - err.message),
			       err.message);
	}
	free(all);
}

static void find_gvisor(const struct enc_machine *machine,
			struct enc_machine_facts *facts)
{
	struct enc_machine_try *result = &facts->gvisor;
	struct enc_runsc runsc;
	struct enc_error err = { 0 };

	if (enc_runsc_find(machine->runsc, machine->runsc_beside, &runsc,
			   &err) == ENC_OK) {
		enc_fd_close(&runsc.program);
		facts->has_runsc = true;
		/* works() always returns 0. */
		ENC_IGNORE(works(result, runsc.release));
		return;
	}
	facts->has_runsc = err.code != ENC_NOT_FOUND;
	result->outcome = ENC_MACHINE_FAILS;
	(void)snprintf(result->text, sizeof(result->text), "%.255s",
		       err.message);
}

/*
 * find_state() - check the state directory, or the directory in which it will
 * be made
 */
static void find_state(const struct enc_machine *machine,
		       struct enc_machine_facts *facts)
{
	struct enc_machine_try *result = &facts->state;
	char parent[ENC_MACHINE_TEXT_BYTES];
	const char *path = machine->state_dir;
	enc_autoclose int fd = -1;
	struct enc_error err = { 0 };
	struct statvfs space;
	char *slash;

	(void)snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (access(path, F_OK) < 0 && errno == ENOENT && slash != NULL) {
		slash[slash == parent ? 1 : 0] = '\0';
		path = parent;
	}
	if (statvfs(path, &space) < 0 ||
	    (facts->root && access(path, W_OK) < 0)) {
		/* fails() records the failure in *result. */
		ENC_IGNORE(fails(result, path, errno));
		return;
	}
	fd = facts->root && path == machine->state_dir
		     ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)
		     : -1;
	if (fd >= 0 &&
	    enc_private_dir_check(fd, path, "--state-dir",
				  /* sticky= */ false, &err) != ENC_OK) {
		result->outcome = ENC_MACHINE_FAILS;
		(void)snprintf(result->text, sizeof(result->text), "%.255s",
			       err.message);
		return;
	}
	/* works() always returns 0. */
	ENC_IGNORE(works(result, machine->state_dir));
	facts->state_free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
}

void enc_machine_find_basics(const struct enc_machine *machine,
			     struct enc_machine_facts *ret_facts)
{
	struct enc_machine_facts *facts = ret_facts;
	struct utsname kernel;

	*facts = (struct enc_machine_facts){ .root = geteuid() == 0 };
	facts->capabilities = read_capabilities();
	if (uname(&kernel) == 0) {
		(void)snprintf(facts->kernel, sizeof(facts->kernel), "%.63s",
			       kernel.release);
	}
	find_container(facts->container);
	try_in_child(try_seccomp, &facts->seccomp);
	facts->landlock_abi = enc_landlock_abi();
	find_environments(machine, &facts->environments);
	if (facts->root) {
		try_in_child(try_cgroups, &facts->cgroups);
		try_in_child(try_namespaces, &facts->namespaces);
		try_in_child(try_overlay, &facts->overlay);
		try_in_child(try_network, &facts->network);
	}
}

void enc_machine_find_all(const struct enc_machine *machine,
			  struct enc_machine_facts *ret_facts)
{
	struct enc_machine_facts *facts = ret_facts;

	enc_machine_find_basics(machine, facts);
	/*
	 * The file is missing where securityfs isn't mounted, as in most
	 * containers.
	 */
	if (enc_fd_read_file(AT_FDCWD, "/sys/kernel/security/lsm", facts->lsm,
			     sizeof(facts->lsm)) < 0) {
		facts->lsm[0] = '\0';
	}
	if (facts->root) {
		try_in_child(try_proc, &facts->proc);
		try_in_child(try_allowlists, &facts->allowlists);
	}
	facts->outer_filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0;
	read_settings(facts);
	find_gvisor(machine, facts);
	find_state(machine, facts);
}
