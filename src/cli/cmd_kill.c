#include "cmd.h"
#include "fetch.h"
#include "print.h"
#include "server.h"
#include "target.h"

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

/* end() - have the server end a session; it answers before the end */
static enum enc_code end(const char *target, struct enc_error *err)
{
	ENC_AUTO(buf) answer = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_server *server = NULL;
	enum enc_code code = enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = enc_server_call(server, "DELETE", target, NULL, &answer,
				       err);
	}
	server = enc_server_free(server);
	return code;
}

/* run() - `enclave kill`: end the session, and print what became of it */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch ended = { .method = "GET",
						.collection = "sessions",
						.what = "session",
						.tail = "?wait=30s",
						.show = show };
	char target[256];
	enum enc_code code =
		enc_target_of(ended.collection, ended.what,
			      call->words->word[0], "", target, err);

	if (code == ENC_OK) {
		code = end(target, err);
	}
	return code == ENC_OK ? enc_fetch_run(cli, call, &ended, err) : code;
}

const struct enc_command enc_cmd_kill = {
	.name = "kill",
	.arguments = "SESSION",
	.summary = "End a session and tear it down",
	.text = "One that runs is killed, with the reason cancelled; this waits "
		"for its end, for\n30 s at most. For one that has ended it "
		"changes nothing. Its record stays.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run,
};
