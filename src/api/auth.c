/*
 * Who asks. Over the unix socket it is the uid that owns it, or root: admin of
 * the machine and of organisation o-1. Over TCP it is a key,
 * `ek_<id>_<secret>`, of which only a hash is stored. Every refusal is the
 * same answer.
 */

#include <openssl/crypto.h>
#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "sha256.h"

enum {
	TOKEN_MAX_BYTES = 256,
	SECRET_BYTES = 32, /* as 64 hex digits in the key */
	/* Lines about failures: a few, then one an hour. */
	FAILED_AT_ONCE = 5,
	FAILED_EVERY_MS = 1000,
	FAILED_REFILL_MS = 3600 * 1000,
};

static const char scheme[] = "Bearer ";
static const char prefix[] = "ek_";

static const struct {
	const char *name;
	unsigned int scopes;
} scope_rows[] = {
	{ "none", 0 },
	{ "sessions:read", ENC_SCOPE_READ },
	{ "sessions:write", ENC_SCOPE_WRITE },
	{ "admin", ENC_SCOPE_READ | ENC_SCOPE_WRITE | ENC_SCOPE_ADMIN },
	{ "metrics", ENC_SCOPE_METRICS },
	{ "root", ENC_SCOPE_ROOT },
};

unsigned int enc_api_scope(const char *name)
{
	for (size_t i = 0; i < ENC_COUNT(scope_rows); i++) {
		if (strcmp(scope_rows[i].name, name) == 0) {
			return scope_rows[i].scopes;
		}
	}
	return 0;
}

/* read_scopes() - the stored list, separated by spaces */
static unsigned int read_scopes(const char *stored)
{
	unsigned int scopes = 0;

	while (*stored != '\0') {
		size_t length = strcspn(stored, " ");
		char name[32];

		(void)snprintf(name, sizeof(name), "%.*s", (int)length, stored);
		scopes |= enc_api_scope(name) & ~(unsigned int)ENC_SCOPE_ROOT;
		stored += length;
		stored += *stored == ' ';
	}
	return scopes;
}

static void tell_failures(struct enc_api *api)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(AUTH_FAILED);
	struct enc_store_change *change;

	if (api->auth_failures == 0) {
		return;
	}
	change = enc_store_change_new();
	enc_audit_put_string(&event, "reason", "no valid key");
	enc_audit_put_int(&event, "count", (int64_t)api->auth_failures);
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
 * plan_failures() - a line of the admin log now, or when there may be one:
 * whoever has no key can write few, and none is counted twice or not at all
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
	ENC_ASSERT(uv_timer_start(&api->auth_failed_timer, on_failures_due,
				  (uint64_t)(next_ms - now_ms), 0) == 0);
}

void enc_api_auth_begin(struct enc_api *api)
{
	api->auth_failed_budget =
		ENC_BUDGET(FAILED_AT_ONCE, FAILED_EVERY_MS, FAILED_REFILL_MS);
	ENC_ASSERT(uv_timer_init(api->options.loop, &api->auth_failed_timer) ==
		   0);
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

/* find_header() - exactly one Authorization, or NULL */
static const struct enc_text *find_header(const struct enc_http1_head *head)
{
	const struct enc_text *found = NULL;

	for (size_t i = 0; i < head->header_count; i++) {
		if (enc_http1_is(head->headers[i].name, "authorization")) {
			if (found != NULL) {
				return NULL;
			}
			found = &head->headers[i].value;
		}
	}
	return found;
}

/* check_key() - of a text "ek_<id>_<secret>"; same time, right or wrong */
static bool check_key(struct enc_api *api, const char *token,
		      struct enc_api_caller *ret_caller)
{
	const char *id = token + strlen(prefix);
	const char *secret = strchr(id, '_');
	struct enc_error ignored = { 0 };
	char key_id[ENC_STORE_ID_MAX_BYTES + 1];
	enc_autorow struct enc_store_key row = {
		.base.type = &enc_store_api_keys,
		.id = key_id,
	};
	char digest[ENC_SHA256_HEX_BYTES];
	bool ok;

	if (strncmp(token, prefix, strlen(prefix)) != 0 || secret == NULL ||
	    secret - id >= (ptrdiff_t)sizeof(key_id) || secret == id) {
		return false;
	}
	(void)snprintf(key_id, sizeof(key_id), "%.*s", (int)(secret - id), id);
	enc_sha256_hex(secret + 1, strlen(secret + 1), digest);
	if (enc_store_get(api->options.store, &row.base, &ignored) != ENC_OK) {
		return false;
	}
	ok = row.revoked_ms == 0 &&
	     strlen(row.secret_sha256) == sizeof(digest) - 1 &&
	     CRYPTO_memcmp(row.secret_sha256, digest, sizeof(digest) - 1) == 0;
	if (ok) {
		(void)snprintf(ret_caller->org, sizeof(ret_caller->org), "%s",
			       row.org);
		(void)snprintf(ret_caller->name, sizeof(ret_caller->name),
			       "key:%s", row.id);
		(void)snprintf(ret_caller->key, sizeof(ret_caller->key), "%s",
			       row.id);
		ret_caller->scopes = read_scopes(row.scopes);
	}
	return ok;
}

enum enc_code enc_api_authenticate(struct enc_api *api,
				   const struct enc_http_request *request,
				   struct enc_api_caller *ret_caller,
				   struct enc_error *err)
{
	const struct enc_text *header = find_header(request->head);
	struct enc_api_caller caller = { .scopes = 0 };
	bool any = enc_http1_find(request->head, "authorization") != NULL;
	char token[TOKEN_MAX_BYTES];
	size_t skip = strlen(scheme);

	/* A key that was brought is judged, also over the unix socket. */
	if (!any && request->local &&
	    (request->peer_uid == 0 ||
	     request->peer_uid == api->options.owner)) {
		(void)snprintf(caller.org, sizeof(caller.org), "o-1");
		(void)snprintf(caller.name, sizeof(caller.name), "uid:%u",
			       request->peer_uid);
		caller.scopes = ENC_SCOPE_READ | ENC_SCOPE_WRITE |
				ENC_SCOPE_ADMIN | ENC_SCOPE_METRICS |
				ENC_SCOPE_ROOT;
		*ret_caller = caller;
		return ENC_OK;
	}
	if (header == NULL || header->length <= skip ||
	    header->length - skip >= sizeof(token) ||
	    strncasecmp(header->bytes, scheme, skip) != 0) {
		return note_failure(api, err);
	}
	(void)snprintf(token, sizeof(token), "%.*s",
		       (int)(header->length - skip), header->bytes + skip);
	if (!check_key(api, token, &caller)) {
		return note_failure(api, err);
	}
	*ret_caller = caller;
	return ENC_OK;
}
