#ifndef ENC_SANDBOX_CELL_STATE_H
#define ENC_SANDBOX_CELL_STATE_H

/*
 * The state of a cell. cell.h says what each state waits for.
 *
 *	MAKING -> INERT -> CLAIMED -> RUNNING -> ENDING -> ENDED
 *	   |        |         |          |          ^        |
 *	   |        +---------+----------+----------+        |
 *	   v                                                 v
 *	FAILING ------------------------------------> REMOVING -> GONE
 *
 * When init ends by itself, INERT, CLAIMED and RUNNING move to ENDED directly.
 * When making fails, MAKING moves to REMOVING. A cell that was never INERT
 * doesn't report ENDED.
 *
 * The order of the states matters: a cell in a state before FAILING can be
 * killed.
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

/* enc_cell_state_name() - return the name for the log, never NULL */
const char *enc_cell_state_name(enum enc_cell_state state);

/* enc_cell_state_may_move() - whether the move is legal */
bool enc_cell_state_may_move(enum enc_cell_state from, enum enc_cell_state to);

#endif
