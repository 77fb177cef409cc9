#ifndef ENC_PARENT_CHOICE_H
#define ENC_PARENT_CHOICE_H

/*
 * --backend: which backends a server has, and which one a session gets that
 * names none. A list such as "gvisor,native"; the first is the default.
 *
 *	auto	gvisor and native where there is a runsc, else native alone
 *
 * A backend that is named and isn't there is an error, never another one.
 */

#include <stdbool.h>

#include "err.h"
#include "launch.h"

struct enc_choice {
	bool automatic;
	bool simulator; /* alone: it is no place to run in */
	bool wanted[ENC_LAUNCH_BACKEND_MAX];
	enum enc_launch_backend first;
};

/* enc_choice_parse() - ENC_OK; ENC_BAD_REQUEST names the word */
ENC_NODISCARD enum enc_code enc_choice_parse(const char *text,
					     struct enc_choice *ret_choice,
					     struct enc_error *err);

#endif
