#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "share.h"

static void test_each_organisation_has_one(void **state)
{
	struct enc_list shares = ENC_LIST(shares);
	struct enc_share *one = enc_share_hold(&shares, "o-1");
	struct enc_share *other = enc_share_hold(&shares, "o-11");

	(void)state;
	assert_ptr_not_equal(one, other);
	assert_ptr_equal(enc_share_hold(&shares, "o-1"), one);
	assert_ptr_equal(enc_share_find(&shares, "o-11"), other);
	assert_null(enc_share_find(&shares, "o-"));
	enc_share_release(one);
	assert_ptr_equal(enc_share_find(&shares, "o-1"), one);
	enc_share_release(one);
	assert_null(enc_share_find(&shares, "o-1"));
	enc_share_release(other);
	assert_true(enc_list_empty(&shares));
	enc_share_release(NULL);
}

static void test_a_queue_is_left_from_any_place(void **state)
{
	struct enc_list shares = ENC_LIST(shares);
	struct enc_share *share = enc_share_hold(&shares, "o-1");
	struct enc_share_waiter waiters[3];

	(void)state;
	assert_null(enc_share_first(share));
	for (size_t i = 0; i < ENC_COUNT(waiters); i++) {
		enc_share_wait(share, &waiters[i], i + 5);
	}
	assert_int_equal(share->waiting, 3);
	enc_share_stop_waiting(share, &waiters[1]);
	assert_ptr_equal(enc_share_first(share), &waiters[0]);
	enc_share_stop_waiting(share, &waiters[0]);
	assert_ptr_equal(enc_share_first(share), &waiters[2]);
	assert_int_equal(waiters[2].turn, 7);
	enc_share_stop_waiting(share, &waiters[2]);
	assert_null(enc_share_first(share));
	assert_int_equal(share->waiting, 0);
	enc_share_release(share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_organisation_has_one),
		cmocka_unit_test(test_a_queue_is_left_from_any_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
