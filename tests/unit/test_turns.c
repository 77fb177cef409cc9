/* Turns: each is taken once, and one that was left is never taken. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "def.h"
#include "turns.h"

struct one {
	struct enc_api_turn turn;
	struct enc_api_turns *turns;
	struct one *leaves; /* when it has its turn */
	struct one *asks;
	unsigned int taken;
};

static void take(struct enc_api_turn *turn)
{
	struct one *one = ENC_HOLDER(turn, struct one, turn);

	one->taken++;
	if (one->leaves != NULL) {
		enc_api_turn_leave(&one->leaves->turn);
	}
	if (one->asks != NULL) {
		enc_api_turn_ask(one->turns, &one->asks->turn);
		one->asks = NULL;
	}
}

struct bench {
	uv_loop_t loop;
	struct enc_api_turns turns;
	struct one ones[3];
};

static void bench_open(struct bench *bench)
{
	*bench = (struct bench){ 0 };
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	enc_api_turns_init(&bench->turns, &bench->loop);
	for (size_t i = 0; i < ENC_COUNT(bench->ones); i++) {
		bench->ones[i].turns = &bench->turns;
		enc_api_turn_init(&bench->ones[i].turn, take);
	}
}

static void bench_run(struct bench *bench)
{
	for (int i = 0; i < 10; i++) {
		(void)uv_run(&bench->loop, UV_RUN_NOWAIT);
	}
	/* Nobody has asked: the loop may sleep. */
	assert_int_equal(uv_is_active((uv_handle_t *)&bench->turns.idle), 0);
}

static void bench_close(struct bench *bench)
{
	uv_close((uv_handle_t *)&bench->turns.idle, NULL);
	(void)uv_run(&bench->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
}

static void test_asked_twice_taken_once(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	enc_api_turn_ask(&bench.turns, &bench.ones[0].turn);
	enc_api_turn_ask(&bench.turns, &bench.ones[0].turn);
	enc_api_turn_ask(&bench.turns, &bench.ones[1].turn);
	bench_run(&bench);
	assert_int_equal(bench.ones[0].taken, 1);
	assert_int_equal(bench.ones[1].taken, 1);
	bench_close(&bench);
}

static void test_all_leave_before_the_loop_turns(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	enc_api_turn_ask(&bench.turns, &bench.ones[0].turn);
	enc_api_turn_leave(&bench.ones[0].turn);
	bench_run(&bench);
	assert_int_equal(bench.ones[0].taken, 0);
	bench_close(&bench);
}

static void test_a_turn_makes_others_leave_and_ask(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench);
	bench.ones[0].leaves = &bench.ones[1];
	bench.ones[0].asks = &bench.ones[2];
	bench.ones[2].asks = &bench.ones[0];
	enc_api_turn_ask(&bench.turns, &bench.ones[0].turn);
	enc_api_turn_ask(&bench.turns, &bench.ones[1].turn);
	bench_run(&bench);
	assert_int_equal(bench.ones[0].taken, 2);
	assert_int_equal(bench.ones[1].taken, 0);
	assert_int_equal(bench.ones[2].taken, 1);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked_twice_taken_once),
		cmocka_unit_test(test_all_leave_before_the_loop_turns),
		cmocka_unit_test(test_a_turn_makes_others_leave_and_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
