#include "cmd.h"
#include "fetch.h"
#include "print.h"

/* show_stream() - print the program's stdout or stderr under a heading */
static void show_stream(struct enc_cli *cli, const json_t *result,
			const char *name)
{
	const json_t *text = json_object_get(result, name);
	bool cut = json_is_true(
		json_object_get(json_object_get(result, "truncated"), name));

	if (json_string_length(text) > 0) {
		(void)fprintf(cli->out, "--- %s%s\n", name,
			      cut ? " (cut at outputBytes)" : "");
		enc_print_text(cli->out, text);
	}
}

/* show() - print exit code, signal, duration and result, then the output */
static void show(struct enc_cli *cli, const json_t *result)
{
	static const char *const fields[][2] = {
		{ "exit code", "exitCode" },
		{ "signal", "signal" },
		{ "duration ms", "durationMs" },
		{ "result", "json" },
	};

	for (size_t i = 0; i < ENC_COUNT(fields); i++) {
		enc_print_field(cli->out, fields[i][0],
				json_object_get(result, fields[i][1]));
	}
	show_stream(cli, result, "stdout");
	show_stream(cli, result, "stderr");
}

/* show_end() - print how the session ended, if not by its program alone */
static void show_end(struct enc_cli *cli, const json_t *session)
{
	enc_print_field(cli->out, "outcome",
			json_object_get(session, "outcome"));
	enc_print_field(cli->out, "kill reason",
			json_object_get(session, "killReason"));
	enc_print_field(cli->out, "reason",
			enc_json_path(session, "reason.message"));
}

/* run() - `enclave result`: get an ended session's result and print it */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch result = { .method = "GET",
						 .collection = "sessions",
						 .what = "session",
						 .tail = "/result",
						 .show = show };
	static const struct enc_fetch end = { .method = "GET",
					      .collection = "sessions",
					      .what = "session",
					      .tail = "",
					      .show = show_end };
	const struct enc_common_options *common = call->options;
	enum enc_code code =
		common->json ? ENC_OK : enc_fetch_run(cli, call, &end, err);

	if (code == ENC_OK) {
		code = enc_fetch_run(cli, call, &result, err);
	}
	return code != ENC_NOT_FINISHED
		       ? code
		       : enc_fail(err, code,
				  "session %.64s has not ended yet; `enclave "
				  "logs -f %.64s` follows it",
				  call->words->word[0], call->words->word[0]);
}

const struct enc_command enc_cmd_result = {
	.name = "result",
	.arguments = "SESSION",
	.summary = "Show what an ended session returned and printed",
	.text = "A session that has not ended yet is exit status 75.",
	.options_size = sizeof(struct enc_common_options),
	.words_min = 1,
	.words_max = 1,
	.run = run,
};
