#include "cmd.h"
#include "fetch.h"
#include "print.h"

/* show() - a table */
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

/* run() - see the row */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	static const struct enc_fetch fetch = { "GET", "orgs", NULL, "", show };

	return enc_fetch_run(cli, call, &fetch, err);
}

const struct enc_command enc_cmd_orgs_list = {
	.name = "orgs list",
	.arguments = "",
	.summary = "List organisations",
	.options_size = sizeof(struct enc_common_options),
	.run = run,
};
