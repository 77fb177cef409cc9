#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call_rate.h"

enum { MINUTE_MS = 60000 };

/* take_all() - how many requests pass at one time */
static int take_all(struct enc_call_rate *rate, int64_t now_ms, int most,
		    unsigned int *ret_wait_s)
{
	int count = 0;

	while (count < most && enc_call_rate_take(rate, now_ms, ret_wait_s)) {
		count++;
	}
	return count;
}

static void test_no_rate(void **state)
{
	struct enc_call_rate rate = { 0 };
	unsigned int wait_s = 77;

	(void)state;
	assert_int_equal(take_all(&rate, 5, 1000, &wait_s), 1000);
	assert_int_equal(wait_s, 77);
}

static void test_burst_and_refill(void **state)
{
	struct enc_call_rate rate = { 0 };
	unsigned int wait_s = 0;

	(void)state;
	enc_call_rate_set(&rate, 6, 1000);
	assert_int_equal(take_all(&rate, 1000, 100, &wait_s), 6);
	assert_int_equal(wait_s, 10);
	assert_int_equal(take_all(&rate, 1000 + 9999, 100, &wait_s), 0);
	assert_int_equal(wait_s, 1);
	assert_int_equal(take_all(&rate, 1000 + 10000, 100, &wait_s), 1);
	/* It never holds more than a minute's. */
	assert_int_equal(take_all(&rate, 100L * MINUTE_MS, 100, &wait_s), 6);
	/* A clock that stands still or goes back gives nothing. */
	assert_int_equal(take_all(&rate, 0, 100, &wait_s), 0);
}

static void test_long_run(void **state)
{
	static const uint32_t rates[] = { 1, 7, 59, 1000, 1000000 };

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rates); i++) {
		struct enc_call_rate rate = { 0 };
		unsigned int wait_s;
		int64_t passed = 0;

		enc_call_rate_set(&rate, rates[i], 0);
		for (int64_t ms = 0;
		     ms < 10L * MINUTE_MS && passed <= 11L * rates[i];
		     ms += 7) {
			passed +=
				take_all(&rate, ms, 2 * (int)rates[i], &wait_s);
		}
		/* Ten minutes' and the burst. */
		assert_in_range(passed, 11L * rates[i] - 1 - rates[i] / 1000,
				11L * rates[i]);
	}
}

/* A change, such as a rotation, doesn't refill the bucket. */
static void test_changes(void **state)
{
	struct enc_call_rate rate = { 0 };
	unsigned int wait_s;

	(void)state;
	enc_call_rate_set(&rate, 10, 0);
	assert_int_equal(take_all(&rate, 0, 8, &wait_s), 8);
	enc_call_rate_set(&rate, 10, 0);
	assert_int_equal(take_all(&rate, 0, 100, &wait_s), 2);
	enc_call_rate_set(&rate, 1000, 0);
	assert_int_equal(take_all(&rate, 0, 100, &wait_s), 0);
	enc_call_rate_set(&rate, 2, 10L * MINUTE_MS);
	assert_int_equal(take_all(&rate, 10L * MINUTE_MS, 100, &wait_s), 2);
	enc_call_rate_set(&rate, 0, 10L * MINUTE_MS);
	assert_int_equal(take_all(&rate, 10L * MINUTE_MS, 100, &wait_s), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rate),
		cmocka_unit_test(test_burst_and_refill),
		cmocka_unit_test(test_long_run),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
