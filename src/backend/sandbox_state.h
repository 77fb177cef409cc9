#ifndef ENC_BACKEND_SANDBOX_STATE_H
#define ENC_BACKEND_SANDBOX_STATE_H

/*
 * Where a sandbox is, for every backend alike.
 *
 *	PREPARING -> READY -> CLAIMING -> CLAIMED -> LOADED -> RUNNING
 *
 * Each of these may be followed by STOPPING, by ENDED and by ABANDONED; after
 * STOPPING the end is still owed. ENDED leads to CLOSING, and both CLOSING and
 * ABANDONED to GONE. A claim that fails at once leads back to READY.
 */

#include <stdbool.h>

enum enc_sandbox_state {
	ENC_SANDBOX_PREPARING, /* asked for; nothing can be assumed of it */
	ENC_SANDBOX_READY,     /* inert, may wait in a pool for hours */
	ENC_SANDBOX_CLAIMING,  /* inert; its limits are being put on */
	ENC_SANDBOX_CLAIMED,   /* inert; held to the limits of one session */
	ENC_SANDBOX_LOADED,    /* inert, with the program inside */
	ENC_SANDBOX_RUNNING,   /* everything it says is hostile */
	ENC_SANDBOX_STOPPING,  /* stop asked, the end is still owed */
	ENC_SANDBOX_ENDED,     /* the end is told, resources are still held */
	ENC_SANDBOX_ABANDONED, /* destroy asked, the end is still owed */
	ENC_SANDBOX_CLOSING,   /* the end is told, destroy asked */
	ENC_SANDBOX_GONE,      /* final; memory goes with it */
	ENC_SANDBOX_STATE_MAX,
};

/* enc_sandbox_state_name() - "preparing", "ready" ...; never NULL */
const char *enc_sandbox_state_name(enum enc_sandbox_state state);

/* enc_sandbox_state_may_move() - whether the table has the move */
bool enc_sandbox_state_may_move(enum enc_sandbox_state from,
				enum enc_sandbox_state to);

/*
 * enc_sandbox_state_is_inert() - no program was let in: an end is a failure of
 * the backend, never the program's own
 */
bool enc_sandbox_state_is_inert(enum enc_sandbox_state state);

#endif
