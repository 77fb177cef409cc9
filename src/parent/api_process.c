/*
 * Should: turn a fork of enclaved into enclave-api, which has only its
 * descriptors and its state directory. Mustn't: start it without one of its
 * layers.
 *
 * Every layer is in force before the exec, so it holds whatever program is
 * started. Without root there are no layers; only the simulator runs without
 * root.
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

#include "api_fd.h"
#include "api_process.h"
#include "api_root.h"
#include "descriptors.h"
#include "failpoint.h"
#include "fd.h"
#include "gen_api_seccomp.h"
#include "landlock.h"
#include "process.h"
#include "seccomp.h"

enum {
	NOFILE = 16384,
	/* enclave-api has six threads: SQLite's writer and libuv's pool. */
	NPROC = 32,
};

/*
 * place() - give all descriptors their numbers; standard error stays, since it
 * is the log
 */
static int place(const struct enc_api_birth *birth, int program)
{
	/* enc_descriptors_place() closes the descriptor `null`. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct enc_descriptor rows[ENC_API_FD_MAX] = {
		[STDIN_FILENO] = { null, false },
		[STDOUT_FILENO] = { null, false },
		[STDERR_FILENO] = { STDERR_FILENO, false },
		[ENC_API_FD_CHANNEL] = { birth->channel, false },
		[ENC_API_FD_UNIX] = { birth->unix_listener, false },
		[ENC_API_FD_TCP] = { birth->tcp_listener, false },
		[ENC_API_FD_PROGRAM] = { program, true },
		[ENC_API_FD_READY] = { birth->ready, false },
	};

	return null < 0 ? -errno : enc_descriptors_place(rows, ENC_API_FD_MAX);
}

static int limit(int what, rlim_t most)
{
	const struct rlimit both = { most, most };

	return setrlimit((__rlimit_resource_t)what, &both) < 0 ? -errno : 0;
}

/*
 * confine_files() - restrict files by Landlock, too; only enclave-api's own
 * program may be executed
 */
static int confine_files(void)
{
	static const struct enc_landlock_place places[] = {
		{ .path = ENC_API_STATE_DIR, .write = true },
		{ .path = ENC_API_NULL, .write = true },
		{ .path = ENC_API_URANDOM },
		{ .path = ENC_API_MEMINFO },
	};
	const char *failed;

	return enc_landlock_restrict(places, ENC_COUNT(places),
				     ENC_API_FD_PROGRAM, &failed);
}

/* confine() - give up root; the process is in its own namespaces already */
static int confine(const struct enc_api_birth *birth)
{
	int r = enc_api_root_enter(birth->state_path, /* files= */ true);

	r = r < 0 ? r : limit(RLIMIT_NOFILE, NOFILE);
	r = r < 0 ? r : limit(RLIMIT_NPROC, NPROC);
	r = r < 0 ? r : limit(RLIMIT_MEMLOCK, 0);
	r = r < 0 ? r : limit(RLIMIT_MSGQUEUE, 0);
	if (r < 0) {
		return r;
	}
	if (setgroups(0, NULL) < 0 ||
	    setresgid(birth->uid, birth->uid, birth->uid) < 0 ||
	    setresuid(birth->uid, birth->uid, birth->uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	return confine_files();
}

/* run() - install the filter and exec; returns only on failure */
static int run(const char *const argv[], char *const envp[], bool root)
{
	int r = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		return -errno;
	}
	if (root) {
		r = enc_seccomp_install(enc_seccomp_program,
					ENC_COUNT(enc_seccomp_program), NULL);
	}
	if (r == 0) {
		(void)syscall(SYS_execveat, ENC_API_FD_PROGRAM, "", argv, envp,
			      AT_EMPTY_PATH);
		r = -errno;
	}
	return r;
}

static _Noreturn void live(const struct enc_api_birth *birth)
{
	static const char name[] = "enclave-api";
	char owner[16];
	char pool[16];
	char overcommit[16];
	char keep_days[16];
	bool root = geteuid() == 0;
	const char *argv[] = { name,
			       "--state-dir",
			       root ? ENC_API_STATE_DIR : birth->state_path,
			       "--backend",
			       birth->backend,
			       "--owner-uid",
			       owner,
			       "--pool",
			       pool,
			       "--overcommit",
			       overcommit,
			       "--access-log",
			       birth->access_log ? "1" : "0",
			       "--keep-days",
			       keep_days,
			       NULL };
	const char *log = getenv("ENCLAVE_LOG");
	char log_variable[64] = "ENCLAVE_LOG=info";
	char failpoint[64];
	char *const envp[] = { log_variable,
			       birth->failpoint == NULL ? NULL : failpoint,
			       NULL };
	int program = open(birth->program, O_RDONLY | O_CLOEXEC);
	int r = program < 0 ? -errno : 0;

	if (log != NULL) {
		(void)snprintf(log_variable, sizeof(log_variable),
			       "ENCLAVE_LOG=%.32s", log);
	}
	if (birth->failpoint != NULL) {
		(void)snprintf(failpoint, sizeof(failpoint), "%s=%.32s",
			       ENC_FAILPOINT_VARIABLE, birth->failpoint);
	}
	(void)snprintf(owner, sizeof(owner), "%u", birth->owner);
	(void)snprintf(pool, sizeof(pool), "%d", birth->pool);
	(void)snprintf(overcommit, sizeof(overcommit), "%d", birth->overcommit);
	(void)snprintf(keep_days, sizeof(keep_days), "%d", birth->keep_days);
	r = r < 0 ? r : place(birth, program);
	/*
	 * At a core limit of 0 the kernel still runs the program of
	 * core_pattern; at 1 it doesn't.
	 */
	r = r < 0 ? r : limit(RLIMIT_CORE, 1);
	r = r < 0 || !root ? r : confine(birth);
	r = r < 0 ? r : run(argv, envp, root);
	(void)fprintf(stderr, "enclaved: starting %s: %s%s\n", birth->program,
		      strerror(-r),
		      r == -ENOENT ? "; it must be there, and be linked "
				     "statically"
				   : "");
	_exit(127);
}

int enc_api_start(const struct enc_api_birth *birth, pid_t *ret_pid,
		  int *ret_pidfd)
{
	static const uint64_t own = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
				    CLONE_NEWIPC | CLONE_NEWUTS |
				    CLONE_NEWCGROUP;
	sigset_t blocked;
	int r;

	/*
	 * The kernel drops a SIGTERM to process 1 of a namespace while it has
	 * no handler for it. A blocked signal waits instead.
	 */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	r = enc_process_clone(geteuid() == 0 ? own : 0, /* cgroup= */ -1,
			      &blocked, ret_pid, ret_pidfd);
	if (r == 0) {
		live(birth);
	}
	return r < 0 ? r : 0;
}
