#ifndef ENC_SESSION_ORCHESTRATOR_H
#define ENC_SESSION_ORCHESTRATOR_H

/*
 * Theory of operation
 *
 * The one writer of phases and events. A backend reports, a person asks; what
 * follows is decided here, the same for every backend, and becomes a change
 * set: the session's record and the audit lines that tell of it, durable
 * together. A live session is in one state (live_state.h), and the record of
 * it in one state of durability (durability.h).
 *
 *	QUEUED    it is created                 [flush; held: with STARTING]
 *	MAKING    its stage takes a sandbox from the pool, or asks for one
 *	STARTING  READY came, the program is loaded: running,
 *	          sandbox_started               [flush]
 *	RUNNING   that is durable: clocks run, the program is let in;
 *	          reports become lines          [flushed on the side]
 *	ENDING    ENDED came: outcome, result, quota_kill ... usage_metered
 *	                                        [flush]
 *	LEAVING   that is durable: whoever waits is answered, the sandbox is
 *	          destroyed
 *	CLOSING   GONE came for the last stage: torn_down, session_torn_down,
 *	          session_sealed                [flush]
 *
 * So at most two flushes stand between a held request and its result. A sandbox
 * from the pool is READY at once. What fails goes to ENDING from wherever it
 * is; so does what is cancelled, once its sandbox has ended.
 *
 * If the store refuses a change set, the session isn't what was recorded: it
 * goes to LEAVING at once. Until its creation is durable it is LOST then, and
 * who asked for it is told. A RECORDED one has to have an end. It fails, unless
 * it had ended, and is BEHIND: all that isn't recorded is submitted again, as
 * one change set, until a store that is locked or full takes it. Meanwhile a
 * user is shown what is recorded. Where the store has stopped, or the server is
 * about to end, the session is LOST, and the next life closes its record.
 */

#include "pool.h"
#include "session.h"

struct enc_orchestrator;

struct enc_orchestrator_options {
	uv_loop_t *loop;
	struct enc_store *store;     /* borrowed */
	struct enc_backend *backend; /* borrowed; opened */
	size_t running_max;	     /* sandboxes at a time */
	size_t queue_max;	     /* sessions that wait for one */
	size_t queue_max_bytes;	     /* what all of them bring along */
	size_t pool_size;	     /* waiting sandboxes per shelf; 0: off */
};

struct enc_orchestrator *
enc_orchestrator_new(const struct enc_orchestrator_options *options);

/* enc_orchestrator_free() - no session may be live */
void enc_orchestrator_free(struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_recover() - end what a former life left: each unfinished
 * session gets exactly one end, `orphaned`. Before anything else.
 */
ENC_NODISCARD enum enc_code
enc_orchestrator_recover(struct enc_orchestrator *orchestrator,
			 struct enc_error *err);

/**
 * enc_orchestrator_create() - a new session
 * @spec:        taken, also on failure
 * @observer:    is told CREATED or LOST, and all that follows; may be NULL
 * @ret_session: borrowed; lives at least until SEALED or LOST was told
 *
 * Return: ENC_OK; ENC_BUSY if the queue is full or the server is draining
 */
ENC_NODISCARD enum enc_code enc_orchestrator_create(
	struct enc_orchestrator *orchestrator, struct enc_session_spec *spec,
	struct enc_session_observer *observer, struct enc_session **ret_session,
	struct enc_error *err);

/*
 * enc_orchestrator_find() - a live session of that organisation, or NULL; one
 * that couldn't be recorded isn't: it has said its last word
 */
struct enc_session *enc_orchestrator_find(struct enc_orchestrator *orchestrator,
					  const char *org, const char *id);

/* enc_orchestrator_find_key() - as above, made with an idempotency key */
struct enc_session *
enc_orchestrator_find_key(struct enc_orchestrator *orchestrator,
			  const char *org, const char *key);

/* enc_orchestrator_cancel() - end it: killed, cancelled; ended ones stay */
void enc_orchestrator_cancel(struct enc_session *session);

/* enc_orchestrator_live() - sessions that are not sealed */
size_t enc_orchestrator_live(const struct enc_orchestrator *orchestrator);

/* enc_orchestrator_pool() - to look at; lives as long as @orchestrator */
const struct enc_pool *
enc_orchestrator_pool(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_drain() - no new ones; @drained when none is live and
 * nothing waits in the pool
 */
void enc_orchestrator_drain(struct enc_orchestrator *orchestrator,
			    void (*drained)(void *context), void *context);

/* enc_orchestrator_cancel_all() - what drains too long */
void enc_orchestrator_cancel_all(struct enc_orchestrator *orchestrator);

#endif
