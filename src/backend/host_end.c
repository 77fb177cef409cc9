/*
 * The end of a sandbox of this machine: how it is judged, when it is reported,
 * and how its handles are closed and its memory freed.
 *
 * Launcher and gate both report an end, one of them first. Then the other one
 * is waited for, until it has been silent for STORY_DEADLINE_MS. A gate that is
 * still sending is waited for until STORY_MAX_MS after ENDED.
 */

#include <sys/wait.h>

#include "host_internal.h"

enum {
	STORY_DEADLINE_MS = 10000, /* timeout of a silent source */
	/* Timeout of a gate that is still sending, from ENDED on. */
	STORY_MAX_MS = 120000,
	SIGNAL_BASE = 128, /* added to a signal in init's exit code */
};

/* ---- the end ---- */

void enc_host_fail(struct enc_host_sandbox *host, const char *what)
{
	struct enc_error why = { 0 };

	(void)enc_fail(&why, ENC_BACKEND, "%s", what);
	enc_sandbox_report_failed(&host->base, &why);
}

/*
 * judge_exit() - decide whether EXITED is the program's own end. It is if the
 * gate has reported everything, and init has ended by itself in the way that it
 * reported. Otherwise something is missing, and the end is a failure of the
 * backend.
 */
static void judge_exit(struct enc_host_sandbox *host)
{
	const struct enc_message_exit *told = &host->exit_told;
	struct enc_end *end = &host->end;
	int code = told->signal != 0 ? SIGNAL_BASE + (int)told->signal
				     : told->code;

	if (end->cause != ENC_CAUSE_EXITED ||
	    host->base.state != ENC_SANDBOX_RUNNING) {
		return;
	}
	if (!end->tallied) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "the gate ended before its last report");
	} else if (!host->exit_known || end->signal != 0 ||
		   end->exit_code != code) {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "enclave-init did not end as it had reported");
	} else {
		end->signal = (int)told->signal;
	}
}

/* report_end() - report the end with what is known by now */
static void report_end(struct enc_host_sandbox *host)
{
	struct enc_report report = { .kind = ENC_REPORT_ENDED };

	judge_exit(host);
	report.ended = host->end;
	enc_sandbox_report(&host->base, &report);
}

static void on_deadline(uv_timer_t *timer)
{
	struct enc_host_sandbox *host =
		ENC_HOLDER(timer, struct enc_host_sandbox, timer);

	if (host->state == ENC_HOST_ENDED) {
		/*
		 * The gate is silent, so report the end without its last
		 * frames.
		 */
		report_end(host);
	} else {
		enc_host_fail(host,
			      host->base.state == ENC_SANDBOX_PREPARING
				      ? "the sandbox did not get ready in time"
				      : "the launcher did not answer in time");
	}
}

void enc_host_await(struct enc_host_sandbox *host, uint64_t deadline_ms)
{
	if (!enc_host_left(host)) {
		(void)uv_timer_start(&host->timer, on_deadline, deadline_ms, 0);
	}
}

void enc_host_await_end(struct enc_host_sandbox *host)
{
	enc_host_await(host, STORY_DEADLINE_MS);
}

void enc_host_end_now(struct enc_host_sandbox *host)
{
	(void)uv_timer_start(&host->timer, on_deadline, 0, 0);
}

void enc_host_tell_end(struct enc_host_sandbox *host)
{
	bool ended = host->state == ENC_HOST_ENDED;
	bool over = host->link_state >= ENC_HOST_LINK_OVER;

	if (ended && over) {
		(void)uv_timer_stop(&host->timer);
		report_end(host);
	} else if (ended || over) {
		enc_host_await_end(host);
	}
}

void enc_host_await_more(struct enc_host_sandbox *host)
{
	uint64_t now_ms = uv_now(host->base.backend->options.loop);

	/* After ENDED a gate that still sends isn't silent, only slow. */
	if (host->base.state < ENC_SANDBOX_ENDED &&
	    now_ms - host->ended_ms < STORY_MAX_MS) {
		enc_host_await_end(host);
	}
}

void enc_host_take_ended(struct enc_host_sandbox *host,
			 const struct enc_launch_ended *ended)
{
	struct enc_end *end = &host->end;

	enc_host_move(host, ENC_HOST_ENDED);
	host->ended_ms = uv_now(host->base.backend->options.loop);
	end->cause = (enum enc_cause)ended->cause;
	if (WIFSIGNALED(ended->wait_status)) {
		end->signal = WTERMSIG(ended->wait_status);
	} else {
		end->exit_code = WEXITSTATUS(ended->wait_status);
	}
	(void)snprintf(host->counter_name, sizeof(host->counter_name), "%s",
		       ended->counter_name);
	if (ended->complaint[0] != '\0') {
		(void)enc_fail(&end->failure, ENC_BACKEND,
			       "gVisor didn't start: %.200s", ended->complaint);
	}
	end->counter_name = host->counter_name;
	end->counter = ended->counter;
	end->limit = ended->limit;
	end->usage = (struct enc_usage){
		.measured = true,
		.cpu_us = ended->cpu_us,
		.memory_peak_bytes = ended->memory_peak_bytes,
		.pids_peak = ended->pids_peak,
		.pids_denied = ended->pids_denied,
		.oom_kills = ended->oom_kills,
	};
	enc_host_tell_end(host);
}

/* ---- removal ---- */

void enc_host_settle(struct enc_host_sandbox *host)
{
	if (enc_host_left(host) && host->state == ENC_HOST_GONE &&
	    host->handles == 0) {
		enc_buf_done(&host->in);
		enc_sandbox_report_gone(&host->base);
	}
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct enc_host_sandbox *host =
		ENC_HOLDER(handle, struct enc_host_sandbox, timer);

	host->handles--;
	enc_host_settle(host);
}

static void on_link_closed(uv_handle_t *handle)
{
	struct enc_host_sandbox *host =
		ENC_HOLDER(handle, struct enc_host_sandbox, link);

	host->handles--;
	enc_host_settle(host);
}

void enc_host_close_link(struct enc_host_sandbox *host)
{
	bool open = host->link_state != ENC_HOST_LINK_NONE &&
		    host->link_state != ENC_HOST_LINK_CLOSED;

	if (open) {
		enc_host_move_link(host, ENC_HOST_LINK_CLOSED);
		uv_close((uv_handle_t *)&host->link, on_link_closed);
	}
}

void enc_host_close(struct enc_host_sandbox *host)
{
	uv_close((uv_handle_t *)&host->timer, on_timer_closed);
	if (host->state == ENC_HOST_GONE) {
		enc_host_close_link(host);
	} else if (host->link_state == ENC_HOST_LINK_OPEN ||
		   host->link_state == ENC_HOST_LINK_READY) {
		enc_host_move_link(host, ENC_HOST_LINK_OVER);
		(void)uv_read_stop((uv_stream_t *)&host->link);
	}
}
