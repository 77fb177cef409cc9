#ifndef ENC_SESSION_LIVE_STATE_H
#define ENC_SESSION_LIVE_STATE_H

/*
 * Where a live session is. Its phase is what a user is told, which is only
 * what is durable; a state is where the session really is.
 *
 *	QUEUED -> MAKING -> STARTING -> RUNNING -> ENDING -> LEAVING -> CLOSING
 *
 * Every state before ENDING may be followed by ENDING (a failure, a cancel)
 * and every one before CLOSING by LEAVING (the store refused the record).
 */

#include <stdbool.h>

enum enc_live_state {
	ENC_LIVE_QUEUED,   /* it waits for a place; it has no sandbox */
	ENC_LIVE_MAKING,   /* a sandbox was asked for and isn't READY */
	ENC_LIVE_STARTING, /* that it runs has to be durable first */
	ENC_LIVE_RUNNING,  /* the program was let in */
	ENC_LIVE_ENDING,   /* its outcome has to be durable first */
	ENC_LIVE_LEAVING,  /* each sandbox was told to go */
	ENC_LIVE_CLOSING,  /* no stage is left; the seal was submitted */
	ENC_LIVE_STATE_MAX,
};

/* enc_live_state_name() - "queued", "making" ..., for the log; never NULL */
const char *enc_live_state_name(enum enc_live_state state);

/* enc_live_state_may_move() - whether the table has the move */
bool enc_live_state_may_move(enum enc_live_state from, enum enc_live_state to);

#endif
