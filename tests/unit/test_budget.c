#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR };

/* count_takes() - when somebody tries every @step_ms until @end_ms */
static unsigned int count_takes(struct enc_budget *budget, int64_t step_ms,
				int64_t end_ms)
{
	unsigned int count = 0;

	for (int64_t now_ms = 5; now_ms <= end_ms; now_ms += step_ms) {
		count += enc_budget_take(budget, now_ms) ? 1 : 0;
	}
	return count;
}

/* A few at once, then one an hour, however often it is tried. */
static void test_bound(void **state)
{
	struct enc_budget budget = ENC_BUDGET(5, SECOND, HOUR);

	(void)state;
	assert_int_equal(count_takes(&budget, 100, 30 * SECOND), 5);
	budget = ENC_BUDGET(5, SECOND, HOUR);
	assert_int_equal(count_takes(&budget, SECOND / 4, DAY), 5 + 23);
	/* Nor does a pause of any length bring more than that. */
	for (int64_t pause_ms = SECOND; pause_ms < DAY; pause_ms *= 3) {
		unsigned int count = 0;

		budget = ENC_BUDGET(5, SECOND, HOUR);
		for (int64_t now_ms = 5; now_ms < 30 * (int64_t)DAY;
		     now_ms += pause_ms) {
			for (int i = 0; i < 10; i++) {
				count += enc_budget_take(&budget,
							 now_ms + i * SECOND)
						 ? 1
						 : 0;
			}
		}
		assert_in_range(count, 1, 5 + 30 * 24);
	}
}

/* The time that is told is the first at which it works. */
static void test_next(void **state)
{
	struct enc_budget budget = ENC_BUDGET(3, SECOND, HOUR);
	int64_t now_ms = 7;

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct enc_budget before = budget;
		int64_t next_ms = enc_budget_next_ms(&budget, now_ms);

		assert_true(next_ms >= now_ms);
		assert_true(next_ms == now_ms ||
			    !enc_budget_take(&before, next_ms - 1));
		assert_true(enc_budget_take(&budget, next_ms));
		now_ms = next_ms + i * 1000;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
