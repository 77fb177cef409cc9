#include <string.h>

#include "clock.h"
#include "orchestrator_internal.h"
#include "probe.h"

static struct enc_live *live_of(struct enc_session *session)
{
	return ENC_HOLDER(session, struct enc_live, session);
}

struct enc_stage *enc_live_stage(const struct enc_live *live)
{
	ENC_ASSERT(!enc_list_empty(&live->stages));
	return ENC_HOLDER(live->stages.next, struct enc_stage, link);
}

/* ---- leaving and closing ---- */

/*
 * tell_drained() - call drained() once, when no session and no sandbox is left
 */
static void tell_drained(void *context)
{
	struct enc_orchestrator *orchestrator = context;

	if (orchestrator->draining && orchestrator->live == 0 &&
	    enc_pool_empty(orchestrator->pool) &&
	    orchestrator->drained != NULL) {
		ENC_TAKE(orchestrator->drained)(orchestrator->context);
	}
}

/*
 * quit_queue() - take a session out of the queue and free its stages, which
 * have no sandbox yet
 */
static void quit_queue(struct enc_live *live)
{
	enc_live_leave_queue(live);
	ENC_LIST_EACH(live->stages, at)
	{
		enc_stage_free(ENC_HOLDER(at, struct enc_stage, link));
	}
}

void enc_live_leave(struct enc_live *live)
{
	if (live->state == ENC_LIVE_QUEUED) {
		quit_queue(live);
	}
	ENC_LIST_EACH(live->stages, at)
	{
		enc_stage_destroy(ENC_HOLDER(at, struct enc_stage, link));
	}
	if (live->state < ENC_LIVE_LEAVING) {
		enc_live_move(live, ENC_LIVE_LEAVING);
	}
}

/* seal_session() - write the last line; each earlier line is durable */
static void seal_session(struct enc_live *live)
{
	enc_live_move(live, ENC_LIVE_CLOSING);
	enc_story_torn_down(live, live->session.reason_code != NULL
					  ? live->session.reason_code
					  : live->session.kill_reason);
	enc_live_seal(live);
	enc_live_enter(live, ENC_PHASE_TORN_DOWN);
	enc_session_log_add_text(&live->session.log, ENC_ENTRY_END,
				 enc_phase_name(live->session.outcome),
				 enc_clock_wall_ms());
	enc_live_put_row(live, ENC_PHASE_TORN_DOWN, /* insert= */ false,
			 /* finished= */ true);
	enc_live_submit(live, ENC_MILESTONE_SEALED, ENC_PHASE_TORN_DOWN);
}

/* have_signed() - the seal is durable, so the log is signed */
static void have_signed(const struct enc_live *live)
{
	struct enc_sealed_log log;

	enc_sealed_log_of(&live->session, &log);
	enc_signatures_add(live->orchestrator->options.signatures, &log);
}

void enc_live_finish(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	if (live->pending > 0) {
		return;
	}
	if (live->durability == ENC_DURABILITY_BEHIND) {
		enc_orchestrator_try_again(orchestrator);
		return;
	}
	if (!enc_list_empty(&live->stages)) {
		return;
	}
	if (live->durability != ENC_DURABILITY_LOST &&
	    live->state != ENC_LIVE_CLOSING) {
		seal_session(live);
		return;
	}
	if (live->session.sealed) {
		have_signed(live);
		enc_session_tell(&live->session, ENC_SESSION_SEALED);
	}
	enc_live_free(live);
	orchestrator->live--;
	tell_drained(orchestrator);
}

/* ---- the end ---- */

/* judge_end() - set outcome, kill reason and reason, from the cause alone */
static void judge_end(struct enc_live *live, const struct enc_end *end)
{
	struct enc_session *session = &live->session;

	session->usage = end->usage;
	session->kill_reason = enc_cause_kill_reason(end->cause);
	session->outcome = session->kill_reason != NULL ? ENC_PHASE_KILLED
							: ENC_PHASE_FAILED;
	if (end->failure.code != ENC_OK && !live->cancelled) {
		session->outcome = ENC_PHASE_FAILED;
		session->kill_reason = NULL;
		if (session->reason_code == NULL) {
			session->reason = end->failure;
			session->reason_code = "backend_error";
		}
	} else if (end->cause == ENC_CAUSE_EXITED) {
		session->have_exit = true;
		session->exit_code = end->exit_code;
		session->signal = end->signal;
		if (end->exit_code == 0 && end->signal == 0) {
			session->outcome = ENC_PHASE_SUCCEEDED;
		}
	} else if (end->cause == ENC_CAUSE_GATE_LOST) {
		session->reason_code = "backend_error";
		(void)enc_fail(&session->reason, ENC_BACKEND,
			       "the session's gate was lost");
	} else if (live->cancelled) {
		session->outcome = ENC_PHASE_KILLED;
		session->kill_reason = enc_cause_kill_reason(ENC_CAUSE_KILLED);
	}
	if (live->by_stop && session->outcome == ENC_PHASE_KILLED &&
	    end->cause != ENC_CAUSE_EXITED &&
	    session->kill_reason == enc_cause_kill_reason(ENC_CAUSE_KILLED)) {
		session->reason_code = "server_stopped";
		(void)enc_fail(&session->reason, ENC_CANCELLED,
			       "the server was stopped while it ran");
	}
}

void enc_live_begin_end(struct enc_live *live, const struct enc_end *end)
{
	struct enc_session *session = &live->session;

	if (live->state >= ENC_LIVE_ENDING) {
		return;
	}
	if (live->state == ENC_LIVE_QUEUED) {
		quit_queue(live);
	}
	enc_live_move(live, ENC_LIVE_ENDING);
	session->times.ended_us = enc_clock_mono_us();
	session->times.finished_wall_ms = enc_clock_wall_ms();
	judge_end(live, end);
	enc_session_metrics_count(
		&live->orchestrator->metrics[session->spec->place->number],
		session);
	enc_session_log_end_output(&session->log,
				   session->times.finished_wall_ms);
	enc_story_ended(live, end);
	enc_live_enter(live, session->outcome);
	enc_session_log_add_text(&session->log, ENC_ENTRY_RESULT, "",
				 enc_clock_wall_ms());
	if (live->durability == ENC_DURABILITY_BEHIND) {
		return; /* durable.c submits the end with the refused lines */
	}
	enc_live_put_result(live);
	enc_live_put_row(live, session->outcome, /* insert= */ false,
			 /* finished= */ false);
	enc_live_submit(live, ENC_MILESTONE_ENDED, session->outcome);
}

void enc_live_turn_away(struct enc_live *live, const struct enc_error *why)
{
	const struct enc_end end = { .cause = ENC_CAUSE_KILLED,
				     .failure = *why };

	ENC_ASSERT(live->state == ENC_LIVE_QUEUED);
	live->session.reason = *why;
	live->session.reason_code = enc_code_info(why->code)->name;
	enc_live_begin_end(live, &end);
}

/* ---- reports ---- */

void enc_live_fail_stage(struct enc_live *live, struct enc_stage *stage,
			 const struct enc_error *why)
{
	stage->end =
		(struct enc_end){ .cause = ENC_CAUSE_KILLED, .failure = *why };
	enc_live_begin_end(live, &stage->end);
}

/*
 * refuse_sandbox() - end the session: its sandbox's self-check failed a probe,
 * so no program may run in it
 */
static void refuse_sandbox(struct enc_live *live, struct enc_stage *stage)
{
	uint64_t missed = stage->facts.self_check.missed;
	unsigned int first = (unsigned int)__builtin_ctzll(missed);

	live->session.reason_code = "isolation_refused";
	(void)enc_fail(&live->session.reason, ENC_BACKEND,
		       "the self-check could not rule out %s and %d more; run "
		       "`enclave doctor`",
		       first < ENC_PROBE_MAX
			       ? enc_probe_name((enum enc_probe)first)
			       : "something unknown",
		       __builtin_popcountll(missed) - 1);
	enc_live_fail_stage(live, stage, &live->session.reason);
}

static void on_ready(struct enc_live *live, struct enc_stage *stage)
{
	struct enc_session *session = &live->session;
	struct enc_error err = { 0 };

	session->times.ready_us = enc_clock_mono_us();
	/* Users see the facts of the sandbox that runs their program. */
	session->facts = stage->facts;
	session->have_facts = true;
	if (stage->facts.self_check.missed != 0) {
		refuse_sandbox(live, stage);
		return;
	}
	if (enc_live_load(live, stage, &err) != ENC_OK) {
		enc_live_fail_stage(live, stage, &err);
		return;
	}
	enc_live_move(live, ENC_LIVE_STARTING);
	session->was_started = true;
	session->times.started_wall_ms = enc_clock_wall_ms();
	enc_live_enter(live, ENC_PHASE_RUNNING);
	enc_story_started(live);
	enc_live_put_row(live, ENC_PHASE_RUNNING, /* insert= */ false,
			 /* finished= */ false);
	enc_live_submit(live, ENC_MILESTONE_STARTED, ENC_PHASE_RUNNING);
}

void enc_live_start(struct enc_live *live)
{
	struct enc_stage *stage;
	struct enc_error err = { 0 };

	if (live->state != ENC_LIVE_STARTING) {
		return; /* the session ended before "running" was durable */
	}
	stage = enc_live_stage(live);
	if (live->cancelled) {
		enc_stage_stop(stage);
		return;
	}
	if (!enc_live_is_granted(live)) {
		return; /* reach.c calls this again */
	}
	enc_live_move(live, ENC_LIVE_RUNNING);
	live->session.times.launched_us = enc_clock_mono_us();
	if (enc_stage_start(stage, &err) != ENC_OK) {
		enc_live_fail_stage(live, stage, &err);
	}
}

void enc_live_pace(struct enc_live *live)
{
	/*
	 * The program isn't held while the store refuses output, since that may
	 * last long.
	 */
	bool hold = live->durability == ENC_DURABILITY_RECORDED &&
		    enc_session_log_is_ahead(&live->session.log);

	if (live->state == ENC_LIVE_RUNNING) {
		enc_stage_hold(enc_live_stage(live), hold);
	}
}

static void on_output(struct enc_live *live, const struct enc_report *report)
{
	struct enc_session *session = &live->session;
	enum enc_stream stream = report->output.stream;
	size_t room = session->spec->record.limits.value[ENC_LIMIT_OUTPUT] -
		      session->out_bytes[stream];
	size_t length = ENC_MIN(room, report->output.length);

	if (session->times.first_byte_us == 0) {
		session->times.first_byte_us = enc_clock_mono_us();
	}
	/*
	 * The gate enforces the limit of output, but a gate may be compromised,
	 * so the limit is enforced here again.
	 */
	session->out_bytes[stream] += length;
	enc_session_log_output(&session->log, stream, report->output.bytes,
			       length, enc_clock_wall_ms());
	if (enc_session_log_is_long(&session->log) &&
	    live->durability != ENC_DURABILITY_BEHIND) {
		enc_live_submit(live, ENC_MILESTONE_OUTPUT, ENC_PHASE_RUNNING);
	}
	enc_orchestrator_flush_soon(live->orchestrator);
	enc_live_pace(live);
	enc_session_tell(session, ENC_SESSION_MORE);
}

static void on_result(struct enc_live *live, const struct enc_report *report)
{
	struct enc_session *session = &live->session;

	enc_buf_clear(&session->result);
	session->have_result =
		enc_buf_append(&session->result, report->result.bytes,
			       report->result.length) == 0;
}

/* end_stage() - free a stage whose sandbox is gone; then finish the session */
static void end_stage(struct enc_live *live, struct enc_stage *stage)
{
	enc_live_leave_running(live);
	enc_live_end_grants(live);
	enc_stage_free(stage);
	enc_live_finish(live);
}

/* hear_stage() - handle a report of a stage */
static void hear_stage(struct enc_stage *stage, const struct enc_report *report)
{
	struct enc_live *live = stage->owner;
	struct enc_orchestrator *orchestrator = live->orchestrator;

	if (report->kind == ENC_REPORT_GONE) {
		end_stage(live, stage);
		enc_orchestrator_admit_next(orchestrator);
		return;
	}
	if (live->state >= ENC_LIVE_ENDING) {
		return;
	}
	if (enc_story_heard(live, report)) {
		/*
		 * A full log gets no new line, so there may be nothing to
		 * submit.
		 */
		if (enc_session_log_waits(&live->session.log) &&
		    live->durability != ENC_DURABILITY_BEHIND) {
			enc_live_submit(live, ENC_MILESTONE_NOTED,
					ENC_PHASE_RUNNING);
		} else if (live->pending == 0 &&
			   live->durability == ENC_DURABILITY_RECORDED) {
			/* It has a line already, which is durable. */
			enc_live_apply(live, live->egress_logged);
		}
	} else if (report->kind == ENC_REPORT_READY) {
		on_ready(live, stage);
	} else if (report->kind == ENC_REPORT_CLAIMED) {
		enc_live_grant(live, report->claimed);
	} else if (report->kind == ENC_REPORT_OUTPUT) {
		on_output(live, report);
	} else if (report->kind == ENC_REPORT_RESULT) {
		on_result(live, report);
	} else if (report->kind == ENC_REPORT_ENDED) {
		enc_live_begin_end(live, &stage->end);
	}
}

/* ---- making ---- */

void enc_live_make(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;
	struct enc_stage *stage = enc_live_stage(live);
	struct enc_error err = { 0 };

	enc_live_move(live, ENC_LIVE_MAKING);
	live->session.times.admitted_us = enc_clock_mono_us();
	enc_live_enter_running(live);
	if (enc_stage_make(stage, orchestrator->pool, &err) != ENC_OK) {
		enc_live_fail_stage(live, stage, &err);
		end_stage(live, stage);
	}
}

/* ---- creating ---- */

/*
 * add_stages() - add the session's only stage, for the request's code or
 * command
 */
static void add_stages(struct enc_live *live)
{
	struct enc_stage *stage = enc_stage_new(&live->session);

	stage->told = hear_stage;
	stage->owner = live;
	enc_list_append(&live->stages, &stage->link);
}

/* compose_creation() - compose the change set that creates the session */
static void compose_creation(struct enc_live *live)
{
	enc_live_put_row(live, ENC_PHASE_PENDING, /* insert= */ true,
			 /* finished= */ false);
	enc_live_put_idempotency(live);
	enc_live_enter(live, ENC_PHASE_PENDING);
	enc_story_created(live);
}

enum enc_code enc_orchestrator_create(struct enc_orchestrator *orchestrator,
				      struct enc_session_spec *spec,
				      struct enc_session_observer *observer,
				      struct enc_session **ret_session,
				      struct enc_error *err)
{
	struct enc_live *live = NULL;
	enum enc_code code =
		enc_orchestrator_check_open(orchestrator, spec, err);

	if (code != ENC_OK) {
		enc_session_spec_free(spec);
		return code;
	}
	code = enc_live_new(orchestrator, spec, &live, err);
	if (code != ENC_OK) {
		return code;
	}
	add_stages(live);
	enc_list_append(&orchestrator->sessions, &live->link);
	orchestrator->live++;
	if (observer != NULL) {
		enc_list_append(&live->session.observers, &observer->link);
	}
	compose_creation(live);
	enc_live_enter_queue(live);
	*ret_session = &live->session;
	if (!spec->hold) {
		enc_live_submit(live, ENC_MILESTONE_CREATED, ENC_PHASE_PENDING);
	}
	enc_orchestrator_admit_next(orchestrator);
	/*
	 * A queued session must survive a crash, so its creation is submitted
	 * now, without waiting for the start.
	 */
	if (spec->hold && live->state == ENC_LIVE_QUEUED) {
		enc_live_submit(live, ENC_MILESTONE_CREATED, ENC_PHASE_PENDING);
	}
	return ENC_OK;
}

/* ---- questions of the API ---- */

struct enc_session *enc_orchestrator_find(struct enc_orchestrator *orchestrator,
					  const char *org, const char *id)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);
		struct enc_session *session = &live->session;

		if (live->durability != ENC_DURABILITY_LOST &&
		    strcmp(session->id, id) == 0 &&
		    strcmp(session->spec->record.org, org) == 0) {
			return session;
		}
	}
	return NULL;
}

struct enc_session *
enc_orchestrator_find_key(struct enc_orchestrator *orchestrator,
			  const char *org, const char *key)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);
		struct enc_session *session = &live->session;
		const char *own = session->spec->idempotency_key;

		if (live->durability != ENC_DURABILITY_LOST && own != NULL &&
		    strcmp(own, key) == 0 &&
		    strcmp(session->spec->record.org, org) == 0) {
			return session;
		}
	}
	return NULL;
}

void enc_orchestrator_cancel(struct enc_session *session)
{
	struct enc_live *live = live_of(session);
	struct enc_end end = { .cause = ENC_CAUSE_KILLED };

	if (live->state >= ENC_LIVE_ENDING || live->cancelled) {
		return;
	}
	live->cancelled = true;
	if (live->state == ENC_LIVE_QUEUED) {
		enc_live_begin_end(live, &end);
		return;
	}
	ENC_LIST_EACH(live->stages, at)
	{
		enc_stage_stop(ENC_HOLDER(at, struct enc_stage, link));
	}
}

/* check_replacement() - whether the session's allowlist can be replaced now */
static enum enc_code check_replacement(const struct enc_live *live,
				       struct enc_error *err)
{
	const struct enc_session *session = &live->session;
	const struct enc_error *refusal = &live->orchestrator->refusal;

	if (live->state >= ENC_LIVE_ENDING || live->cancelled) {
		return enc_fail(err, ENC_CONFLICT,
				"%s is over, so its egress can't be replaced",
				session->id);
	}
	if (session->spec->record.allowlist == NULL) {
		return enc_fail(err, ENC_CONFLICT,
				"%s was started with deny_all, so its gate has "
				"no way out; start another one with mode "
				"allowlist (--allow)",
				session->id);
	}
	if (!enc_live_may_replace(live)) {
		return enc_fail(err, ENC_CONFLICT,
				"the log of %s is full, so a replacement can't "
				"be recorded; end the session instead",
				session->id);
	}
	if (live->durability == ENC_DURABILITY_BEHIND ||
	    live->durability == ENC_DURABILITY_FOLLOWING) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the record of %s can't be written now: %s",
				session->id, refusal->message);
	}
	return ENC_OK;
}

/* phase_of() - the phase of a session that isn't over */
static enum enc_phase phase_of(const struct enc_live *live)
{
	return live->state < ENC_LIVE_STARTING ? ENC_PHASE_PENDING
					       : ENC_PHASE_RUNNING;
}

enum enc_code enc_orchestrator_replace_allowlist(struct enc_session *session,
						 struct enc_allowlist *list,
						 const char *by,
						 struct enc_error *err)
{
	struct enc_live *live = live_of(session);
	struct enc_allowlist **own = &session->spec->record.allowlist;
	enum enc_phase phase = phase_of(live);
	enum enc_code code = check_replacement(live, err);

	if (code != ENC_OK) {
		return code;
	}
	if (live->state == ENC_LIVE_QUEUED) {
		live->orchestrator->queued_bytes -= enc_allowlist_bytes(*own);
		live->orchestrator->queued_bytes += enc_allowlist_bytes(list);
	}
	enc_allowlist_release(*own);
	*own = enc_allowlist_hold(list);
	session->replacements++;
	enc_story_replaced(live, by);
	enc_live_put_row(live, phase, /* insert= */ false,
			 /* finished= */ false);
	enc_live_submit(live, ENC_MILESTONE_NOTED, phase);
	return ENC_OK;
}

void enc_orchestrator_keep_allowlist(struct enc_session *session,
				     const char *by, const char *why)
{
	struct enc_live *live = live_of(session);

	if (live->state >= ENC_LIVE_ENDING || live->cancelled) {
		return;
	}
	enc_story_kept(live, by, why);
	/* What the store refuses now is submitted again. */
	if (enc_session_log_waits(&session->log) &&
	    live->durability != ENC_DURABILITY_BEHIND) {
		enc_live_submit(live, ENC_MILESTONE_NOTED, phase_of(live));
	}
}

size_t enc_orchestrator_live(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->live;
}

struct enc_orchestrator_counts
enc_orchestrator_count_sessions(const struct enc_orchestrator *orchestrator)
{
	return (struct enc_orchestrator_counts){
		.live = orchestrator->live,
		.running = orchestrator->running,
		.waiting = orchestrator->queued,
	};
}

const struct enc_session_metrics *
enc_orchestrator_metrics(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->metrics;
}

void enc_orchestrator_drain(struct enc_orchestrator *orchestrator,
			    void (*drained)(void *context), void *context)
{
	orchestrator->draining = true;
	orchestrator->drained = drained;
	orchestrator->context = context;
	/* drained() is called from here if nothing is left already. */
	enc_pool_drain(orchestrator->pool, tell_drained, orchestrator);
}

void enc_orchestrator_cancel_all(struct enc_orchestrator *orchestrator)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);

		live->by_stop = !live->cancelled;
		enc_orchestrator_cancel(&live->session);
	}
}

const struct enc_share *
enc_orchestrator_share(const struct enc_orchestrator *orchestrator,
		       const char *org)
{
	return enc_share_find(&orchestrator->shares, org);
}

const struct enc_pool *
enc_orchestrator_pool(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->pool;
}

/* may_fill() - answer the pool: it may only use room that sessions leave */
static enum enc_pool_leave may_fill(void *context)
{
	const struct enc_orchestrator *orchestrator = context;

	if (orchestrator->draining || enc_orchestrator_is_full(orchestrator)) {
		return ENC_POOL_NOT_NOW;
	}
	return orchestrator->running == 0 ? ENC_POOL_NOW : ENC_POOL_SLOWLY;
}

struct enc_orchestrator *
enc_orchestrator_new(const struct enc_orchestrator_options *options)
{
	struct enc_orchestrator *orchestrator =
		enc_xalloc(sizeof(*orchestrator));
	const struct enc_pool_options pool = {
		.loop = options->loop,
		.backend = options->backend,
		.size = options->pool_size,
		.may_fill = may_fill,
		.context = orchestrator,
	};

	orchestrator->options = *options;
	enc_list_init(&orchestrator->sessions);
	enc_list_init(&orchestrator->shares);
	orchestrator->pool = enc_pool_new(&pool);
	orchestrator->again = enc_xalloc(sizeof(*orchestrator->again));
	orchestrator->again->data = orchestrator;
	ENC_MUST(uv_timer_init(options->loop, orchestrator->again));
	orchestrator->flush = enc_xalloc(sizeof(*orchestrator->flush));
	orchestrator->flush->data = orchestrator;
	ENC_MUST(uv_timer_init(options->loop, orchestrator->flush));
	return orchestrator;
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle);
}

void enc_orchestrator_free(struct enc_orchestrator *orchestrator)
{
	if (orchestrator != NULL) {
		ENC_ASSERT(orchestrator->live == 0);
		enc_orchestrator_forget_probe(orchestrator);
		enc_recovery_free(orchestrator->recovery);
		uv_close((uv_handle_t *)orchestrator->again, on_timer_closed);
		uv_close((uv_handle_t *)orchestrator->flush, on_timer_closed);
		enc_pool_free(orchestrator->pool);
		free(orchestrator);
	}
}

enum enc_code enc_orchestrator_recover(struct enc_orchestrator *orchestrator,
				       struct enc_error *err)
{
	const struct enc_orchestrator_options *options = &orchestrator->options;
	enum enc_code code =
		enc_recovery_run(options->store, options->signatures,
				 options->loop, &orchestrator->recovery, err);

	if (orchestrator->recovery != NULL) {
		orchestrator->refusal =
			*enc_recovery_refusal(orchestrator->recovery);
		enc_orchestrator_try_again(orchestrator);
	}
	return code;
}
