/*
 * The three tables of a sandbox, whole: each move that is listed here is legal,
 * and each other one is not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "def.h"
#include "host_state.h"
#include "sandbox_state.h"

/* clang-format off */
#define SANDBOX(from, to) { ENC_SANDBOX_##from, ENC_SANDBOX_##to }
#define HOST(from, to) { ENC_HOST_##from, ENC_HOST_##to }
#define LINK(from, to) { ENC_HOST_LINK_##from, ENC_HOST_LINK_##to }
/* clang-format on */

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

static void test_sandbox(void **state)
{
	static const struct move legal[] = {
		SANDBOX(PREPARING, READY),    SANDBOX(PREPARING, STOPPING),
		SANDBOX(PREPARING, ENDED),    SANDBOX(PREPARING, ABANDONED),
		SANDBOX(READY, CLAIMING),     SANDBOX(READY, STOPPING),
		SANDBOX(READY, ENDED),	      SANDBOX(READY, ABANDONED),
		SANDBOX(CLAIMING, READY),     SANDBOX(CLAIMING, CLAIMED),
		SANDBOX(CLAIMING, STOPPING),  SANDBOX(CLAIMING, ENDED),
		SANDBOX(CLAIMING, ABANDONED), SANDBOX(CLAIMED, LOADED),
		SANDBOX(CLAIMED, STOPPING),   SANDBOX(CLAIMED, ENDED),
		SANDBOX(CLAIMED, ABANDONED),  SANDBOX(LOADED, RUNNING),
		SANDBOX(LOADED, STOPPING),    SANDBOX(LOADED, ENDED),
		SANDBOX(LOADED, ABANDONED),   SANDBOX(RUNNING, STOPPING),
		SANDBOX(RUNNING, ENDED),      SANDBOX(RUNNING, ABANDONED),
		SANDBOX(STOPPING, ENDED),     SANDBOX(STOPPING, ABANDONED),
		SANDBOX(ENDED, CLOSING),      SANDBOX(ABANDONED, CLOSING),
		SANDBOX(CLOSING, GONE),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_SANDBOX_STATE_MAX; from++) {
		for (unsigned int to = 0; to < ENC_SANDBOX_STATE_MAX; to++) {
			assert_int_equal(enc_sandbox_state_may_move(
						 (enum enc_sandbox_state)from,
						 (enum enc_sandbox_state)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

static void test_host(void **state)
{
	static const struct move legal[] = {
		HOST(MAKING, MADE),  HOST(MAKING, GONE), HOST(MADE, STARTED),
		HOST(MADE, ENDED),   HOST(MADE, GONE),	 HOST(STARTED, ENDED),
		HOST(STARTED, GONE), HOST(ENDED, GONE),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_HOST_STATE_MAX; from++) {
		for (unsigned int to = 0; to < ENC_HOST_STATE_MAX; to++) {
			assert_int_equal(enc_host_state_may_move(
						 (enum enc_host_state)from,
						 (enum enc_host_state)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

static void test_link(void **state)
{
	static const struct move legal[] = {
		LINK(NONE, OPEN),    LINK(NONE, CLOSED), LINK(OPEN, READY),
		LINK(OPEN, OVER),    LINK(OPEN, CLOSED), LINK(READY, OVER),
		LINK(READY, CLOSED), LINK(OVER, CLOSED),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_HOST_LINK_MAX; from++) {
		for (unsigned int to = 0; to < ENC_HOST_LINK_MAX; to++) {
			assert_int_equal(
				enc_host_link_may_move((enum enc_host_link)from,
						       (enum enc_host_link)to),
				listed(legal, ENC_COUNT(legal), from, to));
		}
	}
}

/* Up to LOADED nothing foreign can have ended it; names tell states apart. */
static void test_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ENC_SANDBOX_STATE_MAX; i++) {
		assert_int_equal(
			enc_sandbox_state_is_inert((enum enc_sandbox_state)i),
			i <= ENC_SANDBOX_LOADED);
		for (unsigned int j = 0; j < i; j++) {
			assert_string_not_equal(
				enc_sandbox_state_name((enum enc_sandbox_state)
							       i),
				enc_sandbox_state_name((enum enc_sandbox_state)
							       j));
		}
	}
	assert_string_equal(enc_host_state_name(ENC_HOST_STARTED), "started");
	assert_string_equal(enc_host_link_name(ENC_HOST_LINK_OVER), "over");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
