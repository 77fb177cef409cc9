/*
 * The two tables of a connection, whole: each move that is listed here is
 * legal, and each other one is not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "def.h"
#include "http_state.h"

struct move {
	unsigned int from;
	unsigned int to;
};

#define MOVE(from, to)                          \
	{                                       \
		ENC_HTTP_##from, ENC_HTTP_##to, \
	}

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

static void test_states(void **state)
{
	static const struct move legal[] = {
		MOVE(FIRST_HEAD, READING_BODY), MOVE(FIRST_HEAD, HANDLING),
		MOVE(FIRST_HEAD, LINGERING),	MOVE(FIRST_HEAD, CLOSING),
		MOVE(NEXT_HEAD, READING_BODY),	MOVE(NEXT_HEAD, HANDLING),
		MOVE(NEXT_HEAD, LINGERING),	MOVE(NEXT_HEAD, CLOSING),
		MOVE(READING_BODY, HANDLING),	MOVE(READING_BODY, LINGERING),
		MOVE(READING_BODY, CLOSING),	MOVE(HANDLING, STREAMING),
		MOVE(HANDLING, ANSWERING),	MOVE(ANSWERING, NEXT_HEAD),
		MOVE(ANSWERING, CLOSING),	MOVE(HANDLING, NEXT_HEAD),
		MOVE(HANDLING, CLOSING),	MOVE(STREAMING, NEXT_HEAD),
		MOVE(STREAMING, CLOSING),	MOVE(LINGERING, CLOSING),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_HTTP_STATE_MAX; from++) {
		for (unsigned int to = 0; to < ENC_HTTP_STATE_MAX; to++) {
			assert_int_equal(enc_http_state_may_move(
						 (enum enc_http_state)from,
						 (enum enc_http_state)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

static void test_input(void **state)
{
	static const struct move legal[] = {
		MOVE(INPUT_PAUSED, INPUT_READING),
		MOVE(INPUT_READING, INPUT_PAUSED),
		MOVE(INPUT_READING, INPUT_ENDED),
	};

	(void)state;
	for (unsigned int from = 0; from < ENC_HTTP_INPUT_MAX; from++) {
		for (unsigned int to = 0; to < ENC_HTTP_INPUT_MAX; to++) {
			assert_int_equal(enc_http_input_may_move(
						 (enum enc_http_input)from,
						 (enum enc_http_input)to),
					 listed(legal, ENC_COUNT(legal), from,
						to));
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ENC_HTTP_STATE_MAX; i++) {
		for (unsigned int j = 0; j < i; j++) {
			assert_string_not_equal(
				enc_http_state_name((enum enc_http_state)i),
				enc_http_state_name((enum enc_http_state)j));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
