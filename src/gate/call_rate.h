#ifndef ENC_GATE_CALL_RATE_H
#define ENC_GATE_CALL_RATE_H

/*
 * How often a service binding may be called: a bucket that holds the requests
 * of one minute, and fills up evenly. So a minute's requests may come at once,
 * and in the long run the rate holds. Pure: the caller passes the time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

/* An all-zero struct has no limit. */
struct enc_call_rate {
	uint32_t per_minute; /* 0: any number */
	int64_t at_ms;	     /* the time that `left` is of */
	uint64_t left;	     /* each request takes 60,000 of it */
};

/*
 * enc_call_rate_set() - set the rate. The first call fills the bucket. Later
 * calls keep its level, so that a change of the binding doesn't refill it.
 */
void enc_call_rate_set(struct enc_call_rate *rate, uint32_t per_minute,
		       int64_t now_ms);

/*
 * enc_call_rate_take() - take one request out of the bucket
 * @ret_wait_s: if there is none: seconds until there is one, at least 1
 *
 * Return: whether there was one
 */
ENC_NODISCARD bool enc_call_rate_take(struct enc_call_rate *rate,
				      int64_t now_ms, unsigned int *ret_wait_s);

#endif
