#include <string.h>

#include "cmd.h"
#include "decode.h"
#include "print.h"
#include "server.h"
#include "target.h"

/* The longest wait for the end; a gate that hangs is killed after 10 s. */
#define WAIT "?wait=30s"

/* show() - print the session's id, phase, outcome and kill reason */
static void show(struct enc_cli *cli, const json_t *session)
{
	enc_print_field(cli->out, "session", json_object_get(session, "id"));
	enc_print_field(cli->out, "phase", json_object_get(session, "phase"));
	enc_print_field(cli->out, "outcome",
			json_object_get(session, "outcome"));
	enc_print_field(cli->out, "killed",
			json_object_get(session, "killReason"));
}

/*
 * end() - have the server end a session, and wait for the end
 * @ret_session: new reference, also for ENC_NOT_FINISHED; otherwise NULL
 */
static enum enc_code end(struct enc_cli *cli, struct enc_server *server,
			 const char *id, json_t **ret_session,
			 struct enc_error *err)
{
	ENC_AUTO(buf) answer = ENC_BUF(ENC_SERVER_BODY_MAX);
	char target[256];
	enum enc_code code =
		enc_target_of("sessions", "session", id, "", target, err);

	*ret_session = NULL;
	if (code == ENC_OK) {
		code = enc_server_call(server, "DELETE", target, NULL, &answer,
				       err);
	}
	if (code != ENC_OK) {
		return code;
	}
	code = enc_target_of("sessions", "session", id, WAIT, target, err);
	if (code == ENC_OK) {
		code = enc_server_json(server, "GET", target, NULL, ret_session,
				       err);
	}
	if (code != ENC_OK) {
		(void)fprintf(cli->notes,
			      "enclave: session %s was told to end\n", id);
	} else if (strcmp(enc_json_text(*ret_session, "phase"), "torn_down") !=
		   0) {
		code = enc_fail(err, ENC_NOT_FINISHED,
				"session %s was told to end, and hasn't yet; "
				"`enclave sessions get` shows how it goes on",
				id);
	}
	return code;
}

/* run() - `enclave kill`: end the session, and print what became of it */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	struct enc_server *server = NULL;
	json_t *session = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = end(cli, server, call->words->word[0], &session, err);
	}
	server = enc_server_free(server);
	if (session != NULL && common->json) {
		enc_print_json(cli->out, session);
	} else if (session != NULL) {
		show(cli, session);
	}
	json_decref(session);
	return code;
}

const struct enc_command enc_cmd_kill = {
	.name = "kill",
	.arguments = "SESSION",
	.summary = "End a session and tear it down",
	.text = "One that runs is killed, with the reason cancelled; this waits "
		"for its end, for\n30 s at most (exit status 75). For one that "
		"has ended it changes nothing. Its\nrecord stays.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run,
};
