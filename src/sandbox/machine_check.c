#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "fd.h"
#include "landlock.h"
#include "machine_check.h"
#include "net_session.h"
#include "runsc.h"
#include "store_dir.h"

enum { DETAIL_BYTES = 256, KERNEL_MAJOR = 6, KERNEL_MINOR = 1 };

struct check {
	const struct enc_machine *machine;
	char detail[DETAIL_BYTES];
};

static bool note(struct check *check, bool ok, const char *text)
{
	(void)snprintf(check->detail, sizeof(check->detail), "%s", text);
	return ok;
}

static bool check_root(struct check *check)
{
	return geteuid() == 0 ? note(check, true, "running as root")
			      : note(check, false, "not running as root");
}

static bool check_kernel(struct check *check)
{
	struct utsname kernel;
	unsigned long major;
	unsigned long minor;
	char *dot;

	if (uname(&kernel) < 0) {
		return note(check, false, strerror(errno));
	}
	major = strtoul(kernel.release, &dot, 10);
	if (*dot != '.') {
		return note(check, false, "the version can't be read");
	}
	minor = strtoul(dot + 1, NULL, 10);
	return note(check,
		    major > KERNEL_MAJOR ||
			    (major == KERNEL_MAJOR && minor >= KERNEL_MINOR),
		    kernel.release);
}

static bool check_cgroups(struct check *check)
{
	struct enc_cgroup_host *host = NULL;
	struct enc_cgroup_failure failure = { "" };
	char name[32];
	bool v1;
	int r;

	/* Its own: another check that ends would take a shared one away. */
	(void)snprintf(name, sizeof(name), "check-%d", (int)getpid());
	r = enc_cgroup_host_open("/proc/self", name, &host, &failure);
	if (r < 0) {
		(void)snprintf(check->detail, sizeof(check->detail),
			       "%.200s: %s", failure.object, strerror(-r));
		return false;
	}
	v1 = enc_cgroup_host_version(host) == 1;
	enc_cgroup_host_free(host);
	return note(check, true, v1 ? "v1 or hybrid" : "v2");
}

/* check_child() - whether a child may @act; nothing of it stays */
static bool check_child(struct check *check, int (*act)(void))
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		_exit(act() == 0 ? 0 : errno & 0xff);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		return note(check, false, strerror(errno));
	}
	return note(check, status == 0,
		    status == 0
			    ? "tried"
			    : strerror(WIFEXITED(status) ? WEXITSTATUS(status)
							 : EPERM));
}

static int try_namespaces(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
		       CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWUSER);
}

static bool check_namespaces(struct check *check)
{
	return check_child(check, try_namespaces);
}

static int try_overlay(void)
{
	return fsopen("overlay", FSOPEN_CLOEXEC) < 0 ? -1 : 0;
}

static bool check_overlay(struct check *check)
{
	return check_child(check, try_overlay);
}

static bool check_seccomp(struct check *check)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0
		       ? note(check, true, "filter and user notification")
		       : note(check, false, strerror(errno));
}

static bool check_landlock(struct check *check)
{
	int abi = enc_landlock_abi();

	(void)snprintf(check->detail, sizeof(check->detail), "ABI %d", abi);
	return abi >= 1;
}

static bool check_network(struct check *check)
{
	struct enc_net_session *session = NULL;
	const char *step = "";
	int r = enc_net_session_new(&session, &step);

	if (r < 0) {
		(void)snprintf(check->detail, sizeof(check->detail), "%s: %s",
			       step, strerror(-r));
		return false;
	}
	enc_net_session_free(session);
	return note(check, true, "namespaces, veth, nftables with tproxy");
}

static bool check_environments(struct check *check)
{
	struct enc_environments all;
	struct enc_error err = { 0 };

	if (enc_environments_open(check->machine->environments, &all, &err) !=
	    ENC_OK) {
		return note(check, false, err.message);
	}
	(void)snprintf(check->detail, sizeof(check->detail), "%zu in %.200s",
		       all.count, check->machine->environments);
	return true;
}

static bool check_gvisor(struct check *check)
{
	struct enc_runsc runsc;
	struct enc_error err = { 0 };

	if (enc_runsc_find(check->machine->runsc, check->machine->runsc_beside,
			   &runsc, &err) != ENC_OK) {
		return note(check, false, err.message);
	}
	enc_fd_close(&runsc.program);
	return note(check, true, runsc.release);
}

static const struct check_row {
	const char *feature;
	bool (*holds)(struct check *check);
	const char *remedy;
	bool optional;
} rows[] = {
	{ "root", check_root,
	  "start as root (sudo), or use a server that runs already: set "
	  "ENCLAVE_BASE_URL",
	  false },
	{ "kernel 6.1", check_kernel, "boot a kernel 6.1 or newer", false },
	{ "cgroups", check_cgroups,
	  "mount cgroup v2 (or v1 with memory, pids, cpu, cpuacct) writable; "
	  "in a container: --privileged --cgroupns=host",
	  false },
	{ "namespaces", check_namespaces,
	  "allow user namespaces: sysctl user.max_user_namespaces=65536, "
	  "kernel.unprivileged_userns_clone=1",
	  false },
	{ "overlay", check_overlay, "load it: modprobe overlay", false },
	{ "seccomp", check_seccomp, "boot a kernel with CONFIG_SECCOMP_FILTER",
	  false },
	{ "landlock", check_landlock,
	  "boot a kernel with CONFIG_SECURITY_LANDLOCK and landlock in lsm=",
	  false },
	{ "network", check_network,
	  "load veth, nf_tables, nft_tproxy, nft_reject_inet; keep IPv6 on",
	  false },
	{ "environments", check_environments,
	  "build one: make env, or tools/mkenv default", false },
	{ "gvisor", check_gvisor,
	  "sandboxes are native without it; tools/bootstrap gvisor finds or "
	  "builds a runsc",
	  true },
};

enum enc_code enc_machine_check_require(const struct enc_machine *machine,
					struct enc_error *err)
{
	struct check check = { .machine = machine };

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (!rows[i].optional && !rows[i].holds(&check)) {
			return enc_fail(err, ENC_UNAVAILABLE, "%s: %.120s; %s",
					rows[i].feature, check.detail,
					rows[i].remedy);
		}
	}
	return ENC_OK;
}

/* print_text() - as JSON; what comes here has no control characters */
static void print_text(const char *name, const char *text)
{
	printf("\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			putchar('\\');
		}
		putchar((unsigned char)*text < ' ' ? '?' : *text);
	}
	putchar('"');
}

bool enc_machine_check_print(const struct enc_machine *machine)
{
	struct check check = { .machine = machine };
	bool all = true;

	putchar('[');
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		bool ok = rows[i].holds(&check);

		all &= ok || rows[i].optional;
		printf("%s\n{", i == 0 ? "" : ",");
		print_text("feature", rows[i].feature);
		printf(",\"ok\":%s,\"required\":%s,", ok ? "true" : "false",
		       rows[i].optional ? "false" : "true");
		print_text("detail", check.detail);
		putchar(',');
		print_text("remedy", ok ? "" : rows[i].remedy);
		putchar('}');
	}
	printf("\n]\n");
	return all;
}
