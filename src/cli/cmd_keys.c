#include "cmd.h"
#include "fetch.h"
#include "inert.h"
#include "print.h"
#include "server.h"

struct create_options {
	struct enc_common_options base;
	const char *org;
	const char *name;
	struct enc_words scopes;
};

#define AT(field) offsetof(struct create_options, field)
static const struct enc_option create_rows[] = {
	{ "org", 0, ENC_OPTION_TEXT, AT(org), "NAME", NULL,
	  "Organisation, made if there is none of that name" },
	{ "name", 0, ENC_OPTION_TEXT, AT(name), "TEXT", NULL,
	  "What the key is for, shown in lists" },
	{ "scope", 0, ENC_OPTION_WORDS, AT(scopes), "SCOPE", NULL,
	  "sessions:read or :write, bindings:read or :write, admin, metrics; "
	  "repeat for more (default: both of sessions)" },
};
#undef AT

/*
 * post() - POST a JSON object
 * @object:    released, also on failure
 * @ret_reply: the response; a new reference
 */
static enum enc_code post(struct enc_server *server, const char *target,
			  json_t *object, json_t **ret_reply,
			  struct enc_error *err)
{
	enc_autofree char *body =
		json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(object);
	if (body == NULL) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"a name is not valid UTF-8");
	}
	return enc_server_json(server, "POST", target, body, ret_reply, err);
}

/* resolve_org() - find or make organisation @name; the caller frees @ret_id */
static enum enc_code resolve_org(struct enc_server *server, const char *name,
				 char **ret_id, struct enc_error *err)
{
	json_t *reply = NULL;
	enum enc_code code = enc_fetch_org(server, name, ret_id, NULL, err);

	if (code != ENC_NOT_FOUND) {
		return code;
	}
	*err = (struct enc_error){ 0 };
	code = post(server, "/v1/orgs", json_pack("{s:s}", "name", name),
		    &reply, err);
	if (code == ENC_OK) {
		*ret_id = enc_xstrdup(enc_json_text(reply, "id"));
	}
	json_decref(reply);
	return code;
}

/* key_request() - body of the request that makes a key; a new reference */
static json_t *key_request(const struct create_options *options,
			   const char *org_id)
{
	json_t *request = json_object();
	json_t *scopes = json_array();

	for (size_t i = 0; i < options->scopes.count; i++) {
		ENC_IGNORE(json_array_append_new(
			scopes, json_string(options->scopes.word[i])));
	}
	if (org_id != NULL) {
		ENC_IGNORE(json_object_set_new(request, "orgId",
					       json_string(org_id)));
	}
	if (options->name != NULL) {
		ENC_IGNORE(json_object_set_new(request, "name",
					       json_string(options->name)));
	}
	if (json_array_size(scopes) > 0) {
		ENC_IGNORE(json_object_set(request, "scopes", scopes));
	}
	json_decref(scopes);
	return request;
}

/* create() - make the key on @server and print it */
static enum enc_code create(struct enc_cli *cli, struct enc_server *server,
			    const struct create_options *options,
			    struct enc_error *err)
{
	enc_autofree char *org_id = NULL;
	enc_autofree char *id = NULL;
	json_t *reply = NULL;
	enum enc_code code = ENC_OK;

	if (options->org != NULL) {
		code = resolve_org(server, options->org, &org_id, err);
	}
	if (code == ENC_OK) {
		code = post(server, "/v1/api-keys",
			    key_request(options, org_id), &reply, err);
	}
	if (code != ENC_OK) {
		return code;
	}
	if (options->base.json) {
		enc_print_json(cli->out, reply);
	} else {
		id = enc_inert_line(enc_json_text(reply, "id"));
		(void)fprintf(cli->out, "%s\n", enc_json_text(reply, "key"));
		(void)fprintf(cli->notes,
			      "key %s is shown this once; use it as "
			      "ENCLAVE_API_KEY\n",
			      id);
	}
	json_decref(reply);
	return ENC_OK;
}

/* run_create() - `enclave keys create`: make a key on the server, print it */
static enum enc_code run_create(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	struct enc_server *server = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = create(cli, server, call->options, err);
	}
	server = enc_server_free(server);
	return code;
}

const struct enc_command enc_cmd_keys_create = {
	.name = "keys create",
	.arguments = "",
	.summary = "Make an API key and print it, this once",
	.text = "Only the key goes to standard output, so that\n"
		"    export ENCLAVE_API_KEY=$(enclave keys create --org acme)\n"
		"works. The server keeps nothing but a hash of it.",
	.options = create_rows,
	.option_count = ENC_COUNT(create_rows),
	.options_size = sizeof(struct create_options),
	.run = run_create,
};

struct list_options {
	struct enc_common_options base;
	const char *org;
};

static const struct enc_option list_rows[] = {
	{ "org", 0, ENC_OPTION_TEXT, offsetof(struct list_options, org), "NAME",
	  NULL, "Only this organisation's; by default of all that you manage" },
};

/* add_keys() - append the keys of organisation @id, with its name, to @keys */
static enum enc_code add_keys(struct enc_server *server, const json_t *org,
			      json_t *keys, struct enc_error *err)
{
	const char *id = enc_json_text(org, "id");
	char target[256];
	json_t *reply = NULL;
	json_t *key;
	size_t i;
	enum enc_code code;

	(void)snprintf(target, sizeof(target), "/v1/api-keys?orgId=%.64s", id);
	code = enc_server_json(server, "GET", target, NULL, &reply, err);
	json_array_foreach(json_object_get(reply, "apiKeys"), i, key)
	{
		ENC_IGNORE(json_object_set(key, "orgName",
					   json_object_get(org, "name")));
		ENC_IGNORE(json_array_append(keys, key));
	}
	json_decref(reply);
	return code;
}

/* collect_keys() - get the keys of the organisation @wanted, or of each */
static enum enc_code collect_keys(struct enc_server *server, const char *wanted,
				  json_t *keys, struct enc_error *err)
{
	json_t *reply = NULL;
	json_t *org;
	size_t i;
	bool found = wanted == NULL;
	enum enc_code code =
		enc_server_json(server, "GET", "/v1/orgs", NULL, &reply, err);

	json_array_foreach(json_object_get(reply, "orgs"), i, org)
	{
		bool right = wanted == NULL || enc_fetch_is_org(org, wanted);

		found = found || right;
		if (code == ENC_OK && right) {
			code = add_keys(server, org, keys, err);
		}
	}
	json_decref(reply);
	return code != ENC_OK || found
		       ? code
		       : enc_fail(err, ENC_NOT_FOUND,
				  "there is no organisation %.64s; enclave "
				  "orgs list shows them",
				  wanted);
}

/* show_list() - print the keys as a table; secrets are not among the columns */
static void show_list(struct enc_cli *cli, json_t *keys)
{
	static const struct enc_print_column columns[] = {
		{ "KEY", "id", 14 },
		{ "STATE", "state", 8 },
		{ "ORGANISATION", "orgName", 16 },
		{ "NAME", "name", 16 },
		{ "SCOPES", "scopes", 40 },
		{ "CREATED", "createdAt", 0 },
	};
	json_t *key;
	size_t i;

	json_array_foreach(keys, i, key)
	{
		bool revoked = json_is_true(json_object_get(key, "revoked"));

		ENC_IGNORE(json_object_set_new(
			key, "state",
			json_string(revoked ? "revoked" : "active")));
	}
	enc_print_table(cli->out, columns, ENC_COUNT(columns), keys);
}

/* run_list() - `enclave keys list`: get the API keys and print them */
static enum enc_code run_list(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	const struct list_options *options = call->options;
	struct enc_server *server = NULL;
	json_t *answer = json_pack("{s:[]}", "apiKeys");
	json_t *keys = json_object_get(answer, "apiKeys");
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = collect_keys(server, options->org, keys, err);
	}
	if (code == ENC_OK && options->base.json) {
		enc_print_json(cli->out, answer);
	} else if (code == ENC_OK) {
		show_list(cli, keys);
	}
	server = enc_server_free(server);
	json_decref(answer);
	return code;
}

const struct enc_command enc_cmd_keys_list = {
	.name = "keys list",
	.arguments = "",
	.summary = "List API keys, without their secrets",
	.text = "Root sees the keys of all organisations, and needs "
		"ENCLAVE_API_KEY unset for that.\nA key with the scope admin "
		"sees those of its own.",
	.options = list_rows,
	.option_count = ENC_COUNT(list_rows),
	.options_size = sizeof(struct list_options),
	.run = run_list,
};

/* show_revoked() - say that the key is revoked; its record isn't printed */
static void show_revoked(struct enc_cli *cli, const json_t *reply)
{
	(void)reply;
	(void)fprintf(cli->out, "revoked\n");
}

/* run_revoke() - `enclave keys revoke`: revoke the API key with the given id */
static enum enc_code run_revoke(struct enc_cli *cli,
				const struct enc_call *call,
				struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "DELETE",
						.collection = "api-keys",
						.what = "key",
						.tail = "",
						.show = show_revoked };
	const char *id = call->words->word[0];

	if (strncmp(id, "ek_", 3) == 0) { /* a secret: don't repeat it */
		return enc_fail(err, ENC_BAD_REQUEST,
				"that is a key, not its id: the id is what "
				"stands between ek_ and the next _");
	}
	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_keys_revoke = {
	.name = "keys revoke",
	.arguments = "KEY",
	.summary = "Make an API key useless from now on",
	.text = "KEY is the id from `enclave keys list`, not the key itself.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_revoke,
};
