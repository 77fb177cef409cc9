/*
 * What of a session is durable, and what isn't yet: change sets on their way
 * to the store, what each makes true once it is there, and what becomes of a
 * session whose change set the store refuses.
 */

#include "failpoint.h"
#include "log.h"
#include "orchestrator_internal.h"

enum {
	AGAIN_MS = 500, /* from a refusal of the store to the next try */
};

/* Both sides of it, for who wants to see this process die there. */
static const struct milestone_row {
	enum enc_failpoint before;
	enum enc_failpoint after;
} milestones[] = {
	[ENC_MILESTONE_NOTED] = { ENC_FAILPOINT_NOTED_BEFORE,
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
	size_t lines;
	uint64_t egress_attempts;
	bool creates;
};

/* move() - the only writer of phases */
static void move(struct enc_live *live, enum enc_phase to)
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

/* lose() - it can't be recorded: nothing of it may go on */
static void lose(struct enc_live *live, const struct enc_error *err)
{
	if (live->lost) {
		return;
	}
	live->lost = true;
	enc_log(ENC_LOG_ERROR, live->session.id, "not recorded: %s",
		err->message);
	live->session.reason = *err;
	enc_session_tell(&live->session, ENC_SESSION_LOST);
	if (live->sandbox != NULL) {
		enc_sandbox_destroy(ENC_TAKE(live->sandbox));
	} else if (!live->admitted && !live->gone) {
		enc_live_leave_queue(live);
		live->admitted = true;
		live->gone = true;
	}
}

/* may_follow() - whether what failed so may be recorded later */
static bool may_follow(const struct enc_live *live, enum enc_code code)
{
	/* Behind a change set that failed, the next ones don't fit. */
	return live->recorded && !live->lost && !live->orchestrator->draining &&
	       (code == ENC_UNAVAILABLE || code == ENC_STORAGE_FULL ||
		(code == ENC_CONFLICT && live->behind));
}

/* fall_behind() - it ends here, if it hasn't; its record follows */
static void fall_behind(struct enc_live *live, const struct enc_error *err)
{
	struct enc_end end = { .cause = ENC_LAUNCH_CAUSE_KILLED };

	if (!live->behind) {
		enc_log(ENC_LOG_WARNING, live->session.id,
			"not recorded yet, trying again: %s", err->message);
	}
	live->behind = true;
	if (err->code != ENC_CONFLICT) {
		live->orchestrator->refusal = *err;
	}
	if (live->session.outcome == ENC_PHASE_PENDING) {
		end.failure = *err;
		enc_live_begin_end(live, &end);
	}
	if (live->sandbox != NULL) {
		enc_sandbox_destroy(ENC_TAKE(live->sandbox));
	}
}

bool enc_orchestrator_any_behind(const struct enc_orchestrator *orchestrator)
{
	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		const struct enc_live *live =
			ENC_HOLDER(at, struct enc_live, link);

		if (!live->lost && (live->behind || live->following)) {
			return true;
		}
	}
	return false;
}

/* catch_up() - all that isn't recorded, as one change set */
static void catch_up(struct enc_live *live)
{
	struct enc_session *session = &live->session;

	live->behind = false;
	live->following = true;
	enc_live_tell_again(live);
	if (enc_phase_ended(session->phase)) {
		enc_live_put_row(live, ENC_PHASE_TORN_DOWN, /* insert= */ false,
				 /* finished= */ true);
		enc_live_submit(live, ENC_MILESTONE_SEALED,
				ENC_PHASE_TORN_DOWN);
	} else {
		enc_live_put_result(live);
		enc_live_put_row(live, session->outcome, /* insert= */ false,
				 /* finished= */ false);
		enc_live_submit(live, ENC_MILESTONE_ENDED, session->outcome);
	}
}

static void on_again(uv_timer_t *timer)
{
	struct enc_orchestrator *orchestrator = timer->data;

	ENC_LIST_EACH(orchestrator->sessions, at)
	{
		struct enc_live *live = ENC_HOLDER(at, struct enc_live, link);

		if (live->behind && live->pending == 0) {
			catch_up(live);
		}
	}
}

void enc_orchestrator_try_again(struct enc_orchestrator *orchestrator)
{
	if (!uv_is_active((uv_handle_t *)orchestrator->again)) {
		ENC_ASSERT(uv_timer_start(orchestrator->again, on_again,
					  AGAIN_MS, 0) == 0);
	}
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct submission *submission = context;
	struct enc_live *live = submission->live;
	struct enc_session *session = &live->session;
	struct enc_orchestrator *orchestrator = live->orchestrator;
	bool followed = live->following;

	live->pending--;
	live->following = false;
	if (code != ENC_OK && may_follow(live, code)) {
		fall_behind(live, err);
	} else if (code != ENC_OK) {
		lose(live, err);
	} else {
		enc_failpoint(milestones[submission->milestone].after);
		session->durable_lines = submission->lines;
		session->durable_egress_attempts = submission->egress_attempts;
		move(live, submission->phase);
		if (submission->creates) {
			live->recorded = true;
			enc_session_tell(session, ENC_SESSION_CREATED);
		}
		if (submission->milestone == ENC_MILESTONE_STARTED) {
			enc_live_start(live);
		} else if (submission->milestone == ENC_MILESTONE_SEALED) {
			session->sealed = true;
		}
		enc_session_tell(session, ENC_SESSION_MORE);
		if (submission->milestone == ENC_MILESTONE_ENDED) {
			enc_session_tell(session, ENC_SESSION_ENDED);
			if (live->sandbox != NULL) {
				enc_sandbox_destroy(ENC_TAKE(live->sandbox));
			}
		}
	}
	free(submission);
	enc_live_finish(live);
	if (followed) {
		/* If none is behind any more. */
		enc_orchestrator_admit_next(orchestrator);
	}
}

void enc_live_submit(struct enc_live *live, enum enc_milestone milestone,
		     enum enc_phase phase)
{
	struct submission *submission = enc_xalloc(sizeof(*submission));

	enc_failpoint(milestones[milestone].before);
	submission->live = live;
	submission->milestone = milestone;
	submission->phase = phase;
	submission->lines = live->session.line_count;
	submission->egress_attempts = live->session.egress_attempts;
	submission->creates = !live->stored;
	live->stored = true;
	live->pending++;
	enc_store_submit(live->orchestrator->options.store,
			 ENC_TAKE(live->change), on_durable, submission);
}
