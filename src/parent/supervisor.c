#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "api_process.h"
#include "clock.h"
#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "notify.h"
#include "supervisor.h"

enum {
	DRAIN_MS = 30000,
	EMPTY_MS = 10000, /* timeout of the removal of all sandboxes */
	BACKOFF_FIRST_MS = 50,
	BACKOFF_LAST_MS = 5000,
	EARLY_MS = 1000, /* ending within this time is an early death */
	EARLY_DEATHS_MAX = 5,
};

struct supervisor {
	const struct enc_supervisor_options *options;
	int api; /* pidfd of enclave-api; -1: not running */
	struct enc_watch api_watch;
	int ready; /* read end of enclave-api's pipe; -1: closed */
	struct enc_watch ready_watch;
	bool told_ready;
	int64_t api_started_ms;
	int64_t start_at_ms; /* INT64_MAX: no start is planned */
	unsigned int early_deaths;
	/* Starts that failed since the last start that worked. */
	unsigned int failed_starts;
	struct enc_log_limit start_log;
	int signals;
	struct enc_watch signal_watch;
	bool ending;
	int64_t deadline_ms;
	int exit_code;
};

static enc_watch_fn on_api;
static enc_watch_fn on_ready;

/* notify() - send @text to the service manager, if there is one */
static void notify(const char *text)
{
	int r = enc_notify(text);

	if (r < 0) {
		enc_log(ENC_LOG_WARNING, NULL,
			"can't notify the service manager: %s, ignoring",
			strerror(-r));
	}
}

/* end_unwatched() - kill and reap an enclave-api that can't be watched */
static void end_unwatched(struct supervisor *supervisor)
{
	siginfo_t info;

	if (supervisor->api >= 0) {
		/*
		 * The kill and the wait can't fail for a child that isn't
		 * reaped.
		 */
		ENC_IGNORE(pidfd_send_signal(supervisor->api, SIGKILL, NULL,
					     0));
		ENC_IGNORE(waitid((idtype_t)P_PIDFD, (id_t)supervisor->api,
				  &info, WEXITED));
		enc_fd_close(&supervisor->api);
	}
}

static void signal_api(struct supervisor *supervisor, int number)
{
	if (supervisor->api >= 0) {
		/* The process enclave-api may be dead already. */
		ENC_IGNORE(pidfd_send_signal(supervisor->api, number, NULL, 0));
	}
}

/* open_ready() - open the pipe by which enclave-api reports that it serves */
static int open_ready(struct supervisor *supervisor, int *ret_far)
{
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		return -errno;
	}
	supervisor->ready = ends[0];
	*ret_far = ends[1];
	r = enc_poller_add(supervisor->options->poller,
			   &supervisor->ready_watch, supervisor->ready, EPOLLIN,
			   on_ready);
	if (r < 0) {
		enc_fd_close(&supervisor->ready);
		enc_fd_close(ret_far);
	}
	return r;
}

static void close_ready(struct supervisor *supervisor)
{
	enc_poller_remove(supervisor->options->poller,
			  &supervisor->ready_watch);
	enc_fd_close(&supervisor->ready);
}

static int start_api(struct supervisor *supervisor)
{
	const struct enc_supervisor_options *options = supervisor->options;
	struct enc_api_birth birth = {
		.program = options->api_program,
		.uid = options->api_uid,
		.backend = options->backend,
		.pool = options->pool,
		.overcommit = options->overcommit,
		.access_log = options->access_log,
		.keep_days = options->keep_days,
		.state_path = options->state_path,
		.channel = -1,
		.ready = -1,
		.unix_listener = options->unix_listener,
		.tcp_listener = options->tcp_listener,
		.owner = geteuid(),
		/*
		 * Only the first enclave-api gets the failpoint: the next one
		 * must recover.
		 */
		.failpoint = supervisor->api_started_ms == 0
				     ? options->failpoint
				     : NULL,
	};
	int ends[2] = { -1, -1 };
	pid_t pid = 0;
	int r = open_ready(supervisor, &birth.ready);

	if (r == 0 && options->launcher != NULL) {
		r = enc_ipc_pair(SOCK_SEQPACKET, ends);
		birth.channel = ends[1];
	}
	if (r == 0) {
		r = enc_api_start(&birth, &pid, &supervisor->api);
	}
	enc_fd_close(&ends[1]);
	enc_fd_close(&birth.ready);
	if (r == 0) {
		r = enc_poller_add(options->poller, &supervisor->api_watch,
				   supervisor->api, EPOLLIN, on_api);
	}
	if (r < 0) {
		enc_fd_close(&ends[0]);
		close_ready(supervisor);
		end_unwatched(supervisor);
		return r;
	}
	if (options->launcher != NULL) {
		enc_launcher_attach(options->launcher, ends[0]);
		if (!enc_launcher_attached(options->launcher)) {
			/* An enclave-api without a channel can't serve. */
			signal_api(supervisor, SIGKILL);
		}
	}
	supervisor->api_started_ms = enc_clock_mono_ms();
	supervisor->start_at_ms = INT64_MAX;
	supervisor->failed_starts = 0;
	supervisor->start_log = (struct enc_log_limit){ 0 };
	enc_log(ENC_LOG_INFO, NULL, "enclave-api started, pid %d", (int)pid);
	return 0;
}

/*
 * wait_ms() - the pause before a restart: it doubles with each failure, up to a
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

/*
 * plan_restart() - restart enclave-api after a pause that grows with each early
 * death
 *
 * If enclave-api exits early several times in a row, it can't start, and
 * enclaved exits. If it was killed, it is always restarted.
 */
static void plan_restart(struct supervisor *supervisor, bool killed,
			 int64_t now_ms)
{
	if (now_ms - supervisor->api_started_ms > EARLY_MS) {
		supervisor->early_deaths = 0;
	} else if (++supervisor->early_deaths >= EARLY_DEATHS_MAX && !killed) {
		enc_log(ENC_LOG_ERROR, NULL,
			"enclave-api ends again and again; see the log above");
		supervisor->ending = true;
		supervisor->exit_code = EX_SOFTWARE;
		supervisor->deadline_ms = now_ms;
		return;
	}
	supervisor->start_at_ms = now_ms + wait_ms(supervisor->early_deaths);
}

static void on_api(struct enc_watch *watch, uint32_t events)
{
	struct supervisor *supervisor =
		ENC_HOLDER(watch, struct supervisor, api_watch);
	siginfo_t info = { 0 };

	(void)events;
	if (waitid((idtype_t)P_PIDFD, (id_t)supervisor->api, &info,
		   WEXITED | WNOHANG) < 0 ||
	    info.si_pid == 0) {
		return;
	}
	enc_poller_remove(supervisor->options->poller, watch);
	enc_fd_close(&supervisor->api);
	close_ready(supervisor);
	if (supervisor->options->launcher != NULL) {
		enc_launcher_detach(supervisor->options->launcher);
	}
	if (supervisor->ending) {
		return;
	}
	enc_log(ENC_LOG_ERROR, NULL, "enclave-api ended: %s %d%s",
		info.si_code == CLD_EXITED ? "exit code" : "signal",
		info.si_status,
		info.si_code != CLD_EXITED && info.si_status == SIGSYS
			? ": it made a system call that it never makes, as if "
			  "it had been taken over"
			: "");
	plan_restart(supervisor, info.si_code != CLD_EXITED,
		     enc_clock_mono_ms());
}

/*
 * tell_ready() - report once that the server is ready: to the service manager
 * and to ready_fd
 */
static void tell_ready(struct supervisor *supervisor)
{
	static const char line[] = "ready\n";
	int fd = supervisor->options->ready_fd;

	if (supervisor->told_ready) {
		return;
	}
	supervisor->told_ready = true;
	if (fd >= 0) {
		/* The reader of ready_fd may have closed its end. */
		ENC_IGNORE(enc_fd_write_all(fd, line, sizeof(line) - 1));
		(void)close(fd);
	}
	notify("READY=1\nSTATUS=Serving");
}

/*
 * on_ready() - read enclave-api's byte, or the end of the pipe if it has died
 */
static void on_ready(struct enc_watch *watch, uint32_t events)
{
	struct supervisor *supervisor =
		ENC_HOLDER(watch, struct supervisor, ready_watch);
	char byte;
	ssize_t got = read(supervisor->ready, &byte, 1);

	(void)events;
	close_ready(supervisor);
	if (got == 1 && !supervisor->ending) {
		tell_ready(supervisor);
	}
}

static void on_signal(struct enc_watch *watch, uint32_t events)
{
	struct supervisor *supervisor =
		ENC_HOLDER(watch, struct supervisor, signal_watch);
	struct signalfd_siginfo info;

	(void)events;
	while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			continue; /* the pidfds report ended children */
		}
		signal_api(supervisor, supervisor->ending	  ? SIGKILL
				       : info.ssi_signo == SIGHUP ? SIGHUP
								  : SIGTERM);
		if (!supervisor->ending) {
			enc_log(ENC_LOG_INFO, NULL, "ending: draining");
			notify("STOPPING=1\nSTATUS=Draining");
			supervisor->ending = true;
			supervisor->deadline_ms =
				enc_clock_mono_ms() + DRAIN_MS;
		}
	}
}

static int watch_signals(struct supervisor *supervisor)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) < 0) {
		return -errno;
	}
	supervisor->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals < 0) {
		return -errno;
	}
	return enc_poller_add(supervisor->options->poller,
			      &supervisor->signal_watch, supervisor->signals,
			      EPOLLIN, on_signal);
}

static size_t cells(const struct supervisor *supervisor)
{
	return supervisor->options->launcher == NULL
		       ? 0
		       : enc_launcher_cells(supervisor->options->launcher);
}

/*
 * check_api() - kill an enclave-api without a channel; start the next one when
 * it is time
 */
static void check_api(struct supervisor *supervisor, int64_t now_ms)
{
	struct enc_launcher *launcher = supervisor->options->launcher;
	int r;

	if (launcher != NULL && supervisor->api >= 0 &&
	    !enc_launcher_attached(launcher)) {
		signal_api(supervisor, SIGKILL);
	}
	if (supervisor->ending || supervisor->api >= 0 ||
	    now_ms < supervisor->start_at_ms || cells(supervisor) > 0) {
		return;
	}
	r = start_api(supervisor);
	if (r < 0) {
		/*
		 * The first start worked, so what is missing now may come back.
		 */
		enc_log_limited(&supervisor->start_log, ENC_LOG_ERROR, NULL,
				"enclave-api can't be started: %s; trying "
				"again",
				strerror(-r));
		supervisor->start_at_ms =
			now_ms + wait_ms(++supervisor->failed_starts);
	}
}

/* turn() - one round of the loop. Return: 0 or a negative errno */
static int turn(struct supervisor *supervisor)
{
	struct enc_launcher *launcher = supervisor->options->launcher;
	int64_t now_ms = enc_clock_mono_ms();
	int64_t next_ms = INT64_MAX;

	if (launcher != NULL) {
		next_ms = enc_launcher_turn(launcher, now_ms);
	}
	check_api(supervisor, now_ms);
	if (supervisor->ending) {
		if (now_ms >= supervisor->deadline_ms) {
			signal_api(supervisor, SIGKILL);
			supervisor->deadline_ms = INT64_MAX;
		}
		next_ms = ENC_MIN(next_ms, supervisor->deadline_ms);
	} else if (cells(supervisor) == 0) {
		next_ms = ENC_MIN(next_ms, supervisor->start_at_ms);
	}
	return enc_poller_turn(supervisor->options->poller,
			       next_ms == INT64_MAX
				       ? -1
				       : (next_ms > now_ms ? next_ms - now_ms
							   : 0));
}

/* empty() - remove all sandboxes before a deadline. Return: an exit code */
static int empty(struct supervisor *supervisor)
{
	int64_t deadline_ms = enc_clock_mono_ms() + EMPTY_MS;

	while (cells(supervisor) > 0) {
		int64_t now_ms = enc_clock_mono_ms();
		int64_t next_ms =
			enc_launcher_turn(supervisor->options->launcher,
					  now_ms);
		int r;

		if (now_ms >= deadline_ms) {
			enc_log(ENC_LOG_ERROR, NULL,
				"%zu sandboxes are left to the janitor",
				cells(supervisor));
			return EX_SOFTWARE;
		}
		next_ms = ENC_MIN(next_ms, deadline_ms);
		r = enc_poller_turn(supervisor->options->poller,
				    next_ms > now_ms ? next_ms - now_ms : 0);
		if (r < 0) {
			return EX_OSERR;
		}
	}
	return 0;
}

int enc_supervisor_run(const struct enc_supervisor_options *options)
{
	struct supervisor supervisor = { .options = options,
					 .api = -1,
					 .ready = -1,
					 .start_at_ms = 0,
					 .signals = -1 };
	int r = watch_signals(&supervisor);
	int left;

	if (r == 0) {
		r = start_api(&supervisor);
	}
	while (r == 0 && (!supervisor.ending || supervisor.api >= 0)) {
		r = turn(&supervisor);
	}
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "the loop ends: %s", strerror(-r));
		supervisor.exit_code = EX_OSERR;
		signal_api(&supervisor, SIGKILL);
	}
	if (options->launcher != NULL) {
		enc_launcher_detach(options->launcher);
	}
	left = empty(&supervisor);
	enc_poller_remove(options->poller, &supervisor.signal_watch);
	enc_fd_close(&supervisor.signals);
	return supervisor.exit_code != 0 ? supervisor.exit_code : left;
}
