#include "cmd.h"
#include "print.h"

/* run() - `enclave version`: print the version as text or JSON */
static enum enc_code run(struct enc_cli *cli, const struct enc_call *call,
			 struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	json_t *version;

	(void)err;
	if (common->json) {
		version = json_pack("{s:s}", "version", ENC_RELEASE);
		enc_print_json(cli->out, version);
		json_decref(version);
	} else {
		(void)fprintf(cli->out, "enclave %s\n", ENC_RELEASE);
	}
	return ENC_OK;
}

const struct enc_command enc_cmd_version = {
	.name = "version",
	.arguments = "",
	.summary = "Print the version",
	.options_size = sizeof(struct enc_common_options),
	.run = run,
};
