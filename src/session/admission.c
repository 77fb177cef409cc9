/* Which sessions may begin, wait and get a sandbox. */

#include "orchestrator_internal.h"

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

/* has_room() - whether the queue may take one more session of this size */
static bool has_room(const struct enc_orchestrator *orchestrator,
		     const struct enc_session_spec *spec)
{
	const struct enc_orchestrator_options *options = &orchestrator->options;

	return orchestrator->queued < options->queue_max &&
	       orchestrator->queued_bytes + enc_session_spec_bytes(spec) <=
		       options->queue_max_bytes;
}

/* ---- new sessions ---- */

enum enc_code
enc_orchestrator_check_open(const struct enc_orchestrator *orchestrator,
			    const struct enc_session_spec *spec,
			    struct enc_error *err)
{
	if (orchestrator->draining) {
		return enc_fail(err, ENC_BUSY,
				"the server is about to end: try again in a "
				"moment");
	}
	if (!has_room(orchestrator, spec)) {
		return enc_fail(err, ENC_BUSY,
				"too many sessions wait: try again later");
	}
	if (!enc_orchestrator_any_behind(orchestrator)) {
		return ENC_OK;
	}
	if (orchestrator->refusal.code != ENC_OK) {
		*err = orchestrator->refusal;
		return err->code;
	}
	return enc_fail(err, ENC_UNAVAILABLE,
			"the store doesn't take what has ended: try again "
			"later");
}

/* ---- waiting sessions ---- */

/* next_live() - the session that came first; NULL if none may be admitted */
static struct enc_live *next_live(const struct enc_orchestrator *orchestrator)
{
	struct enc_share_waiter *next = NULL;

	ENC_LIST_EACH(orchestrator->shares, at)
	{
		struct enc_share_waiter *first =
			enc_share_first(ENC_HOLDER(at, struct enc_share, link));

		if (first != NULL &&
		    (next == NULL || first->turn < next->turn)) {
			next = first;
		}
	}
	return next == NULL ? NULL : ENC_HOLDER(next, struct enc_live, waiter);
}

bool enc_orchestrator_is_full(const struct enc_orchestrator *orchestrator)
{
	return orchestrator->queued > 0 &&
	       (orchestrator->running >= orchestrator->options.running_max ||
		enc_orchestrator_any_behind(orchestrator));
}

void enc_orchestrator_admit_next(struct enc_orchestrator *orchestrator)
{
	while (orchestrator->running < orchestrator->options.running_max &&
	       !enc_orchestrator_any_behind(orchestrator)) {
		struct enc_live *live = next_live(orchestrator);

		if (live == NULL) {
			break;
		}
		enc_live_leave_queue(live);
		enc_live_make(live);
	}
	enc_pool_look(orchestrator->pool);
}
