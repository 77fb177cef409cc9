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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
