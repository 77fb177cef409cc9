#include "cmd.h"
#include "events.h"
#include "inert.h"
#include "print.h"
#include "run_request.h"
#include "server.h"
#include "suggest.h"
#include "target.h"

struct set_options {
	struct enc_common_options base;
	struct enc_words allow;
};

/* show() - print mode and entries of an answered session, or them as JSON */
static void show(struct enc_cli *cli, bool as_json, const json_t *session)
{
	const json_t *egress = json_object_get(session, "egress");
	size_t i;
	json_t *entry;

	if (as_json) {
		enc_print_json(cli->out, egress == NULL ? session : egress);
		return;
	}
	enc_print_field(cli->out, "mode", json_object_get(egress, "mode"));
	json_array_foreach(json_object_get(egress, "allow"), i, entry)
	{
		enc_print_field(cli->out, "allow", entry);
	}
}

/* ask() - send a request about a session's egress, show its answer */
static enum enc_code ask(struct enc_cli *cli, const struct enc_call *call,
			 const char *method, const char *body,
			 struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	struct enc_server *server = NULL;
	json_t *session = NULL;
	char target[256];
	enum enc_code code =
		enc_target_of("sessions", "session", call->words->word[0],
			      body == NULL ? "" : "/egress", target, err);

	if (code == ENC_OK) {
		code = enc_server_find(&server, err);
	}
	if (code == ENC_OK) {
		code = enc_server_json(server, method, target, body, &session,
				       err);
	}
	if (code == ENC_OK) {
		show(cli, common->json, session);
	}
	server = enc_server_free(server);
	json_decref(session);
	return code;
}

/* run_show() - `enclave egress show`: print what a session may reach */
static enum enc_code run_show(struct enc_cli *cli, const struct enc_call *call,
			      struct enc_error *err)
{
	return ask(cli, call, "GET", NULL, err);
}

const struct enc_command enc_cmd_egress_show = {
	.name = "egress show",
	.arguments = "SESSION",
	.summary = "Show what a session may reach",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};

#define AT(field) offsetof(struct set_options, field)
static const struct enc_option set_rows[] = {
	{ "allow", 0, ENC_OPTION_WORDS, AT(allow), "ENTRY", NULL,
	  "What it may reach from now on; repeat for more" },
};
#undef AT

/* run_set() - `enclave egress set`: replace a session's allowlist */
static enum enc_code run_set(struct enc_cli *cli, const struct enc_call *call,
			     struct enc_error *err)
{
	const struct set_options *options = call->options;
	json_t *egress = NULL;
	enum enc_code code =
		enc_run_request_egress(&options->allow, &egress, err);

	if (code == ENC_OK) {
		enc_autofree char *body =
			json_dumps(egress, JSON_COMPACT | JSON_ENSURE_ASCII);

		code = ask(cli, call, "PATCH", body, err);
	}
	json_decref(egress);
	return code;
}

const struct enc_command enc_cmd_egress_set = {
	.name = "egress set",
	.arguments = "SESSION",
	.summary = "Replace what a running session may reach",
	.text = "The entries take the place of the former ones; without "
		"--allow nothing may be\nreached any more. Open connections "
		"that no entry allows are cut.\n\nOnly for sessions that were "
		"started with an allowlist: the gate of another one has\nno "
		"way out.",
	.options = set_rows,
	.option_count = ENC_COUNT(set_rows),
	.options_size = sizeof(struct set_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_set,
};

/* remedy_of() - what helps where no entry does; "" if nothing is known to */
static const char *remedy_of(const char *reason)
{
	static const char internal[] =
		"; root can name its network: `enclave up --internal`";
	static const struct {
		const char *reason;
		const char *remedy;
	} rows[] = {
		{ "deny-table: private", internal },
		{ "deny-table: shared", internal },
		{ "deny-table: unique local", internal },
		{ "binding: not granted",
		  "; start the session with --bind NAME" },
		{ "binding: port 80 only", "; call it with http://" },
		{ "allowlist: not TLS with a server name",
		  "; port 443 of a name is for TLS" },
		{ "allowlist: not HTTP/1.1 with a host",
		  "; port 80 of a name is for HTTP" },
	};

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (strcmp(rows[i].reason, reason) == 0) {
			return rows[i].remedy;
		}
	}
	return "";
}

/* show_suggestion() - print entries, and on stderr what no entry can allow */
static void show_suggestion(struct enc_cli *cli, const json_t *suggestion)
{
	size_t i;
	json_t *one;

	json_array_foreach(json_object_get(suggestion, "allow"), i, one)
	{
		enc_print_text(cli->out, one);
	}
	json_array_foreach(json_object_get(suggestion, "refused"), i, one)
	{
		enc_autofree char *host =
			enc_inert_line(enc_json_text(one, "host"));
		enc_autofree char *reason =
			enc_inert_line(enc_json_text(one, "reason"));

		(void)fprintf(cli->notes,
			      "enclave: no entry can allow %s: %s%s\n", host,
			      reason, remedy_of(reason));
	}
}

/* fetch_events() - get the events of a session's audit log */
static enum enc_code fetch_events(const char *id, json_t **ret_events,
				  struct enc_error *err)
{
	ENC_AUTO(buf) bundle = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_server *server = NULL;
	char target[256];
	enum enc_code code = enc_target_of("sessions", "session", id,
					   "/audit?format=bundle", target, err);

	if (code == ENC_OK) {
		code = enc_server_find(&server, err);
	}
	if (code == ENC_OK) {
		code = enc_server_call(server, "GET", target, NULL, &bundle,
				       err);
	}
	server = enc_server_free(server);
	return code == ENC_OK ? enc_events_load(enc_buf_bytes(&bundle),
						bundle.length, ret_events, err)
			      : code;
}

/* run_suggest() - `enclave egress suggest`: what the denials would need */
static enum enc_code run_suggest(struct enc_cli *cli,
				 const struct enc_call *call,
				 struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *events = NULL;
	json_t *suggestion;
	enum enc_code code = fetch_events(call->words->word[0], &events, err);

	if (code != ENC_OK) {
		return code;
	}
	suggestion = enc_suggest(events);
	if (common->json) {
		enc_print_json(cli->out, suggestion);
	} else {
		show_suggestion(cli, suggestion);
	}
	json_decref(suggestion);
	json_decref(events);
	return ENC_OK;
}

const struct enc_command enc_cmd_egress_suggest = {
	.name = "egress suggest",
	.arguments = "SESSION",
	.summary = "Print the allowlist that its denials would need",
	.text = "One entry a line, for --allow: each host or address that was "
		"refused, with its\nport. A name that was only looked up gets "
		"port 443. What no entry can allow is told\non standard "
		"error. Read the list before you use it: the program chose "
		"what is in it.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run_suggest,
};
