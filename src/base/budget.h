#ifndef ENC_BASE_BUDGET_H
#define ENC_BASE_BUDGET_H

/*
 * A rate limit for an action that anybody can cause: a few times in a burst,
 * then seldom. In any time T the action is allowed at most `most` + T /
 * refill_ms times. Pure: the caller passes the time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

struct enc_budget {
	unsigned int most;  /* most actions in a burst after a long pause */
	int64_t spacing_ms; /* least time between two actions */
	int64_t refill_ms;  /* time after which one used action is given back */
	unsigned int used;
	int64_t used_ms;     /* time of the last action; valid if used > 0 */
	int64_t refilled_ms; /* time up to which refills are counted */
};

#define ENC_BUDGET(most_, spacing_, refill_)            \
	((struct enc_budget){ .most = (most_),          \
			      .spacing_ms = (spacing_), \
			      .refill_ms = (refill_) })

/*
 * enc_budget_take() - return whether the action is allowed now; true also
 * counts it as done
 */
ENC_NODISCARD bool enc_budget_take(struct enc_budget *budget, int64_t now_ms);

/*
 * enc_budget_next_ms() - return the earliest time from @now_ms on at which
 * enc_budget_take() succeeds
 */
int64_t enc_budget_next_ms(struct enc_budget *budget, int64_t now_ms);

#endif
