#ifndef ENC_SESSION_ORCHESTRATOR_H
#define ENC_SESSION_ORCHESTRATOR_H

/*
 * Theory of operation
 *
 * The orchestrator is the only writer of phases and events. A backend reports,
 * a user asks, and the orchestrator decides what follows, equally for every
 * backend. A decision becomes a change set: the session's record and its audit
 * lines become durable together. A live session has one state (live_state.h)
 * and one durability (durability.h).
 *
 *	state     why it begins                 what is flushed meanwhile
 *	QUEUED    a request was accepted        the creation
 *	MAKING    the running sessions leave
 *	          room for one more
 *	STARTING  READY came, and the program   running, sandbox_started
 *	          is loaded
 *	RUNNING   STARTING is durable, and      lines of reports
 *	          the program may run
 *	ENDING    ENDED came                    outcome, result, quota_kill ...
 *	LEAVING   ENDING is durable; waiting
 *	          requests are answered
 *	CLOSING   GONE came for the last stage  torn_down, session_torn_down,
 *	                                        session_sealed
 *
 * A request that waits for its result has its creation flushed with STARTING,
 * so two flushes stand between the request and the response. A sandbox from
 * the pool is READY at once. A failure leads to ENDING from each earlier state.
 * A cancelled session goes to ENDING once its sandbox has ended.
 *
 * When the store refuses a change set, the session goes to LEAVING at once,
 * since its record isn't true any more. A session whose creation isn't durable
 * becomes LOST, and its observer is told. A RECORDED session must get an end:
 * it fails, unless it has ended already, and becomes BEHIND. Everything that
 * isn't recorded is then submitted again as one change set, until a store that
 * was locked or full takes it. Meanwhile users see the recorded session. If the
 * store has stopped, or the server is about to end, the session becomes LOST,
 * and the next enclave-api closes its record.
 */

#include "grants.h"
#include "pool.h"
#include "session.h"
#include "session_metrics.h"
#include "share.h"
#include "signatures.h"

struct enc_orchestrator;

struct enc_orchestrator_options {
	uv_loop_t *loop;
	struct enc_store *store;     /* the store; borrowed */
	struct enc_backend *backend; /* an opened backend; borrowed */
	struct enc_grants *grants;   /* borrowed; NULL: there is no vault */
	struct enc_signatures *signatures; /* the same */
	size_t running_max;		   /* limit of running sandboxes */
	size_t queue_max;		   /* limit of queued sessions */
	size_t queue_max_bytes; /* limit of the total size of queued specs */
	size_t pool_size;	/* waiting sandboxes per shelf; 0: off */
	/* Most memory that running sessions may use together; 0: no limit. */
	uint64_t memory_max;
};

struct enc_orchestrator *
enc_orchestrator_new(const struct enc_orchestrator_options *options);

/* enc_orchestrator_free() - NULL is fine; no session may be live */
void enc_orchestrator_free(struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_recover() - close the sessions that an earlier enclave-api
 * left open. A session without an outcome fails as `orphaned`. Call this
 * function before all others. On a full disk it returns ENC_OK, and the sessions
 * are closed once there is room; no session may begin before.
 */
ENC_NODISCARD enum enc_code
enc_orchestrator_recover(struct enc_orchestrator *orchestrator,
			 struct enc_error *err);

/**
 * enc_orchestrator_check_ready() - whether a new session would be taken now, as
 * far as that doesn't depend on the request and on the organisation's quota
 *
 * Return: ENC_OK; ENC_BUSY if the queue is full; ENC_UNAVAILABLE while it
 * drains, without a backend or if the store is locked; ENC_STORAGE_FULL
 */
ENC_NODISCARD enum enc_code
enc_orchestrator_check_ready(const struct enc_orchestrator *orchestrator,
			     struct enc_error *err);

/**
 * enc_orchestrator_create() - create a session
 * @spec:        taken, also on failure
 * @observer:    is told CREATED or LOST, and all later news; may be NULL
 * @ret_session: borrowed; lives at least until SEALED or LOST was told
 *
 * Return: ENC_OK; an error of enc_orchestrator_check_ready(); ENC_QUOTA; the
 * store's error
 */
ENC_NODISCARD enum enc_code enc_orchestrator_create(
	struct enc_orchestrator *orchestrator, struct enc_session_spec *spec,
	struct enc_session_observer *observer, struct enc_session **ret_session,
	struct enc_error *err);

/*
 * enc_orchestrator_find() - find a live session of @org; NULL if there is none.
 * A LOST session is not found: its observers have got their last news.
 */
struct enc_session *enc_orchestrator_find(struct enc_orchestrator *orchestrator,
					  const char *org, const char *id);

/* enc_orchestrator_find_key() - find a live session by idempotency key */
struct enc_session *
enc_orchestrator_find_key(struct enc_orchestrator *orchestrator,
			  const char *org, const char *key);

/**
 * enc_orchestrator_replace_allowlist() - replace the allowlist of a live session
 * @list: not NULL; held from now on
 * @by:   name of the caller, for the audit log
 *
 * The replacement is submitted to the store. The sandbox gets the rules once it
 * is durable: then durable_replacements of the session is at least what
 * `replacements` is after this call. If the store refuses it, the session ends,
 * and its sandbox gets no rules.
 *
 * Return: ENC_OK; ENC_CONFLICT if the session is over or has the mode deny_all;
 * ENC_UNAVAILABLE while the store refuses the session's record
 */
ENC_NODISCARD enum enc_code
enc_orchestrator_replace_allowlist(struct enc_session *session,
				   struct enc_allowlist *list, const char *by,
				   struct enc_error *err);

/*
 * enc_orchestrator_keep_allowlist() - record that a replacement was refused, if
 * the session isn't over and its log has room for such lines
 * @by: name of the caller
 */
void enc_orchestrator_keep_allowlist(struct enc_session *session,
				     const char *by, const char *why);

/*
 * enc_orchestrator_cancel() - end a session as killed, with the kill reason
 * `cancelled`. A session that has ended is left as it is.
 */
void enc_orchestrator_cancel(struct enc_session *session);

/* enc_orchestrator_live() - count the sessions that are not sealed */
size_t enc_orchestrator_live(const struct enc_orchestrator *orchestrator);

struct enc_orchestrator_counts {
	size_t live;	/* sessions that are not sealed */
	size_t running; /* sessions that have a sandbox, or wait for one that
			 * is being made */
	size_t waiting; /* sessions in the queue */
};

struct enc_orchestrator_counts
enc_orchestrator_count_sessions(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_metrics() - return the counts of ended sessions: an array,
 * in the order of the backend's places. Borrowed.
 */
const struct enc_session_metrics *
enc_orchestrator_metrics(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_share() - return an organisation's counts of running and
 * waiting sessions; NULL if it has no live session. Borrowed until the loop
 * goes on.
 */
const struct enc_share *
enc_orchestrator_share(const struct enc_orchestrator *orchestrator,
		       const char *org);

/*
 * enc_orchestrator_pool() - return the pool; borrowed, lives as long as
 * @orchestrator
 */
const struct enc_pool *
enc_orchestrator_pool(const struct enc_orchestrator *orchestrator);

/*
 * enc_orchestrator_drain() - refuse new sessions from now on. @drained is
 * called once, when no session is live and the pool is empty.
 */
void enc_orchestrator_drain(struct enc_orchestrator *orchestrator,
			    void (*drained)(void *context), void *context);

/* enc_orchestrator_cancel_all() - cancel each live session */
void enc_orchestrator_cancel_all(struct enc_orchestrator *orchestrator);

#endif
