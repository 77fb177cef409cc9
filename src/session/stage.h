#ifndef ENC_SESSION_STAGE_H
#define ENC_SESSION_STAGE_H

/*
 * Theory of operation
 *
 * A stage is one sandbox of a session, from before it is asked for until
 * nothing of it is left, with the program that runs in it, the facts that its
 * READY told and its end. A session has a list of stages. Today there is one,
 * which runs the code or command of the request.
 *
 *	new -> make ... READY -> load -> start ... ENDED -> destroy ... GONE
 *
 * A stage has no say in what follows from a report: it keeps what is its own
 * and tells its owner. The owner frees it after GONE, or any time before
 * make(), when there is nothing that could be gone.
 */

#include "pool.h"
#include "session.h"

struct enc_stage {
	struct enc_list link; /* in its session's */
	struct enc_sink sink; /* of its sandbox */
	struct enc_sandbox_spec spec;
	struct enc_program program;
	struct enc_sandbox
		*sandbox; /* NULL before make() and after destroy() */
	bool claimed;	  /* the pool has claimed it for us */
	struct enc_sandbox_facts facts; /* from READY on */
	struct enc_end end; /* from ENDED on; its texts live until GONE */
	/* Each report, once the stage has kept what is its own. */
	void (*told)(struct enc_stage *stage, const struct enc_report *report);
	void *owner;
};

/**
 * enc_stage_new() - the stage that runs what @session was asked for
 * @session: borrowed until enc_stage_free(), with the spec and id that it has
 */
struct enc_stage *enc_stage_new(const struct enc_session *session);

/* enc_stage_free() - its sandbox is gone, or was never asked for */
void enc_stage_free(struct enc_stage *stage);

/**
 * enc_stage_make() - take its sandbox from @pool, or have one made
 *
 * One from the pool is READY at once: told() hears it before this returns.
 *
 * Return: ENC_OK; what enc_sandbox_prepare() returns, and then no report comes
 */
ENC_NODISCARD enum enc_code enc_stage_make(struct enc_stage *stage,
					   struct enc_pool *pool,
					   struct enc_backend *backend,
					   struct enc_error *err);

/* enc_stage_load() - READY becomes the session's, with the program in it */
ENC_NODISCARD enum enc_code enc_stage_load(struct enc_stage *stage,
					   struct enc_error *err);

/* enc_stage_start() - let the program run */
ENC_NODISCARD enum enc_code enc_stage_start(struct enc_stage *stage,
					    struct enc_error *err);

/* enc_stage_stop() - ENDED will come; nothing if there is no sandbox */
void enc_stage_stop(struct enc_stage *stage);

/* enc_stage_destroy() - GONE will come; nothing if there is no sandbox */
void enc_stage_destroy(struct enc_stage *stage);

#endif
