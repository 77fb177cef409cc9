#ifndef ENC_BASE_NUMBER_H
#define ENC_BASE_NUMBER_H

/*
 * Counts that come from another process and go into JSON. A reader of JSON may
 * hold numbers as doubles, which have every integer up to 2^53 - 1. A count
 * above that is shown as the largest one, so that whatever a peer says can be
 * written, and what was written can be read again.
 */

#include <stdint.h>

#include "def.h"

#define ENC_NUMBER_MAX INT64_C(9007199254740991) /* 2^53 - 1 */

/* enc_number_of() - a count as a number of JSON */
static inline int64_t enc_number_of(uint64_t count)
{
	return (int64_t)ENC_MIN(count, (uint64_t)ENC_NUMBER_MAX);
}

/* enc_number_add() - the sum of two counts, ENC_NUMBER_MAX at most */
static inline uint64_t enc_number_add(uint64_t one, uint64_t other)
{
	return (uint64_t)ENC_MIN(enc_number_of(one) + enc_number_of(other),
				 ENC_NUMBER_MAX);
}

#endif
