/* Operations on organisations and their quotas. Only root makes them. */

#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "gen_answers.h"
#include "gen_operations.h"
#include "scope.h"

enum { ANSWER_MAX_BYTES = 64 * 1024 };

static struct enc_answer_org show_org(const struct enc_store_org *row)
{
	return (struct enc_answer_org){
		.id = row->id,
		.name = row->name,
		.created_at_ms = row->created_ms,
	};
}

enum enc_code op_createOrg(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_store_change *change;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(ORG_CREATED);
	ENC_AUTO(buf) json = ENC_BUF(ANSWER_MAX_BYTES);
	struct enc_answer_org created;
	char id[ENC_STORE_ID_MAX_BYTES];
	struct enc_store_org row = {
		.base.type = &enc_store_orgs,
		.id = id,
		.name = json_string_value(json_object_get(call->body, "name")),
		.created_ms = enc_clock_wall_ms(),
	};
	enum enc_code code = enc_store_next_org_number(call->api->options.store,
						       &row.number, err);

	if (code != ENC_OK) {
		return code;
	}
	(void)snprintf(id, sizeof(id), "o-%llu",
		       (unsigned long long)row.number);
	change = enc_store_change_new();
	enc_store_insert(change, &row.base);
	enc_audit_put_string(&event, "orgId", id);
	enc_audit_put_string(&event, "name", row.name);
	enc_audit_put_string(&event, "by", call->caller.name);
	enc_store_append_admin(change, &event, row.created_ms);
	created = show_org(&row);
	enc_answer_write(&json, enc_answer_org_fields, &created);
	enc_api_reply_durable(call, change,
			      &(struct enc_api_durable){ .status = 201,
							 .json = &json });
	return ENC_OK;
}

struct listing {
	const struct enc_api_caller *caller;
	struct enc_buf items;
};

/* add_org() - add an organisation to the list, if the caller may see it */
static bool add_org(void *context, const struct enc_row *row)
{
	const struct enc_answer_org org =
		show_org(enc_row_as(row, &enc_store_orgs));
	struct listing *listing = context;

	if ((listing->caller->scopes & ENC_SCOPE_ROOT) != 0 ||
	    strcmp(org.id, listing->caller->org) == 0) {
		enc_answer_add(&listing->items, enc_answer_org_fields, &org);
	}
	return true;
}

enum enc_code op_listOrgs(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_store_org all = { .base.type = &enc_store_orgs };
	struct listing listing = { &call->caller,
				   ENC_BUF(ENC_API_BODY_MAX_BYTES) };
	const struct enc_answer_org_list list = { &listing.items };
	enum enc_code code = enc_store_list(call->api->options.store, &all.base,
					    add_org, &listing, err);

	if (code == ENC_OK) {
		enc_api_reply_answer(call->exchange, 200,
				     enc_answer_org_list_fields, &list);
	}
	enc_buf_done(&listing.items);
	return code;
}

/* ---- quotas ---- */

/* read_limit() - read a limit; -1 if it is null or absent */
static int64_t read_limit(const json_t *body, const char *name)
{
	const json_t *limit = json_object_get(body, name);

	return json_is_integer(limit) ? json_integer_value(limit) : -1;
}

/*
 * load_quota() - load the quota and the use of the organisation that the path
 * names
 * @ret_row: owned by the caller; has no limits if no quota was ever set
 */
static enum enc_code load_quota(const struct enc_api_call *call,
				struct enc_store_quota *ret_row,
				bool *ret_is_set,
				struct enc_answer_quota_use *ret_use,
				struct enc_error *err)
{
	struct enc_store *store = call->api->options.store;
	const struct enc_share *share =
		enc_orchestrator_share(call->api->options.orchestrator,
				       call->ids[0]);
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = call->ids[0],
	};
	bool may_see = (call->caller.scopes & ENC_SCOPE_ROOT) != 0 ||
		       strcmp(call->ids[0], call->caller.org) == 0;
	enum enc_code code =
		may_see ? enc_store_get(store, &org.base, err) : ENC_NOT_FOUND;

	if (code == ENC_NOT_FOUND) {
		/* Use one message, so that callers don't learn which
		 * organisations exist. */
		return enc_fail(err, ENC_NOT_FOUND,
				"there is no organisation %.64s", call->ids[0]);
	}
	if (code == ENC_OK) {
		code = enc_store_get(store, &ret_row->base, err);
	}
	*ret_is_set = code == ENC_OK;
	if (code != ENC_OK && code != ENC_NOT_FOUND) {
		return code;
	}
	*err = (struct enc_error){ 0 };
	*ret_use = (struct enc_answer_quota_use){
		.running = share == NULL ? 0 : (int64_t)share->running,
		.waiting = share == NULL ? 0 : (int64_t)share->waiting,
		.stored_bytes = (int64_t)org.stored_bytes,
	};
	return ENC_OK;
}

/* quota_of() - make a quota row without limits */
static struct enc_store_quota quota_of(const char *org)
{
	return (struct enc_store_quota){
		.base.type = &enc_store_quotas,
		.org = org,
		.running = -1,
		.waiting = -1,
		.stored_bytes = -1,
	};
}

static struct enc_answer_quota
show_quota(const struct enc_store_quota *row,
	   const struct enc_answer_quota_use *use)
{
	return (struct enc_answer_quota){
		.org_id = row->org,
		.running = row->running,
		.waiting = row->waiting,
		.stored_bytes = row->stored_bytes,
		.used = *use,
	};
}

enum enc_code op_getQuota(struct enc_api_call *call, struct enc_error *err)
{
	enc_autorow struct enc_store_quota row = quota_of(call->ids[0]);
	struct enc_answer_quota_use use = { 0 };
	struct enc_answer_quota quota;
	bool is_set = false;
	enum enc_code code = load_quota(call, &row, &is_set, &use, err);

	if (code == ENC_OK) {
		quota = show_quota(&row, &use);
		enc_api_reply_answer(call->exchange, 200,
				     enc_answer_quota_fields, &quota);
	}
	return code;
}

static void put_limit(struct enc_audit_event *event, const char *name,
		      int64_t limit)
{
	if (limit < 0) {
		enc_audit_put_null(event, name);
	} else {
		enc_audit_put_int(event, name, limit);
	}
}

enum enc_code op_setQuota(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_store_change *change;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(QUOTA_SET);
	ENC_AUTO(buf) json = ENC_BUF(ANSWER_MAX_BYTES);
	enc_autorow struct enc_store_quota row = quota_of(call->ids[0]);
	struct enc_answer_quota_use use = { 0 };
	struct enc_answer_quota quota;
	bool is_set = false;
	enum enc_code code = load_quota(call, &row, &is_set, &use, err);

	if (code != ENC_OK) {
		return code;
	}
	row.running = read_limit(call->body, "running");
	row.waiting = read_limit(call->body, "waiting");
	row.stored_bytes = read_limit(call->body, "storedBytes");
	change = enc_store_change_new();
	if (is_set) {
		enc_store_update(change, &row.base);
	} else {
		enc_store_insert(change, &row.base);
	}
	enc_audit_put_string(&event, "orgId", row.org);
	put_limit(&event, "running", row.running);
	put_limit(&event, "waiting", row.waiting);
	put_limit(&event, "storedBytes", row.stored_bytes);
	enc_audit_put_string(&event, "by", call->caller.name);
	enc_store_append_admin(change, &event, enc_clock_wall_ms());
	quota = show_quota(&row, &use);
	enc_answer_write(&json, enc_answer_quota_fields, &quota);
	enc_api_reply_durable(call, change,
			      &(struct enc_api_durable){ .status = 200,
							 .json = &json });
	return ENC_OK;
}
