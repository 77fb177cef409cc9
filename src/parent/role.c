#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "clock.h"
#include "fd.h"
#include "role.h"

enum {
	BACKOFF_FIRST_MS = 50,
	BACKOFF_LAST_MS = 5000,
	EARLY_MS = 1000, /* ending within this time is an early death */
	EARLY_DEATHS_MAX = 5,
};

void enc_role_init(struct enc_role *role, const struct enc_role_row *row,
		   void *context, struct enc_poller *poller)
{
	*role = (struct enc_role){
		.row = row, .context = context, .poller = poller, .process = -1
	};
}

void enc_role_signal(const struct enc_role *role, int number)
{
	if (role->process >= 0) {
		/* The process may be dead already. */
		ENC_IGNORE(pidfd_send_signal(role->process, number, NULL, 0));
	}
}

void enc_role_end(struct enc_role *role)
{
	role->ending = true;
}

/*
 * wait_ms() - the pause before a start: it doubles with each failure, up to a
 * maximum
 */
static int64_t wait_ms(unsigned int wrong)
{
	int64_t ms = BACKOFF_FIRST_MS;

	for (unsigned int i = 0; i < wrong && ms < BACKOFF_LAST_MS; i++) {
		ms = ENC_MIN(2 * ms, BACKOFF_LAST_MS);
	}
	return ms;
}

/* plan_next() - plan the next start after a death, or give the role up */
static void plan_next(struct enc_role *role, bool killed, int64_t now_ms)
{
	if (now_ms - role->started_ms > EARLY_MS) {
		role->early_deaths = 0;
	} else if (++role->early_deaths >= EARLY_DEATHS_MAX && !killed &&
		   !role->row->kept) {
		enc_log(ENC_LOG_ERROR, NULL,
			"%s ends again and again; see the log above",
			role->row->name);
		role->ending = true;
		role->hopeless = true;
		return;
	}
	role->start_at_ms = now_ms + wait_ms(role->early_deaths);
}

static void on_process(struct enc_watch *watch, uint32_t events)
{
	struct enc_role *role = ENC_HOLDER(watch, struct enc_role, watch);
	siginfo_t info = { 0 };

	(void)events;
	if (waitid((idtype_t)P_PIDFD, (id_t)role->process, &info,
		   WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0) {
		return;
	}
	enc_poller_remove(role->poller, watch);
	enc_fd_close(&role->process);
	role->row->ended(role->context);
	if (role->ending) {
		return;
	}
	enc_log(ENC_LOG_ERROR, NULL, "%s ended: %s %d%s", role->row->name,
		info.si_code == CLD_EXITED ? "exit code" : "signal",
		info.si_status,
		info.si_code != CLD_EXITED && info.si_status == SIGSYS
			? ": it made a system call that it never makes, as if "
			  "it had been taken over"
			: "");
	plan_next(role, info.si_code != CLD_EXITED, enc_clock_mono_ms());
}

/* kill_process() - kill and reap a process that isn't watched */
static void kill_process(struct enc_role *role)
{
	siginfo_t info;

	/* Both can't fail for a child that isn't reaped. */
	ENC_IGNORE(pidfd_send_signal(role->process, SIGKILL, NULL, 0));
	ENC_IGNORE(waitid((idtype_t)P_PIDFD, (id_t)role->process, &info,
			  WEXITED));
	enc_fd_close(&role->process);
	role->row->ended(role->context);
}

void enc_role_stop(struct enc_role *role)
{
	enc_role_end(role);
	if (role->process >= 0) {
		enc_poller_remove(role->poller, &role->watch);
		kill_process(role);
	}
}

int enc_role_start(struct enc_role *role)
{
	pid_t pid = 0;
	int r = role->row->start(role->context, &pid, &role->process);

	if (r < 0) {
		return r;
	}
	r = enc_poller_add(role->poller, &role->watch, role->process, EPOLLIN,
			   on_process);
	if (r < 0) {
		kill_process(role);
		return r;
	}
	role->started_ms = enc_clock_mono_ms();
	role->start_at_ms = INT64_MAX;
	role->failed_starts = 0;
	role->start_log = (struct enc_log_limit){ 0 };
	enc_log(ENC_LOG_INFO, NULL, "%s started, pid %d", role->row->name,
		(int)pid);
	return 0;
}

void enc_role_turn(struct enc_role *role, int64_t now_ms)
{
	int r;

	if (role->ending || role->process >= 0 || now_ms < role->start_at_ms) {
		return;
	}
	r = enc_role_start(role);
	if (r < 0) {
		/*
		 * The first start worked, so what is missing now may come back.
		 */
		enc_log_limited(&role->start_log, ENC_LOG_ERROR, NULL,
				"%s can't be started: %s; trying again",
				role->row->name, strerror(-r));
		role->start_at_ms = now_ms + wait_ms(++role->failed_starts);
	}
}
