/*
 * Identifies callers. Each kind of credential is tried in turn. Every refusal
 * gives the same answer.
 */

#include "clock.h"
#include "credential_impl.h"

enum {
	/* Budget of admin lines about failed logins: 5, then one an hour. */
	FAILED_AT_ONCE = 5,
	FAILED_EVERY_MS = 1000,
	FAILED_REFILL_MS = 3600 * 1000,
};

static const struct enc_api_credential *const credentials[] = {
	&enc_api_credential_key,
	&enc_api_credential_peer,
	NULL,
};

static void tell_failures(struct enc_api *api)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(AUTH_FAILED);
	struct enc_store_change *change;

	if (api->auth_failures == 0) {
		return;
	}
	change = enc_store_change_new();
	enc_audit_put_string(&event, "reason", "no valid key");
	enc_audit_put_count(&event, "count", api->auth_failures);
	enc_store_append_admin(change, &event, enc_clock_wall_ms());
	enc_store_submit(api->options.store, change, NULL, NULL);
	api->auth_failures = 0;
}

static void plan_failures(struct enc_api *api, int64_t now_ms);

static void on_failures_due(uv_timer_t *timer)
{
	struct enc_api *api =
		ENC_HOLDER(timer, struct enc_api, auth_failed_timer);

	plan_failures(api, enc_clock_mono_ms());
}

/*
 * plan_failures() - write a line of the admin log now, or when the budget
 * allows one. So callers without a key write few lines, and each failure is
 * counted once.
 */
static void plan_failures(struct enc_api *api, int64_t now_ms)
{
	int64_t next_ms;

	if (uv_is_active((uv_handle_t *)&api->auth_failed_timer) != 0) {
		return;
	}
	if (enc_budget_take(&api->auth_failed_budget, now_ms)) {
		tell_failures(api);
		return;
	}
	next_ms = enc_budget_next_ms(&api->auth_failed_budget, now_ms);
	ENC_MUST(uv_timer_start(&api->auth_failed_timer, on_failures_due,
				(uint64_t)(next_ms - now_ms), 0));
}

void enc_api_auth_begin(struct enc_api *api)
{
	api->auth_failed_budget =
		ENC_BUDGET(FAILED_AT_ONCE, FAILED_EVERY_MS, FAILED_REFILL_MS);
	ENC_MUST(uv_timer_init(api->options.loop, &api->auth_failed_timer));
	uv_unref((uv_handle_t *)&api->auth_failed_timer);
}

void enc_api_drain(struct enc_api *api)
{
	tell_failures(api);
}

static enum enc_code note_failure(struct enc_api *api, struct enc_error *err)
{
	api->auth_failures++;
	plan_failures(api, enc_clock_mono_ms());
	return enc_fail(err, ENC_UNAUTHORIZED,
			"a valid key is needed: Authorization: Bearer ek_...; "
			"make one with `enclave keys create`");
}

enum enc_code enc_api_authenticate(struct enc_api *api,
				   const struct enc_http_request *request,
				   struct enc_api_caller *ret_caller,
				   struct enc_error *err)
{
	enum enc_api_credential_verdict verdict = ENC_API_CREDENTIAL_ABSENT;

	for (size_t i = 0;
	     credentials[i] != NULL && verdict == ENC_API_CREDENTIAL_ABSENT;
	     i++) {
		verdict = credentials[i]->judge(api, request, ret_caller);
	}
	return verdict == ENC_API_CREDENTIAL_GOOD ? ENC_OK
						  : note_failure(api, err);
}
