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
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api_fd.h"
#include "api_process.h"
#include "api_root.h"
#include "birth.h"
#include "descriptors.h"
#include "failpoint.h"
#include "fd.h"
#include "gen_api_seccomp.h"
#include "landlock.h"
#include "process.h"

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
	static const struct enc_birth_rlimit limits[] = {
		{ "nofile", RLIMIT_NOFILE, NOFILE },
		{ "nproc", RLIMIT_NPROC, NPROC },
		{ "memlock", RLIMIT_MEMLOCK, 0 },
		{ "msgqueue", RLIMIT_MSGQUEUE, 0 },
	};
	int r = enc_api_root_enter(birth->state_path, /* files= */ true);

	r = r < 0 ? r
		  : enc_birth_limit(birth->program, limits, ENC_COUNT(limits));
	r = r < 0 ? r : enc_birth_drop_root(birth->uid);
	return r < 0 ? r : confine_files();
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
	/*
	 * At a core limit of 0 the kernel still runs the program of
	 * core_pattern; at 1 it doesn't.
	 */
	static const struct enc_birth_rlimit no_core = { "core", RLIMIT_CORE,
							 1 };
	char log_variable[ENC_BIRTH_LOG_BYTES];
	char failpoint[64];
	char *const envp[] = { log_variable,
			       birth->failpoint == NULL ? NULL : failpoint,
			       NULL };
	int program = open(birth->program, O_RDONLY | O_CLOEXEC);
	int r = program < 0 ? -errno : 0;

	enc_birth_log_variable(log_variable);
	if (birth->failpoint != NULL) {
		(void)snprintf(failpoint, sizeof(failpoint), "%s=%.32s",
			       ENC_FAILPOINT_VARIABLE, birth->failpoint);
	}
	(void)snprintf(owner, sizeof(owner), "%u", birth->owner);
	(void)snprintf(pool, sizeof(pool), "%d", birth->pool);
	(void)snprintf(overcommit, sizeof(overcommit), "%d", birth->overcommit);
	(void)snprintf(keep_days, sizeof(keep_days), "%d", birth->keep_days);
	r = r < 0 ? r : place(birth, program);
	r = r < 0 ? r : enc_birth_limit(birth->program, &no_core, 1);
	r = r < 0 || !root ? r : confine(birth);
	r = r < 0 ? r
		  : enc_birth_exec(&(struct enc_birth_program){
			    .fd = ENC_API_FD_PROGRAM,
			    .argv = argv,
			    .envp = envp,
			    .filter = root ? enc_seccomp_program : NULL,
			    .filter_count = ENC_COUNT(enc_seccomp_program) });
	enc_birth_fail(birth->program, r);
}

int enc_api_start(const struct enc_api_birth *birth, pid_t *ret_pid,
		  int *ret_pidfd)
{
	sigset_t blocked;
	int r;

	/*
	 * The kernel drops a SIGTERM to process 1 of a namespace while it has
	 * no handler for it. A blocked signal waits instead.
	 */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGHUP);
	r = enc_process_clone(geteuid() == 0 ? ENC_BIRTH_NAMESPACES : 0,
			      /* cgroup= */ -1, &blocked, ret_pid, ret_pidfd);
	if (r == 0) {
		live(birth);
	}
	return r < 0 ? r : 0;
}
