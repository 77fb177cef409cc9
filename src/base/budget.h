#ifndef ENC_BASE_BUDGET_H
#define ENC_BASE_BUDGET_H

/*
 * How often something may be done that anybody can cause: a few times at once,
 * then seldom. Over any time T that is at most `most` + T / refill_ms times.
 * Pure: time comes in.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

struct enc_budget {
	unsigned int most;  /* left after a long pause */
	int64_t spacing_ms; /* from one to the next, at least */
	int64_t refill_ms;  /* until one more is left */
	unsigned int used;
	int64_t used_ms;     /* the last one; with used > 0 */
	int64_t refilled_ms; /* up to when refills are counted */
};

#define ENC_BUDGET(most_, spacing_, refill_)            \
	((struct enc_budget){ .most = (most_),          \
			      .spacing_ms = (spacing_), \
			      .refill_ms = (refill_) })

/* enc_budget_take() - whether it may be done now; then it counts as done */
ENC_NODISCARD bool enc_budget_take(struct enc_budget *budget, int64_t now_ms);

/* enc_budget_next_ms() - when the next take succeeds, @now_ms at the least */
int64_t enc_budget_next_ms(struct enc_budget *budget, int64_t now_ms);

#endif
