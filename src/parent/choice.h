#ifndef ENC_PARENT_CHOICE_H
#define ENC_PARENT_CHOICE_H

/*
 * --backend: which backends a server has, and which one a session gets that
 * names none. A list such as "gvisor,native"; the first is the default.
 *
 *	auto	every way, the best one first, that finds what it needs
 *
 * A backend that is named and isn't there is an error, never another one.
 */

#include <stdbool.h>

#include "err.h"
#include "way.h"

struct enc_choice {
	bool automatic; /* a way that can't be found is left out */
	bool simulator; /* alone: it is no place to run in */
	const struct enc_way *ways[ENC_WAYS_MAX]; /* the first is the usual */
	size_t count;
};

/* enc_choice_parse() - ENC_OK; ENC_BAD_REQUEST names the word */
ENC_NODISCARD enum enc_code enc_choice_parse(const char *text,
					     struct enc_choice *ret_choice,
					     struct enc_error *err);

#endif
