#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "counts.h"

struct told {
	size_t times;
	uint64_t sum;
};

static void hear(void *context, enum enc_counted what, uint64_t count)
{
	struct told *told = context;

	assert_int_not_equal(what, ENC_COUNTED_INVALID);
	assert_true(count > 0);
	told->times++;
	told->sum += count;
}

static void test_nothing(void **state)
{
	struct enc_counts counts = { 0 };
	struct told told = { 0 };

	(void)state;
	assert_int_equal(enc_counts_flush(&counts, 0, hear, &told), -1);
	enc_counts_finish(&counts, hear, &told);
	assert_int_equal(told.times, 0);
}

static void test_the_first_at_once_the_rest_summed(void **state)
{
	struct enc_counts counts = { 0 };
	struct told told = { 0 };

	(void)state;
	enc_counts_add(&counts, ENC_COUNTED_FLOWS_LIMITED);
	assert_int_equal(enc_counts_flush(&counts, 5000, hear, &told), -1);
	assert_int_equal(told.sum, 1);
	for (int i = 0; i < 43; i++) {
		enc_counts_add(&counts, ENC_COUNTED_FLOWS_LIMITED);
		assert_int_equal(enc_counts_flush(&counts, 5001 + i, hear,
						  &told),
				 6000);
	}
	assert_int_equal(told.times, 1);
	assert_int_equal(enc_counts_flush(&counts, 6000, hear, &told), -1);
	assert_int_equal(told.times, 2);
	assert_int_equal(told.sum, 44);
	enc_counts_add(&counts, ENC_COUNTED_FLOWS_LIMITED);
	enc_counts_finish(&counts, hear, &told);
	assert_int_equal(told.times, 3);
	assert_int_equal(told.sum, 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_the_first_at_once_the_rest_summed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
