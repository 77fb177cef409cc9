/* API keys and organisations. A secret is shown once, and only hashed kept. */

#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "gen_operations.h"
#include "hex.h"
#include "random.h"
#include "sha256.h"

enum { ID_BYTES = 6, SECRET_BYTES = 32 };

/* A reply that waits until its change set is durable. */
struct pending {
	struct enc_api_later later;
	struct enc_http_exchange *exchange; /* NULL: its client is gone */
	struct enc_api *api;
	json_t *reply;
	int status;
	char revoked[ENC_STORE_ID_MAX_BYTES + 1]; /* a key's id, or "" */
};

static void on_gone(struct enc_api_later *later)
{
	ENC_HOLDER(later, struct pending, later)->exchange = NULL;
	enc_api_later_end(later);
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct pending *pending = context;

	if (code == ENC_OK && pending->revoked[0] != '\0') {
		enc_api_later_revoke(pending->api, pending->revoked);
	}
	if (pending->exchange != NULL) {
		enc_api_later_end(&pending->later);
		if (code == ENC_OK) {
			enc_api_reply_value(pending->exchange, pending->status,
					    ENC_TAKE(pending->reply));
		} else {
			enc_http_reply_error(pending->exchange, err);
		}
	}
	json_decref(pending->reply);
	free(pending);
}

/* reply_later() - @reply is taken; the caller may add what else is to do */
static struct pending *reply_later(struct enc_api_call *call,
				   struct enc_store_change *change, int status,
				   json_t *reply)
{
	struct pending *pending = enc_xalloc(sizeof(*pending));

	pending->later.gone = on_gone;
	pending->exchange = call->exchange;
	pending->api = call->api;
	pending->reply = reply;
	pending->status = status;
	enc_api_later_begin(&pending->later, call);
	enc_store_submit(call->api->options.store, change, on_durable, pending);
	return pending;
}

static json_t *show_time(int64_t wall_ms)
{
	char text[ENC_CLOCK_ISO_BYTES];

	enc_clock_iso(wall_ms, text);
	return json_string(text);
}

static json_t *show_key(const struct enc_store_key *row)
{
	json_t *scopes = json_array();
	const char *at = row->scopes;

	while (*at != '\0') {
		size_t length = strcspn(at, " ");

		(void)json_array_append_new(scopes, json_stringn(at, length));
		at += length;
		at += *at == ' ';
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b}", "id", row->id,
			 "orgId", row->org, "name", row->name, "scopes", scopes,
			 "createdAt", show_time(row->created_ms), "revoked",
			 row->revoked_ms != 0);
}

/* read_scopes() - as one text, separated by spaces; all by default */
static void read_scopes(const json_t *body, char *ret_text, size_t room)
{
	const json_t *scopes = json_object_get(body, "scopes");
	size_t at = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; i < json_array_size(scopes); i++) {
		at += (size_t)snprintf(ret_text + at, room - at, "%s%s",
				       i == 0 ? "" : " ",
				       json_string_value(json_array_get(scopes,
									i)));
	}
	if (at == 0) {
		(void)snprintf(ret_text, room, "sessions:read sessions:write");
	}
}

/* gives_metrics() - whether it asks for what is no organisation's own */
static bool gives_metrics(const json_t *body)
{
	const json_t *scopes = json_object_get(body, "scopes");

	for (size_t i = 0; i < json_array_size(scopes); i++) {
		if (enc_api_scope(json_string_value(json_array_get(scopes,
								   i))) ==
		    ENC_SCOPE_METRICS) {
			return true;
		}
	}
	return false;
}

/* check_wanted() - a key for whom, and with which scopes, the caller may make
 */
static enum enc_code check_wanted(const struct enc_api_call *call,
				  const char *org, struct enc_error *err)
{
	enc_autorow struct enc_store_org found = {
		.base.type = &enc_store_orgs,
		.id = org,
	};
	bool root = (call->caller.scopes & ENC_SCOPE_ROOT) != 0;

	if ((strcmp(org, call->caller.org) != 0 && !root) ||
	    enc_store_get(call->api->options.store, &found.base, err) !=
		    ENC_OK) {
		return enc_fail(err, ENC_NOT_FOUND,
				"there is no organisation %.64s", org);
	}
	if (gives_metrics(call->body) && !root) {
		return enc_fail(err, ENC_FORBIDDEN,
				"the scope metrics is given by the owner of "
				"the server's socket alone");
	}
	return ENC_OK;
}

enum enc_code op_createKey(struct enc_api_call *call, struct enc_error *err)
{
	const char *org =
		json_string_value(json_object_get(call->body, "orgId"));
	const char *name =
		json_string_value(json_object_get(call->body, "name"));
	struct enc_store_change *change;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(KEY_CREATED);
	enum enc_code code;
	uint8_t random[SECRET_BYTES];
	char id[2 * ID_BYTES + 1];
	char secret[2 * SECRET_BYTES + 1];
	char digest[ENC_SHA256_HEX_BYTES];
	char scopes[256];
	struct enc_store_key row = { .base.type = &enc_store_api_keys,
				     .id = id,
				     .name = name == NULL ? "" : name,
				     .scopes = scopes,
				     .secret_sha256 = digest,
				     .created_ms = enc_clock_wall_ms() };
	json_t *reply;
	char key[sizeof(id) + sizeof(secret) + 8];

	row.org = org == NULL ? call->caller.org : org;
	code = check_wanted(call, row.org, err);
	if (code != ENC_OK) {
		return code;
	}
	enc_random_bytes(random, ID_BYTES);
	enc_hex_encode(random, ID_BYTES, id);
	enc_random_bytes(random, SECRET_BYTES);
	enc_hex_encode(random, SECRET_BYTES, secret);
	enc_sha256_hex(secret, strlen(secret), digest);
	read_scopes(call->body, scopes, sizeof(scopes));
	change = enc_store_change_new();
	enc_store_insert(change, &row.base);
	enc_audit_put_string(&event, "orgId", row.org);
	enc_audit_put_string(&event, "key", id);
	enc_audit_put_string(&event, "scopes", scopes);
	enc_audit_put_string(&event, "name", row.name);
	enc_audit_put_string(&event, "by", call->caller.name);
	enc_store_append_admin(change, &event, row.created_ms);
	(void)snprintf(key, sizeof(key), "ek_%s_%s", id, secret);
	reply = show_key(&row);
	(void)json_object_set_new(reply, "key", json_string(key));
	explicit_bzero(random, sizeof(random));
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(key, sizeof(key));
	(void)reply_later(call, change, 201, reply);
	return ENC_OK;
}

static bool add_key(void *context, const struct enc_row *row)
{
	(void)json_array_append_new(context,
				    show_key(enc_row_as(row,
							&enc_store_api_keys)));
	return true;
}

enum enc_code op_listKeys(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_store_key of = {
		.base.type = &enc_store_api_keys,
		.org = call->caller.org,
	};
	json_t *keys = json_array();
	enum enc_code code = enc_store_list(call->api->options.store, &of.base,
					    add_key, keys, err);

	if (code != ENC_OK) {
		json_decref(keys);
		return code;
	}
	enc_api_reply_value(call->exchange, 200,
			    json_pack("{s:o}", "apiKeys", keys));
	return ENC_OK;
}

enum enc_code op_revokeKey(struct enc_api_call *call, struct enc_error *err)
{
	bool root = (call->caller.scopes & ENC_SCOPE_ROOT) != 0;
	enc_autorow struct enc_store_key row = {
		.base.type = &enc_store_api_keys,
		.id = call->id,
		.org = root ? NULL : call->caller.org,
	};
	struct enc_store_change *change;
	struct pending *pending;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(KEY_REVOKED);
	enum enc_code code =
		enc_store_get(call->api->options.store, &row.base, err);

	if (code == ENC_NOT_FOUND) {
		return enc_fail(err, code, "there is no key %s", call->id);
	}
	if (code != ENC_OK) {
		return code;
	}
	change = enc_store_change_new();
	row.revoked_ms = enc_clock_wall_ms();
	enc_store_update(change, &row.base);
	enc_audit_put_string(&event, "orgId", row.org);
	enc_audit_put_string(&event, "key", row.id);
	enc_audit_put_string(&event, "by", call->caller.name);
	enc_store_append_admin(change, &event, row.revoked_ms);
	pending = reply_later(call, change, 200, show_key(&row));
	(void)snprintf(pending->revoked, sizeof(pending->revoked), "%s",
		       row.id);
	return ENC_OK;
}

/* ---- organisations ---- */

static json_t *show_org(const struct enc_store_org *row)
{
	return json_pack("{s:s, s:s, s:o}", "id", row->id, "name", row->name,
			 "createdAt", show_time(row->created_ms));
}

enum enc_code op_createOrg(struct enc_api_call *call, struct enc_error *err)
{
	struct enc_store_change *change;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(ORG_CREATED);
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
	(void)reply_later(call, change, 201, show_org(&row));
	return ENC_OK;
}

/* Only root's socket sees other organisations than its own. */
struct orgs {
	const struct enc_api_caller *caller;
	json_t *list;
};

static bool add_org(void *context, const struct enc_row *row)
{
	const struct enc_store_org *org = enc_row_as(row, &enc_store_orgs);
	struct orgs *orgs = context;

	if ((orgs->caller->scopes & ENC_SCOPE_ROOT) != 0 ||
	    strcmp(org->id, orgs->caller->org) == 0) {
		(void)json_array_append_new(orgs->list, show_org(org));
	}
	return true;
}

enum enc_code op_listOrgs(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_store_org all = { .base.type = &enc_store_orgs };
	struct orgs orgs = { &call->caller, json_array() };
	enum enc_code code = enc_store_list(call->api->options.store, &all.base,
					    add_org, &orgs, err);

	if (code != ENC_OK) {
		json_decref(orgs.list);
		return code;
	}
	enc_api_reply_value(call->exchange, 200,
			    json_pack("{s:o}", "orgs", orgs.list));
	return ENC_OK;
}
