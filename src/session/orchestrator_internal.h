#ifndef ENC_SESSION_ORCHESTRATOR_INTERNAL_H
#define ENC_SESSION_ORCHESTRATOR_INTERNAL_H

/*
 * The orchestrator's insides, shared by orchestrator.c, which decides what
 * follows from what happens, and durable.c, which has it recorded first.
 */

#include "live.h"

struct enc_orchestrator {
	struct enc_orchestrator_options options;
	struct enc_list sessions;
	struct enc_list queue;
	struct enc_pool *pool;
	uv_timer_t *again;	  /* runs while a session is BEHIND */
	struct enc_error refusal; /* by the store, of what is BEHIND */
	size_t live;
	size_t running; /* stages that have a sandbox, or ask for one */
	size_t queued;
	size_t queued_bytes;
	bool draining;
	void (*drained)(void *context);
	void *context;
};

/* What a submitted change set makes true once it is durable. */
enum enc_milestone {
	ENC_MILESTONE_NOTED,
	ENC_MILESTONE_CREATED,
	ENC_MILESTONE_STARTED,
	ENC_MILESTONE_ENDED,
	ENC_MILESTONE_SEALED,
};

/* ---- live.c: a live session's beginning, state and end ---- */

/**
 * enc_live_new() - a session with id and chain, and without a stage
 * @spec: taken, also on failure
 *
 * Return: ENC_OK; what the store or the chain failed with
 */
ENC_NODISCARD enum enc_code enc_live_new(struct enc_orchestrator *orchestrator,
					 struct enc_session_spec *spec,
					 struct enc_live **ret_live,
					 struct enc_error *err);

/* enc_live_free() - no stage may be left */
void enc_live_free(struct enc_live *live);

/* enc_live_move() - the only writer of a state; logs each move */
void enc_live_move(struct enc_live *live, enum enc_live_state to);

/* ---- durable.c: what is recorded, and what waits for that ---- */

/*
 * enc_live_submit() - the change set that was composed; once it is durable,
 * the session is in @phase, and what waits for @milestone goes on
 */
void enc_live_submit(struct enc_live *live, enum enc_milestone milestone,
		     enum enc_phase phase);

/*
 * enc_orchestrator_any_behind() - whether a session is BEHIND or FOLLOWING: the
 * store refuses what has to stay in memory until it is taken, so nothing that
 * adds to that may begin
 */
bool enc_orchestrator_any_behind(const struct enc_orchestrator *orchestrator);

/* enc_orchestrator_try_again() - in a moment, with all that is BEHIND */
void enc_orchestrator_try_again(struct enc_orchestrator *orchestrator);

/* ---- orchestrator.c: what follows ---- */

/* enc_live_start() - STARTING is durable: let the program in */
void enc_live_start(struct enc_live *live);

/*
 * enc_live_begin_end() - ENDING: all that is known goes into one change set. A
 * session that is ENDING already, or further, is left as it is.
 */
void enc_live_begin_end(struct enc_live *live, const struct enc_end *end);

/*
 * enc_live_leave() - each sandbox is told to go, and who is QUEUED leaves the
 * queue; LEAVING, if it isn't further
 */
void enc_live_leave(struct enc_live *live);

/*
 * enc_live_finish() - once no stage is left: seal it, or free it if it is
 * sealed or LOST
 */
void enc_live_finish(struct enc_live *live);

/*
 * enc_orchestrator_admit_next() - as many of the queue as there is room for;
 * then the pool may have its turn
 */
void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator);

#endif
