/*
 * Operations on service bindings. A change has these steps, each of which waits
 * for the one before:
 *
 *	create, update  SEAL -> the store -> in force (grants.h) -> the answer
 *	delete          REVOKE -> the store -> the answer
 *
 * If the vault can't be reached, nothing is changed. If a new version is in the
 * store but RETIRE failed, it comes into force when a session gets it, or by
 * the next change. Any request may be repeated.
 *
 * A binding has one change at a time, since two of them would seal the same
 * version.
 */

#include <string.h>

#include "api_internal.h"
#include "base64.h"
#include "binding.h"
#include "binding_request.h"
#include "clock.h"
#include "gen_answers.h"
#include "gen_operations.h"
#include "hex.h"
#include "keep.h"
#include "random.h"

enum {
	ID_BYTES = 6,
	/* Of an organisation; a response has room for that many. */
	BINDINGS_MAX = 100,
};

enum change_kind { CREATE, UPDATE, SET_SECRET, DELETE };

struct change {
	struct enc_list link; /* in the API's list of changes */
	struct enc_api_later later;
	struct enc_api *api;
	/* The exchange to answer; NULL: the client is gone. */
	struct enc_http_exchange *exchange;
	enum change_kind kind;
	char by[ENC_STORE_NAME_MAX_BYTES + 1];
	struct enc_store_binding row; /* after the change; owned */
};

/* ---- answers ---- */

static const char *or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static struct enc_answer_service_binding
show_binding(const struct enc_store_binding *row)
{
	bool basic = strcmp(row->injection,
			    enc_injection_name(ENC_INJECTION_BASIC)) == 0;

	return (struct enc_answer_service_binding){
		.id = row->id,
		.org_id = row->org,
		.name = row->name,
		.upstream = row->upstream,
		.injection = { .scheme = row->injection,
			       .header = or_null(row->header),
			       .username = basic ? row->username : NULL },
		.scope = { .methods = row->methods, .paths = row->paths },
		.rate_limit = row->rate == 0 ? -1 : (int64_t)row->rate,
		.mask_secret = row->mask,
		.has_secret = row->secret_ms != 0,
		.secret_updated_at_ms = row->secret_ms,
		.version = (int64_t)row->version,
		.created_at_ms = row->created_ms,
		.updated_at_ms = row->updated_ms,
	};
}

static void reply_binding(struct enc_http_exchange *exchange, int status,
			  const struct enc_store_binding *row)
{
	const struct enc_answer_service_binding binding = show_binding(row);

	enc_api_reply_answer(exchange, status,
			     enc_answer_service_binding_fields, &binding);
}

/* ---- reading ---- */

/*
 * load_binding() - load the binding that the path names
 * @ret_row: owned by the caller
 */
static enum enc_code load_binding(const struct enc_api_call *call,
				  struct enc_store_binding *ret_row,
				  struct enc_error *err)
{
	enum enc_code code;

	ret_row->base.type = &enc_store_service_bindings;
	ret_row->id = call->ids[0];
	ret_row->org = call->caller.org;
	code = enc_store_get(call->api->options.store, &ret_row->base, err);
	if (code == ENC_OK) {
		return ENC_OK;
	}
	*ret_row = (struct enc_store_binding){ 0 };
	if (code == ENC_NOT_FOUND) {
		(void)enc_fail(err, code, "there is no service binding %s",
			       call->ids[0]);
	}
	return code;
}

enum enc_code op_getBinding(struct enc_api_call *call, struct enc_error *err)
{
	enc_autorow struct enc_store_binding row = { 0 };
	enum enc_code code = load_binding(call, &row, err);

	if (code == ENC_OK) {
		reply_binding(call->exchange, 200, &row);
	}
	return code;
}

static bool add_binding(void *context, const struct enc_row *row)
{
	const struct enc_answer_service_binding binding =
		show_binding(enc_row_as(row, &enc_store_service_bindings));

	enc_answer_add(context, enc_answer_service_binding_fields, &binding);
	return true;
}

enum enc_code op_listBindings(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_store_binding of = {
		.base.type = &enc_store_service_bindings,
		.org = call->caller.org,
	};
	ENC_AUTO(buf) items = ENC_BUF(ENC_API_BODY_MAX_BYTES);
	const struct enc_answer_service_binding_list list = { &items };
	enum enc_code code = enc_store_list(call->api->options.store, &of.base,
					    add_binding, &items, err);

	if (code == ENC_OK) {
		enc_api_reply_answer(call->exchange, 200,
				     enc_answer_service_binding_list_fields,
				     &list);
	}
	return code;
}

/* ---- a change ---- */

static struct change *change_at(struct enc_list *link)
{
	return ENC_HOLDER(link, struct change, link);
}

static struct change *new_change(const struct enc_api_call *call,
				 enum change_kind kind)
{
	struct change *change = enc_xalloc(sizeof(*change));

	change->api = call->api;
	change->kind = kind;
	(void)snprintf(change->by, sizeof(change->by), "%s", call->caller.name);
	enc_list_init(&change->link);
	return change;
}

static void free_change(struct change *change)
{
	enc_list_remove(&change->link);
	enc_row_done(&change->row.base);
	free(change);
}

static void on_gone(struct enc_api_later *later)
{
	ENC_HOLDER(later, struct change, later)->exchange = NULL;
	enc_api_later_end(later);
}

/* begin_change() - answer the call once the change is over */
static void begin_change(struct change *change, struct enc_api_call *call)
{
	change->exchange = call->exchange;
	change->later.gone = on_gone;
	enc_list_append(&change->api->binding_changes, &change->link);
	enc_api_later_begin(&change->later, call);
}

/* end_change() - answer the client, if it is still there */
static void end_change(struct change *change, enum enc_code code,
		       const struct enc_error *err)
{
	if (change->exchange != NULL) {
		enc_api_later_end(&change->later);
		if (code == ENC_OK) {
			reply_binding(change->exchange,
				      change->kind == CREATE ? 201 : 200,
				      &change->row);
		} else {
			enc_http_reply_error(change->exchange, err);
		}
	}
	free_change(change);
}

/* vault_of() - get the vault's client; fail if there is none */
static enum enc_code vault_of(const struct enc_api_call *call,
			      struct enc_vault_client **ret_vault,
			      struct enc_error *err)
{
	struct enc_grants *grants = call->api->options.grants;

	if (grants == NULL) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"service bindings need a vault, which the "
				"simulator hasn't: start the server with the "
				"backend native or gvisor");
	}
	*ret_vault = enc_grants_vault(grants);
	return ENC_OK;
}

/* check_free() - fail if a change of the binding is under way */
static enum enc_code check_free(const struct enc_api_call *call,
				const struct enc_store_binding *row,
				struct enc_error *err)
{
	ENC_LIST_EACH(call->api->binding_changes, at)
	{
		if (strcmp(change_at(at)->row.id, row->id) == 0) {
			return enc_fail(err, ENC_BUSY,
					"another change of %.63s is under way; "
					"try again",
					row->name);
		}
	}
	return ENC_OK;
}

/* ---- the steps of a change ---- */

static void on_in_force(void *context, enum enc_code code,
			const struct enc_error *err)
{
	struct enc_error why = { 0 };

	if (code != ENC_OK) {
		why = *err;
		enc_wrap(&why, "the change is stored, but not in force in "
			       "every session; send it again");
	}
	end_change(context, code, &why);
}

/* put_in_force() - give the stored version to the vault and the sessions */
static void put_in_force(struct change *change)
{
	const struct enc_store_binding *row = &change->row;
	ENC_AUTO(buf) blob = ENC_BUF(ENC_VAULT_BODY_MAX_BYTES);
	struct enc_grants_version version = { .org = row->org, .id = row->id };
	struct enc_error err = { 0 };
	enum enc_code code;

	/* on_sealed() encoded it, so it can be decoded. */
	ENC_MUST(enc_base64_decode(row->sealed, strlen(row->sealed), &blob));
	version.blob = enc_buf_bytes(&blob);
	version.length = blob.length;
	code = enc_grants_replace(change->api->options.grants, &version,
				  on_in_force, change, &err);
	if (code != ENC_OK) {
		on_in_force(change, code, &err);
	}
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct change *change = context;
	struct enc_error why = { 0 };

	if (code == ENC_OK &&
	    (change->kind == UPDATE || change->kind == SET_SECRET)) {
		put_in_force(change);
		return;
	}
	if (code == ENC_CONFLICT && change->kind == CREATE) {
		(void)enc_fail_field(&why, ENC_CONFLICT, "name",
				     "there is a service binding %s already",
				     change->row.name);
		err = &why;
	}
	end_change(change, code, err);
}

/* submit() - store the change, with its line of the admin log */
static void submit(struct change *change)
{
	const struct enc_store_binding *row = &change->row;
	struct enc_store_change *set = enc_store_change_new();
	ENC_AUTO(audit_event)
	event = change->kind == CREATE	 ? ENC_AUDIT_EVENT(BINDING_CREATED)
		: change->kind == DELETE ? ENC_AUDIT_EVENT(BINDING_DELETED)
					 : ENC_AUDIT_EVENT(BINDING_CHANGED);

	if (change->kind == CREATE) {
		enc_store_insert(set, &row->base);
	} else if (change->kind == DELETE) {
		enc_store_remove(set, &row->base);
	} else {
		enc_store_update(set, &row->base);
	}
	enc_audit_put_string(&event, "orgId", row->org);
	enc_audit_put_string(&event, "binding", row->id);
	enc_audit_put_string(&event, "name", row->name);
	if (change->kind == SET_SECRET) {
		enc_audit_put_string(&event, "what", "secret");
	} else if (change->kind == UPDATE) {
		enc_audit_put_string(&event, "what", "settings");
	}
	enc_audit_put_string(&event, "by", change->by);
	enc_store_append_admin(set, &event, enc_clock_wall_ms());
	enc_store_submit(change->api->options.store, set, on_durable, change);
}

static void on_sealed(void *context, enum enc_code code,
		      const struct enc_error *err, const uint8_t *blob,
		      size_t length)
{
	struct change *change = context;
	enc_autofree char *sealed = NULL;

	if (code != ENC_OK) {
		end_change(change, code, err);
		return;
	}
	sealed = enc_base64_encode(blob, length);
	change->row.sealed = enc_keep_text(&change->row.base.memory, sealed);
	submit(change);
}

static void on_revoked(void *context, enum enc_code code,
		       const struct enc_error *err, const uint8_t *body,
		       size_t length)
{
	(void)body;
	(void)length;
	if (code != ENC_OK) {
		end_change(context, code, err);
	} else {
		submit(context);
	}
}

/*
 * seal() - set the row's times, then begin the change by sealing its record.
 * Takes @change, also on failure.
 */
static enum enc_code seal(struct change *change, struct enc_api_call *call,
			  struct enc_error *err)
{
	ENC_AUTO(buf) record = ENC_BUF_SECRET(ENC_BINDING_MAX_BYTES);
	struct enc_store_binding *row = &change->row;
	int64_t now_ms = enc_clock_wall_ms();
	struct enc_vault_client *vault = NULL;
	enum enc_code code =
		enc_binding_request_read(call->body, row, &record, err);

	if (change->kind == CREATE) {
		row->created_ms = now_ms;
	}
	row->updated_ms = now_ms;
	row->secret_ms =
		json_object_get(call->body, "secret") != NULL ? now_ms : 0;
	if (code == ENC_OK) {
		code = vault_of(call, &vault, err);
	}
	if (code == ENC_OK) {
		code = enc_vault_seal(vault, enc_buf_bytes(&record),
				      record.length, on_sealed, change, err);
	}
	if (code != ENC_OK) {
		free_change(change);
		return code;
	}
	begin_change(change, call);
	return ENC_OK;
}

/* ---- creating ---- */

/* The bindings of an organisation: stored ones and new ones not stored yet. */
struct census {
	const char *name; /* of a new binding */
	size_t count;
	bool taken;
};

static bool count_binding(void *context, const struct enc_row *row)
{
	const struct enc_store_binding *binding =
		enc_row_as(row, &enc_store_service_bindings);
	struct census *census = context;

	census->count++;
	census->taken |= strcmp(binding->name, census->name) == 0;
	return true;
}

/*
 * check_new() - fail if an organisation can't have another binding, or this
 * name
 */
static enum enc_code check_new(const struct enc_api_call *call,
			       const struct enc_store_binding *row,
			       struct enc_error *err)
{
	const struct enc_store_binding of = {
		.base.type = &enc_store_service_bindings,
		.org = row->org,
	};
	struct census census = { .name = row->name };
	enum enc_code code = enc_store_list(call->api->options.store, &of.base,
					    count_binding, &census, err);

	ENC_LIST_EACH(call->api->binding_changes, at)
	{
		const struct change *change = change_at(at);

		if (change->kind == CREATE &&
		    strcmp(change->row.org, row->org) == 0) {
			(void)count_binding(&census, &change->row.base);
		}
	}
	if (code == ENC_OK && census.taken) {
		/*
		 * The name wasn't checked yet and may be the secret: it isn't
		 * repeated.
		 */
		return enc_fail_field(err, ENC_CONFLICT, "name",
				      "there is a service binding of that "
				      "name already");
	}
	if (code == ENC_OK && census.count >= BINDINGS_MAX) {
		return enc_fail(err, ENC_QUOTA,
				"the organisation has %d service bindings, "
				"which is the most",
				BINDINGS_MAX);
	}
	return code;
}

/* fill_new() - fill the row of a new binding, except for the body's members */
static void fill_new(struct change *change, const struct enc_api_call *call)
{
	struct enc_store_binding *row = &change->row;
	void **memory = &row->base.memory;
	uint8_t random[ID_BYTES];
	char id[2 + 2 * ID_BYTES + 1] = "b-";

	enc_random_bytes(random, sizeof(random));
	enc_hex_encode(random, sizeof(random), id + 2);
	row->base.type = &enc_store_service_bindings;
	row->id = enc_keep_text(memory, id);
	row->org = enc_keep_text(memory, call->caller.org);
	row->name = enc_keep_text(memory,
				  json_string_value(json_object_get(call->body,
								    "name")));
	row->upstream = "";
	row->injection = "";
	row->header = "";
	row->username = "";
	row->methods = "";
	row->paths = "";
	row->sealed = "";
	row->mask = true;
	row->version = 1;
}

enum enc_code op_createBinding(struct enc_api_call *call, struct enc_error *err)
{
	struct change *change = new_change(call, CREATE);
	enum enc_code code;

	fill_new(change, call);
	code = check_new(call, &change->row, err);
	if (code != ENC_OK) {
		free_change(change);
		return code;
	}
	return seal(change, call, err);
}

/* ---- changing ---- */

/* load_change() - begin a change of the binding that the path names */
static enum enc_code load_change(struct enc_api_call *call,
				 enum change_kind kind,
				 struct change **ret_change,
				 struct enc_error *err)
{
	struct change *change = new_change(call, kind);
	enum enc_code code = load_binding(call, &change->row, err);

	if (code == ENC_OK) {
		code = check_free(call, &change->row, err);
	}
	if (code != ENC_OK) {
		free_change(change);
		return code;
	}
	*ret_change = change;
	return ENC_OK;
}

static enum enc_code update(struct enc_api_call *call, enum change_kind kind,
			    struct enc_error *err)
{
	struct change *change = NULL;
	enum enc_code code = load_change(call, kind, &change, err);

	if (code != ENC_OK) {
		return code;
	}
	if (kind == SET_SECRET && change->row.secret_ms == 0) {
		free_change(change);
		return enc_fail(err, ENC_CONFLICT,
				"the service binding has the scheme none, "
				"which has no secret; change its injection");
	}
	change->row.version++;
	return seal(change, call, err);
}

enum enc_code op_updateBinding(struct enc_api_call *call, struct enc_error *err)
{
	return update(call, UPDATE, err);
}

enum enc_code op_setSecret(struct enc_api_call *call, struct enc_error *err)
{
	return update(call, SET_SECRET, err);
}

enum enc_code op_deleteBinding(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_vault_client *vault = NULL;
	struct change *change = NULL;
	enum enc_code code = load_change(call, DELETE, &change, err);

	if (code != ENC_OK) {
		return code;
	}
	code = vault_of(call, &vault, err);
	if (code == ENC_OK) {
		code = enc_vault_revoke(vault, change->row.org, change->row.id,
					on_revoked, change, err);
	}
	if (code != ENC_OK) {
		free_change(change);
		return code;
	}
	begin_change(change, call);
	return ENC_OK;
}
