#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "fetch.h"
#include "print.h"
#include "server.h"
#include "target.h"

/* show() - print the organisations as a table */
static void show(struct enc_cli *cli, const json_t *reply)
{
	static const struct enc_print_column columns[] = {
		{ "ORGANISATION", "id", 16 },
		{ "NAME", "name", 24 },
		{ "CREATED", "createdAt", 0 },
	};

	enc_print_table(cli->out, columns, ENC_COUNT(columns),
			json_object_get(reply, "orgs"));
}

/* run() - `enclave orgs list`: get the organisations and print them */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch fetch = {
		.method = "GET", .collection = "orgs", .tail = "", .show = show
	};

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_orgs_list = {
	.name = "orgs list",
	.arguments = "",
	.summary = "List organisations",
	.options_size = sizeof(struct enc_common_options),
	.run = run,
};

/* ---- quotas ---- */

struct set_options {
	struct enc_common_options base;
	const char *running;
	const char *waiting;
	const char *stored_bytes;
};

#define AT(field) offsetof(struct set_options, field)
static const struct enc_option set_rows[] = {
	{ "running", 0, ENC_OPTION_TEXT, AT(running), "N", NULL,
	  "Sessions that may run at a time; more of them wait" },
	{ "waiting", 0, ENC_OPTION_TEXT, AT(waiting), "N", NULL,
	  "Sessions that may wait; more of them are refused" },
	{ "stored-bytes", 0, ENC_OPTION_TEXT, AT(stored_bytes), "N", NULL,
	  "Bytes of records, output, logs and results" },
};
#undef AT

/* add_limit() - add an option's number to @body; none if @text is NULL */
static enum enc_code add_limit(json_t *body, const char *name,
			       const char *option, const char *text,
			       struct enc_error *err)
{
	if (text == NULL) {
		return ENC_OK;
	}
	if (text[0] == '\0' || strlen(text) > 16 ||
	    strspn(text, "0123456789") != strlen(text)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"--%s is a whole number, not '%.60s'", option,
				text);
	}
	ENC_IGNORE(json_object_set_new(body, name,
				       json_integer(strtoll(text, NULL, 10))));
	return ENC_OK;
}

/* quota_body() - request body with the limits; caller frees; NULL on failure */
static char *quota_body(const struct set_options *options,
			struct enc_error *err)
{
	json_t *body = json_object();
	char *text = NULL;
	enum enc_code code =
		add_limit(body, "running", "running", options->running, err);

	if (code == ENC_OK) {
		code = add_limit(body, "waiting", "waiting", options->waiting,
				 err);
	}
	if (code == ENC_OK) {
		code = add_limit(body, "storedBytes", "stored-bytes",
				 options->stored_bytes, err);
	}
	if (code == ENC_OK) {
		text = json_dumps(body, JSON_COMPACT);
		ENC_ASSERT(text != NULL);
	}
	json_decref(body);
	return text;
}

/* print_quota() - print each limit and what is used of it; "-": no limit */
static void print_quota(FILE *out, json_t *quota)
{
	static const struct enc_print_column columns[] = {
		{ "ORGANISATION", "orgName", 16 },
		{ "RUNNING", "used.running", 8 },
		{ "OF", "running", 8 },
		{ "WAITING", "used.waiting", 8 },
		{ "OF", "waiting", 8 },
		{ "STORED BYTES", "used.storedBytes", 16 },
		{ "OF", "storedBytes", 0 },
	};
	json_t *rows = json_pack("[O]", quota);

	enc_print_table(out, columns, ENC_COUNT(columns), rows);
	json_decref(rows);
}

/*
 * ask_quota() - get an organisation's quota, or set it if @body isn't NULL
 * @name:      name or id; NULL: the caller's own organisation
 * @ret_quota: the quota; a new reference
 */
static enum enc_code ask_quota(struct enc_server *server, const char *name,
			       const char *body, json_t **ret_quota,
			       struct enc_error *err)
{
	enc_autofree char *id = NULL;
	enc_autofree char *shown = NULL;
	char target[256];
	enum enc_code code = enc_fetch_org(server, name, &id, &shown, err);

	if (code == ENC_OK) {
		code = enc_target_of("orgs", "organisation", id, "/quota",
				     target, err);
	}
	if (code == ENC_OK) {
		code = enc_server_json(server, body == NULL ? "GET" : "PUT",
				       target, body, ret_quota, err);
	}
	if (code == ENC_OK) {
		ENC_IGNORE(json_object_set_new(*ret_quota, "orgName",
					       json_string(shown)));
	}
	return code;
}

/* run_quota() - set the quota to @body unless @body is NULL, then print it */
static enum enc_code run_quota(struct enc_cli *cli, const struct enc_call *call,
			       const char *body, struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	const char *name = call->dash_at == 0 ? NULL : call->words->word[0];
	struct enc_server *server = NULL;
	json_t *quota = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = ask_quota(server, name, body, &quota, err);
	}
	server = enc_server_free(server);
	if (code != ENC_OK) {
		return code;
	}
	if (common->json) {
		enc_print_json(cli->out, quota);
	} else {
		print_quota(cli->out, quota);
	}
	json_decref(quota);
	return ENC_OK;
}

/* run_show() - `enclave quotas show`: print an organisation's quota */
static enum enc_code run_show(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	return run_quota(cli, call, NULL, err);
}

const struct enc_command enc_cmd_quotas_show = {
	.name = "quotas show",
	.arguments = "[ORG]",
	.summary = "Show what an organisation uses of its quota",
	.text = "ORG is a name or an id; without it the organisation is your "
		"own.",
	.options_size = sizeof(struct enc_common_options),
	.words_max = 1,
	.run = run_show,
};

/* run_set() - `enclave quotas set`: set and print an organisation's quota */
static enum enc_code run_set(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err)
{
	enc_autofree char *body = quota_body(call->options, err);

	return body == NULL ? err->code : run_quota(cli, call, body, err);
}

const struct enc_command enc_cmd_quotas_set = {
	.name = "quotas set",
	.arguments = "ORG",
	.summary = "Set the quota of an organisation",
	.text = "ORG is a name or an id. A limit that isn't given is removed. "
		"Only the owner\nof the server's socket sets quotas.",
	.options = set_rows,
	.option_count = ENC_COUNT(set_rows),
	.options_size = sizeof(struct set_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_set,
};
