#include <stdint.h>

#include "backend_impl.h"

static struct enc_text text_of(const char *text)
{
	return (struct enc_text){ text, strlen(text) };
}

/* fill_list() - false if a text is too long for its length on the wire */
static bool fill_list(const char *const *texts, size_t count,
		      struct enc_text *ret_list)
{
	for (size_t i = 0; i < count; i++) {
		ret_list[i] = text_of(texts[i]);
		if (ret_list[i].length > UINT16_MAX) {
			return false;
		}
	}
	return true;
}

enum enc_code enc_program_launch(const struct enc_program *program,
				 struct enc_message_launch *ret_launch,
				 struct enc_error *err)
{
	const char *entry = enc_language_info(program->language)->entry;
	size_t bytes;

	if (program->argv_count > ENC_MESSAGE_ARGV_MAX ||
	    program->env_count > ENC_MESSAGE_ENV_MAX ||
	    !fill_list(program->argv, program->argv_count, ret_launch->argv) ||
	    !fill_list(program->env, program->env_count, ret_launch->env)) {
		return enc_fail(err, ENC_LIMIT,
				"command, args or env has too many entries, or "
				"one of more than %d bytes",
				UINT16_MAX);
	}
	ret_launch->language = program->language;
	ret_launch->entry = text_of(entry != NULL ? entry : "");
	ret_launch->argv_count = program->argv_count;
	ret_launch->env_count = program->env_count;
	bytes = enc_message_launch_bytes(ret_launch);
	return bytes <= ENC_FRAME_PAYLOAD_MAX_BYTES
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT,
				  "command, args and env need %zu bytes "
				  "together, 2 more for each text: at most %d "
				  "are taken",
				  bytes, ENC_FRAME_PAYLOAD_MAX_BYTES);
}

enum enc_code enc_program_check(const struct enc_program *program,
				struct enc_error *err)
{
	enc_autofree struct enc_message_launch *launch =
		enc_xalloc(sizeof(*launch));

	return enc_program_launch(program, launch, err);
}
