#ifndef ENC_PARENT_MACHINE_JUDGE_H
#define ENC_PARENT_MACHINE_JUDGE_H

/*
 * What facts about a machine mean for sandboxes: a row each, with a remedy for
 * what is wrong. Pure: facts in, rows out.
 */

#include "machine_facts.h"

enum { ENC_MACHINE_ROWS_MAX = 32 };

enum enc_machine_state {
	ENC_MACHINE_OK,
	ENC_MACHINE_MISSING, /* without it there are no sessions */
	ENC_MACHINE_WITHOUT, /* sessions work, and lack something */
	ENC_MACHINE_UNKNOWN, /* it couldn't be tried */
	ENC_MACHINE_STATE_MAX,
};

struct enc_machine_row {
	const char *feature; /* static */
	enum enc_machine_state state;
	bool basic;    /* a server doesn't start without it */
	bool required; /* a session of the default backend doesn't */
	char detail[ENC_MACHINE_TEXT_BYTES];
	char remedy[ENC_MACHINE_TEXT_BYTES]; /* "" if nothing is to be done */
};

/* enc_machine_state_name() - "ok", "missing", "without", "unknown"; static */
const char *enc_machine_state_name(enum enc_machine_state state);

/* enc_machine_judge_basics() - rows of enc_machine_find_basics(); how many */
size_t
enc_machine_judge_basics(const struct enc_machine_facts *facts,
			 struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX]);

/* enc_machine_judge_all() - rows of enc_machine_find_all(); how many */
size_t
enc_machine_judge_all(const struct enc_machine_facts *facts,
		      struct enc_machine_row ret_rows[ENC_MACHINE_ROWS_MAX]);

#endif
