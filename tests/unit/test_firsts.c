/* What a session's log has a line about: each thing is new once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firsts.h"

static void test_a_thing_is_new_once(void **state)
{
	struct enc_firsts firsts = { 0 };

	(void)state;
	assert_true(enc_firsts_add(&firsts, "one", 3));
	assert_false(enc_firsts_add(&firsts, "one", 3));
	assert_true(enc_firsts_add(&firsts, "one", 2));
	assert_true(enc_firsts_add(&firsts, "", 0));
	assert_false(enc_firsts_add(&firsts, "", 0));
	assert_int_equal(firsts.count, 3);
	enc_firsts_clear(&firsts);
	assert_true(enc_firsts_add(&firsts, "one", 3));
	enc_firsts_clear(&firsts);
}

static void test_it_is_bounded(void **state)
{
	struct enc_firsts firsts = { 0 };

	(void)state;
	for (uint32_t i = 0; i < ENC_FIRSTS_MAX; i++) {
		assert_true(enc_firsts_add(&firsts, &i, sizeof(i)));
	}
	for (uint32_t i = 0; i < 2 * ENC_FIRSTS_MAX; i++) {
		assert_false(enc_firsts_add(&firsts, &i, sizeof(i)));
	}
	assert_int_equal(firsts.count, ENC_FIRSTS_MAX);
	enc_firsts_clear(&firsts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thing_is_new_once),
		cmocka_unit_test(test_it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
