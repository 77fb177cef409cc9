/* Admission: which sessions may begin, wait and get a sandbox. */

#include "orchestrator_internal.h"

#define MIB (UINT64_C(1) << 20)

/* ---- the queue ---- */

void enc_live_enter_queue(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	enc_share_wait(live->share, &live->waiter, ++orchestrator->last_turn);
	orchestrator->queued++;
	orchestrator->queued_bytes +=
		enc_session_spec_bytes(live->session.spec);
}

void enc_live_leave_queue(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	enc_share_stop_waiting(live->share, &live->waiter);
	orchestrator->queued--;
	orchestrator->queued_bytes -=
		enc_session_spec_bytes(live->session.spec);
}

/* ---- memory ---- */

/* memory_of() - the most memory that a session may use */
static uint64_t memory_of(const struct enc_session_spec *spec)
{
	return enc_place_memory(spec->place, &spec->record.limits);
}

void enc_live_enter_running(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	orchestrator->running++;
	orchestrator->memory += memory_of(live->session.spec);
	live->share->running++;
}

void enc_live_leave_running(struct enc_live *live)
{
	struct enc_orchestrator *orchestrator = live->orchestrator;

	orchestrator->running--;
	orchestrator->memory -= memory_of(live->session.spec);
	live->share->running--;
}

/* may_ever_run() - whether the machine has the memory for a session at all */
static enum enc_code may_ever_run(const struct enc_orchestrator *orchestrator,
				  const struct enc_session_spec *spec,
				  struct enc_error *err)
{
	uint64_t most = orchestrator->options.memory_max;
	uint64_t needed = memory_of(spec);
	uint64_t asked = spec->record.limits.value[ENC_LIMIT_MEMORY];

	if (most == 0 || needed <= most) {
		return ENC_OK;
	}
	/* The rest is for files, gVisor and the gate. */
	if (most < needed - asked + MIB) {
		return enc_fail(err, ENC_BAD_LIMITS,
				"diskMb is more than sessions may have here, "
				"the machine's memory times --overcommit: try "
				"less");
	}
	most -= needed - asked;
	return enc_fail(err, ENC_BAD_LIMITS,
			"memoryMb and diskMb are more than sessions may have "
			"here, the machine's memory times --overcommit: with "
			"this diskMb, memoryMb can be %llu at most",
			(unsigned long long)(most / MIB));
}

/* has_place() - whether one more session may run beside those that run */
static bool has_place(const struct enc_orchestrator *orchestrator,
		      const struct enc_session_spec *spec)
{
	const struct enc_orchestrator_options *options = &orchestrator->options;

	return orchestrator->running < options->running_max &&
	       (options->memory_max == 0 ||
		orchestrator->memory + memory_of(spec) <= options->memory_max);
}

/* ---- the queue's size ---- */

/* has_room() - whether the queue may take one more session of this size */
static bool has_room(const struct enc_orchestrator *orchestrator,
		     const struct enc_session_spec *spec)
{
	const struct enc_orchestrator_options *options = &orchestrator->options;

	return orchestrator->queued < options->queue_max &&
	       orchestrator->queued_bytes + enc_session_spec_bytes(spec) <=
		       options->queue_max_bytes;
}

/* ---- quotas ---- */

/*
 * read_quota() - read the stored quota of an organisation. It is read each
 * time, so that a new quota takes effect at once.
 * @ret_quota: owned
 *
 * Return: ENC_OK, also without a quota; ENC_INTERNAL
 */
static enum enc_code read_quota(const struct enc_orchestrator *orchestrator,
				const char *org,
				struct enc_store_quota *ret_quota,
				struct enc_error *err)
{
	enum enc_code code;

	*ret_quota = (struct enc_store_quota){
		.base.type = &enc_store_quotas,
		.org = org,
		.running = -1,
		.waiting = -1,
		.stored_bytes = -1,
	};
	code = enc_store_get(orchestrator->options.store, &ret_quota->base,
			     NULL);
	if (code == ENC_OK || code == ENC_NOT_FOUND) {
		return ENC_OK;
	}
	return enc_fail(err, code,
			"the quota of the organisation can't be read");
}

/*
 * reaches() - whether @used has reached @limit; a limit below 0 means unlimited
 */
static bool reaches(uint64_t used, int64_t limit)
{
	return limit >= 0 && used >= (uint64_t)limit;
}

/* ---- new sessions ---- */

/* check_stored() - whether an organisation may store more */
static enum enc_code check_stored(const struct enc_orchestrator *orchestrator,
				  const char *id, int64_t limit,
				  struct enc_error *err)
{
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = id,
	};
	enum enc_code code;

	if (limit < 0) {
		return ENC_OK;
	}
	code = enc_store_get(orchestrator->options.store, &org.base, err);
	if (code == ENC_OK && reaches(org.stored_bytes, limit)) {
		return enc_fail(err, ENC_QUOTA,
				"the organisation has stored %llu bytes, its "
				"quota is %lld: ask the owner of the server "
				"for more",
				(unsigned long long)org.stored_bytes,
				(long long)limit);
	}
	return code;
}

/* check_quota() - whether the organisation may have one more session */
static enum enc_code check_quota(const struct enc_orchestrator *orchestrator,
				 const struct enc_session_spec *spec,
				 struct enc_error *err)
{
	const char *org = spec->record.org;
	const struct enc_share *share =
		enc_share_find(&orchestrator->shares, org);
	size_t running = share == NULL ? 0 : share->running;
	size_t waiting = share == NULL ? 0 : share->waiting;
	enc_autorow struct enc_store_quota quota = { 0 };
	enum enc_code code = read_quota(orchestrator, org, &quota, err);
	bool runs_at_once;

	if (code == ENC_OK) {
		code = check_stored(orchestrator, org, quota.stored_bytes, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	runs_at_once = waiting == 0 && !reaches(running, quota.running) &&
		       has_place(orchestrator, spec);
	if (!runs_at_once && reaches(waiting, quota.waiting)) {
		return enc_fail(err, ENC_QUOTA,
				"%zu sessions of the organisation wait, its "
				"quota is %lld: try again later",
				waiting, (long long)quota.waiting);
	}
	return ENC_OK;
}

/* fail_full() - the queue has no room */
static enum enc_code fail_full(struct enc_error *err)
{
	return enc_fail(err, ENC_BUSY,
			"too many sessions wait: try again later");
}

enum enc_code
enc_orchestrator_check_open(const struct enc_orchestrator *orchestrator,
			    const struct enc_session_spec *spec,
			    struct enc_error *err)
{
	enum enc_code code = enc_orchestrator_check_ready(orchestrator, err);

	if (code == ENC_OK) {
		code = may_ever_run(orchestrator, spec, err);
	}
	if (code == ENC_OK) {
		code = check_quota(orchestrator, spec, err);
	}
	return code == ENC_OK && !has_room(orchestrator, spec) ? fail_full(err)
							       : code;
}

enum enc_code
enc_orchestrator_check_ready(const struct enc_orchestrator *orchestrator,
			     struct enc_error *err)
{
	if (orchestrator->draining) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the server is shutting down: try again in a "
				"moment");
	}
	if (!enc_backend_healthy(orchestrator->options.backend)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"no backend can make a sandbox: see the "
				"server's log");
	}
	if (orchestrator->queued >= orchestrator->options.queue_max) {
		return fail_full(err);
	}
	if (!orchestrator->shut && orchestrator->recovery == NULL &&
	    !enc_orchestrator_any_behind(orchestrator)) {
		return ENC_OK;
	}
	if (orchestrator->refusal.code != ENC_OK) {
		*err = orchestrator->refusal;
		return err->code;
	}
	return enc_fail(err, ENC_UNAVAILABLE,
			"the store can't record ended sessions: try again "
			"later");
}

/* ---- waiting sessions ---- */

/*
 * may_run() - whether the organisation's quota allows one more running session
 */
static bool may_run(const struct enc_orchestrator *orchestrator,
		    const struct enc_share *share)
{
	enc_autorow struct enc_store_quota quota = { 0 };

	/* A quota is at least 1, so the first session is always within it. */
	return share->running == 0 ||
	       (read_quota(orchestrator, share->org, &quota, NULL) == ENC_OK &&
		!reaches(share->running, quota.running));
}

/*
 * next_live() - find the queued session that came first among the organisations
 * whose quota allows one more running session; NULL if there is none
 * @placed: only sessions for which the machine has room
 *
 * A session that needs more memory than is left is passed by those of other
 * organisations that need less. Else one that asks for nearly everything would
 * keep all others waiting for the end of what runs.
 */
static struct enc_live *next_live(const struct enc_orchestrator *orchestrator,
				  bool placed)
{
	struct enc_live *next = NULL;

	ENC_LIST_EACH(orchestrator->shares, at)
	{
		const struct enc_share *share =
			ENC_HOLDER(at, struct enc_share, link);
		struct enc_share_waiter *first = enc_share_first(share);
		struct enc_live *live =
			first == NULL
				? NULL
				: ENC_HOLDER(first, struct enc_live, waiter);

		if (live != NULL &&
		    (next == NULL || first->turn < next->waiter.turn) &&
		    (!placed || has_place(orchestrator, live->session.spec)) &&
		    may_run(orchestrator, share)) {
			next = live;
		}
	}
	return next;
}

bool enc_orchestrator_is_full(const struct enc_orchestrator *orchestrator)
{
	bool stuck = next_live(orchestrator, /* placed= */ true) == NULL &&
		     next_live(orchestrator, /* placed= */ false) != NULL;

	return orchestrator->queued > 0 &&
	       (stuck || enc_orchestrator_any_behind(orchestrator));
}

/*
 * may_store() - whether the organisation of a waiting session may still store
 *
 * The answer may have changed since the session came: other sessions of the
 * organisation have ended, and their output counts.
 */
static bool may_store(const struct enc_live *live, struct enc_error *err)
{
	const struct enc_orchestrator *orchestrator = live->orchestrator;
	const char *org = live->share->org;
	enc_autorow struct enc_store_quota quota = { 0 };

	return read_quota(orchestrator, org, &quota, err) == ENC_OK &&
	       check_stored(orchestrator, org, quota.stored_bytes, err) ==
		       ENC_OK;
}

void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator)
{
	while (!enc_orchestrator_any_behind(orchestrator)) {
		struct enc_live *live =
			next_live(orchestrator, /* placed= */ true);
		struct enc_error err = { 0 };

		if (live == NULL) {
			break;
		}
		if (may_store(live, &err)) {
			enc_live_leave_queue(live);
			enc_live_make(live);
		} else {
			enc_live_turn_away(live, &err);
		}
	}
	enc_pool_look(orchestrator->pool);
}
