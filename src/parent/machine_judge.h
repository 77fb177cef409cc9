#ifndef ENC_PARENT_MACHINE_JUDGE_H
#define ENC_PARENT_MACHINE_JUDGE_H

/*
 * Judges what facts about a machine mean for sandboxes: one row per feature,
 * with a remedy if something is wrong. These functions are pure.
 */

#include "machine_facts.h"

enum { ENC_MACHINE_ROWS_MAX = 32 };

enum enc_machine_state {
	ENC_MACHINE_OK,
	ENC_MACHINE_MISSING, /* without it no session works */
	ENC_MACHINE_WITHOUT, /* sessions work, but something is worse */
	ENC_MACHINE_UNKNOWN, /* the state couldn't be found out */
	ENC_MACHINE_STATE_MAX,
};

struct enc_machine_row {
	const char *feature; /* name of the feature; a static string */
	enum enc_machine_state state;
	bool basic;    /* a server doesn't start without it */
	bool required; /* the default backend needs it */
	char detail[ENC_MACHINE_TEXT_BYTES];
	char remedy[ENC_MACHINE_TEXT_BYTES]; /* "" if nothing has to be done */
};

/*
 * enc_machine_state_name() - return the name of a state: "ok", "missing",
 * "without", "unknown"; static
 */
const char *enc_machine_state_name(enum enc_machine_state state);

/*
 * enc_machine_judge_basics() - make the rows of the basic features. Return:
 * their number
 */
size_t
enc_machine_judge_basics(const struct enc_machine_facts *facts,
			 struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX]);

/*
 * enc_machine_judge_all() - make all rows; the facts must be those of
 * enc_machine_find_all(). Return: their number
 */
size_t
enc_machine_judge_all(const struct enc_machine_facts *facts,
		      struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX]);

#endif
