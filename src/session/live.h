#ifndef ENC_SESSION_LIVE_H
#define ENC_SESSION_LIVE_H

/*
 * A live session: the session, its stages and the change set that is being
 * composed. orchestrator.c decides, record.c composes, durable.c submits, and
 * story.c turns reports of the backend into audit lines.
 */

#include "durability.h"
#include "firsts.h"
#include "live_state.h"
#include "orchestrator.h"
#include "stage.h"

/* The state of a session's grants. */
enum enc_granting {
	ENC_GRANTING_AWAITED,
	ENC_GRANTING_HOLDS, /* awaited, and the start waits for it */
	ENC_GRANTING_DONE,
};

struct enc_live {
	struct enc_session session; /* must be first; the API sees only this */
	struct enc_list link; /* link in the orchestrator's list of sessions */
	struct enc_share *share; /* share of the session's organisation; held */
	/* Link in the queue of the share, while the state is QUEUED. */
	struct enc_share_waiter waiter;
	struct enc_orchestrator *orchestrator;
	enum enc_live_state state; /* only enc_live_move() writes the state */
	/* Only durable.c writes the durability. */
	enum enc_durability durability;
	/* The stages in order; a finished stage is removed. */
	struct enc_list stages;
	struct enc_firsts firsts; /* attempts that already have a line */
	/*
	 * How many EGRESS reports came; how many of them are in the log, without
	 * a gap; and how many the gate was told to be durable.
	 */
	uint64_t egress_heard;
	uint64_t egress_logged;
	uint64_t egress_told;
	/* Calls of bindings, by what reports say of them. */
	uint64_t calls_invoked;
	uint64_t calls_denied;
	/* The change set that is being composed, or NULL. */
	struct enc_store_change *change;
	size_t pending; /* submitted change sets without a reply of the store */
	/* The vault's grants to this session. */
	enum enc_granting granting;
	uint64_t grant_tag; /* of its sandbox; 0: it has none */
	bool cancelled;	    /* the kill reason will be `cancelled` */
	bool by_stop;	    /* the server's stop cancelled it */
};

/* ---- record.c: composing a change set ---- */

/*
 * enc_live_change() - return the change set that is being composed; makes one
 * if there is none
 */
struct enc_store_change *enc_live_change(struct enc_live *live);

/*
 * enc_live_begin_chain() - begin the audit chain; its genesis has the hashes of
 * request, policy and environment
 */
ENC_NODISCARD enum enc_code enc_live_begin_chain(struct enc_session *session,
						 struct enc_error *err);

/*
 * enc_live_tell() - append an audit line for @event, which this call finishes.
 * If the log is full, the event is only counted; some room is reserved for the
 * lines about the end.
 */
void enc_live_tell(struct enc_live *live, struct enc_audit_event *event);

/*
 * enc_live_tell_attempt() - append an audit line about an attempt of the
 * program
 * @event: has every member that comes before "bytes" and "count"
 * @bytes: how much was moved; -1: the event has no such member
 * @count: how often it was tried
 *
 * Repetitions must not crowd out the first line about another attempt. So an
 * attempt that already has a line gets another one only in the first half of
 * the log, and egress attempts leave some room for system calls.
 *
 * Return: whether the log has a line about this attempt, this one or an earlier
 * one
 */
bool enc_live_tell_attempt(struct enc_live *live, struct enc_audit_event *event,
			   int64_t bytes, uint64_t count);

/* enc_live_may_replace() - whether the log has room for egress_replaced */
bool enc_live_may_replace(const struct enc_live *live);

/* enc_live_seal() - append the seal, the last line of the audit log */
void enc_live_seal(struct enc_live *live);

/*
 * enc_live_tell_again() - drop the change set that is being composed. The next
 * one has every entry that isn't durable yet.
 */
void enc_live_tell_again(struct enc_live *live);

/*
 * enc_live_enter() - add the entry "the session is in @phase" to the session's
 * log
 */
void enc_live_enter(struct enc_live *live, enum enc_phase phase);

/*
 * enc_live_put_row() - add the session's row to the change set; it shows the
 * session in @phase
 */
void enc_live_put_row(struct enc_live *live, enum enc_phase phase, bool insert,
		      bool finished);
void enc_live_put_result(struct enc_live *live);
void enc_live_put_idempotency(struct enc_live *live);

/* ---- story.c: audit lines ---- */
void enc_story_created(struct enc_live *live);
void enc_story_started(struct enc_live *live);
/* enc_story_replaced() - write egress_replaced; @by: the caller's name */
void enc_story_replaced(struct enc_live *live, const char *by);
/* enc_story_kept() - write egress_kept: a replacement was refused */
void enc_story_kept(struct enc_live *live, const char *by, const char *why);
/*
 * enc_story_heard() - write the audit line of a report; false if this kind of
 * report has none
 */
bool enc_story_heard(struct enc_live *live, const struct enc_report *report);
/*
 * enc_story_ended() - write the lines about the end that apply: quota_kill,
 * result_collected, workload_exited, usage_metered
 */
void enc_story_ended(struct enc_live *live, const struct enc_end *end);
void enc_story_torn_down(struct enc_live *live, const char *reason);

/* ---- recovery.c ---- */

/* Sessions of an earlier enclave-api for which the store had no room. */
struct enc_recovery;

/*
 * enc_recovery_run() - durably close the sessions that an earlier enclave-api
 * left open, and have their logs signed
 * @signatures: borrowed; NULL: there is no vault
 * @ret_left: set if the disk is full; free it with enc_recovery_free()
 */
ENC_NODISCARD enum enc_code enc_recovery_run(struct enc_store *store,
					     struct enc_signatures *signatures,
					     uv_loop_t *loop,
					     struct enc_recovery **ret_left,
					     struct enc_error *err);

/*
 * enc_recovery_go_on() - close more of the sessions; returns at once. No other
 * session may be open. Return: false if nothing is left to do
 */
bool enc_recovery_go_on(struct enc_recovery *recovery);

/* enc_recovery_refusal() - the store's last refusal; borrowed */
const struct enc_error *
enc_recovery_refusal(const struct enc_recovery *recovery);

/* enc_recovery_free() - stop closing sessions; NULL is fine */
void enc_recovery_free(struct enc_recovery *recovery);

#endif
