/*
 * The two tables of a live session, whole: each move that is listed here is
 * legal, and each other one is not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "def.h"
#include "durability.h"
#include "live_state.h"

#define LIFE(from, to)                          \
	{                                       \
		ENC_LIVE_##from, ENC_LIVE_##to, \
	}
#define RECORD(from, to)                                    \
	{                                                   \
		ENC_DURABILITY_##from, ENC_DURABILITY_##to, \
	}

struct move {
	unsigned int from;
	unsigned int to;
};

static bool listed(const struct move *moves, size_t count, unsigned int from,
		   unsigned int to)
{
	for (size_t i = 0; i < count; i++) {
		if (moves[i].from == from && moves[i].to == to) {
			return true;
		}
	}
	return false;
}

static void test_life(void **state)
{
	static const struct move legal[] = {
		LIFE(QUEUED, MAKING),	 LIFE(QUEUED, ENDING),
		LIFE(QUEUED, LEAVING),	 LIFE(MAKING, STARTING),
		LIFE(MAKING, ENDING),	 LIFE(MAKING, LEAVING),
		LIFE(STARTING, RUNNING), LIFE(STARTING, ENDING),
		LIFE(STARTING, LEAVING), LIFE(RUNNING, ENDING),
		LIFE(RUNNING, LEAVING),	 LIFE(ENDING, LEAVING),
		LIFE(LEAVING, CLOSING),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_LIVE_STATE_MAX; from++) {
		for (unsigned int to = 0; to < ENC_LIVE_STATE_MAX; to++) {
			assert_int_equal(enc_live_state_may_move(
						 (enum enc_live_state)from,
						 (enum enc_live_state)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

static void test_record(void **state)
{
	static const struct move legal[] = {
		RECORD(NEW, SUBMITTED),	   RECORD(SUBMITTED, RECORDED),
		RECORD(SUBMITTED, LOST),   RECORD(RECORDED, BEHIND),
		RECORD(RECORDED, LOST),	   RECORD(BEHIND, FOLLOWING),
		RECORD(BEHIND, LOST),	   RECORD(FOLLOWING, RECORDED),
		RECORD(FOLLOWING, BEHIND), RECORD(FOLLOWING, LOST),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_DURABILITY_MAX; from++) {
		for (unsigned int to = 0; to < ENC_DURABILITY_MAX; to++) {
			assert_int_equal(enc_durability_may_move(
						 (enum enc_durability)from,
						 (enum enc_durability)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

/* The log tells states apart by their names. */
static void test_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ENC_LIVE_STATE_MAX; i++) {
		for (unsigned int j = 0; j < i; j++) {
			assert_string_not_equal(
				enc_live_state_name((enum enc_live_state)i),
				enc_live_state_name((enum enc_live_state)j));
		}
	}
	for (unsigned int i = 0; i < ENC_DURABILITY_MAX; i++) {
		for (unsigned int j = 0; j < i; j++) {
			assert_string_not_equal(
				enc_durability_name((enum enc_durability)i),
				enc_durability_name((enum enc_durability)j));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
