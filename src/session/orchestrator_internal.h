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
	uv_timer_t *again;	  /* runs while a session is behind */
	struct enc_error refusal; /* by the store, of what is behind */
	size_t live;
	size_t running;
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

/* ---- durable.c: what is recorded, and what waits for that ---- */

/*
 * enc_live_submit() - the change set that was composed; once it is durable,
 * the session is in @phase, and what waits for @milestone goes on
 */
void enc_live_submit(struct enc_live *live, enum enc_milestone milestone,
		     enum enc_phase phase);

/*
 * enc_orchestrator_any_behind() - whether the store refuses what has to be
 * kept in memory until it takes it: nothing that adds to that may begin
 */
bool enc_orchestrator_any_behind(const struct enc_orchestrator *orchestrator);

/* enc_orchestrator_try_again() - in a moment, with all that is behind */
void enc_orchestrator_try_again(struct enc_orchestrator *orchestrator);

/* ---- orchestrator.c: what follows ---- */

/* enc_live_start() - it is recorded that it runs: let the program in */
void enc_live_start(struct enc_live *live);

/*
 * enc_live_begin_end() - everything that is known goes into one change set;
 * what has ended already is left as it is
 */
void enc_live_begin_end(struct enc_live *live, const struct enc_end *end);

/* enc_live_leave_queue() - it must wait there */
void enc_live_leave_queue(struct enc_live *live);

/* enc_live_finish() - seal what is gone, free what is sealed or lost */
void enc_live_finish(struct enc_live *live);

/* enc_orchestrator_admit_next() - as many as there is room for */
void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator);

#endif
