#include "cmd.h"
#include "fetch.h"
#include "print.h"

/* show() - print the environments as a table */
static void show(struct enc_cli *cli, const json_t *reply)
{
	static const struct enc_print_column columns[] = {
		{ "NAME", "name", 16 },
		{ "LANGUAGES", "languages", 20 },
		{ "DIGEST", "digest", 0 },
	};

	enc_print_table(cli->out, columns, ENC_COUNT(columns),
			json_object_get(reply, "environments"));
}

/* run() - `enclave env list`: get the environments and print them */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch fetch = { "GET", "environments", NULL, "",
						show };

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_env_list = {
	.name = "env list",
	.arguments = "",
	.summary = "List the environments that a session can have",
	.options_size = sizeof(struct enc_common_options),
	.run = run,
};
