/* Organisations, which root makes. */

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

/* add_org() - only root sees other organisations than its own */
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
