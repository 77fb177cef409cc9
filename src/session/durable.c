/*
 * Submits change sets, moves the session on once they are durable, and handles
 * change sets that the store refuses.
 */

#include "clock.h"
#include "failpoint.h"
#include "log.h"
#include "orchestrator_internal.h"

enum {
	/* Pause between a refusal of the store and the next try. */
	AGAIN_MS = 500,
	/*
	 * From output to its submission: what a crash may lose, against one
	 * flush of the disk in that time.
	 */
	FLUSH_MS = 200,
	/* Clients of a session whose end is refused wait this long for it. */
	UNRECORDED_US = 3000 * 1000,
};

/* Tests end this process before or after a flush, at these failpoints. */
static const struct milestone_row {
	enum enc_failpoint before;
	enum enc_failpoint after;
} milestones[] = {
	[ENC_MILESTONE_NOTED] = { ENC_FAILPOINT_NOTED_BEFORE,
				  ENC_FAILPOINT_NOTED_AFTER },
	[ENC_MILESTONE_OUTPUT] = { ENC_FAILPOINT_NOTED_BEFORE,
				   ENC_FAILPOINT_NOTED_AFTER },
	[ENC_MILESTONE_CREATED] = { ENC_FAILPOINT_CREATED_BEFORE,
				    ENC_FAILPOINT_CREATED_AFTER },
	[ENC_MILESTONE_STARTED] = { ENC_FAILPOINT_STARTED_BEFORE,
				    ENC_FAILPOINT_STARTED_AFTER },
	[ENC_MILESTONE_ENDED] = { ENC_FAILPOINT_ENDED_BEFORE,
				  ENC_FAILPOINT_ENDED_AFTER },
	[ENC_MILESTONE_SEALED] = { ENC_FAILPOINT_SEALED_BEFORE,
				   ENC_FAILPOINT_SEALED_AFTER },
};

struct submission {
	struct enc_live *live;
	enum enc_milestone milestone;
	enum enc_phase phase;
	uint64_t seq; /* the last entry of the change set */
	/*
	 * Count of audit lines up to this change set, and the hash of the last
	 * one.
	 */
	size_t lines;
	char head[ENC_SHA256_HEX_BYTES];
	uint64_t egress_attempts;
	uint64_t egress_logged;
	/* The session's allowlist, held; and how often it was replaced. */
	struct enc_allowlist *allowlist;
	uint64_t replacements;
};

/*
 * set_phase() - move the session to a phase and log it; nothing else writes the
 * phase
 */
static void set_phase(struct enc_live *live, enum enc_phase to)
{
	struct enc_session *session = &live->session;

	if (session->phase == to) {
		return;
	}
	ENC_ASSERT(enc_phase_may_move(session->phase, to));
	enc_log(ENC_LOG_INFO, session->id, "%s -> %s",
		enc_phase_name(session->phase), enc_phase_name(to));
	session->phase = to;
}

/* log_end() - log how a session ended, once that is durable */
static void log_end(const struct enc_session *session)
{
	const struct enc_result_record result =
		enc_session_result_record(session);
	char how[64] = "";

	if (session->kill_reason != NULL) {
		(void)snprintf(how, sizeof(how), ", %s", session->kill_reason);
	} else if (session->reason_code != NULL) {
		(void)snprintf(how, sizeof(how), ", %s", session->reason_code);
	} else if (session->signal != 0) {
		(void)snprintf(how, sizeof(how), ", signal %d",
			       session->signal);
	} else if (session->have_exit) {
		(void)snprintf(how, sizeof(how), ", exit code %d",
			       session->exit_code);
	}
	enc_log(ENC_LOG_INFO, session->id, "ended: %s%s, %lld ms, %s, %s",
		enc_phase_name(session->outcome), how,
		(long long)(result.duration_ms < 0 ? 0 : result.duration_ms),
		session->spec->record.org, session->backend);
}

/* set_durability() - set the durability and log it; an illegal move is a bug */
static void set_durability(struct enc_live *live, enum enc_durability to)
{
	ENC_ASSERT(enc_durability_may_move(live->durability, to));
	enc_log(ENC_LOG_DEBUG, live->session.id, "record: %s -> %s",
		enc_durability_name(live->durability), enc_durability_name(to));
	live->durability = to;
}

/* refuses_for_now() - whether the store may accept the same changes later */
static bool refuses_for_now(enum enc_code code)
{
	return code == ENC_UNAVAILABLE || code == ENC_STORAGE_FULL;
}

/* ---- a store without room for new sessions ---- */

/* A write that is undone in the same change set. */
struct enc_probe_write {
	struct enc_orchestrator *orchestrator; /* NULL: it was freed */
};

static void on_probe(void *context, enum enc_code code,
		     const struct enc_error *err)
{
	struct enc_probe_write *probe = context;
	struct enc_orchestrator *orchestrator = probe->orchestrator;

	free(probe);
	if (orchestrator == NULL) {
		return;
	}
	orchestrator->probe = NULL;
	if (refuses_for_now(code)) {
		orchestrator->refusal = *err;
		enc_orchestrator_try_again(orchestrator);
	} else {
		orchestrator->shut = false;
	}
}

/* write_probe() - have the store write a row and remove it again */
static void write_probe(struct enc_orchestrator *orchestrator)
{
	const struct enc_store_idempotency row = {
		.base.type = &enc_store_idempotencies,
		.org = orchestrator->probe_org,
		.key = "\x01", /* no header can have this key */
		.request_sha256 = "",
		.session = "",
	};
	struct enc_store_change *change = enc_store_change_new();

	enc_store_insert(change, &row.base);
	enc_store_remove(change, &row.base);
	orchestrator->probe = enc_xalloc(sizeof(*orchestrator->probe));
	orchestrator->probe->orchestrator = orchestrator;
	enc_store_submit(orchestrator->options.store, change, on_probe,
			 orchestrator->probe);
}

void enc_orchestrator_forget_probe(struct enc_orchestrator *orchestrator)
{
	if (orchestrator->probe != NULL) {
		orchestrator->probe->orchestrator = NULL;
	}
}

/* shut() - let no session begin until the store has taken something */
static void shut(struct enc_live *live, const struct enc_error *why)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	orchestrator->shut = true;
	orchestrator->refusal = *why;
	(void)snprintf(orchestrator->probe_org, sizeof(orchestrator->probe_org),
		       "%s", live->session.spec->record.org);
	enc_orchestrator_try_again(orchestrator);
}

/* ---- a store that refuses a session's record ---- */

/*
 * lose_session() - give up a session that can't be recorded, and destroy its
 * sandbox
 */
static void lose_session(struct enc_live *live, const struct enc_error *err)
{
	bool acknowledged = live->durability != ENC_DURABILITY_SUBMITTED;

	if (live->durability == ENC_DURABILITY_LOST) {
		return;
	}
	set_durability(live, ENC_DURABILITY_LOST);
	if (acknowledged) {
		enc_log(ENC_LOG_ERROR, live->session.id, "not recorded: %s",
			err->message);
	} else {
		/* Its client is told, and may try again and again. */
		enc_log_limited(&live->orchestrator->lost_log, ENC_LOG_ERROR,
				live->session.id, "not created: %s",
				err->message);
		/* A store that is locked is free again in a moment. */
		if (err->code == ENC_STORAGE_FULL) {
			shut(live, err);
		}
	}
	live->session.reason = *err;
	enc_session_tell(&live->session, ENC_SESSION_LOST);
	enc_live_leave(live);
}

/* may_follow() - whether the store may accept the refused changes later */
static bool may_follow(const struct enc_live *live, enum enc_code code)
{
	bool behind = live->durability == ENC_DURABILITY_BEHIND;

	/*
	 * After one failed change set the following ones conflict: their lines
	 * no longer follow the stored ones.
	 */
	return (behind || live->durability == ENC_DURABILITY_RECORDED ||
		live->durability == ENC_DURABILITY_FOLLOWING) &&
	       !live->orchestrator->draining &&
	       (refuses_for_now(code) || (code == ENC_CONFLICT && behind));
}

/*
 * tell_unrecorded() - tell who waits for a session that has ended, if the store
 * has refused its end for long
 */
static void tell_unrecorded(struct enc_live *live)
{
	struct enc_session *session = &live->session;
	const struct enc_error *refusal = &live->orchestrator->refusal;

	if (live->state < ENC_LIVE_ENDING || refusal->code == ENC_OK ||
	    enc_clock_mono_us() - session->times.ended_us < UNRECORDED_US) {
		return;
	}
	(void)enc_fail(&session->unrecorded, refusal->code,
		       "%s has ended, which can't be recorded yet: %s",
		       session->id, refusal->message);
	enc_session_tell(session, ENC_SESSION_UNRECORDED);
}

/*
 * fall_behind() - end the session; its record is submitted again later
 *
 * If only output was refused, the session goes on. The output stays in memory,
 * where its size is limited, and the end can still be recorded.
 */
static void fall_behind(struct enc_live *live, enum enc_milestone milestone,
			const struct enc_error *err)
{
	struct enc_end end = { .cause = ENC_CAUSE_KILLED, .failure = *err };

	if (live->durability != ENC_DURABILITY_BEHIND) {
		enc_log_limited(&live->orchestrator->refusal_log,
				ENC_LOG_WARNING, live->session.id,
				"not recorded yet, trying again: %s",
				err->message);
		set_durability(live, ENC_DURABILITY_BEHIND);
	}
	if (err->code != ENC_CONFLICT) {
		live->orchestrator->refusal = *err;
	}
	if (live->state == ENC_LIVE_RUNNING &&
	    (milestone == ENC_MILESTONE_OUTPUT || err->code == ENC_CONFLICT)) {
		return;
	}
	enc_live_begin_end(live, &end);
	enc_live_leave(live);
	tell_unrecorded(live);
}

bool enc_orchestrator_any_behind(const struct enc_orchestrator *orchestrator)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		const struct enc_live *live =
			ENC_HOLDER(at, struct enc_live, link);

		if (live->durability == ENC_DURABILITY_BEHIND ||
		    live->durability == ENC_DURABILITY_FOLLOWING) {
			return true;
		}
	}
	return false;
}

/* catch_up() - submit everything that isn't durable as one change set */
static void catch_up(struct enc_live *live)
{
	struct enc_session *session = &live->session;

	set_durability(live, ENC_DURABILITY_FOLLOWING);
	enc_live_tell_again(live);
	if (live->state == ENC_LIVE_CLOSING) {
		enc_live_put_row(live, ENC_PHASE_TORN_DOWN, /* insert= */ false,
				 /* finished= */ true);
		enc_live_submit(live, ENC_MILESTONE_SEALED,
				ENC_PHASE_TORN_DOWN);
	} else if (live->state == ENC_LIVE_RUNNING) {
		if (session->replacements > session->durable_replacements) {
			enc_live_put_row(live, ENC_PHASE_RUNNING,
					 /* insert= */ false,
					 /* finished= */ false);
		}
		enc_live_submit(live,
				enc_session_log_has_output_only(&session->log)
					? ENC_MILESTONE_OUTPUT
					: ENC_MILESTONE_NOTED,
				ENC_PHASE_RUNNING);
	} else {
		enc_live_put_result(live);
		enc_live_put_row(live, session->outcome, /* insert= */ false,
				 /* finished= */ false);
		enc_live_submit(live, ENC_MILESTONE_ENDED, session->outcome);
	}
}

/* go_on_recovering() - close more sessions of an earlier enclave-api */
static void go_on_recovering(struct enc_orchestrator *orchestrator)
{
	if (orchestrator->recovery == NULL) {
		return;
	}
	if (enc_recovery_go_on(orchestrator->recovery)) {
		enc_orchestrator_try_again(orchestrator);
	} else {
		enc_recovery_free(ENC_TAKE(orchestrator->recovery));
	}
}

static void on_again(uv_timer_t *timer)
{
	struct enc_orchestrator *orchestrator = timer->data;

	go_on_recovering(orchestrator);
	if (orchestrator->shut && orchestrator->probe == NULL) {
		write_probe(orchestrator);
	}
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);

		if (live->durability == ENC_DURABILITY_BEHIND &&
		    live->pending == 0) {
			catch_up(live);
		}
	}
}

void enc_orchestrator_try_again(struct enc_orchestrator *orchestrator)
{
	if (!uv_is_active((uv_handle_t *)orchestrator->again)) {
		ENC_MUST(uv_timer_start(orchestrator->again, on_again, AGAIN_MS,
					0));
	}
}

/*
 * flush_output() - submit what a running session has written; false if some
 * output has to wait longer
 */
static bool flush_output(struct enc_live *live)
{
	struct enc_session_log *log = &live->session.log;
	bool all;

	if (live->state != ENC_LIVE_RUNNING ||
	    live->durability != ENC_DURABILITY_RECORDED) {
		return true; /* its end, or catch_up(), submits the output */
	}
	if (live->pending > 0) {
		return false;
	}
	all = enc_session_log_cut(log, enc_clock_wall_ms());
	if (enc_session_log_waits(log)) {
		enc_live_submit(live, ENC_MILESTONE_OUTPUT, ENC_PHASE_RUNNING);
	}
	return all;
}

static void on_flush(uv_timer_t *timer)
{
	struct enc_orchestrator *orchestrator = timer->data;
	bool all = true;

	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		all &= flush_output(ENC_HOLDER(at, struct enc_live, link));
	}
	if (!all) {
		enc_orchestrator_flush_soon(orchestrator);
	}
}

void enc_orchestrator_flush_soon(struct enc_orchestrator *orchestrator)
{
	if (!uv_is_active((uv_handle_t *)orchestrator->flush)) {
		ENC_MUST(uv_timer_start(orchestrator->flush, on_flush, FLUSH_MS,
					0));
	}
}

/* reach_milestone() - move the session on, since @submission is durable */
static void reach_milestone(struct enc_live *live,
			    const struct submission *submission)
{
	struct enc_session *session = &live->session;

	enc_failpoint(milestones[submission->milestone].after);
	session->unrecorded = (struct enc_error){ 0 };
	enc_session_log_durable(&session->log, submission->seq);
	session->durable_lines = submission->lines;
	memcpy(session->durable_head, submission->head,
	       sizeof(session->durable_head));
	session->durable_egress_attempts = submission->egress_attempts;
	session->durable_replacements = submission->replacements;
	enc_allowlist_release(session->durable_allowlist);
	session->durable_allowlist = enc_allowlist_hold(submission->allowlist);
	set_phase(live, submission->phase);
	if (live->durability == ENC_DURABILITY_SUBMITTED) {
		set_durability(live, ENC_DURABILITY_RECORDED);
		enc_session_tell(session, ENC_SESSION_CREATED);
	} else if (live->durability == ENC_DURABILITY_FOLLOWING) {
		set_durability(live, ENC_DURABILITY_RECORDED);
	}
	/* If nothing waits for the store, repeated attempts are durable, too. */
	enc_live_apply(live,
		       live->pending == 0 &&
				       !enc_session_log_waits(&session->log)
			       ? live->egress_logged
			       : submission->egress_logged);
	if (submission->milestone == ENC_MILESTONE_STARTED) {
		enc_live_start(live);
	} else if (submission->milestone == ENC_MILESTONE_SEALED) {
		session->sealed = true;
	}
	enc_session_tell(session, ENC_SESSION_MORE);
	if (submission->milestone == ENC_MILESTONE_ENDED) {
		log_end(session);
		enc_session_tell(session, ENC_SESSION_ENDED);
		enc_live_leave(live);
	}
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct submission *submission = context;
	struct enc_live *live = submission->live;
	struct enc_orchestrator *orchestrator = live->orchestrator;
	bool followed = live->durability == ENC_DURABILITY_FOLLOWING;

	live->pending--;
	if (code == ENC_OK) {
		orchestrator->shut = false;
		reach_milestone(live, submission);
	} else if (may_follow(live, code)) {
		fall_behind(live, submission->milestone, err);
	} else {
		lose_session(live, err);
	}
	enc_allowlist_release(submission->allowlist);
	free(submission);
	enc_live_pace(live);
	enc_live_finish(live);
	if (followed) {
		/*
		 * No queued session was admitted while this session was BEHIND.
		 */
		enc_orchestrator_admit_next(orchestrator);
	}
}

void enc_live_submit(struct enc_live *live, enum enc_milestone milestone,
		     enum enc_phase phase)
{
	struct submission *submission = enc_xalloc(sizeof(*submission));
	struct enc_session *session = &live->session;

	enc_failpoint(milestones[milestone].before);
	submission->live = live;
	submission->milestone = milestone;
	submission->phase = phase;
	enc_session_log_submit(&session->log, enc_live_change(live),
			       session->id);
	submission->seq = session->log.submitted_seq;
	submission->lines = session->line_count;
	memcpy(submission->head, session->chain.head, sizeof(submission->head));
	submission->egress_attempts = session->egress_attempts;
	submission->egress_logged = live->egress_logged;
	submission->allowlist =
		enc_allowlist_hold(session->spec->record.allowlist);
	submission->replacements = session->replacements;
	if (live->durability == ENC_DURABILITY_NEW) {
		set_durability(live, ENC_DURABILITY_SUBMITTED);
	}
	live->pending++;
	enc_store_submit(live->orchestrator->options.store,
			 ENC_TAKE(live->change), on_durable, submission);
}
