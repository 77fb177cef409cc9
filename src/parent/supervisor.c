#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "api_process.h"
#include "clock.h"
#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "notify.h"
#include "role.h"
#include "supervisor.h"

enum {
	DRAIN_MS = 30000,
	EMPTY_MS = 10000, /* timeout of the removal of all sandboxes */
};

struct supervisor {
	const struct enc_supervisor_options *options;
	struct enc_role api;
	int ready; /* read end of enclave-api's pipe; -1: closed */
	struct enc_watch ready_watch;
	bool told_ready;
	int signals;
	struct enc_watch signal_watch;
	bool ending;
	int64_t deadline_ms;
	int exit_code;
};

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

/*
 * start_api() - start enclave-api; its peers are the launcher, and we, who wait
 * for its word that it serves
 */
static int start_api(void *context, pid_t *ret_pid, int *ret_pidfd)
{
	struct supervisor *supervisor = context;
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
		.failpoint = supervisor->api.started_ms == 0
				     ? options->failpoint
				     : NULL,
	};
	int ends[2] = { -1, -1 };
	int r = open_ready(supervisor, &birth.ready);

	if (r == 0 && options->launcher != NULL) {
		r = enc_ipc_pair(SOCK_SEQPACKET, ends);
		birth.channel = ends[1];
	}
	if (r == 0) {
		r = enc_api_start(&birth, ret_pid, ret_pidfd);
	}
	enc_fd_close(&ends[1]);
	enc_fd_close(&birth.ready);
	if (r < 0) {
		enc_fd_close(&ends[0]);
		close_ready(supervisor);
	} else if (options->launcher != NULL) {
		/* check_api() ends it if it gets no channel. */
		enc_launcher_attach(options->launcher, ends[0]);
	}
	return r;
}

/* api_ended() - its sandboxes end with it */
static void api_ended(void *context)
{
	struct supervisor *supervisor = context;

	close_ready(supervisor);
	if (supervisor->options->launcher != NULL) {
		enc_launcher_detach(supervisor->options->launcher);
	}
}

static const struct enc_role_row api_role = {
	.name = "enclave-api",
	.start = start_api,
	.ended = api_ended,
};

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
		enc_role_signal(&supervisor->api, supervisor->ending ? SIGKILL
						  : info.ssi_signo == SIGHUP
							  ? SIGHUP
							  : SIGTERM);
		if (!supervisor->ending) {
			enc_log(ENC_LOG_INFO, NULL, "ending: draining");
			notify("STOPPING=1\nSTATUS=Draining");
			enc_role_end(&supervisor->api);
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
 * it is time and the sandboxes of the last one are gone
 */
static void check_api(struct supervisor *supervisor, int64_t now_ms)
{
	struct enc_launcher *launcher = supervisor->options->launcher;

	if (launcher != NULL && !enc_launcher_attached(launcher)) {
		enc_role_signal(&supervisor->api, SIGKILL);
	}
	if (cells(supervisor) == 0) {
		enc_role_turn(&supervisor->api, now_ms);
	}
}

/* turn_vault() - start the next vault when it is due. Return: when it is due */
static int64_t turn_vault(struct supervisor *supervisor, int64_t now_ms)
{
	struct enc_vault_role *vault = supervisor->options->vault;

	if (vault == NULL) {
		return INT64_MAX;
	}
	enc_role_turn(&vault->role, now_ms);
	return vault->role.start_at_ms;
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
	next_ms = ENC_MIN(next_ms, turn_vault(supervisor, now_ms));
	check_api(supervisor, now_ms);
	if (supervisor->ending) {
		if (now_ms >= supervisor->deadline_ms) {
			enc_role_signal(&supervisor->api, SIGKILL);
			supervisor->deadline_ms = INT64_MAX;
		}
		next_ms = ENC_MIN(next_ms, supervisor->deadline_ms);
	} else if (cells(supervisor) == 0) {
		next_ms = ENC_MIN(next_ms, supervisor->api.start_at_ms);
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

/* is_over() - whether the last enclave-api is gone */
static bool is_over(const struct supervisor *supervisor)
{
	return supervisor->api.process < 0 &&
	       (supervisor->ending || supervisor->api.hopeless);
}

int enc_supervisor_run(const struct enc_supervisor_options *options)
{
	struct supervisor supervisor = { .options = options,
					 .ready = -1,
					 .signals = -1 };
	int r = watch_signals(&supervisor);
	int left;

	enc_role_init(&supervisor.api, &api_role, &supervisor, options->poller);
	if (r == 0) {
		r = enc_role_start(&supervisor.api);
	}
	while (r == 0 && !is_over(&supervisor)) {
		r = turn(&supervisor);
	}
	if (supervisor.api.hopeless) {
		supervisor.exit_code = EX_SOFTWARE;
	}
	if (r < 0) {
		enc_log(ENC_LOG_ERROR, NULL, "the loop ends: %s", strerror(-r));
		supervisor.exit_code = EX_OSERR;
		enc_role_signal(&supervisor.api, SIGKILL);
	}
	if (options->launcher != NULL) {
		enc_launcher_detach(options->launcher);
	}
	left = empty(&supervisor);
	enc_poller_remove(options->poller, &supervisor.signal_watch);
	enc_fd_close(&supervisor.signals);
	return supervisor.exit_code != 0 ? supervisor.exit_code : left;
}
