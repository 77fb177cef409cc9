#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api_process.h"
#include "failpoint.h"
#include "fd.h"
#include "landlock.h"
#include "process.h"

enum { CHANNEL_FD = 3, UNIX_FD, TCP_FD, FIRST_FREE_FD, HIGH_FD = 64 };
enum { NOFILE = 16384 };

/* show_state() - its own directory at a fixed place, whatever lies above it */
static int show_state(const char *path)
{
	enc_autoclose int copy = -1;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (mkdir(ENC_API_STATE_DIR, 0755) < 0 && errno != EEXIST)) {
		return -errno;
	}
	copy = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0 || move_mount(copy, "", AT_FDCWD, ENC_API_STATE_DIR,
				   MOVE_MOUNT_F_EMPTY_PATH) < 0) {
		return -errno;
	}
	return 0;
}

/* confine() - root becomes nobody; files only below its state directory */
static int confine(const struct enc_api_birth *birth)
{
	static const struct enc_landlock_place places[] = {
		{ ENC_API_STATE_DIR, true }, { "/usr", false },
		{ "/etc", false },	     { "/proc", false },
		{ "/dev/null", true },	     { "/dev/urandom", false },
	};
	struct enc_landlock_place all[ENC_COUNT(places) + 1];
	const char *failed;

	memcpy(all, places, sizeof(places));
	all[ENC_COUNT(places)] =
		(struct enc_landlock_place){ birth->program, false };
	if (setgroups(0, NULL) < 0 ||
	    setresgid(ENC_API_UID, ENC_API_UID, ENC_API_UID) < 0 ||
	    setresuid(ENC_API_UID, ENC_API_UID, ENC_API_UID) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return -errno;
	}
	return enc_landlock_restrict(all, ENC_COUNT(all), &failed);
}

/* place() - the descriptors in their fixed order, and no other */
static int place(const struct enc_api_birth *birth)
{
	const int from[] = { birth->channel, birth->unix_listener,
			     birth->tcp_listener };
	int high[ENC_COUNT(from)];

	for (size_t i = 0; i < ENC_COUNT(from); i++) {
		high[i] = from[i] < 0
				  ? -1
				  : fcntl(from[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (from[i] >= 0 && high[i] < 0) {
			return -errno;
		}
	}
	for (size_t i = 0; i < ENC_COUNT(from); i++) {
		if (high[i] < 0) {
			(void)close(CHANNEL_FD + (int)i); /* whatever it is */
		} else if (dup2(high[i], CHANNEL_FD + (int)i) < 0) {
			return -errno;
		}
	}
	return syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 0) < 0 ? -errno : 0;
}

static _Noreturn void live(const struct enc_api_birth *birth)
{
	static char name[] = "enclave-api";
	char owner[16];
	char pool[16];
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
			       NULL };
	const char *log = getenv("ENCLAVE_LOG");
	char log_variable[64] = "ENCLAVE_LOG=info";
	char failpoint[64];
	char *const envp[] = { log_variable,
			       birth->failpoint == NULL ? NULL : failpoint,
			       NULL };
	/* 0 would still feed a program that core_pattern names */
	struct rlimit no_core = { 1, 1 };
	struct rlimit files = { NOFILE, NOFILE };
	int r = 0;

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
	(void)setpgid(0, 0); /* a terminal's Ctrl-C is for enclaved alone */
	if (root) {
		r = show_state(birth->state_path);
	}
	if (r == 0) {
		r = place(birth);
	}
	if (r == 0 && (setrlimit(RLIMIT_CORE, &no_core) < 0 ||
		       (root && setrlimit(RLIMIT_NOFILE, &files) < 0))) {
		r = -errno;
	}
	if (r == 0 && root) {
		r = confine(birth);
	}
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		r = -errno;
	}
	if (r == 0) {
		(void)execve(birth->program, (char *const *)(uintptr_t)argv,
			     envp);
		r = -errno;
	}
	(void)fprintf(stderr, "enclaved: starting %s: %s\n", birth->program,
		      strerror(-r));
	_exit(127);
}

int enc_api_start(const struct enc_api_birth *birth, pid_t *ret_pid,
		  int *ret_pidfd)
{
	int r = enc_process_clone(/* flags= */ 0, /* cgroup= */ -1, ret_pid,
				  ret_pidfd);

	if (r == 0) {
		live(birth);
	}
	return r < 0 ? r : 0;
}
