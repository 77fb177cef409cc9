#ifndef ENC_SESSION_LIVE_STATE_H
#define ENC_SESSION_LIVE_STATE_H

/*
 * The state of a live session. It is not the phase: users see the phase, which
 * changes only once a change is durable.
 *
 *	QUEUED -> MAKING -> STARTING -> RUNNING -> ENDING -> LEAVING -> CLOSING
 *
 * A failure or a cancel leads from each state before ENDING to ENDING. A record
 * that the store refuses leads from each state before LEAVING to LEAVING.
 */

#include <stdbool.h>

enum enc_live_state {
	ENC_LIVE_QUEUED, /* the session waits in the queue; it has no sandbox */
	ENC_LIVE_MAKING, /* the backend makes the sandbox */
	ENC_LIVE_STARTING, /* the store writes "running"; the program waits */
	ENC_LIVE_RUNNING,  /* the program may run */
	ENC_LIVE_ENDING,   /* the store writes the outcome */
	ENC_LIVE_LEAVING,  /* the backend destroys the sandbox */
	ENC_LIVE_CLOSING,  /* no stage is left; the store writes the seal */
	ENC_LIVE_STATE_MAX,
};

/* enc_live_state_name() - return the name for the log, never NULL */
const char *enc_live_state_name(enum enc_live_state state);

/*
 * enc_live_state_may_move() - whether a live session may move from state @from
 * to state @to
 */
bool enc_live_state_may_move(enum enc_live_state from, enum enc_live_state to);

#endif
