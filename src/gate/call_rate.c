#include "call_rate.h"

/* A request is as many units as a minute has milliseconds. */
enum { REQUEST = 60000, MS_PER_S = 1000 };

static uint64_t full(const struct enc_call_rate *rate)
{
	return (uint64_t)rate->per_minute * REQUEST;
}

static void fill(struct enc_call_rate *rate, int64_t now_ms)
{
	/* After a minute the bucket is full, whatever it held before. */
	uint64_t passed_ms =
		(uint64_t)ENC_MIN(ENC_MAX(now_ms - rate->at_ms, 0), REQUEST);

	rate->left =
		ENC_MIN(rate->left + passed_ms * rate->per_minute, full(rate));
	rate->at_ms = now_ms;
}

void enc_call_rate_set(struct enc_call_rate *rate, uint32_t per_minute,
		       int64_t now_ms)
{
	if (rate->per_minute == 0) {
		rate->per_minute = per_minute;
		rate->left = full(rate);
		rate->at_ms = now_ms;
		return;
	}
	fill(rate, now_ms);
	rate->per_minute = per_minute;
	rate->left = ENC_MIN(rate->left, full(rate));
}

bool enc_call_rate_take(struct enc_call_rate *rate, int64_t now_ms,
			unsigned int *ret_wait_s)
{
	uint64_t wait_ms;

	if (rate->per_minute == 0) {
		return true;
	}
	fill(rate, now_ms);
	if (rate->left >= REQUEST) {
		rate->left -= REQUEST;
		return true;
	}
	wait_ms = (REQUEST - rate->left + rate->per_minute - 1) /
		  rate->per_minute;
	*ret_wait_s = (unsigned int)((wait_ms + MS_PER_S - 1) / MS_PER_S);
	return false;
}
