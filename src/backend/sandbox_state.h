#ifndef ENC_BACKEND_SANDBOX_STATE_H
#define ENC_BACKEND_SANDBOX_STATE_H

/*
 * The state of a sandbox, for every backend.
 *
 *	PREPARING -> READY -> CLAIMING -> CLAIMED -> LOADED -> RUNNING
 *
 * STOPPING, ENDED and ABANDONED may follow each of these. In STOPPING and
 * ABANDONED the end hasn't been reported yet. ENDED leads to CLOSING. ABANDONED
 * leads to CLOSING, too, and CLOSING to GONE. A claim that fails at once leads
 * back to READY.
 */

#include <stdbool.h>

enum enc_sandbox_state {
	ENC_SANDBOX_PREPARING, /* the backend makes the sandbox */
	ENC_SANDBOX_READY,     /* inert; may wait in a pool for hours */
	ENC_SANDBOX_CLAIMING,  /* inert; its limits are being put in force */
	ENC_SANDBOX_CLAIMED,   /* inert; the session's limits are in force */
	ENC_SANDBOX_LOADED,    /* inert; the program is inside */
	ENC_SANDBOX_RUNNING,   /* the program runs; its data is hostile */
	ENC_SANDBOX_STOPPING,  /* stop was called; the end isn't reported yet */
	ENC_SANDBOX_ENDED, /* the end is reported; resources are still held */
	/* Destroy was called; the end isn't reported yet. */
	ENC_SANDBOX_ABANDONED,
	ENC_SANDBOX_CLOSING, /* destroy was called; the end is reported */
	ENC_SANDBOX_GONE,    /* final; the memory is freed */
	ENC_SANDBOX_STATE_MAX,
};

/* enc_sandbox_state_name() - return the name for the log, never NULL */
const char *enc_sandbox_state_name(enum enc_sandbox_state state);

/*
 * enc_sandbox_state_may_move() - whether a sandbox may move from state @from to
 * state @to
 */
bool enc_sandbox_state_may_move(enum enc_sandbox_state from,
				enum enc_sandbox_state to);

/*
 * enc_sandbox_state_is_inert() - whether no program runs in this state yet. An
 * end in such a state is a failure of the backend, never of the program.
 */
bool enc_sandbox_state_is_inert(enum enc_sandbox_state state);

#endif
