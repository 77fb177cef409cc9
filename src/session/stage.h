#ifndef ENC_SESSION_STAGE_H
#define ENC_SESSION_STAGE_H

/*
 * Theory of operation
 *
 * A stage is one sandbox of a session, together with the program that runs in
 * it, the facts of its READY report and its end. A session has a list of
 * stages. Today the list has one stage, which runs the request's code or
 * command.
 *
 *	new -> make ... READY -> load -> start ... ENDED -> destroy ... GONE
 *
 * A stage decides nothing. It keeps facts and end from the reports and passes
 * every report on to its owner. The owner frees the stage after GONE, or before
 * make: in between, the backend holds the sink.
 */

#include "pool.h"
#include "session.h"

struct enc_stage {
	struct enc_list link; /* link in the session's list of stages */
	struct enc_sink sink; /* gets the reports of the sandbox */
	struct enc_sandbox_spec spec;
	struct enc_program program;
	struct enc_allowlist *allowlist; /* whose rules the program has; held */
	struct enc_sandbox *sandbox; /* NULL before make and after destroy */
	bool claimed;		     /* the session's limits are in force */
	bool loaded;		     /* the program was sent, or waits */
	/* Facts about the sandbox, from READY. */
	struct enc_sandbox_facts facts;
	/* The end of the sandbox, from ENDED; its texts live until GONE. */
	struct enc_end end;
	/* Called with each report; facts or end are set before. */
	void (*told)(struct enc_stage *stage, const struct enc_report *report);
	void *owner;
};

/**
 * enc_stage_new() - make a stage for the code or command of a session
 * @session: borrowed until enc_stage_free(); its spec and id must not change
 */
struct enc_stage *enc_stage_new(const struct enc_session *session);

/* enc_stage_free() - free a stage before make or after GONE; NULL is fine */
void enc_stage_free(struct enc_stage *stage);

/**
 * enc_stage_make() - take a sandbox from @pool, or have the backend make one
 *
 * A sandbox from the pool is READY at once: this function calls told().
 *
 * Return: ENC_OK; an error of enc_sandbox_prepare(), and then no report comes
 */
ENC_NODISCARD enum enc_code enc_stage_make(struct enc_stage *stage,
					   struct enc_pool *pool,
					   struct enc_error *err);

/* enc_stage_load() - claim the sandbox if needed, and load the program */
ENC_NODISCARD enum enc_code enc_stage_load(struct enc_stage *stage,
					   struct enc_error *err);

/* enc_stage_start() - let the program run */
ENC_NODISCARD enum enc_code enc_stage_start(struct enc_stage *stage,
					    struct enc_error *err);

/**
 * enc_stage_set_allowlist() - give the program other rules
 * @list: not NULL; held from now on
 *
 * A program that isn't loaded yet is loaded with them.
 *
 * Return: ENC_OK; an error of enc_sandbox_set_rules(), and the former rules are
 * in force
 */
ENC_NODISCARD enum enc_code enc_stage_set_allowlist(struct enc_stage *stage,
						    struct enc_allowlist *list,
						    struct enc_error *err);

/* enc_stage_recorded() - the first @count EGRESS reports are durable */
void enc_stage_recorded(struct enc_stage *stage, uint64_t count);

/*
 * enc_stage_hold() - true: stop reading the program's output, so that its next
 * write blocks; false: read on
 */
void enc_stage_hold(struct enc_stage *stage, bool hold);

/*
 * enc_stage_stop() - end the program; ENDED follows. Does nothing without a
 * sandbox.
 */
void enc_stage_stop(struct enc_stage *stage);

/*
 * enc_stage_destroy() - destroy the sandbox; GONE follows. Does nothing without
 * a sandbox.
 */
void enc_stage_destroy(struct enc_stage *stage);

#endif
