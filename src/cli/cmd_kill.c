#include "cmd.h"
#include "fetch.h"
#include "print.h"

/* show() - print the session's id, phase and kill reason */
static void show(struct enc_cli *cli, const json_t *session)
{
	enc_print_field(cli->out, "session", json_object_get(session, "id"));
	enc_print_field(cli->out, "phase", json_object_get(session, "phase"));
	enc_print_field(cli->out, "killed",
			json_object_get(session, "killReason"));
}

/* run() - `enclave kill`: end the session and print its phase */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch fetch = { .method = "DELETE",
						.collection = "sessions",
						.what = "session",
						.tail = "",
						.show = show };

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_kill = {
	.name = "kill",
	.arguments = "SESSION",
	.summary = "End a session and tear it down",
	.text = "One that runs is killed, with the reason cancelled; for one "
		"that has ended\nthis changes nothing. Its record stays.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run,
};
