#include "budget.h"

/* refill() - give back the used actions whose refill time has passed */
static void refill(struct enc_budget *budget, int64_t now_ms)
{
	int64_t back;

	if (budget->used == 0) {
		budget->refilled_ms = now_ms;
		return;
	}
	back = (now_ms - budget->refilled_ms) / budget->refill_ms;
	back = ENC_MIN(back, (int64_t)budget->used);
	budget->used -= (unsigned int)back;
	budget->refilled_ms += back * budget->refill_ms;
}

int64_t enc_budget_next_ms(struct enc_budget *budget, int64_t now_ms)
{
	int64_t next_ms = now_ms;

	refill(budget, now_ms);
	if (budget->used == budget->most) {
		next_ms = budget->refilled_ms + budget->refill_ms;
	}
	if (budget->used > 0 &&
	    next_ms < budget->used_ms + budget->spacing_ms) {
		next_ms = budget->used_ms + budget->spacing_ms;
	}
	return next_ms;
}

bool enc_budget_take(struct enc_budget *budget, int64_t now_ms)
{
	if (enc_budget_next_ms(budget, now_ms) > now_ms) {
		return false;
	}
	budget->used++;
	budget->used_ms = now_ms;
	return true;
}
