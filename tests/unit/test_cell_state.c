/*
 * The table of a cell, whole: each move that is listed here is legal, and each
 * other one is not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell_internal.h"

#define MOVE(from, to)                          \
	{                                       \
		ENC_CELL_##from, ENC_CELL_##to, \
	}

static const struct move {
	enum enc_cell_state from;
	enum enc_cell_state to;
} legal[] = {
	MOVE(MAKING, INERT),	MOVE(MAKING, FAILING), MOVE(MAKING, REMOVING),
	MOVE(INERT, CLAIMED),	MOVE(INERT, ENDING),   MOVE(INERT, ENDED),
	MOVE(CLAIMED, RUNNING), MOVE(CLAIMED, ENDING), MOVE(CLAIMED, ENDED),
	MOVE(RUNNING, ENDING),	MOVE(RUNNING, ENDED),  MOVE(FAILING, REMOVING),
	MOVE(ENDING, ENDED),	MOVE(ENDED, REMOVING), MOVE(REMOVING, GONE),
};

static bool listed(enum enc_cell_state from, enum enc_cell_state to)
{
	for (size_t i = 0; i < ENC_COUNT(legal); i++) {
		if (legal[i].from == from && legal[i].to == to) {
			return true;
		}
	}
	return false;
}

static void test_moves(void **state)
{
	(void)state;
	for (int from = 0; from < ENC_CELL_STATE_MAX; from++) {
		for (int to = 0; to < ENC_CELL_STATE_MAX; to++) {
			assert_int_equal(enc_cell_state_may_move(
						 (enum enc_cell_state)from,
						 (enum enc_cell_state)to),
					 listed((enum enc_cell_state)from,
						(enum enc_cell_state)to));
		}
	}
}

/* dies() - whether the setter ends the process at a move */
static bool dies(enum enc_cell_state from, enum enc_cell_state to)
{
	struct enc_cell cell = { .state = from };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		(void)close(STDERR_FILENO);
		enc_cell_set_state(&cell, to);
		_exit(cell.state == to ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void test_the_setter_refuses_other_moves(void **state)
{
	(void)state;
	for (int from = 0; from < ENC_CELL_STATE_MAX; from++) {
		for (int to = 0; to < ENC_CELL_STATE_MAX; to++) {
			assert_int_equal(dies((enum enc_cell_state)from,
					      (enum enc_cell_state)to),
					 !listed((enum enc_cell_state)from,
						 (enum enc_cell_state)to));
		}
	}
}

/* The log tells states apart by their names. */
static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < ENC_CELL_STATE_MAX; i++) {
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(
				enc_cell_state_name((enum enc_cell_state)i),
				enc_cell_state_name((enum enc_cell_state)j));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_the_setter_refuses_other_moves),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
