/* How many sockets a gate gets, and how fast. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "outward.h"

enum { AT_ONCE = 1000, PER_SECOND = 100 };

/* take() - ask @count times, @pause_ms apart. Return: how many it got */
static int take(struct enc_outward_rate *rate, int64_t *now_ms, int count,
		int64_t pause_ms)
{
	int got = 0;

	for (int i = 0; i < count; i++) {
		*now_ms += pause_ms;
		got += enc_outward_may_have(rate, *now_ms) ? 1 : 0;
	}
	return got;
}

static void test_at_once_and_in_a_second(void **state)
{
	struct enc_outward_rate rate = { 0 };
	int64_t now_ms = 1 << 20;

	(void)state;
	assert_int_equal(take(&rate, &now_ms, 3 * AT_ONCE, 0), AT_ONCE);
	now_ms += 1000;
	assert_int_equal(take(&rate, &now_ms, 3 * AT_ONCE, 0), PER_SECOND);
	now_ms += 3600000;
	assert_int_equal(take(&rate, &now_ms, 3 * AT_ONCE, 0), AT_ONCE);
}

/* However often it asks, it gets what is due, and no more. */
static void test_who_asks_often_is_not_starved(void **state)
{
	(void)state;
	for (int64_t pause_ms = 1; pause_ms < 10; pause_ms++) {
		struct enc_outward_rate rate = { 0 };
		int64_t now_ms = 1 << 20;
		int64_t span_ms = 2520 * 4; /* every pause divides it */
		int got;

		assert_int_equal(take(&rate, &now_ms, 3 * AT_ONCE, 0), AT_ONCE);
		got = take(&rate, &now_ms, (int)(span_ms / pause_ms), pause_ms);
		assert_int_equal(got, span_ms * PER_SECOND / 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_and_in_a_second),
		cmocka_unit_test(test_who_asks_often_is_not_starved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
