/*
 * Lets the program of a live session reach the destinations of its allowlist,
 * and the upstreams of its service bindings.
 */

#include "orchestrator_internal.h"

enum enc_code enc_live_load(struct enc_live *live, struct enc_stage *stage,
			    struct enc_error *err)
{
	struct enc_allowlist *list = live->session.spec->record.allowlist;

	enum enc_code code =
		list == NULL ? ENC_OK
			     : enc_stage_set_allowlist(stage, list, err);

	return code == ENC_OK ? enc_stage_load(stage, err) : code;
}

void enc_live_apply(struct enc_live *live, uint64_t logged)
{
	struct enc_allowlist *list = live->session.durable_allowlist;
	struct enc_stage *stage;
	struct enc_error err = { 0 };

	if (enc_session_outside(live->session.spec) == 0 || live->cancelled ||
	    (live->state != ENC_LIVE_STARTING &&
	     live->state != ENC_LIVE_RUNNING)) {
		return;
	}
	stage = enc_live_stage(live);
	if (list != NULL &&
	    enc_stage_set_allowlist(stage, list, &err) != ENC_OK) {
		/*
		 * If a program's rules can't be replaced, the program must end.
		 */
		enc_live_fail_stage(live, stage, &err);
		enc_stage_stop(stage);
		return;
	}
	if (logged > live->egress_told) {
		live->egress_told = logged;
		enc_stage_recorded(stage, logged);
	}
}

/* ---- bindings ---- */

/* on_granted() - the vault has given the gate all records, or can't */
static void on_granted(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct enc_live *live = context;
	bool waits = live->granting == ENC_GRANTING_HOLDS;

	if (live->state != ENC_LIVE_MAKING &&
	    live->state != ENC_LIVE_STARTING) {
		return;
	}
	if (code != ENC_OK) {
		struct enc_stage *stage = enc_live_stage(live);

		enc_live_fail_stage(live, stage, err);
		enc_stage_stop(stage);
		return;
	}
	live->granting = ENC_GRANTING_DONE;
	if (waits) {
		enc_live_start(live);
	}
}

void enc_live_grant(struct enc_live *live, uint64_t tag)
{
	const struct enc_session_spec *spec = live->session.spec;
	const struct enc_grants_session session = {
		.tag = tag,
		.org = spec->record.org,
		.grants = spec->record.bindings,
		.count = spec->record.binding_count,
	};
	struct enc_error err = { 0 };
	enum enc_code code;

	if (live->orchestrator->options.grants == NULL) {
		code = enc_fail(&err, ENC_UNAVAILABLE, "there is no vault");
	} else {
		code = enc_grants_begin(live->orchestrator->options.grants,
					&session, on_granted, live, &err);
	}
	if (code == ENC_OK) {
		live->grant_tag = tag;
		return;
	}
	on_granted(live, code, &err);
}

bool enc_live_is_granted(struct enc_live *live)
{
	if ((enc_session_outside(live->session.spec) & ENC_OUTSIDE_BINDINGS) ==
		    0 ||
	    live->granting == ENC_GRANTING_DONE) {
		return true;
	}
	live->granting = ENC_GRANTING_HOLDS;
	return false;
}

void enc_live_end_grants(struct enc_live *live)
{
	if (live->grant_tag != 0) {
		enc_grants_end(live->orchestrator->options.grants,
			       live->grant_tag);
		live->grant_tag = 0;
	}
}
