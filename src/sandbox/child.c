/*
 * Should: give up the rights of root step by step, and report which step
 * failed. Mustn't: allocate memory, log, return to the launcher's code, or run
 * foreign code.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_internal.h"
#include "descriptors.h"
#include "fd.h"
#include "ipc.h"
#include "process.h"

enum { INSIDE_INIT = 0, INSIDE_PROGRAM = 1000, INSIDE_NOBODY = 65534 };

void enc_child_at(struct enc_child_progress *at, const char *step,
		  const char *object)
{
	at->step = step;
	at->object = object;
}

/* ---- steps of both ways ---- */

int enc_child_join_cgroup(const struct enc_child_birth *birth,
			  struct enc_child_progress *at)
{
	enc_child_at(at, "join cgroup", "tasks");
	return enc_cgroup_join(birth->cgroup);
}

int enc_child_place_descriptors(const struct enc_child_birth *birth,
				struct enc_child_progress *at)
{
	/* enc_descriptors_place() closes the descriptor `null`. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct enc_descriptor rows[ENC_CHILD_FD_MAX] = {
		[STDIN_FILENO] = { null, false },
		[STDOUT_FILENO] = { null, false },
		[STDERR_FILENO] = { null, false },
		[ENC_CHILD_RUNNER_FD] = { birth->runner, false },
		[ENC_CHILD_SETUP_FD] = { birth->setup, true },
		[ENC_CHILD_PROGRAM_FD] = { birth->program, true },
	};
	int r;

	enc_child_at(at, "open", "/dev/null");
	if (null < 0) {
		return -errno;
	}
	enc_child_at(at, "dup", "descriptors");
	r = enc_descriptors_place(rows, ENC_CHILD_FD_MAX);
	if (r == 0) {
		at->setup = ENC_CHILD_SETUP_FD;
	}
	return r;
}

int enc_child_await(const struct enc_child_progress *at)
{
	struct pollfd wait = { .fd = at->setup, .events = POLLIN };
	char go;

	/* If the launcher dies, its end is closed and this wait ends. */
	while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
	}
	return recv(at->setup, &go, 1, 0) == 1 ? 0 : -ECONNRESET;
}

int enc_child_await_maps(struct enc_child_progress *at)
{
	struct enc_child_report ask = { .kind = ENC_CHILD_MAPS };

	enc_child_at(at, "maps", "user namespace");
	return send(at->setup, &ask, sizeof(ask), MSG_NOSIGNAL) < 0
		       ? -errno
		       : enc_child_await(at);
}

int enc_child_become_init(const struct enc_child_birth *birth,
			  struct enc_child_progress *at)
{
	(void)birth;
	enc_child_at(at, "setresuid", "0 of the user namespace");
	if (setresgid(INSIDE_INIT, INSIDE_INIT, INSIDE_INIT) < 0 ||
	    setresuid(INSIDE_INIT, INSIDE_INIT, INSIDE_INIT) < 0) {
		return -errno;
	}
	return 0;
}

/* ---- birth ---- */

void enc_child_fail(int setup, const char *step, const char *object, int error)
{
	struct enc_child_report report = { .kind = ENC_CHILD_FAILED,
					   .error = error };

	(void)snprintf(report.step, sizeof(report.step), "%s", step);
	(void)snprintf(report.object, sizeof(report.object), "%s", object);
	ENC_IGNORE(enc_ipc_send(setup, &report, sizeof(report),
				-1)); /* the exit shows the failure, too */
}

static _Noreturn void live(const struct enc_child_way *way,
			   const struct enc_child_birth *birth)
{
	struct enc_child_progress at = { "", "", .setup = birth->setup };
	int r = 0;

	for (size_t i = 0; r == 0 && i < way->step_count; i++) {
		r = way->steps[i](birth, &at);
	}
	enc_child_fail(at.setup, at.step, at.object, r);
	_exit(1);
}

int enc_child_clone(const struct enc_child_birth *birth, pid_t *ret_pid,
		    int *ret_pidfd)
{
	const struct enc_child_way *way = birth->way;
	int r = enc_process_clone(way->namespaces,
				  enc_cgroup_clone_fd(birth->cgroup),
				  /* blocked= */ NULL, ret_pid, ret_pidfd);

	if (r == 0) {
		live(way, birth);
	}
	return r < 0 ? r : 0;
}

int enc_child_write_maps(pid_t pid, const struct enc_plan_ids *ids)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[64];
	char text[128];
	int length =
		snprintf(text, sizeof(text), "%d %u 1\n%d %u 1\n", INSIDE_INIT,
			 ids->init, INSIDE_PROGRAM, ids->program);
	int r = 0;

	if (ids->sentry != 0) {
		(void)snprintf(text + length, sizeof(text) - (size_t)length,
			       "%d %u 1\n", INSIDE_NOBODY, ids->sentry);
	}
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
