/* Operations on API keys. A secret is shown once. Only its hash is stored. */

#include <string.h>

#include "api_internal.h"
#include "clock.h"
#include "gen_answers.h"
#include "gen_operations.h"
#include "hex.h"
#include "random.h"
#include "scope.h"
#include "sha256.h"

enum {
	ID_BYTES = 6,
	SECRET_BYTES = 32,
	SCOPES_BYTES = 256,
	ANSWER_MAX_BYTES = 64 * 1024,
};

static struct enc_answer_api_key show_key(const struct enc_store_key *row)
{
	return (struct enc_answer_api_key){
		.id = row->id,
		.org_id = row->org,
		.name = row->name,
		.scopes = row->scopes,
		.created_at_ms = row->created_ms,
		.revoked = row->revoked_ms != 0,
	};
}

/* read_scopes() - list the wanted scopes, with spaces, or the default ones */
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

/* check_org() - fail unless the organisation exists and is the caller's */
static enum enc_code check_org(const struct enc_api_call *call, const char *org,
			       struct enc_error *err)
{
	enc_autorow struct enc_store_org found = {
		.base.type = &enc_store_orgs,
		.id = org,
	};
	bool root = (call->caller.scopes & ENC_SCOPE_ROOT) != 0;

	if ((strcmp(org, call->caller.org) != 0 && !root) ||
	    enc_store_get(call->api->options.store, &found.base, err) !=
		    ENC_OK) {
		return enc_fail_field(err, ENC_NOT_FOUND, "orgId",
				      "there is no organisation %.64s", org);
	}
	return ENC_OK;
}

/* check_wanted() - fail if the caller may not make the wanted key */
static enum enc_code check_wanted(const struct enc_api_call *call,
				  const struct enc_store_key *wanted,
				  struct enc_error *err)
{
	enum enc_code code = check_org(call, wanted->org, err);

	/* Metrics show all organisations, so only root may give the scope. */
	if (code == ENC_OK &&
	    (enc_api_read_scopes(wanted->scopes) & ENC_SCOPE_METRICS) != 0 &&
	    (call->caller.scopes & ENC_SCOPE_ROOT) == 0) {
		return enc_fail(err, ENC_FORBIDDEN,
				"the scope metrics is given by the owner of "
				"the server's socket alone");
	}
	return code;
}

/* make_secret() - make a random secret, in hex, and the hash to store */
static void make_secret(char ret_secret[2 * SECRET_BYTES + 1],
			char ret_digest[ENC_SHA256_HEX_BYTES])
{
	uint8_t random[SECRET_BYTES];

	enc_random_bytes(random, sizeof(random));
	enc_hex_encode(random, sizeof(random), ret_secret);
	enc_sha256_hex(ret_secret, strlen(ret_secret), ret_digest);
	explicit_bzero(random, sizeof(random));
}

/* insert_key() - make a change set: the key's row, its line of the admin log */
static struct enc_store_change *insert_key(const struct enc_api_call *call,
					   const struct enc_store_key *row)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(KEY_CREATED);
	struct enc_store_change *change = enc_store_change_new();

	enc_store_insert(change, &row->base);
	enc_audit_put_string(&event, "orgId", row->org);
	enc_audit_put_string(&event, "key", row->id);
	enc_audit_put_string(&event, "scopes", row->scopes);
	enc_audit_put_string(&event, "name", row->name);
	enc_audit_put_string(&event, "by", call->caller.name);
	enc_store_append_admin(change, &event, row->created_ms);
	return change;
}

enum enc_code op_createKey(struct enc_api_call *call, struct enc_error *err)
{
	const char *org =
		json_string_value(json_object_get(call->body, "orgId"));
	const char *name =
		json_string_value(json_object_get(call->body, "name"));
	uint8_t random[ID_BYTES];
	char id[2 * ID_BYTES + 1];
	char secret[2 * SECRET_BYTES + 1];
	char digest[ENC_SHA256_HEX_BYTES];
	char scopes[SCOPES_BYTES];
	char key[sizeof(id) + sizeof(secret) + 8];
	const struct enc_store_key row = {
		.base.type = &enc_store_api_keys,
		.id = id,
		.org = org == NULL ? call->caller.org : org,
		.name = name == NULL ? "" : name,
		.scopes = scopes,
		.secret_sha256 = digest,
		.created_ms = enc_clock_wall_ms(),
	};
	struct enc_answer_created_api_key created = { .key = key };
	ENC_AUTO(buf) json = ENC_BUF(ANSWER_MAX_BYTES);
	enum enc_code code;

	read_scopes(call->body, scopes, sizeof(scopes));
	code = check_wanted(call, &row, err);
	if (code != ENC_OK) {
		return code;
	}
	enc_random_bytes(random, sizeof(random));
	enc_hex_encode(random, sizeof(random), id);
	make_secret(secret, digest);
	(void)snprintf(key, sizeof(key), "ek_%s_%s", id, secret);
	created.base = show_key(&row);
	enc_answer_write(&json, enc_answer_created_api_key_fields, &created);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(key, sizeof(key));
	enc_api_reply_durable(call, insert_key(call, &row),
			      &(struct enc_api_durable){ .status = 201,
							 .json = &json });
	return ENC_OK;
}

static bool add_key(void *context, const struct enc_row *row)
{
	const struct enc_answer_api_key key =
		show_key(enc_row_as(row, &enc_store_api_keys));

	enc_answer_add(context, enc_answer_api_key_fields, &key);
	return true;
}

enum enc_code op_listKeys(struct enc_api_call *call, struct enc_error *err)
{
	const char *org = enc_api_query(call, "orgId");
	const struct enc_store_key of = {
		.base.type = &enc_store_api_keys,
		.org = org == NULL ? call->caller.org : org,
	};
	ENC_AUTO(buf) items = ENC_BUF(ENC_API_BODY_MAX_BYTES);
	const struct enc_answer_api_key_list list = { &items };
	enum enc_code code = check_org(call, of.org, err);

	if (code == ENC_OK) {
		code = enc_store_list(call->api->options.store, &of.base,
				      add_key, &items, err);
	}
	if (code == ENC_OK) {
		enc_api_reply_answer(call->exchange, 200,
				     enc_answer_api_key_list_fields, &list);
	}
	return code;
}

enum enc_code op_revokeKey(struct enc_api_call *call, struct enc_error *err)
{
	bool root = (call->caller.scopes & ENC_SCOPE_ROOT) != 0;
	enc_autorow struct enc_store_key row = {
		.base.type = &enc_store_api_keys,
		.id = call->ids[0],
		.org = root ? NULL : call->caller.org,
	};
	struct enc_store_change *change;
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(KEY_REVOKED);
	ENC_AUTO(buf) json = ENC_BUF(ANSWER_MAX_BYTES);
	struct enc_answer_api_key revoked;
	enum enc_code code =
		enc_store_get(call->api->options.store, &row.base, err);

	if (code == ENC_NOT_FOUND) {
		return enc_fail(err, code, "there is no key %s", call->ids[0]);
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
	revoked = show_key(&row);
	enc_answer_write(&json, enc_answer_api_key_fields, &revoked);
	enc_api_reply_durable(call, change,
			      &(struct enc_api_durable){ .status = 200,
							 .json = &json,
							 .revoked = row.id });
	return ENC_OK;
}
