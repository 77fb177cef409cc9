/* POST /prune: removes the records of old sessions, a change set per request. */

#include "prune.h"
#include "api_internal.h"
#include "clock.h"
#include "gen_answers.h"
#include "gen_operations.h"

enum {
	COUNT_MAX = 1000, /* sessions counted in one turn of the loop */
	MS_PER_S = 1000,
	ANSWER_BYTES = 256,
};

/* count_only() - answer how many sessions would be removed, up to COUNT_MAX */
static enum enc_code count_only(struct enc_api_call *call, int64_t before_ms,
				struct enc_error *err)
{
	size_t count = 0;
	enum enc_code code = enc_prune_count(call->api->options.store,
					     before_ms, COUNT_MAX, &count, err);
	const struct enc_answer_pruned pruned = {
		.count = (int64_t)count,
		.more = count == COUNT_MAX,
	};

	if (code == ENC_OK) {
		enc_api_reply_answer(call->exchange, 200,
				     enc_answer_pruned_fields, &pruned);
	}
	return code;
}

enum enc_code op_pruneSessions(struct enc_api_call *call, struct enc_error *err)
{
	int64_t age_s = json_integer_value(json_object_get(call->body,
							   "olderThanSeconds"));
	int64_t before_ms = enc_clock_wall_ms() - age_s * MS_PER_S;
	struct enc_store_change *change;
	ENC_AUTO(buf) json = ENC_BUF(ANSWER_BYTES);
	struct enc_answer_pruned pruned = { 0 };
	size_t count = 0;
	enum enc_code code;

	if (json_is_true(json_object_get(call->body, "dryRun"))) {
		return count_only(call, before_ms, err);
	}
	change = enc_store_change_new();
	code = enc_prune_compose(call->api->options.store, before_ms,
				 call->caller.name, change, &count, err);
	if (code != ENC_OK) {
		enc_store_change_free(change);
		return code;
	}
	pruned.count = (int64_t)count;
	pruned.more = count == ENC_PRUNE_MAX;
	enc_answer_write(&json, enc_answer_pruned_fields, &pruned);
	enc_api_reply_durable(call, change,
			      &(struct enc_api_durable){ .status = 200,
							 .json = &json });
	return ENC_OK;
}
