#include "choice.h"

static enum enc_code unknown(const char *word, size_t length,
			     struct enc_error *err)
{
	return enc_fail(err, ENC_BAD_REQUEST,
			"--backend %.*s: there are auto, gvisor, native, a "
			"list such as gvisor,native, and simulator",
			(int)ENC_MIN(length, (size_t)64), word);
}

/*
 * add() - add a way by name; false if there is no such way, or it was named
 * before
 */
static bool add(struct enc_choice *choice, const char *word, size_t length)
{
	const struct enc_way *way = enc_way_named(word, length);

	for (size_t i = 0; i < choice->count; i++) {
		if (choice->ways[i] == way) {
			return false;
		}
	}
	if (way != NULL) {
		choice->ways[choice->count++] = way;
	}
	return way != NULL;
}

/* add_all() - add the ways of a list of names */
static enum enc_code add_all(struct enc_choice *choice, const char *text,
			     struct enc_error *err)
{
	for (;;) {
		size_t length = strcspn(text, ",");

		if (!add(choice, text, length)) {
			return unknown(text, length, err);
		}
		if (text[length] == '\0') {
			return ENC_OK;
		}
		text += length + 1;
	}
}

enum enc_code enc_choice_parse(const char *text, struct enc_choice *ret_choice,
			       struct enc_error *err)
{
	struct enc_choice choice = { 0 };
	enum enc_code code = ENC_OK;

	choice.automatic = strcmp(text, "auto") == 0;
	choice.simulator = strcmp(text, "simulator") == 0;
	if (choice.automatic) {
		memcpy(choice.ways, enc_ways, sizeof(enc_ways));
		choice.count = ENC_WAYS_MAX;
	} else if (!choice.simulator) {
		code = add_all(&choice, text, err);
	}
	if (code == ENC_OK) {
		*ret_choice = choice;
	}
	return code;
}
