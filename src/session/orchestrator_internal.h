#ifndef ENC_SESSION_ORCHESTRATOR_INTERNAL_H
#define ENC_SESSION_ORCHESTRATOR_INTERNAL_H

/*
 * Shared by the orchestrator's files. live.c makes and frees live sessions.
 * admission.c decides which sessions begin and get a sandbox. orchestrator.c
 * makes all other decisions. durable.c has the store write each decision.
 */

#include "live.h"
#include "log.h"

struct enc_orchestrator {
	struct enc_orchestrator_options options;
	struct enc_list sessions;
	struct enc_list shares; /* list of struct enc_share */
	uint64_t last_turn;	/* turn of the newest queued session */
	struct enc_pool *pool;
	/*
	 * Timer; active while a session is BEHIND, `shut` is set, or an earlier
	 * server's sessions aren't closed.
	 */
	uv_timer_t *again;
	/*
	 * The disk is too full to close the sessions of an earlier enclave-api.
	 * No session may begin, since it would be taken for one of them.
	 */
	struct enc_recovery *recovery;
	/*
	 * The store had no room for a new session, and stored nothing since.
	 * Then a probe is written now and then, and no session may begin.
	 */
	bool shut;
	struct enc_probe_write *probe; /* NULL: none is being written */
	char probe_org[ENC_STORE_ID_MAX_BYTES + 1];
	uv_timer_t *flush;	  /* timer; active while output isn't stored */
	struct enc_error refusal; /* the store's last refusal */
	struct enc_log_limit refusal_log;
	struct enc_log_limit lost_log;
	/* Counts of ended sessions, per place. */
	struct enc_session_metrics metrics[ENC_LAUNCH_PLACES_MAX];
	size_t live;
	size_t running;	 /* stages that have a sandbox or wait for one */
	uint64_t memory; /* bytes that they may use together */
	size_t queued;
	size_t queued_bytes;
	bool draining;
	void (*drained)(void *context);
	void *context;
};

/* Why a change set is submitted; the session goes on once it is durable. */
enum enc_milestone {
	ENC_MILESTONE_NOTED,
	ENC_MILESTONE_OUTPUT, /* a change set of output entries alone */
	ENC_MILESTONE_CREATED,
	ENC_MILESTONE_STARTED,
	ENC_MILESTONE_ENDED,
	ENC_MILESTONE_SEALED,
};

/* ---- admission.c ---- */

/*
 * enc_live_enter_running() - count a session as running, with the memory that it
 * may use; enc_live_leave_running() ends that
 */
void enc_live_enter_running(struct enc_live *live);
void enc_live_leave_running(struct enc_live *live);

/* ---- live.c ---- */

/**
 * enc_live_new() - make a session with an id and an audit chain, without a
 * stage
 * @spec: taken, also on failure
 *
 * Return: ENC_OK; the error of the store or of the chain
 */
ENC_NODISCARD enum enc_code enc_live_new(struct enc_orchestrator *orchestrator,
					 struct enc_session_spec *spec,
					 struct enc_live **ret_live,
					 struct enc_error *err);

/* enc_live_free() - free a live session, which has no stage any more */
void enc_live_free(struct enc_live *live);

/* enc_live_move() - set the state and log it; an illegal move is a bug */
void enc_live_move(struct enc_live *live, enum enc_live_state to);

/* ---- orchestrator.c ---- */

/* enc_live_stage() - the current stage; one exists in each state up to RUNNING */
struct enc_stage *enc_live_stage(const struct enc_live *live);

/* enc_live_fail_stage() - end the session because its backend failed */
void enc_live_fail_stage(struct enc_live *live, struct enc_stage *stage,
			 const struct enc_error *why);

/* ---- reach.c ---- */

/*
 * enc_live_load() - load the program, with the session's latest allowlist
 *
 * That list may not be durable yet. It will be before the program starts, since
 * change sets become durable in order.
 */
ENC_NODISCARD enum enc_code enc_live_load(struct enc_live *live,
					  struct enc_stage *stage,
					  struct enc_error *err);

/*
 * enc_live_grant() - the sandbox is claimed: have the vault give its gate the
 * session's bindings. A failure ends the session.
 */
void enc_live_grant(struct enc_live *live, uint64_t tag);

/*
 * enc_live_is_granted() - whether the program may start: false until the gate
 * has the session's bindings; enc_live_start() is called again then
 */
bool enc_live_is_granted(struct enc_live *live);

/* enc_live_end_grants() - the sandbox is gone; does nothing if it had none */
void enc_live_end_grants(struct enc_live *live);

/* ---- durable.c ---- */

/*
 * enc_live_submit() - submit the composed change set. Once it is durable, the
 * session moves to @phase and goes on from @milestone.
 */
void enc_live_submit(struct enc_live *live, enum enc_milestone milestone,
		     enum enc_phase phase);

/*
 * enc_orchestrator_flush_soon() - after a short pause, submit the output of all
 * running sessions. Output that comes meanwhile is submitted with it.
 */
void enc_orchestrator_flush_soon(struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_any_behind() - whether a session is BEHIND or FOLLOWING. No
 * session may begin then, since its record would have to stay in memory, too.
 */
bool enc_orchestrator_any_behind(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_try_again() - after a pause, submit the changes of all
 * sessions that are BEHIND, and a probe if `shut` is set; go on with the
 * recovery
 */
void enc_orchestrator_try_again(struct enc_orchestrator *orchestrator);

/* enc_orchestrator_forget_probe() - the orchestrator is about to be freed */
void enc_orchestrator_forget_probe(struct enc_orchestrator *orchestrator);

/* ---- orchestrator.c ---- */

/*
 * enc_live_apply() - give the sandbox the allowlist that has become durable, and
 * let the attempts go on that are durable
 * @logged: how many EGRESS reports are
 */
void enc_live_apply(struct enc_live *live, uint64_t logged);

/* enc_live_start() - let the program run; called when "running" is durable */
void enc_live_start(struct enc_live *live);

/*
 * enc_live_pace() - hold the program while its output is far ahead of the
 * store, and let it go on after that. Called when output came or the store has
 * moved on.
 */
void enc_live_pace(struct enc_live *live);

/*
 * enc_live_begin_end() - move to ENDING and submit outcome, result and usage. A
 * session in ENDING or a later state is left as it is.
 */
void enc_live_begin_end(struct enc_live *live, const struct enc_end *end);

/*
 * enc_live_turn_away() - end a QUEUED session as failed. The reason code is the
 * name of @why's code.
 */
void enc_live_turn_away(struct enc_live *live, const struct enc_error *why);

/*
 * enc_live_leave() - destroy the sandboxes, or leave the queue, and move to
 * LEAVING. A session in CLOSING stays there.
 */
void enc_live_leave(struct enc_live *live);

/*
 * enc_live_finish() - seal the session if nothing is pending and no stage is
 * left; free a session that is sealed or LOST
 */
void enc_live_finish(struct enc_live *live);

/*
 * enc_live_make() - have the pool or the backend make the sandbox of the first
 * stage. The session must have left the queue.
 */
void enc_live_make(struct enc_live *live);

/* ---- admission.c ---- */

/*
 * enc_orchestrator_check_open() - whether a new session may begin now
 *
 * Return: as enc_orchestrator_create()
 */
ENC_NODISCARD enum enc_code
enc_orchestrator_check_open(const struct enc_orchestrator *orchestrator,
			    const struct enc_session_spec *spec,
			    struct enc_error *err);

/*
 * enc_live_enter_queue() - append the session to its organisation's queue;
 * enc_orchestrator_check_open() must have allowed it
 */
void enc_live_enter_queue(struct enc_live *live);

/*
 * enc_live_leave_queue() - remove the session from its queue: it gets a
 * sandbox, or it ends
 */
void enc_live_leave_queue(struct enc_live *live);

/*
 * enc_orchestrator_is_full() - whether queued sessions can't begin now, since
 * the machine or the store has no room
 */
bool enc_orchestrator_is_full(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_admit_next() - admit queued sessions while there is room,
 * then have the pool check whether to fill
 */
void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator);

#endif
