#ifndef ENC_BASE_NUMBER_H
#define ENC_BASE_NUMBER_H

/*
 * Counts that come from another process and go into JSON. A JSON reader may
 * store numbers as doubles, which hold every integer exactly only up to 2^53 -
 * 1. A larger count is therefore written as 2^53 - 1, so that any count of a
 * peer can be written and read again.
 */

#include <stdint.h>

#include "def.h"

#define ENC_NUMBER_MAX INT64_C(9007199254740991) /* 2^53 - 1 */

/*
 * enc_number_of() - convert a count for JSON; a count above ENC_NUMBER_MAX
 * becomes ENC_NUMBER_MAX
 */
static inline int64_t enc_number_of(uint64_t count)
{
	return (int64_t)ENC_MIN(count, (uint64_t)ENC_NUMBER_MAX);
}

/*
 * enc_number_add() - add two counts; a sum above ENC_NUMBER_MAX becomes
 * ENC_NUMBER_MAX
 */
static inline uint64_t enc_number_add(uint64_t one, uint64_t other)
{
	return (uint64_t)ENC_MIN(enc_number_of(one) + enc_number_of(other),
				 ENC_NUMBER_MAX);
}

#endif
