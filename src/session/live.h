#ifndef ENC_SESSION_LIVE_H
#define ENC_SESSION_LIVE_H

/*
 * A live session: the session, its stages and the change set that is being
 * composed. orchestrator.c decides, record.c composes, durable.c submits, and
 * story.c turns what a backend reports into audit lines.
 */

#include "durability.h"
#include "firsts.h"
#include "live_state.h"
#include "orchestrator.h"
#include "stage.h"

struct enc_live {
	struct enc_session session;	/* first: what the API sees */
	struct enc_list link;		/* in the orchestrator's */
	struct enc_share *share;	/* of its organisation; held */
	struct enc_share_waiter waiter; /* in the share's queue, while QUEUED */
	struct enc_orchestrator *orchestrator;
	enum enc_live_state state;	 /* written by enc_live_move() */
	enum enc_durability durability;	 /* written by durable.c */
	struct enc_list stages;		 /* in order, without finished ones */
	struct enc_firsts firsts;	 /* what was tried, and has a line */
	struct enc_store_change *change; /* being composed, or NULL */
	size_t pending;			 /* submitted, not reported yet */
	bool cancelled; /* a user asked for the end; it is the kill reason */
};

/* ---- record.c: what a change set is composed of ---- */

/* enc_live_change() - the change set that is being composed */
struct enc_store_change *enc_live_change(struct enc_live *live);

/* enc_live_begin_chain() - the genesis binds what was asked for */
ENC_NODISCARD enum enc_code enc_live_begin_chain(struct enc_session *session,
						 struct enc_error *err);

/*
 * enc_live_tell() - one more line; @event is finished by this. Past the limit
 * of lines it is only counted, but for the lines of the end.
 */
void enc_live_tell(struct enc_live *live, struct enc_audit_event *event);

/*
 * enc_live_tell_attempt() - a line about what the program tried, @count times;
 * @event has every member before "count". What has a line already gets another
 * one in the first half of the log only, and destinations leave room for system
 * calls: nothing that is tried for the first time is hidden by repetitions.
 */
void enc_live_tell_attempt(struct enc_live *live, struct enc_audit_event *event,
			   uint64_t count);

/* enc_live_seal() - the last line */
void enc_live_seal(struct enc_live *live);

/*
 * enc_live_tell_again() - instead of what is being composed, every entry that
 * isn't durable yet
 */
void enc_live_tell_again(struct enc_live *live);

/* enc_live_enter() - the session's log has that it is in @phase now */
void enc_live_enter(struct enc_live *live, enum enc_phase phase);

/* enc_live_put_row() - the session's state as this change set will make it */
void enc_live_put_row(struct enc_live *live, enum enc_phase phase, bool insert,
		      bool finished);
void enc_live_put_result(struct enc_live *live);
void enc_live_put_idempotency(struct enc_live *live);

/* story.c: lines of what is known */
void enc_story_created(struct enc_live *live);
void enc_story_started(struct enc_live *live);
/* enc_story_heard() - a report that becomes a line; false if it is none */
bool enc_story_heard(struct enc_live *live, const struct enc_report *report);
/* enc_story_ended() - quota_kill, result_collected, workload_exited, usage */
void enc_story_ended(struct enc_live *live, const struct enc_end *end);
void enc_story_torn_down(struct enc_live *live, const char *reason);

/* recovery.c: close what a former life left open, durably */
ENC_NODISCARD enum enc_code enc_recovery_run(struct enc_store *store,
					     uv_loop_t *loop,
					     struct enc_error *err);

#endif
