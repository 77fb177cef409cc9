#ifndef ENC_PARENT_CHOICE_H
#define ENC_PARENT_CHOICE_H

/*
 * The option --backend: which backends a server has, and which is the default
 * for sessions that name none. Its value is a list such as "gvisor,native"; the
 * first one is the default. The value "auto" means every way that finds what it
 * needs, the strongest first.
 *
 * A backend that is named but unavailable is an error; it is never replaced.
 */

#include <stdbool.h>

#include "err.h"
#include "way.h"

struct enc_choice {
	bool automatic; /* leave out ways that aren't available */
	bool simulator; /* the simulator, without any way */
	const struct enc_way *ways[ENC_WAYS_MAX]; /* the first is the default */
	size_t count;
};

/*
 * enc_choice_parse() - parse the option. Return: ENC_OK; ENC_BAD_REQUEST, which
 * names the wrong word
 */
ENC_NODISCARD enum enc_code enc_choice_parse(const char *text,
					     struct enc_choice *ret_choice,
					     struct enc_error *err);

#endif
