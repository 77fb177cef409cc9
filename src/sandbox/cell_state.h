#ifndef ENC_SANDBOX_CELL_STATE_H
#define ENC_SANDBOX_CELL_STATE_H

/*
 * The state of a cell; cell.h says what each one waits for.
 *
 *	MAKING -> INERT -> CLAIMED -> RUNNING -> ENDING -> ENDED
 *	   |        |         |          |          ^        |
 *	   |        +---------+----------+----------+        |
 *	   v                                                 v
 *	FAILING ------------------------------------> REMOVING -> GONE
 *
 * INERT, CLAIMED and RUNNING lead to ENDED at once when init ends by itself,
 * MAKING to REMOVING when making fails. enclave-api owes nothing to a cell
 * that was never INERT: there is no ENDED for it.
 *
 * The order counts: all before FAILING can be killed.
 */

#include <stdbool.h>

enum enc_cell_state {
	ENC_CELL_MAKING,
	ENC_CELL_INERT,
	ENC_CELL_CLAIMED,
	ENC_CELL_RUNNING,
	ENC_CELL_FAILING,
	ENC_CELL_ENDING,
	ENC_CELL_ENDED,
	ENC_CELL_REMOVING,
	ENC_CELL_GONE,
	ENC_CELL_STATE_MAX,
};

/* enc_cell_state_name() - "making", "inert" ..., never NULL */
const char *enc_cell_state_name(enum enc_cell_state state);

/* enc_cell_state_may_move() - whether the table has the move */
bool enc_cell_state_may_move(enum enc_cell_state from, enum enc_cell_state to);

#endif
