#include "choice.h"

static enum enc_code unknown(const char *word, size_t length,
			     struct enc_error *err)
{
	return enc_fail(err, ENC_BAD_REQUEST,
			"--backend %.*s: there are auto, gvisor, native, a "
			"list such as gvisor,native, and simulator",
			(int)ENC_MIN(length, (size_t)64), word);
}

/* add() - one word of a list */
static bool add(struct enc_choice *choice, const char *word, size_t length)
{
	for (int i = ENC_LAUNCH_BACKEND_INVALID + 1; i < ENC_LAUNCH_BACKEND_MAX;
	     i++) {
		enum enc_launch_backend backend = (enum enc_launch_backend)i;
		const char *name = enc_launch_backend_name(backend);

		if (strlen(name) == length &&
		    strncmp(name, word, length) == 0 &&
		    !choice->wanted[backend]) {
			choice->wanted[backend] = true;
			if (choice->first == ENC_LAUNCH_BACKEND_INVALID) {
				choice->first = backend;
			}
			return true;
		}
	}
	return false;
}

enum enc_code enc_choice_parse(const char *text, struct enc_choice *ret_choice,
			       struct enc_error *err)
{
	struct enc_choice choice = { .first = ENC_LAUNCH_BACKEND_INVALID };

	choice.automatic = strcmp(text, "auto") == 0;
	choice.simulator = strcmp(text, "simulator") == 0;
	if (choice.automatic) {
		text = "gvisor,native";
	}
	while (!choice.simulator) {
		size_t length = strcspn(text, ",");

		if (!add(&choice, text, length)) {
			return unknown(text, length, err);
		}
		if (text[length] == '\0') {
			break;
		}
		text += length + 1;
	}
	*ret_choice = choice;
	return ENC_OK;
}
